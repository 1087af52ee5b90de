/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod new: a recipe drafted from a source, dkms.conf or spec; what ksig itself would not read as a
 * recipe is not kept.
 */
#include "cli/cmd-kmod.h"
#include "kmod/draft.h"
#include "kmod/recipe.h"

#include <glib/gstdio.h>

static char *from, *output;
static gboolean dry_run;

static const GOptionEntry entries[] = {
	{"from", 0, 0, G_OPTION_ARG_FILENAME, &from,
	 "a source folder or tarball, a dkms.conf, a spec with its tarball, or that unpacked, beside it",
	 "FILE|DIR"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "the recipe's file (NAME.conf)", "FILE"},
	{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "print it, write nothing", NULL},
	{NULL},
};

/* Nothing is written that ksig itself would not take. */
static bool write_checked(const char *path, const char *text, GError **error)
{
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: it is there already", path);
	if (!ksig_file_write(path, text, -1, 0644, error))
		return false;
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, error);
	if (!recipe)
		(void) g_unlink(path);
	return recipe != NULL;
}

int ksig_command_kmod_new(struct ksig_context *context, int argc, char **argv, GError **error)
{
	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "NAME --from FOLDER|TARBALL|dkms.conf|SPEC",
		    "Writes a recipe to start from: modules, folders, options, version and licence as "
		    "the source's\nmakefiles, its dkms.conf or a spec have them.",
		    error))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !from) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a name and --from expected");
		return KSIG_ERROR_USAGE;
	}
	g_autofree char *text = ksig_kmod_recipe_draft(argv[1], from, error);
	g_autofree char *path = output ? g_strdup(output) : g_strconcat(argv[1], ".conf", NULL);
	if (!text)
		return KSIG_ERROR_INPUT;
	if (dry_run)
		fputs(text, stdout);
	else if (!write_checked(path, text, error))
		return KSIG_ERROR_INPUT;
	return 0;
}
