/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: live patches made, from the fix to the signed folder. A patch is built for one kernel, known by its
 * build id; it travels with a signed manifest. What machines do with it is the client's, who may publish it
 * publish's.
 */
#pragma once

#include "base/base.h"
#include "elf/elf.h"
#include "trust/trust.h"

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
