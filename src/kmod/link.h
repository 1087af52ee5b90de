/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weak updates: a module that was built for one kernel, linked into the others that would load it.
 *
 * A link is made only where the loader's own checks pass for the whole group of modules that a package
 * brought (extra/NAME), and only where the kernel has no build of its own. What dangles, or no longer passes,
 * is removed.
 */
#pragma once

#include "kmod/kmod.h"

enum ksig_kmod_link_action { KSIG_KMOD_LINK_KEEP, KSIG_KMOD_LINK_ADD, KSIG_KMOD_LINK_REMOVE };

struct ksig_kmod_link {
	enum ksig_kmod_link_action action;
	char *kernel; /* whose weak-updates the link is in */
	char *path;   /* "weak-updates/isci/isci.ko", below lib/modules/KERNEL */
	char *target; /* "../../../OTHER/extra/isci/isci.ko" */
	char *reason;
};
void ksig_kmod_link_free(struct ksig_kmod_link *link);
const char *ksig_kmod_link_action_name(enum ksig_kmod_link_action action);

/* What has to change below ROOT, by kernel and path: an array of struct ksig_kmod_link. Nothing is written.
 */
GPtrArray *ksig_kmod_link_plan(const char *root, GError **error);

/*
 * Does it: each link appears whole, by rename; depmod runs once for each kernel that changed; then every link
 * is looked at again, and one that dangles is an error.
 */
bool ksig_kmod_link_apply(const char *root, GPtrArray *links, GError **error);
