/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libgit2's errors as ksig's, and its ids as keys of hash tables. */
#include "tree/tree.h"

#include <errno.h>

/* References that are no references, or lead to themselves, are what a stranger wrote. */
static bool is_damage(const git_error *last)
{
	return last && (last->klass == GIT_ERROR_REFERENCE || strstr(last->message, g_strerror(ELOOP)));
}

bool ksig_tree_git_error(GError **error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	const git_error *last = git_error_last();
	const bool input = code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC || code == GIT_EAMBIGUOUS ||
			   code == GIT_EMISMATCH || is_damage(last);
	return ksig_error_set(error, input ? KSIG_ERROR_INPUT : KSIG_ERROR_ENVIRONMENT, "%s: %s%s", what,
			      code == GIT_EMISMATCH ? "an object is not what its name says: " : "",
			      last ? last->message : "git error");
}

guint ksig_tree_oid_hash(gconstpointer id)
{
	guint hash = 0;

	memcpy(&hash, id, sizeof hash);
	return hash;
}

gboolean ksig_tree_oid_equal(gconstpointer a, gconstpointer b)
{
	return git_oid_equal(a, b);
}
