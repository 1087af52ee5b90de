/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate: what users would lose if packages were published.
 *
 * RPM's dependencies do not protect modules: kernels are installonly, so an upgrade keeps the old kernel, the
 * old kernel keeps satisfying the module, and nothing is said; when the old kernel goes, the module goes with
 * it. The gate asks the solver for the user's system after the upgrade, and then asks the new kernel alone.
 */
#pragma once

#include "kmod/kmod.h"

struct ksig_kmod_loss {
	char *package; /* name-version-release.arch of the module's package */
	char *kernel;  /* of the kernel that it would not serve */
	char *reason;
	GPtrArray *wanted; /* char *, what that kernel does not give: "kernel(x) = 0x…" */
	bool erased;       /* the solver erases it together with the old kernel */
};
void ksig_kmod_loss_free(struct ksig_kmod_loss *loss);

/*
 * The system has the newest of each package in PRESENT, and NEW is published: the modules that it loses, an
 * array of struct ksig_kmod_loss. Both are paths of package files, NULL-ended. Kernels of one name (kernel,
 * kernel-lt) follow one another: a module is lost if the one before served it and the newest does not.
 * CATALOG (may be NULL) knows the symbols of kernels whose packages do not say. OUT_STEPS (may be NULL): what
 * the upgrade does, "install kernel-core-2-1.x86_64". OUT_UNJUDGED (may be NULL): packages of modules that
 * could not be read and whose requires say nothing, and new ones with a module that another has for the same
 * kernel, "NAME: why". Where nothing is present nothing is judged but the last.
 */
GPtrArray *ksig_kmod_gate(const char *const *present, const char *const *new_files, ksig_catalog *catalog,
			  GPtrArray **out_steps, GPtrArray **out_unjudged, GError **error);

/*
 * A negative answer that names the first of LOSSES and counts the others, unless ACCEPTED (NULL: nothing) has
 * the name of each one's package, or a pattern of it.
 */
bool ksig_kmod_gate_accept(const GPtrArray *losses, const char *const *accepted, GError **error);
