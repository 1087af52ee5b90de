/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/live-internal.h"

#include <json-glib/json-glib.h>

enum {
	CLIENT_DEADLINE_S = 60,
	CLIENT_PROBATION_S = 600,
	CLIENT_POLL_MS = 50,
	CLIENT_LIMIT_PATCHES = 1000,
	CLIENT_LIMIT_TASKS = 20,
	CLIENT_LIMIT_HISTORY_BYTES = 4 << 20,
	CLIENT_MEMORY_SPARE_KIB = 8 << 10,
};

/*
 * What is on disk, in one file, so that it is old or new as a whole. A patch goes loading -> probation ->
 * confirmed. One that is loading when a run begins was left so by a run that was killed, or whose reversal
 * failed: client_settle() asks the kernel what became of it. One that is loading or on probation when a boot
 * ends without a word is quarantined.
 */
struct client_state {
	char *current;     /* id that is to be applied at boot; NULL: none */
	char *previous;    /* the last one that was confirmed before it; NULL: none */
	char *trial;       /* id that is loading or on probation; NULL: none */
	char *trial_boot;  /* boot id of that */
	char *forced_boot; /* boot id in which a transition was forced; NULL: none */
	bool loading;
	bool stopped; /* the machine was stopped in order since */
	gint64 trial_since, trial_taint;
	GHashTable *seen;       /* "index PROVIDER" and "patch NAME" to gint64 * */
	GHashTable *quarantine; /* id to why */
	GHashTable *failed;     /* id to why the last attempt to apply it failed */
	GHashTable *
		modules; /* what we loaded and is still there, to its patch's name: its package may be gone */
};

/* What the owner says in /etc/ksig/live.conf (docs/live.md). */
struct client_config {
	char **sources;
	bool manual;                    /* the timer applies nothing */
	gint64 hold_back_days;          /* since a patch was issued */
	gint64 cut_off;                 /* issued later: not applied; 0: none */
	char **windows;                 /* "Sat,Sun 02:00-05:00", local time; empty: always */
	char *pin;                      /* the one id that is applied; NULL: the newest */
	char **blocked;                 /* globs of ids */
	bool test_needed;               /* only what passed the release gate */
	gint64 deadline_s, probation_s; /* 0: not said */
};

struct ksig_live_client {
	char *root, *folder;
	struct ksig_live_kernel kernel;
	gint64 deadline_us, probation_s;
	ksig_trust *trust;
	ksig_lock *lock;
	struct client_state state;
	struct client_config config;
};

/* manifest-write.c: members of signed documents; NULL text is left out */
void live_json_text(JsonBuilder *builder, const char *name, const char *value);
void live_json_number(JsonBuilder *builder, const char *name, gint64 value);
void live_json_list(JsonBuilder *builder, const char *name, const char *const *list);
/* "issued": now */
void live_json_now(JsonBuilder *builder);
/* PATH and PATH.asc */
bool live_json_write_signed(const char *path, JsonBuilder *builder, const char *home, const char *key,
			    GError **error);

/* test-result.c: whether the patch in FOLDER may be published: it passed the gate, or the words are said. */
struct live_test_gate {
	const char *words; /* NULL: not said */
	bool signatures;   /* the result has to be signed by who signed the manifest, as gpg's HOME knows */
	const char *home;
};
/* What the result TEST says, "passed" if all is well; NULL: nothing. To g_free(). */
char *live_test_verdict(GBytes *test);
/* WORDS (may be NULL) are the ones without which nothing is published that was not tested: *OUT_WAIVED; other
 * words are a usage error. */
bool live_test_waived(const char *words, bool *out_waived, GError **error);
/* Says before ERROR whose refusal it is, and with which words it goes; false. */
bool live_test_refused(GError **error);
/* Whether a result that the patch passed is there, whoever signed it. */
bool client_test_is_beside(const char *folder, const ksig_live_manifest *manifest);
bool live_test_gate(const char *folder, const ksig_live_manifest *manifest, const struct live_test_gate *how,
		    GError **error);

