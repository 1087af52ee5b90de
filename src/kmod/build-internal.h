/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a build, in their order: source, inputs, rpmbuild. */
#pragma once

#include "kmod/build.h"

/* Of a source file, a log, a patch: more is an input error. */
static const size_t build_file_limit_bytes = (size_t) 256 << 20;

/* Where the kernel's own makefiles are: BUILD, or what its Makefile includes (Debian, O=); to g_free(). */
char *ksig_kmod_headers_source(const char *build);
