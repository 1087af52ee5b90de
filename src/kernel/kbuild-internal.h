/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make in a kernel tree with nothing of the caller's environment that changes the answer, and the names that
 * kbuild has for RPM's architectures.
 */
#pragma once

#include "kernel/kernel.h"

/* A usage error if make, a shell or rpm would read PATH, which they are given within words, otherwise. */
bool kernel_path_check(const char *path, GError **error);

/* The architectures that are built for, by their names in RPM; "x86_64, …" for people. Free with g_free(). */
char *kbuild_architectures(void);
bool kbuild_knows(const char *arch);

/* "x86" for "x86_64" and so on: the folder of arch/, and the ARCH that kbuild takes. */
const char *kbuild_srcarch(const char *arch);

/* make -C SOURCE O=OUTPUT ARCH=… TARGETS (NULL-ended). OUT_OUTPUT may be NULL. */
bool kbuild_make(const char *source, const char *output, const char *arch, const char *const *targets,
		 GString **out_output, GError **error);
