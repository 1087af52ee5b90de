/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: live patches, from the fix to the machine. A patch is built for one kernel, known by its build id; it
 * travels with a signed manifest; a machine loads it only if trust accepts it, watches it, and can go back.
 */
#pragma once

#include "base/base.h"
#include "elf/elf.h"
#include "trust/trust.h"

/* ---- building ------------------------------------------------------------------------------------ */

struct ksig_live_build_options {
	const char *way;  /* "fast", "kpatch-build", "klp-build"; NULL: what fits the kernel and the patch */
	const char *tree; /* the kernel's source; built in place */
	const char *config;  /* its configuration; NULL: TREE/.config */
	const char *release; /* as uname -r says; NULL: what vmlinux says */
	const char *vmlinux; /* with debug information, of exactly that kernel */
	const char *symvers; /* its Module.symvers; NULL: TREE/Module.symvers */
	const char *modules; /* folder below which its .ko files are; NULL: only vmlinux can be patched */
	const char *debug; /* folder below which their debug files are (NAME.ko.debug, or NAME.ko with symbols
			      only); NULL: the .ko files are not stripped */
	const char *const *patches; /* files, in order; NULL-ended */
	const char *name;           /* of the module: letters, digits, _ */
	const char *output;         /* where NAME.ko goes */
	const char *tools;          /* folder of create-diff-object; NULL: where kpatch is installed */
	const char *hook;           /* folder of kpatch's patch/ sources; NULL: as above */
	const char *sign_key, *sign_certificate; /* PEM; NULL: unsigned */
	bool no_replace;
};

struct ksig_live_step {
	char *name;
	double seconds;
};

struct ksig_live_built {
	char *way, *module, *release, *build_id, *compiler;
	char *fallback;         /* why the fast way was not taken, if nobody chose; NULL: it was */
	GPtrArray *objects;     /* of char *: objects that the patches reach */
	GPtrArray *steps;       /* of struct ksig_live_step */
	guint proved, compared; /* functions of the original objects equal to vmlinux's, and all of them */
};
typedef struct ksig_live_built ksig_live_built;
void ksig_live_built_free(ksig_live_built *built);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_built, ksig_live_built_free)

/*
 * Builds the live patch. The tree is left as it was found, also after a failure or a kill (the next run puts
 * back what the last one left patched). A patch that cannot be made into a live patch is a negative answer
 * that says which function, why, and the way out.
 */
ksig_live_built *ksig_live_build(const struct ksig_live_build_options *options, GError **error);

/* What a refusal of create-diff-object or klp-build (OUTPUT) means, for people; to g_free(). NULL: not known.
 */
char *ksig_live_explain(const char *output);

/* ---- manifests ----------------------------------------------------------------------------------- */

/* What a signed manifest says of a patch, beyond the members of every document (trust.h). */
typedef struct ksig_live_manifest {
	ksig_document *document;
	char *id;     /* "NAME-REVISION": its folder in a source and on a machine */
	char *module; /* the name it is loaded under */
	char *module_build_id, *release;
	char **cves;            /* fixed by it */
	char **unfixable;       /* "CVE-… KERNEL": cannot be fixed live; which kernel fixes it */
	char **fixed_by_kernel; /* fixed already in the kernel it is for */
	char **functions;
	bool force_allowed; /* its maker says that a transition may be forced */
} ksig_live_manifest;

ksig_live_manifest *ksig_live_manifest_parse(const char *what, GBytes *data, GError **error);
void ksig_live_manifest_free(ksig_live_manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_manifest, ksig_live_manifest_free)

/* What a manifest is made of; strings NULL where there is nothing to say. */
struct ksig_live_manifest_options {
	const char *name, *provider, *module_path, *build_id, *release, *expires;
	gint64 revision, minimum_revision, previous_revision;
	const char *const *cves, *const *unfixable, *const *fixed_by_kernel,
							    *const *patches; /* NULL-ended or NULL */
	bool force_allowed;
	const char *key, *home; /* OpenPGP */
};

/*
 * Writes FOLDER/NAME-REVISION/{module.ko, manifest.json, manifest.json.asc, patches/}. The release is what
 * the module's vermagic says, if none is given; the name then that of its package.
 */
