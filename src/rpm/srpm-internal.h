/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a source package is read: a sandboxed child expands the spec; this side makes sense of what it says. */
#pragma once

#include "rpm/rpm.h"

#if defined(__SANITIZE_ADDRESS__)
#define KSIG_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KSIG_SANITIZED 1
#endif
#endif
#ifndef KSIG_SANITIZED
#define KSIG_SANITIZED 0
#endif

/* The files that a sandbox leaves: NULL-ended lists of paths, with all that is below a folder. */
struct ksig_sandbox_files {
	const char *const *readable;
	const char *const *writable; /* not NULL: it may run programs too */
};

/* Below the folder of the package's files: what belongs to the run of its %prep. */
#define KSIG_PREP_FOLDER ".ksig-prep"

/* A spec as rpm's parser expands it. */
typedef struct ksig_spec {
	GPtrArray
		*sources; /* char *: file names in the order of their numbers; NULL where a number has none */
	GPtrArray *patches; /* char * */
	char *preamble;     /* what rpm puts before each script: its variables */
	char *prep;         /* the script of %prep */
} ksig_spec;
