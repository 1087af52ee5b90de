/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig export: its eight forms, and for quilt and mbox which patches the selected ones stand on
 * (--with-dependencies). VEX, CSAF, OSV and the site's options are in cmd-export-*.c.
 */
#include "cli/cmd-export.h"
#include "cli/cmd.h"
#include "cli/selection.h"

#include "export/export.h"
#include "parts.h"

static gboolean with_dependencies, topics;
static char *branch;
static char *tag_prefix;
static gboolean dry_run;
static gboolean force;
static struct ksig_site_arguments site;
#if KSIG_SITE
#define SITE " | site DIR"
#define FOR_SITE 0
#else
#define SITE ""
#define FOR_SITE G_OPTION_FLAG_HIDDEN
#define to_site NULL
#endif
#define FORMS                                                                                                \
	"git REPOSITORY | quilt DIR | mbox [FILE] | json [FILE]" SITE                                        \
	" | openvex [FILE] | csaf [FILE] | osv DIR"
static char *records;
static struct ksig_export_vex vex;

static const GOptionEntry entries[] = {
	KSIG_SELECTION_ENTRIES,
	KSIG_SELECTION_CVE,
	{"with-dependencies", 0, 0, G_OPTION_ARG_NONE, &with_dependencies,
	 "quilt, mbox: with the patches that change the same files before", NULL},
	{"topics", 0, 0, G_OPTION_ARG_NONE, &topics, "quilt: in folders by what they change (drivers/net)",
	 NULL},
	{"branch", 'b', 0, G_OPTION_ARG_STRING, &branch, "git: the branch (ksig)", "NAME"},
	{"tag-prefix", 0, 0, G_OPTION_ARG_STRING, &tag_prefix,
	 "git: before a revision's label in its tag's name (ksig/)", "PREFIX"},
	{"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "git: say what would be done", NULL},
	{"force", 0, 0, G_OPTION_ARG_NONE, &force, "git: move a branch and tags that stand elsewhere", NULL},
	{"no-missing", 0, FOR_SITE, G_OPTION_ARG_NONE, &site.no_missing,
	 "site: without the page of missing fixes", NULL},
	{"no-raw", 0, FOR_SITE, G_OPTION_ARG_NONE, &site.no_raw, "site: without each patch as a file", NULL},
	{"pairs", 0, FOR_SITE, G_OPTION_ARG_NONE, &site.pairs,
	 "site: look which entries and which changes may belong together", NULL},
	{"against-upstream", 0, FOR_SITE, G_OPTION_ARG_NONE, &site.against_upstream,
	 "site: with what the vendor did differently from each upstream commit", NULL},
	{"blame", 0, FOR_SITE, G_OPTION_ARG_FILENAME_ARRAY, &site.blame,
	 "site: with the owner of each line of the file or folder P, or of what a pattern names; may be "
	 "repeated",
	 "P"},
	{"link", 0, FOR_SITE, G_OPTION_ARG_STRING_ARRAY, &site.links,
	 "site: where ids of the upstream (or commit, cve, ticket) NAME are looked up, with @ID@; may be "
	 "repeated",
	 "NAME=URL"},
	{"url", 0, FOR_SITE, G_OPTION_ARG_STRING, &site.url, "site: where it will stand, for its feed",
	 "URL"},
	{"records", 0, 0, G_OPTION_ARG_FILENAME, &records,
	 "site, openvex, csaf, osv: a copy of kernel.org's CVE records", "PATH"},
	{"product", 0, 0, G_OPTION_ARG_STRING, (gpointer) &vex.product,
	 "openvex, csaf, osv: the package's URL without a version (pkg:rpm/kernel)", "PURL"},
	{"publisher", 0, 0, G_OPTION_ARG_STRING, (gpointer) &vex.publisher, "openvex, csaf: who says so",
	 "NAME"},
	{"publisher-url", 0, 0, G_OPTION_ARG_STRING, (gpointer) &vex.publisher_url,
	 "csaf: a URL of the publisher's", "URL"},
	{"ecosystem", 0, 0, G_OPTION_ARG_STRING, (gpointer) &vex.ecosystem,
	 "osv: whose versions they are (AlmaLinux:8)", "NAME"},
	{NULL},
};

/* A form of export; TARGET is its argument. Prints its summary to stderr. */
typedef int export_fn(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error);

static void say_empty(unsigned steps)
{
	if (steps > 0)
		ksig_print(stderr, "%u steps change no file and are left out\n", steps);
}

/* Adds the patches that change PATCH's files before it does, and are not among NUMBERS, to MORE. */
static bool find_before(ksig_catalog *catalog, int64_t patch, int after, GHashTable *numbers,
			GHashTable *more, GError **error)
{
	g_autoptr(GPtrArray) before = ksig_catalog_before_patch(catalog, patch, after, error);

	for (guint i = 0; before && i < before->len; i++)
		if (!g_hash_table_contains(numbers, before->pdata[i]))
			g_hash_table_add(more, g_memdup2(before->pdata[i], sizeof(int64_t)));
	return before != NULL;
}

/* What those of FRESH stand on. */
static GHashTable *find_dependencies(ksig_catalog *catalog, GHashTable *fresh, GHashTable *numbers, int after,
				     GError **error)
{
	g_autoptr(GHashTable) more = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	GHashTableIter iter;
	gpointer number = NULL;

	g_hash_table_iter_init(&iter, fresh);
	while (g_hash_table_iter_next(&iter, &number, NULL))
		if (!find_before(catalog, *(int64_t *) number, after, numbers, more, error))
			return NULL;
	return g_steal_pointer(&more);
}

static void say_dependencies(const struct ksig_chain *chain, GHashTable *more)
{
	ksig_print(stderr,
		   "%u patches that are not in it change its files before (--with-dependencies adds them):\n",
		   g_hash_table_size(more));
	for (guint i = 0; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		if (link->whole && g_hash_table_contains(more, &link->patch->id))
			ksig_print(stderr, "  %" G_GINT64_FORMAT " %s\n", link->patch->id,
				   link->patch->subject);
	}
}

/* Names what the selected patches stand on or, if wanted, takes it in, and what that stands on. */
static bool see_to_dependencies(ksig_catalog *catalog, const struct ksig_chain *chain, GHashTable *numbers,
				GError **error)
{
	const int after =
		chain->first > 0
			? g_array_index(chain->links, struct ksig_link, chain->first - 1).step->position
			: 0;
	g_autoptr(GHashTable) fresh = g_hash_table_ref(numbers);

	for (;;) {
		g_autoptr(GHashTable) more = find_dependencies(catalog, fresh, numbers, after, error);
		GHashTableIter iter;
		gpointer number = NULL;
		if (!more || g_hash_table_size(more) == 0)
			return more != NULL;
		if (!with_dependencies) {
			say_dependencies(chain, more);
			return true;
		}
		g_hash_table_iter_init(&iter, more);
		while (g_hash_table_iter_next(&iter, &number, NULL))
			g_hash_table_add(numbers, g_memdup2(number, sizeof(int64_t)));
		g_hash_table_unref(fresh);
		fresh = g_steal_pointer(&more);
	}
}

/* The chain up to the revision that was asked for, of it the patches that are selected. */
static struct ksig_chain *load_chain(ksig_catalog *catalog, GError **error)
{
	g_autoptr(ksig_chain) chain = ksig_history_chain_load(catalog, ksig_selection.at, error);

	if (!chain || !ksig_export_authors(catalog, chain, error))
		return NULL;
	if (!ksig_selection_given())
		return g_steal_pointer(&chain);
	/* what was dropped meanwhile belongs to the series as well: it is there, and so is its drop */
	ksig_selection.at = NULL;
	g_autoptr(GHashTable)
		numbers = ksig_selection_read(catalog, error) ? ksig_selection_numbers(catalog, error) : NULL;
	if (!numbers)
		return NULL;
	if (g_hash_table_size(numbers) == 0) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no patch is selected (ksig list shows them)");
		return NULL;
	}
	if (!see_to_dependencies(catalog, chain, numbers, error))
		return NULL;
	ksig_history_chain_select(chain, numbers);
	return g_steal_pointer(&chain);
}

