/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live manifest (a live patch and its signed manifest) and ksig live index (a folder's index: revision,
 * rings, what is halted).
 */
#include "cli/cmd-live.h"
#include "live/manifest.h"
#include "live/index.h"

static struct ksig_live_manifest_options options;
static struct ksig_live_index_options index_options;
static char *output, *vmlinux;
static char **cves, **unfixable, **fixed, **patches, **rings, **releases, **halted, **resumed;
static gint64 failure_limit = 2;
static gint64 revision, minimum, previous;
static gboolean force_allowed;

static const GOptionEntry entries[] = {
	{"name", 'n', 0, G_OPTION_ARG_STRING, &options.name,
	 "of all revisions for that kernel (kpatch-patch-…)", "NAME"},
	{"provider", 'p', 0, G_OPTION_ARG_STRING, &options.provider, "whose patch it is", "NAME"},
	{"revision", 0, 0, G_OPTION_ARG_INT64, &revision, "from 1", "N"},
	{"minimum", 0, 0, G_OPTION_ARG_INT64, &minimum, "no machine is to go below it", "N"},
	{"expires", 0, 0, G_OPTION_ARG_STRING, &options.expires, "the day it is to be trusted no more",
	 "YYYY-MM-DD"},
	{"key", 'k', 0, G_OPTION_ARG_STRING, &options.key, "sign with this OpenPGP key", "KEY"},
	{"home", 0, 0, G_OPTION_ARG_FILENAME, &options.home, "gpg's folder", "DIR"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "manifest: where NAME-N/ goes (.)", "DIR"},
	{"vmlinux", 0, 0, G_OPTION_ARG_FILENAME, &vmlinux, "manifest: the kernel it is for", "FILE"},
	{"build-id", 0, 0, G_OPTION_ARG_STRING, &options.build_id, "manifest: the same, by its build id",
	 "HEX"},
	{"release", 0, 0, G_OPTION_ARG_STRING, &options.release, "manifest: the kernel's release", "RELEASE"},
	{"previous", 0, 0, G_OPTION_ARG_INT64, &previous, "manifest: the revision before", "N"},
	{"cve", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cves, "manifest: fixed by it; may be repeated", "CVE"},
	{"unfixable", 0, 0, G_OPTION_ARG_STRING_ARRAY, &unfixable, "manifest: needs a reboot into KERNEL",
	 "'CVE KERNEL'"},
	{"fixed-by-kernel", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fixed, "manifest: fixed in that kernel", "CVE"},
	{"patch", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &patches, "manifest: a source patch in it", "FILE"},
	{"force-allowed", 0, 0, G_OPTION_ARG_NONE, &force_allowed, "manifest: its transition may be forced",
	 NULL},
	{"ring", 0, 0, G_OPTION_ARG_STRING_ARRAY, &rings, "index: per cent of all machines", "RING=N"},
	{"release-to", 0, 0, G_OPTION_ARG_STRING_ARRAY, &releases, "index: only to that ring", "ID=RING"},
	{"halt", 0, 0, G_OPTION_ARG_STRING_ARRAY, &halted, "index: for no machine any more", "ID"},
	{"resume", 0, 0, G_OPTION_ARG_STRING_ARRAY, &resumed, "index: no longer halted", "ID"},
	{"reports", 0, 0, G_OPTION_ARG_FILENAME, &index_options.reports,
	 "index: machines' status --json: halt what failed on too many", "DIR"},
	{"failure-limit", 0, 0, G_OPTION_ARG_INT64, &failure_limit,
	 "index: with --reports, per cent of those that tried a patch (2)", "N"},
	{"untested", 0, 0, G_OPTION_ARG_STRING, &index_options.untested,
	 "index: also what did not pass ksig live test", "WORDS"},
	{NULL},
};

static int do_manifest(const char *module, GError **error)
{
	g_autofree char *build = NULL;

	if (vmlinux) {
		g_autoptr(GBytes) bytes = ksig_bytes_map(vmlinux, error);
		build = bytes ? ksig_elf_kernel_image_build_id(vmlinux, bytes, error) : NULL;
		if (!build)
			return KSIG_ERROR_INPUT;
		options.build_id = build;
	}
	if (!options.build_id) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--vmlinux or --build-id is needed: which kernel it is for");
		return KSIG_ERROR_USAGE;
	}
	options.module_path = module;
	options.revision = revision;
	options.minimum_revision = minimum;
	options.previous_revision = previous;
	options.cves = (const char *const *) cves;
	options.unfixable = (const char *const *) unfixable;
	options.fixed_by_kernel = (const char *const *) fixed;
	options.patches = (const char *const *) patches;
	options.force_allowed = force_allowed;
	return ksig_live_manifest_write(output ? output : ".", &options, error) ? 0 : KSIG_ERROR_INPUT;
}

static int do_index(const char *folder, GError **error)
{
	index_options = (struct ksig_live_index_options){.name = options.name,
							 .provider = options.provider,
							 .expires = options.expires,
							 .revision = revision,
							 .minimum_revision = minimum,
							 .rings = (const char *const *) rings,
							 .releases = (const char *const *) releases,
							 .halted = (const char *const *) halted,
							 .resumed = (const char *const *) resumed,
							 .reports = index_options.reports,
							 .failure_limit_percent = failure_limit,
							 .untested = index_options.untested,
							 .key = options.key,
							 .home = options.home};
	g_auto(GStrv) now = ksig_live_index_write(folder, &index_options, error);
	for (char **id = now; id && *id; id++)
		ksig_print(stderr, "halted: %s\n", *id);
	return now ? 0 : KSIG_ERROR_INPUT;
}

int ksig_command_live_manifest(struct ksig_context *context, int argc, char **argv, GError **error)
{
	const bool is_index = g_str_equal(argv[0], "live index");

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, is_index ? "FOLDER" : "MODULE",
				is_index ? "Signs the index of a folder of live patches."
					 : "Puts a live patch and its signed manifest into a folder.",
				error))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || (is_index && !options.name) || !options.provider || !options.expires ||
	    !options.key || revision < 1) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "%s--provider, --revision, --expires, --key and one %s are needed",
			       is_index ? "--name, " : "", is_index ? "folder" : "module");
		return KSIG_ERROR_USAGE;
	}
	return is_index ? do_index(argv[1], error) : do_manifest(argv[1], error);
}