/* reports.c */
bool live_reports_halt(const char *folder, gint64 limit_percent, const char *id, bool *out_halt,
		       GError **error);

/* client-config.c */
bool client_config_parse(struct client_config *config, const char *what, const char *text, gsize length,
			 GError **error);
bool client_config_load(struct client_config *config, const char *path, GError **error);
void client_config_clear(struct client_config *config);
/* Whether one of the windows is open at TIME. */
bool client_window_is_open(const struct client_config *config, GDateTime *time);

/* client-state.c */
/* TEXT NULL: an empty state. */
bool client_state_parse(struct client_state *state, const char *what, const char *text, gssize length,
			GError **error);
bool client_state_load(ksig_live_client *client, GError **error);
bool client_state_save(ksig_live_client *client, GError **error);
void client_state_clear(struct client_state *state);
gint64 client_seen(const ksig_live_client *client, const char *kind, const char *name);
void client_see(ksig_live_client *client, const char *kind, const char *name, gint64 revision);
/* Adds a line to the history; what cannot be written is said nowhere else. */
void client_record(ksig_live_client *client, const char *what, const char *id, const char *detail);

void client_quarantine(ksig_live_client *client, const char *id, const char *why);
/* The clock that dates of documents are held against. */
gint64 client_now(const ksig_live_client *client);

/* choose.c: which patch is meant for this machine, now */
/* Why MANIFEST is not for this machine, whoever asks: blocked, halted, below the repository's minimum. */
char *client_forbidden(ksig_live_client *client, const ksig_live_manifest *manifest);
/* Why MANIFEST is not what this machine takes of its own accord: ring, hold-back, cut-off, pin; NULL: it is.
 */
char *client_held(ksig_live_client *client, const ksig_live_manifest *manifest);
ksig_live_manifest *client_choose(ksig_live_client *client, GError **error);

/* client-index.c: the last signed index of each provider, kept */
typedef struct client_index {
	ksig_document *document;
	JsonParser *parser;
	JsonObject *object;
} client_index;
void client_index_clear(client_index *index);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(client_index, client_index_clear)
bool client_index_parse(client_index *index, const char *what, GBytes *bytes, GError **error);
bool client_index_keep(ksig_live_client *client, const char *provider, GBytes *bytes, GError **error);
/* False: none is kept, or it cannot be read. */
bool client_index_kept(ksig_live_client *client, const char *provider, client_index *index);
bool client_index_halts(const client_index *index, const char *id);
/* Whether the ring that ID is released to reaches this machine. */
bool client_index_reaches(ksig_live_client *client, const client_index *index, const char *id);

/* source-read.c: a file of a source, from a folder or over HTTP */
GBytes *client_source_read(const char *source, const char *file, size_t limit_bytes, GError **error);
bool client_source_is_url(const char *source);

/* source.c: the folder of one patch, if it is for the running kernel and its manifest is good */
bool client_source_take(ksig_live_client *client, const char *source, char **out_id, GError **error);
/* source-package.c: a package file; a dnf repository of them */
bool client_source_package(ksig_live_client *client, const char *path, char **out_id, GError **error);
bool client_source_repository(ksig_live_client *client, const char *source, char **out_id, GError **error);

/* preflight.c */
bool client_preflight(ksig_live_client *client, const ksig_live_manifest *manifest, gint64 seen,
		      GError **error);
bool client_is_applied(ksig_live_client *client, const ksig_live_manifest *manifest);
/* What finit_module() means by its errno. */
const char *client_load_meaning(int errnum);
/* The name (without revision) of the patch that we loaded as MODULE; NULL: it is not ours. */
const char *client_name_of(const ksig_live_client *client, GPtrArray *manifests, const char *module);

/* apply.c: revisions below SEEN are refused. */
bool client_apply(ksig_live_client *client, const char *id, gint64 seen, GError **error);