static int to_git(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	git_oid upstream;
	g_autoptr(ksig_chain) chain = load_chain(catalog, error);
	const bool has_upstream = chain &&
				  ksig_history_base_commit(store, chain->revisions->pdata[0], &upstream);
	const struct ksig_export_git options = {.repository = target,
						.base = has_upstream ? &upstream : NULL,
						.branch = branch ? branch : "ksig",
						.tag_prefix = tag_prefix ? tag_prefix : "ksig/",
						.dry_run = dry_run,
						.force = force};
	struct ksig_export_git_result result;

	if (!chain || !ksig_export_git(store, chain, &options, &result, error))
		return KSIG_ERROR_ENVIRONMENT;
	ksig_print(stderr, "%sbranch %s at %.12s: %u commits, %u tags\n", dry_run ? "would push: " : "",
		   options.branch, result.head, result.commits, result.tags);
	say_empty(result.empty_steps);
	return 0;
}

static int to_quilt(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	struct ksig_export_quilt_result result;
	g_autoptr(ksig_chain) chain = load_chain(catalog, error);

	if (!chain || !ksig_export_quilt(store, chain, target, topics, &result, error))
		return KSIG_ERROR_ENVIRONMENT;
	ksig_print(stderr, "%s: %u patches, onto %s\n", target, result.patches, chain->standing);
	say_empty(result.empty_steps);
	if (result.left_out == 0)
		return 0;
	ksig_print(stderr,
		   "ksig: %u changed files are beyond GNU patch (binary ones, submodules, or no repository "
		   "has what they were or become), so the series alone does NOT give the vendor's tree; "
		   "%s/not-in-series names them, %s/binary holds what they become\n",
		   result.left_out, target, target);
	return KSIG_ERROR_NEGATIVE;
}

