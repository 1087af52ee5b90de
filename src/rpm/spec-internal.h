/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expands a spec by librpm in a forked, sandboxed child. */
#pragma once

#include "rpm/srpm-internal.h"
#include "rpm/rpm.h"

struct rpmSpec_s;

/* What a child that has a spec parsed is asked. */
struct spec_question {
	const char *path, *folder; /* the spec, and where its sources are */
	const char *release;       /* of what distribution: "305.el8" */
	const char *dist;          /* %dist; NULL: what RELEASE ends in */
	bool whole;                /* also what follows %prep */
	void (*say)(GString *answer, struct rpmSpec_s *spec);
};

/* Its answer: records that end in NUL, the first letter says of what kind; "!reason" if there is none. */
GString *spec_ask(const struct spec_question *question, GError **error);
void spec_say(GString *answer, const char *kind, const char *text);

/* "S0 name" and "P1 name" for each source and patch. */
void spec_say_sources(GString *answer, struct rpmSpec_s *spec);

/*
 * Expands the spec at PATH, whose sources are in FOLDER, for the distribution that RELEASE ("305.el8") comes
 * from. What stands below %prep is not looked at.
 */
ksig_spec *ksig_spec_expand(const char *path, const char *folder, const char *release, GError **error);
void ksig_spec_free(ksig_spec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_spec, ksig_spec_free)
