/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a published kernel was made of, kept beside its packages. A release that is there is not built again;
 * it answers for a flavour only if it was made of that one: packages of one name, version and release with
 * other content cannot be told apart by who installs them.
 */
#include "kernel/made-of-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

static const char file_name[] = "made-of";

static bool add_file(GString *text, const char *path, const char *what, GError **error)
{
	g_autofree char *sum = ksig_file_sha256(path, error);

	if (sum)
		g_string_append_printf(text, "%s %s\n", sum, what);
	return sum != NULL;
}

static bool add_patches(GString *text, const ksig_flavour *flavour, GError **error)
{
	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		g_autofree char *what = g_strdup_printf("patch %s", patch->name);
		if (patch->commit)
			g_string_append_printf(text, "%s %s\n", patch->commit, what);
		else if (!add_file(text, patch->file, what, error))
			return false;
	}
	return true;
}

static bool add_files(GString *text, const char *const *paths, GError **error)
{
	for (; paths && *paths; paths++) {
		g_autofree char *name = g_path_get_basename(*paths);
		if (g_file_test(*paths, G_FILE_TEST_IS_REGULAR) && !add_file(text, *paths, name, error))
			return false;
	}
	return true;
}

char *made_of(const struct ksig_kernel_job *job, const char *const *inputs, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *what = g_strdup_printf("flavour %s", job->flavour->name);

	if (!add_file(text, job->flavour->path, what, error) || !add_patches(text, job->flavour, error) ||
	    !add_files(text, job->neighbours, error) || !add_files(text, inputs, error))
		return NULL;
	for (const char *const *define = job->defines; define && *define; define++)
		g_string_append_printf(text, "define %s\n", *define);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

bool made_of_write(const char *folder, const char *text, GPtrArray *files, GError **error)
{
	char *path = g_build_filename(folder, file_name, NULL);

	g_ptr_array_add(files, path);
	return ksig_file_write(path, text, -1, 0644, error);
}

/* The first line of TEXT that is not one of OTHER; NULL: there is none. */
static char *first_not_in(const char *text, const char *other)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1), others = g_strsplit(other, "\n", -1);

	for (char **line = lines; *line; line++)
		if (!g_strv_contains((const char *const *) others, *line))
			return g_strdup(*line);
	return NULL;
}

static const char *what_of(const char *line)
{
	const char *blank = strchr(line, ' ');

	return blank ? blank + 1 : line;
}

bool made_of_check(const char *target, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(target, file_name, NULL);

	if (!g_file_test(target, G_FILE_TEST_IS_DIR))
		return true;
	g_autofree char *kept = ksig_file_read(path, KERNEL_LIMIT_CONFIG_BYTES, NULL, error);
	if (!kept)
		return false;
	g_autofree char *new_line = first_not_in(text, kept), *old_line = first_not_in(kept, text);
	if (!new_line && !old_line)
		return true;
	return ksig_error_set(
		error, KSIG_ERROR_NEGATIVE,
		"%s: there is one of this name already, which was made %s this %s; another tag or release "
		"gives it a name of its own, and it is built anew once that is removed",
		target, new_line ? "without" : "with", what_of(new_line ? new_line : old_line));
}

char *made_of_other(const char *target, const ksig_flavour *flavour)
{
	const struct ksig_kernel_job job = {.flavour = flavour};
	g_autofree char *path = g_build_filename(target, file_name, NULL);
	g_autofree char *kept = ksig_file_read(path, KERNEL_LIMIT_CONFIG_BYTES, NULL, NULL);
	g_autofree char *text = made_of(&job, NULL, NULL);
	g_autofree char *line = text ? first_not_in(text, kept ? kept : "") : NULL;

	return line ? g_strdup_printf("it was made without this %s", what_of(line)) : NULL;
}
