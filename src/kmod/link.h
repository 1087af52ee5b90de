/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weak updates: a module that was built for one kernel, linked into the others that would load it.
 *
 * A link is made only where the loader's own checks pass for all modules that belong together (a package's,
 * and those that need one another), and only where the kernel has no build of its own. A link is removed only
 * for a reason that is known: its target is gone, the kernel refuses it, or has its own build. What cannot be
 * judged (a kernel without a list of symbols, a file that cannot be read, a link that leads elsewhere) stays.
 */
#pragma once

#include "kmod/kmod.h"

enum ksig_kmod_link_action {
	KSIG_KMOD_LINK_KEEP,
	KSIG_KMOD_LINK_ADD,
	KSIG_KMOD_LINK_REMOVE,
	KSIG_KMOD_LINK_SKIP, /* nothing is done, and the reason says why */
};

struct ksig_kmod_link {
	enum ksig_kmod_link_action action;
	char *kernel; /* whose weak-updates it is about */
	char *path;   /* "weak-updates/isci/isci.ko", below lib/modules/KERNEL; NULL: the kernel as a whole */
	char *target; /* "/lib/modules/OTHER/extra/isci/isci.ko", as weak-modules writes it; NULL: none */
	char *reason;
	bool installed; /* the kernel is there: depmod is run for it */
};
void ksig_kmod_link_free(struct ksig_kmod_link *link);
const char *ksig_kmod_link_action_name(enum ksig_kmod_link_action action);

/*
 * What has to change below ROOT, by kernel and path, and what does not and why: an array of struct
 * ksig_kmod_link. Nothing is written.
 */
GPtrArray *ksig_kmod_link_plan(const char *root, GError **error);

/*
 * Does it: each link appears whole, by rename; depmod runs once for each installed kernel that changed; then
 * every link is looked at again, and one that dangles is an error.
 */
bool ksig_kmod_link_apply(const char *root, GPtrArray *links, GError **error);
