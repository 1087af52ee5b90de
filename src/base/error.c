/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KSIG_ERROR and its exit status; any error of another domain counts as one of the environment. */
#include "base/base.h"

#include <errno.h>

G_DEFINE_QUARK(ksig - error, ksig_error)

int ksig_error_exit_status(const GError *error)
{
	if (error && error->domain == KSIG_ERROR)
		return error->code;
	return KSIG_ERROR_ENVIRONMENT;
}

bool ksig_error_set(GError **error, enum ksig_error code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_propagate_error(error, g_error_new_valist(KSIG_ERROR, code, format, arguments));
	va_end(arguments);
	return false;
}

bool ksig_error_errno(GError **error, int errnum, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *detail = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	const char *hint = errnum == ENOSPC ? " (free some space and run again)" : "";
	g_set_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT, "%s: %s%s", detail, g_strerror(errnum), hint);
	return false;
}

bool ksig_error_left_out(GError **error, const char *what, const char *part)
{
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "%s: not in this build of ksig (meson's option %s)", what, part);
}

void ksig_error_name_theirs(GError **error, const char *ours, const char *theirs)
{
	if (!error || !*error)
		return;
	GString *said = g_string_new((*error)->message);
	g_string_replace(said, ours, theirs, 0);
	g_free((*error)->message);
	(*error)->message = g_string_free(said, FALSE);
}
