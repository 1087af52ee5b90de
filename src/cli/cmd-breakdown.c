/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig breakdown: its table (patches of each kind, lines explained), and what is said below it: the rest by
 * subsystem, a changelog rewritten, a nearer base, candidates that are too late.
 */
#include "breakdown/breakdown.h"
#include "cli/cmd.h"

static char *base;
static char *rebase;
static char **upstreams;
static char **own;
static char *changelog;
static char *date;
static char *format_name;
static double min_confidence;
static char *model;
static int n_jobs;

static const GOptionEntry entries[] = {
	{"base", 'b', 0, G_OPTION_ARG_FILENAME, &base, "the kernel that the vendor started from", "KERNEL"},
	{"rebase", 0, 0, G_OPTION_ARG_FILENAME, &rebase,
	 "the newer upstream release that these revisions start from", "KERNEL"},
	{"upstream", 'u', 0, G_OPTION_ARG_FILENAME_ARRAY, &upstreams,
	 "a pool of candidate patches; may be given several times", "UPSTREAM"},
	{"own", 0, 0, G_OPTION_ARG_STRING_ARRAY, &own,
	 "the upstream NAME is the vendor's own; may be given several times", "NAME"},
	{"changelog", 0, 0, G_OPTION_ARG_FILENAME, &changelog, "a %changelog for kernels that bring none",
	 "FILE"},
	{"date", 0, 0, G_OPTION_ARG_STRING, &date, "when the kernels were made: what is newer is not in them",
	 "YYYY-MM-DD"},
	{"min-confidence", 0, 0, G_OPTION_ARG_DOUBLE, &min_confidence, "choose no candidate below it (0.55)",
	 "C"},
	{"model", 0, 0, G_OPTION_ARG_FILENAME, &model, "weights and parameters (the program's own)", "FILE"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &n_jobs, "git processes that read upstreams (one a processor)",
	 "N"},
	{"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

/* "drivers/net 120, fs/ext4 7": the first LIMIT places, and how many more there are. */
static char *places_of(const struct ksig_breakdown_revision *revision, guint limit)
{
	GString *text = g_string_new(NULL);
	const guint n = revision->rest ? revision->rest->len : 0;

	for (guint i = 0; i < MIN(n, limit); i++) {
		const struct ksig_breakdown_place *place = revision->rest->pdata[i];
		g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT, i ? ", " : "", place->subsystem,
				       place->lines);
	}
	if (n > limit)
		g_string_append_printf(text, " and %u more", n - limit);
	return g_string_free(text, FALSE);
}

static void say_rest(const GPtrArray *revisions)
{
	enum { PLACES = 8 };

	for (guint i = 0; i < revisions->len; i++) {
		const struct ksig_breakdown_revision *revision = revisions->pdata[i];
		g_autofree char *places = places_of(revision, PLACES);
		if (*places)
			ksig_print(stdout, "\nNot explained in %s, changed lines by subsystem: %s.\n",
				   revision->label, places);
	}
}

static void add_row(ksig_table *table, const struct ksig_breakdown_revision *revision, bool text)
{
	g_autofree char *changed = g_strdup_printf("%" G_GUINT64_FORMAT, revision->changed_lines);
	g_autofree char *explained = g_strdup_printf("%" G_GUINT64_FORMAT, revision->explained_lines);
	g_autofree char *vendor = g_strdup_printf("%" G_GUINT64_FORMAT, revision->vendor_lines);
	g_autofree char *unexplained = g_strdup_printf("%" G_GUINT64_FORMAT,
						       revision->changed_lines - revision->explained_lines -
							       revision->vendor_lines);
	g_autofree char *dropped = g_strdup_printf("%u", revision->dropped);
	g_autofree char *carried = g_strdup_printf("%u", revision->carried);
	g_autofree char *contained = g_strdup_printf("%u", revision->contained);
	char counts[KSIG_PATCH_RELEASE][16];
	const char *cells[10 + KSIG_PATCH_RELEASE] = {revision->label};
	size_t n = 1;

	for (size_t kind = 0; kind < KSIG_PATCH_RELEASE; kind++) {
		g_snprintf(counts[kind], sizeof counts[kind], "%u", revision->patches[kind]);
		cells[n++] = revision->known ? NULL : counts[kind];
	}
	cells[n++] = revision->known ? NULL : dropped;
	cells[n++] = revision->known ? NULL : carried;
	cells[n++] = changed;
	cells[n++] = explained;
	cells[n++] = vendor;
	cells[n++] = unexplained;
	cells[n++] = revision->known ? NULL : contained;
	g_autofree char *tree = g_strndup(revision->tree, text ? 12 : 40);
	cells[n++] = tree;
	g_autofree char *places = places_of(revision, G_MAXUINT);
	cells[n++] = places;
	ksig_table_add(table, cells);
}

static void say_rewritten(const GPtrArray *revisions)
{
	for (guint i = 0; i < revisions->len; i++) {
		const struct ksig_breakdown_revision *revision = revisions->pdata[i];
		if (revision->gap_to)
			ksig_print(stderr,
				   "ksig: %s: its changelog begins with %s: of what came between %s and that "
				   "nothing is "
				   "told\n",
				   revision->label, revision->gap_to, revision->gap_from);
		if (revision->entries_vanished > 0)
			ksig_print(stderr,
				   "ksig: %s: its changelog rewrites older releases: %u entries that were "
				   "there are not any more\n",
				   revision->label, revision->entries_vanished);
	}
}

/* Of what was done in this run, and of nothing else. */
static void say_compared(const GPtrArray *revisions)
{
	guint known = 0;

	for (guint i = 0; i < revisions->len; i++)
		known += ((const struct ksig_breakdown_revision *) revisions->pdata[i])->known;
	if (known < revisions->len)
		ksig_print(stdout,
			   "\nEach %sseries rebuilds the vendor's tree, byte for byte: the trees above were "
			   "compared.\n",
			   known > 0 ? "new " : "");
	if (known > 0)
		ksig_print(
			stdout,
			"%s%u of the revisions above %s known before, and stand%s as recorded; their steps "
			"are there.\n",
			known < revisions->len ? "" : "\n", known, known == 1 ? "was" : "were",
			known == 1 ? "s" : "");
}

static void say_nearer(const GPtrArray *revisions)
{
	for (guint i = 0; i < revisions->len; i++) {
		const struct ksig_breakdown_revision *revision = revisions->pdata[i];
		if (revision->nearer)
			ksig_print(
				stderr,
				"ksig: %s: from upstream commit %.12s %u of its %u changed files would not "
				"be: is it the right base? (ksig base tells)\n",
				revision->label, revision->nearer, revision->nearer_files, revision->files);
	}
}

static void say_late(const GPtrArray *revisions)
{
	for (guint i = 0; i < revisions->len; i++) {
		const struct ksig_breakdown_revision *revision = revisions->pdata[i];
		if (revision->late > 0)
			ksig_print(stderr,
				   "ksig: %s: candidates that have lines in it but were written after it, "
				   "so that they are not in it: %u (--date says when it was made)\n",
				   revision->label, revision->late);
		if (revision->latest > 0)
			ksig_print(stderr,
				   "ksig: %s: candidates that would fit but are much younger than what "
				   "surely is in "
				   "it (until %s), so that they were not taken: %u (--date says when it was "
				   "made)\n",
				   revision->label, revision->latest_by, revision->latest);
	}
}

static void print(const GPtrArray *revisions, enum ksig_format format)
{
	static const struct ksig_column columns[] = {
		{"revision", 0},
		{"exact", KSIG_COLUMN_NUMBER},
		{"context", KSIG_COLUMN_NUMBER},
		{"adapted", KSIG_COLUMN_NUMBER},
		{"partial", KSIG_COLUMN_NUMBER},
		{"revert", KSIG_COLUMN_NUMBER},
		{"vendor", KSIG_COLUMN_NUMBER},
		{"unexplained", KSIG_COLUMN_NUMBER},
		{"dropped", KSIG_COLUMN_NUMBER},
		{"carried", KSIG_COLUMN_NUMBER},
		{"changed-lines", KSIG_COLUMN_NUMBER},
		{"explained-lines", KSIG_COLUMN_NUMBER},
		{"vendor-lines", KSIG_COLUMN_NUMBER},
		{"unexplained-lines", KSIG_COLUMN_NUMBER},
		{"contained", KSIG_COLUMN_NUMBER},
		{"tree", 0},
		{"unexplained-lines-in", 0}, /* as text it stands below the table */
	};
	const bool text = format == KSIG_FORMAT_TEXT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns) - text);

	for (guint i = 0; i < revisions->len; i++)
		add_row(table, revisions->pdata[i], text);
	ksig_table_print(table, format, stdout);
	if (!text)
		return;
	say_rest(revisions);
	say_compared(revisions);
	puts("Next: ksig list, ksig show 1, ksig list --kind unexplained, ksig export quilt DIR.");
}

int ksig_command_breakdown(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(GPtrArray) revisions = NULL;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "KERNEL…",
		    "Breaks kernels down into patches, in revision order: each against the one before.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc < 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a KERNEL is missing (see ksig breakdown --help)");
		return KSIG_ERROR_USAGE;
	}
	const struct ksig_breakdown_options options = {
		.workspace = context->workspace,
		.base = base,
		.rebase = rebase,
		.upstreams = (const char *const *) upstreams,
		.kernels = (const char *const *) argv + 1,
		.own = (const char *const *) own,
		.changelog = changelog,
		.date = date,
		.model = model,
		.min_confidence = min_confidence,
		.n_jobs = (unsigned) MAX(n_jobs, 0),
	};
	if (!ksig_breakdown_run(&options, &revisions, error))
		return ksig_error_exit_status(*error);
	print(revisions, format);
	say_rewritten(revisions);
	say_late(revisions);
	say_nearer(revisions);
	return 0;
}
