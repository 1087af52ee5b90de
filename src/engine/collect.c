/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results out of the state folder: hard links where that can be, copies elsewhere. */
#include "engine/engine-internal.h"
#include "engine/state-internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLLECT_LIMIT_DEPTH = 64 };

static bool link_or_copy(const char *from, const char *to, GError **error)
{
	g_autoptr(GFile) source = g_file_new_for_path(from);
	g_autoptr(GFile) target = g_file_new_for_path(to);
	g_autoptr(GError) reason = NULL;

	if (unlink(to) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s", to);
	if (link(from, to) == 0)
		return true;
	if (!g_file_copy(source, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_NOFOLLOW_SYMLINKS, NULL, NULL,
			 NULL, &reason))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", to, reason->message);
	return true;
}

static bool collect_folder(const char *from, const char *to, unsigned depth, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
	const char *name = NULL;

	if (!dir)
		return ksig_error_errno(error, errno, "%s", from);
	if (depth > COLLECT_LIMIT_DEPTH)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d folders deep", from,
				      COLLECT_LIMIT_DEPTH);
	if (!ksig_directory_make(to, error))
		return false;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *source = g_build_filename(from, name, NULL);
		g_autofree char *target = g_build_filename(to, name, NULL);
		struct stat status;
		if (lstat(source, &status) != 0)
			return ksig_error_errno(error, errno, "%s", source);
		if (!(S_ISDIR(status.st_mode) ? collect_folder(source, target, depth + 1, error)
					      : link_or_copy(source, target, error)))
			return false;
	}
	return true;
}

bool ksig_engine_collect(ksig_engine *engine, const char *directory, GError **error)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		g_autofree char *from = result_path(engine->state, job->hash, "files");
		g_autofree char *to = g_build_filename(directory, job->name, NULL);
		if (engine->status[i].state == KSIG_JOB_DONE && !collect_folder(from, to, 0, error))
			return false;
	}
	return true;
}