bool ksig_live_manifest_write(const char *folder, const struct ksig_live_manifest_options *options,
			      GError **error);

/* The name of the package that live patches for RELEASE come in: "kpatch-patch-4_18_0-305" for
 * "4.18.0-305.el8.x86_64"; OUT_DIST (may be NULL): ".el8", or NULL if there is none in it. */
char *ksig_live_package_name(const char *release, char **out_dist, GError **error);

/*
 * Packs FOLDER, as ksig_live_manifest_write() left it, to OUTPUT: NAME-1-REVISION, for exactly that kernel,
 * and its source package. DIST: the end of the release; NULL: as the kernel's. UNTESTED: the words without
 * which only what passed ksig live test is packed. Gives the paths. Packages are signed afterwards (ksig
 * sign), as all are.
 */
GPtrArray *ksig_live_package(const char *folder, const char *output, const char *dist, const char *untested,
			     GError **error);

typedef struct ksig_keyring ksig_keyring; /* rpm.h */

/*
 * Whether the package file PATH of a live patch may be published: it holds the result of a test that exactly
 * its module passed, signed by a livepatch key of TRUST, or by one of KEYS (both may be NULL: whoever
 * signed). WORDS (may be NULL) do without. Not so: a negative answer.
 */
bool ksig_live_package_gate(const char *path, ksig_trust *trust, ksig_keyring *keys, const char *words,
			    GError **error);

/* Where packages put live patches on a machine: ID/ each. The client finds them there, too. */
#define KSIG_LIVE_PACKAGED "/usr/lib/ksig/live"

struct ksig_live_index_options {
	const char *name, *provider, *expires;
	gint64 revision, minimum_revision;
	const char *const *rings;     /* "canary=1" "early=10" "all=100": per cent of all machines, rising */
	const char *const *releases;  /* "NAME-REVISION=ring"; a patch without one is for everybody */
	const char *const *halted;    /* ids that no machine is to take any more */
	const char *const *resumed;   /* ids that were halted, and are not any more */
	const char *reports;          /* folder of machines' status --json; NULL: none */
	gint64 failure_limit_percent; /* of those that tried a patch; with more failures it is halted */
	const char *untested;         /* the words without which only what passed ksig live test gets in */
	const char *key, *home;
};

/*
 * Signs the index of what FOLDER holds: index.json, index.json.asc. What the index before halted stays
 * halted. Gives the ids that are halted now; NULL-ended, to g_strfreev().
 */
char **ksig_live_index_write(const char *folder, const struct ksig_live_index_options *options,
			     GError **error);

/* The machine's place among all of them, 0 to 9999: the same for ever, whatever rings there are. */
unsigned ksig_live_ring_place(const char *machine_id);

/* ---- the release gate ---------------------------------------------------------------------------- */

struct ksig_live_gate_options {
	const char *folder;         /* of the patch, as ksig_live_manifest_write() left it */
	const char *kernel;         /* the image (vmlinuz) that it is for */
	const char *older;          /* folder of the set that it takes the place of; NULL: there is none */
	const char *const *modules; /* .ko files that are loaded before it, in order; NULL: none */
	const char *headers;        /* what modules are built against; NULL: where distributions keep it */
	const char *probe;      /* a script whose output the patch changes, run in the guest; NULL: none */
	bool no_stall;          /* nothing is made to stall */
	const char *key, *home; /* OpenPGP; NULL: the result is not written */
};

struct ksig_live_gate_step {
	char *name;
	const char *outcome; /* "passed", "failed", "not run" */
	char *detail;
};

typedef struct ksig_live_gate_result {
	char *id;
	bool passed;
	double seconds;   /* in the guest */
	GPtrArray *steps; /* of struct ksig_live_gate_step */
	char *output;     /* all that the guest said */
} ksig_live_gate_result;
void ksig_live_gate_result_free(ksig_live_gate_result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_gate_result, ksig_live_gate_result_free)

/*
 * Boots exactly the kernel of a patch in QEMU (emulated) and applies, replaces, rolls back, stalls and
 * reverses it there. With a key the result goes, signed, beside the manifest: test.json. That it did not pass
 * is a result, not an error.
 */
