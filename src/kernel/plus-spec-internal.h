/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes in a vendor's kernel.spec (release tag, patches behind the vendor's, changelog entry) and in
 * its configurations, line by line; all other lines stay.
 */
#pragma once

#include "kernel/kernel.h"

/* Where the tag goes that tells a release from the base's. */
enum spec_tag_at { SPEC_TAG_DIST, SPEC_TAG_BUILDID, SPEC_TAG_RELEASE, SPEC_TAG_N };

/* What is put into a spec, and nothing else. */
struct spec_changes {
	const char *base;    /* the name that the packages have in it */
	const char *package; /* the name of the packages */
	const char *tag;     /* for the release: ".centos.plus" */
	enum spec_tag_at tag_at;
	const char *dist;           /* %dist of the base: ".el9_2"; NULL: its release has none */
	const char *const *patches; /* file names, NULL-ended */
	bool other_way; /* the patches are applied the other way than the text of %prep suggests: by a line
			   of their own, or with all Patch lines */
	const char *changelog; /* a whole entry, ends in an empty line */
};

/*
 * TEXT with CHANGES: the tag, Patch lines after the vendor's and their application after all that %prep
 * applies, the entry below %changelog, and the packages' names (spec_rename()). What has no place for one of
 * them is an input error. Free with g_free().
 */
char *spec_change(const char *text, const struct spec_changes *changes, const char *what, GError **error);

/* TEXT, a configuration as a vendor ships it, with OPTIONS: a line is replaced where it stands, or added. */
char *config_text_change(const char *text, GPtrArray *options);
