/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of a .dsc (its first paragraph, inside a signature or not; Checksums-Sha256) and of
 * debian/patches/series.
 */
#pragma once

#include "tree/tree-internal.h"
#include "tree/tree.h"

/* Reads TEXT, with or without a clear-text signature (which is not checked). NAME stands in the messages. */
struct ksig_dsc *ksig_dsc_parse(const char *text, const char *name, GError **error);
void ksig_dsc_free(struct ksig_dsc *dsc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_dsc, ksig_dsc_free)

/* The names in a quilt series, in order, as dpkg-source reads it; an unsafe name is an error. */
GPtrArray *ksig_series_parse(const char *text, const char *name, GError **error);