ksig_live_gate_result *ksig_live_gate_run(const struct ksig_live_gate_options *options, GError **error);

/* ---- the client ---------------------------------------------------------------------------------- */

/* The kernel's doors, so that tests can stand behind them: give 0 or a negative errno. */
struct ksig_live_kernel {
	int (*load)(const char *path, void *data);
	int (*unload)(const char *name, void *data);
	int (*write)(const char *path, const char *value, void *data); /* to a file of sysfs */
	void *data;
};

struct ksig_live_client_options {
	const char *root;                      /* "" or a folder that stands for / */
	const char *trust;                     /* NULL: /etc/ksig/trust */
	const struct ksig_live_kernel *kernel; /* NULL: libkmod */
	unsigned deadline_s;                   /* of a transition; 0: 60 */
	unsigned probation_s;                  /* until a new patch counts as good; 0: 600 */
};

typedef struct ksig_live_client ksig_live_client;
/* Opens the state below ROOT/var/lib/ksig-live, alone: a second client waits for nothing and is refused. */
ksig_live_client *ksig_live_client_open(const struct ksig_live_client_options *options, GError **error);
void ksig_live_client_free(ksig_live_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_client, ksig_live_client_free)

/* Takes the kernel's package, if trust accepts it as that of the running kernel. */
bool ksig_live_client_vouch(ksig_live_client *client, const char *package, GError **error);

/*
 * Looks at SOURCE (a folder or http(s) URL with index.json or repodata/, the folder of one patch, a package
 * file; NULL: those of live.conf) and takes what is meant for this machine into the store. OUT_ID: the newest
 * that fits, NULL if there is none.
 */
bool ksig_live_client_fetch(ksig_live_client *client, const char *source, char **out_id, GError **error);

/* What the timer does: takes from the sources of live.conf, and applies what is due by its policy. OUT_SAID:
 * what was done, or why nothing; to g_free(). */
bool ksig_live_client_auto(ksig_live_client *client, char **out_said, GError **error);

/* Copies the verified SOURCE to FOLDER, for machines without a network. */
bool ksig_live_client_mirror(ksig_live_client *client, const char *source, const char *folder,
			     GError **error);

/* Applies patch ID of the store; NULL: the newest for the running kernel that live.conf and the index leave.
 */
bool ksig_live_client_apply(ksig_live_client *client, const char *id, GError **error);

/* At boot, before the network: judges how the last boot ended, then applies what was confirmed or is on
 * probation. */
bool ksig_live_client_boot(ksig_live_client *client, GError **error);
/* At an orderly shutdown: the patch on probation did not bring the machine down; it goes on after the boot.
 */
bool ksig_live_client_stop(ksig_live_client *client, GError **error);

/* Goes back to ID (of the store); NULL: to the kernel as it was booted. */
bool ksig_live_client_rollback(ksig_live_client *client, const char *id, GError **error);

/* Goes back to the kernel as it was booted if ID is what is applied or wanted, as when its package goes. */
bool ksig_live_client_leave(ksig_live_client *client, const char *id, GError **error);

/* Takes ID out of quarantine: it may be applied again. */
bool ksig_live_client_release(ksig_live_client *client, const char *id, GError **error);

/* Ends a transition that cannot end by itself, if the manifest permits it. The words have to be said. */
bool ksig_live_client_force(ksig_live_client *client, const char *words, GError **error);

/* One machine's state, as JSON (docs/live.md); to g_free(). OUT_CLEAN: nothing open, expired, stalled,
 * quarantined. */
char *ksig_live_client_status(ksig_live_client *client, bool *out_clean, GError **error);
/* The same as a node-exporter textfile. */
char *ksig_live_client_metrics(ksig_live_client *client, GError **error);
/* "live ID", "kernel", "open", "reboot KERNEL" or "unknown", for one CVE; to g_free(). */
char *ksig_live_client_cve(ksig_live_client *client, const char *cve, GError **error);
/* One JSON object a line, oldest first; "" if there is none. */
char *ksig_live_client_history(ksig_live_client *client, GError **error);
