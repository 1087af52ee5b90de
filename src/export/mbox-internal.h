/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig export mbox, and the mail that ksig missing --mbox writes. */
#pragma once

#include "export/export.h"

/* One mail: what stands above its difference. */
struct ksig_mail {
	const char *id;     /* 40 hex, of the "From " line */
	const char *author; /* as foreign as it comes, and the others too; NULL: unknown */
	const char *email;
	const char *date;    /* ISO 8601 */
	const char *subject; /* one line */
	const char *body;
};

/* The mail as git am takes it, made harmless. Free with g_string_free(). */
GString *ksig_export_mail(const struct ksig_mail *words, const char *diff, size_t diff_bytes);