/* transition.c */
enum client_outcome { CLIENT_APPLIED, CLIENT_REFUSED, CLIENT_REVERSED, CLIENT_STUCK };
/* Loads MANIFEST's module and watches its transition; what is not CLIENT_APPLIED has set ERROR. */
enum client_outcome client_load(ksig_live_client *client, const ksig_live_manifest *manifest, GError **error);
/* Takes out all that is ours, or leaves it as it was. */
bool client_disable_all(ksig_live_client *client, GError **error);
/* Unloads modules that a newer patch replaced; under their name no older copy could be loaded. */
void client_unload_stale(ksig_live_client *client, const char *except);
/* Notes that a transition neither ends nor turns around. */
void client_stuck(ksig_live_client *client, const ksig_live_manifest *manifest);
/* What became of a patch that an earlier run left loading, by what the kernel says. False: it is still
 * moving. */
bool client_settle(ksig_live_client *client, GError **error);

/* probation.c */
bool client_trial_set(ksig_live_client *client, const char *id, bool loading, GError **error);
/* ID is what is wanted from now on; what was before comes back if ID turns out bad, if OLD_IS_GOOD. */
void client_current_set(ksig_live_client *client, const char *id, bool old_is_good);
/* Ends a probation that lasted long enough; one in which the kernel had an oops ends in quarantine. */
void client_probation_end(ksig_live_client *client, gint64 now);

/* client-store.c */
char *client_path(const ksig_live_client *client, const char *first, ...) G_GNUC_NULL_TERMINATED;
char *client_store(const ksig_live_client *client, const char *id, const char *file);
ksig_live_manifest *client_manifest(const ksig_live_client *client, const char *id, GError **error);
/* Manifests in the store that are for build id BUILD, newest last. */
GPtrArray *client_manifests(const ksig_live_client *client, const char *build);
bool client_id_is_good(const char *id);
/* Whether a signed result beside the patch says that it passed the release gate. */
bool client_test_fits(const char *what, GBytes *bytes, const ksig_live_manifest *manifest);
bool client_is_tested(ksig_live_client *client, const ksig_live_manifest *manifest);
/* Whether trust accepts the patch in the store. SEEN: revisions below are refused; module signature as the
 * kernel. */
bool client_accepts(ksig_live_client *client, const char *id, gint64 seen, GError **error);
/* The build id of the kernel image in a package; the package is not verified here. (client-kernel.c) */
char *client_package_build_id(const char *package, GError **error);

/* client-system.c: what the machine says of itself */
char *client_system_file(const ksig_live_client *client, const char *path); /* NULL: not there */
char *client_running_build_id(const ksig_live_client *client, GError **error);
char *client_boot_id(const ksig_live_client *client);
/* The taint bits of the kernel, as include/linux/panic.h numbers them; 0 if not known. */
gint64 client_taint(const ksig_live_client *client);
bool client_patch_is_there(const ksig_live_client *client, const char *name);
char *client_release(const ksig_live_client *client);
bool client_kill_switch(const ksig_live_client *client);
bool client_signatures_enforced(const ksig_live_client *client);
/* Names below /sys/kernel/livepatch; never NULL. */
GPtrArray *client_loaded_patches(const ksig_live_client *client);
/* Whether /sys/kernel/livepatch/NAME/FILE reads 1. */
bool client_patch_flag(const ksig_live_client *client, const char *name, const char *file);
bool client_patch_write(const ksig_live_client *client, const char *name, const char *file, const char *value,
			GError **error);
bool client_module_is_loaded(const ksig_live_client *client, const char *name);
char *client_module_build_id(const ksig_live_client *client, const char *name);
/* Tasks that hold up the transition of NAME: "PID COMM STATE: in FUNCTION (stack …)"; to g_free(). */
char *client_stalled(const ksig_live_client *client, bool enabling, const ksig_live_manifest *manifest);

extern const struct ksig_live_kernel client_libkmod;