static int to_mbox(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	g_autoptr(ksig_chain) chain = load_chain(catalog, error);
	g_autofree char *part = NULL;
	unsigned empty_steps = 0;
	FILE *stream = chain ? ksig_command_stream(target, &part, error) : NULL;

	if (!stream)
		return KSIG_ERROR_ENVIRONMENT;
	const bool written = ksig_export_mbox(store, chain, stream, target ? target : "standard output",
					      &empty_steps, error);
	if (!ksig_command_stream_end(stream, target, part, written, error))
		return KSIG_ERROR_ENVIRONMENT;
	say_empty(empty_steps);
	return 0;
}

static int to_json(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	g_autofree char *part = NULL;
	FILE *stream = ksig_command_stream(target, &part, error);

	(void) store;
	if (!stream)
		return KSIG_ERROR_ENVIRONMENT;
	const bool written = ksig_export_json(catalog, stream, target ? target : "standard output", error);
	return ksig_command_stream_end(stream, target, part, written, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
}

#if KSIG_SITE
static int to_site(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	site.records = records;
	return ksig_export_site_form(catalog, store, &site, target, error);
}
#endif

static int to_openvex(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	(void) store;
	return ksig_export_vex_form(catalog, "openvex", ksig_selection.at, records, &vex, target, error);
}

static int to_csaf(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	(void) store;
	return ksig_export_vex_form(catalog, "csaf", ksig_selection.at, records, &vex, target, error);
}

static int to_osv(ksig_catalog *catalog, ksig_store *store, const char *target, GError **error)
{
	(void) store;
	return ksig_export_vex_form(catalog, "osv", ksig_selection.at, records, &vex, target, error);
}

static const struct form {
	const char *name;
	export_fn *run; /* NULL: not in this build */
	bool needs_target;
} forms[] = {
	{"git", to_git, true},    {"quilt", to_quilt, true}, {"mbox", to_mbox, false},
	{"json", to_json, false}, {"site", to_site, true},   {"openvex", to_openvex, false},
	{"csaf", to_csaf, false}, {"osv", to_osv, true},
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		if (name && g_str_equal(forms[i].name, name))
			return &forms[i];
	return NULL;
}

int ksig_command_export(struct ksig_context *context, int argc, char **argv, GError **error)
{
	if (!ksig_command_parse(&argc, &argv, entries, FORMS,
				"Writes a breakdown as a git branch, a quilt series, a mailbox, JSON or a "
				"web site, or how a revision "
				"stands to CVEs as OpenVEX, CSAF or OSV.",
				error))
		return KSIG_ERROR_USAGE;
	const struct form *form = find_form(argc > 1 ? argv[1] : NULL);
	if (!form || argc > 3 || (form->needs_target && argc < 3)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "what and where to expected: " FORMS);
		return KSIG_ERROR_USAGE;
	}
	if (!form->run) {
		ksig_error_left_out(error, "export site", form->name);
		return KSIG_ERROR_ENVIRONMENT;
	}
	if (ksig_selection_given() && form->run != to_quilt && form->run != to_mbox) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "%s: whole revisions only; quilt and mbox take a selection of patches",
			       form->name);
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(context->workspace, error) : NULL;
	return store ? form->run(catalog, store, argc > 2 ? argv[2] : NULL, error) : KSIG_ERROR_ENVIRONMENT;
}
