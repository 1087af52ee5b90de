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

/* Takes from this process, for good, what a spec has no business with. Called in a child only. */
bool ksig_sandbox_enter(GError **error);

/* A spec as rpm's parser expands it. */
typedef struct ksig_spec {
	GPtrArray
		*sources; /* char *: file names in the order of their numbers; NULL where a number has none */
	GPtrArray *patches; /* char * */
	char *prep;         /* the script of %prep */
} ksig_spec;

/*
 * Expands the spec at PATH, whose sources are in FOLDER, for the distribution that RELEASE ("305.el8") comes
 * from. What stands below %prep is not looked at.
 */
ksig_spec *ksig_spec_expand(const char *path, const char *folder, const char *release, GError **error);
void ksig_spec_free(ksig_spec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_spec, ksig_spec_free)

/* What %prep does with patches: struct ksig_srpm_patch *, in order. Those it does not name are not applied.
 */
GPtrArray *ksig_prep_patches(const ksig_spec *spec, GError **error);

/* libarchive's complaint about the payload of PATH. Returns false. */
bool srpm_payload_error(GError **error, struct archive *payload, const char *path);
