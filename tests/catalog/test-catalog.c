/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalog/database-internal.h"

#include <sqlite3.h>

static const char TREE[] = "1111111111111111111111111111111111111111";
static const char ID_A[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char ID_B[] = "aaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
static const char ID_DIGITS[] = "1234567890123456789012345678901234567890";

static int64_t add_revision(ksig_catalog *catalog, const char *label)
{
	struct ksig_revision revision = {.label = (char *) label,
					 .argument = (char *) "tar",
					 .tree = (char *) TREE,
					 .commit = (char *) TREE};
	g_autoptr(GError) error = NULL;

	ksig_catalog_add_revision(catalog, &revision, &error);
	g_assert_no_error(error);
	return revision.id;
}

static int64_t add_patch(ksig_catalog *catalog, struct ksig_patch patch)
{
	g_autoptr(GError) error = NULL;

	ksig_catalog_add_patch(catalog, &patch, &error);
	g_assert_no_error(error);
	return patch.id;
}

static int64_t add_step(ksig_catalog *catalog, int64_t patch, int64_t revision, enum ksig_step_action action)
{
	static int position;
	struct ksig_step step = {.patch_id = patch,
				 .revision_id = revision,
				 .position = ++position,
				 .action = action,
				 .commit = (char *) TREE};
	g_autoptr(GError) error = NULL;

	ksig_catalog_add_step(catalog, &step, &error);
	g_assert_no_error(error);
	return step.id;
}

static void add_file(ksig_catalog *catalog, int64_t step, const char *path, int added, int removed)
{
	const struct ksig_step_file file = {step, (char *) path, added, removed};
	g_autoptr(GError) error = NULL;

	ksig_catalog_add_step_file(catalog, &file, &error);
	g_assert_no_error(error);
}

static void add_reference(ksig_catalog *catalog, int64_t patch, const char *kind, const char *value)
{
	const struct ksig_reference reference = {patch, (char *) kind, (char *) value};
	g_autoptr(GError) error = NULL;

	ksig_catalog_add_reference(catalog, &reference, &error);
	g_assert_no_error(error);
}

/*
 * Base 1.0; 1.0-1 introduces patches 1 to 3; 1.0-2 introduces 4 and reworks 1; 1.0-3 drops 2.
 */
static void fill(ksig_catalog *catalog)
{
	add_revision(catalog, "1.0");
	const int64_t one = add_revision(catalog, "1.0-1");
	const int64_t two = add_revision(catalog, "1.0-2");
	const int64_t three = add_revision(catalog, "1.0-3");
	const int64_t a = add_patch(catalog, (struct ksig_patch){.kind = KSIG_PATCH_EXACT,
								 .confidence = 0.99,
								 .source = (char *) "stable",
								 .upstream = (char *) ID_A,
								 .subject = (char *) "net: fix a leak"});
	const int64_t b = add_patch(catalog, (struct ksig_patch){.kind = KSIG_PATCH_ADAPTED,
								 .confidence = 0.7,
								 .source = (char *) "mainline",
								 .upstream = (char *) ID_B,
								 .subject = (char *) "mm: Größe prüfen",
								 .purpose = (char *) "Nothing to see."});
	const int64_t c = add_patch(catalog, (struct ksig_patch){.kind = KSIG_PATCH_VENDOR,
								 .confidence = 0.5,
								 .subject = (char *) "vendor: 100% more"});
	const int64_t d = add_patch(catalog, (struct ksig_patch){.kind = KSIG_PATCH_EXACT,
								 .confidence = 1,
								 .source = (char *) "stable",
								 .upstream = (char *) ID_DIGITS,
								 .subject = (char *) "net: again",
								 .purpose = (char *) "Fixes the LEAK."});
	const int64_t step = add_step(catalog, a, one, KSIG_STEP_INTRODUCE);
	add_file(catalog, step, "net/core/a.c", 3, 1);
	add_file(catalog, step, "net/core/b.c", 2, 0);
	add_file(catalog, add_step(catalog, b, one, KSIG_STEP_INTRODUCE), "mm/slab.c", 1, 1);
	add_file(catalog, add_step(catalog, c, one, KSIG_STEP_INTRODUCE), "net-old/c.c", 1, 0);
	add_file(catalog, add_step(catalog, d, two, KSIG_STEP_INTRODUCE), "net/d.c", 5, 5);
	add_file(catalog, add_step(catalog, a, two, KSIG_STEP_REWORK), "net/core/a.c", 1, 1);
	add_file(catalog, add_step(catalog, b, three, KSIG_STEP_DROP), "mm/slab.c", 1, 1);
	add_reference(catalog, a, "cve", "CVE-2022-2602");
	add_reference(catalog, a, "cve", "CVE-2022-2602");
	add_reference(catalog, d, "ticket", "RHEL-1234");
	add_reference(catalog, c, "upstream", "0123456789ab");
}

struct fixture {
	char *folder;
	ksig_catalog *catalog;
};

static void set_up(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void) data;
	fixture->folder = ksig_directory_temporary(NULL, "catalog", &error);
	g_assert_no_error(error);
	fixture->catalog = ksig_catalog_open(fixture->folder, true, &error);
	g_assert_no_error(error);
	fill(fixture->catalog);
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	ksig_catalog_free(fixture->catalog);
	ksig_directory_remove(fixture->folder, NULL);
	g_free(fixture->folder);
}

struct row {
	const char *name;
	struct ksig_filter filter;
	const char *numbers; /* of the patches that must come */
};

/* A list of one. */
#define ONE(word)                                                                                            \
	(const char *const[])                                                                                \
	{                                                                                                    \
		word, NULL                                                                                   \
	}

static const struct row rows[] = {
	{"all", {NULL}, "1 2 3 4"},
	{"revision", {.revisions = ONE("1.0-1")}, "1 2 3"},
	{"revision/second", {.revisions = ONE("1.0-2")}, "4"},
	{"revision/unknown", {.revisions = ONE("9")}, ""},
	{"at/first", {.at = "1.0-1"}, "1 2 3"},
	{"at/second", {.at = "1.0-2"}, "1 2 3 4"},
	{"at/dropped", {.at = "1.0-3"}, "1 3 4"},
	{"at/base", {.at = "1.0"}, ""},
	{"kind", {.kinds = ONE("exact")}, "1 4"},
	{"path/file", {.paths = ONE("net/core/b.c")}, "1"},
	{"path/folder", {.paths = ONE("net")}, "1 4"},
	{"path/slash", {.paths = ONE("net/")}, "1 4"},
	{"path/part-of-a-name", {.paths = ONE("net/core/b")}, ""},
	{"cve", {.cves = ONE("CVE-2022-2602")}, "1"},
	{"cve/lower-case", {.cves = ONE("cve-2022-2602")}, "1"},
	{"cve/unknown", {.cves = ONE("CVE-2022-260")}, ""},
	{"ticket", {.ticket = "RHEL-1234"}, "4"},
	{"source", {.sources = ONE("mainline")}, "2"},
	{"text/folded", {.text = "LEAK"}, "1 4"},
	{"text/folded-umlaut", {.text = "GRÖSSE"}, "2"},
	{"text/no-wildcard", {.text = "100%"}, "3"},
	{"text/percent-alone", {.text = "%e"}, ""},
	{"upstream/prefix", {.upstream = "aaaaaaaab"}, "2"},
	{"upstream/upper-case", {.upstream = "AAAA"}, "1 2"},
	{"upstream/short", {.upstream = "0123456789ab"}, "3"},
	{"upstream/short-by-the-whole", {.upstream = "0123456789abcdef0123456789abcdef01234567"}, "3"},
	{"upstream/short-of-another", {.upstream = "0123456789ac"}, ""},
	{"confidence", {.min_confidence = 0.9}, "1 4"},
	{"and",
	 {.kinds = ONE("exact"), .paths = ONE("net"), .revisions = ONE("1.0-2"), .text = "again"},
	 "4"},
};

static char *numbers_of(const GPtrArray *patches)
{
	GString *numbers = g_string_new(NULL);

	for (guint i = 0; i < patches->len; i++) {
		const struct ksig_patch *patch = patches->pdata[i];
		g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, i ? " " : "", patch->id);
	}
	return g_string_free(numbers, FALSE);
}

static void test_filter(struct fixture *fixture, gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(fixture->catalog, &row->filter, &error);

	g_assert_no_error(error);
	g_autofree char *numbers = numbers_of(patches);
	g_assert_cmpstr(numbers, ==, row->numbers);
}

static void test_patch(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_patch) patch = ksig_catalog_find_patch(fixture->catalog, "1", &error);
	g_autoptr(ksig_patch) dropped = ksig_catalog_find_patch(fixture->catalog, "2", &error);

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpstr(patch->subject, ==, "net: fix a leak");
	g_assert_cmpint(patch->kind, ==, KSIG_PATCH_EXACT);
	g_assert_cmpfloat(patch->confidence, ==, 0.99);
	g_assert_cmpstr(patch->revision, ==, "1.0-1");
	g_assert_null(patch->dropped);
	g_assert_cmpint(patch->added, ==, 5);
	g_assert_cmpint(patch->removed, ==, 1);
	g_assert_cmpint(patch->files, ==, 2);
	g_assert_cmpstr(dropped->dropped, ==, "1.0-3");
}

struct name_row {
	const char *name;
	int64_t number;
	const char *message;
};

static const struct name_row name_rows[] = {
	{"3", 3, NULL},
	{"aaaaaaaabbbb", 2, NULL},
	{"AAAAAAAAAA", 1, NULL},
	{"1234567", 4, NULL},
	{"aaaaaaa", 0, "aaaaaaa: names 2 patches, 1 and 2"},
	{"99", 0, "99: no such patch (ksig list shows them)"},
	{"fffffff", 0, "fffffff: no such patch (ksig list shows them)"},
	{"aaaaaa", 0,
	 "aaaaaa: no such patch; a patch is named by its number or by 7 to 40 digits of its upstream id"},
	{"", 0, ": no such patch; a patch is named by its number or by 7 to 40 digits of its upstream id"},
	{"-1", 0,
	 "-1: no such patch; a patch is named by its number or by 7 to 40 digits of its upstream id"},
};

static void test_find_patch(struct fixture *fixture, gconstpointer data)
{
	const struct name_row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_patch) patch = ksig_catalog_find_patch(fixture->catalog, row->name, &error);

	if (!row->message) {
		g_assert_no_error(error);
		g_assert_cmpint(patch->id, ==, row->number);
		return;
	}
	g_assert_null(patch);
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
	g_assert_cmpstr(error->message, ==, row->message);
}

static void test_revisions(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_revision) revision = ksig_catalog_find_revision(fixture->catalog, "1.0-2", &error);

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpint(revision->position, ==, 2);
	revision->explained_lines = 7;
	g_assert_true(ksig_catalog_update_revision(fixture->catalog, revision, &error));
	g_autoptr(ksig_revision) again = ksig_catalog_find_revision(fixture->catalog, "1.0-2", &error);
	g_assert_cmpint(again->explained_lines, ==, 7);
	g_assert_null(ksig_catalog_find_revision(fixture->catalog, "1.0.3", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
	g_assert_cmpstr(error->message, ==, "1.0.3: no such revision; did you mean 1.0-3?");
	g_clear_error(&error);
	struct ksig_revision twice = {.label = (char *) "1.0-2", .argument = (char *) "x"};
	g_assert_false(ksig_catalog_add_revision(fixture->catalog, &twice, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void test_steps(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) life = ksig_catalog_steps_of_patch(fixture->catalog, 1, &error);
	g_autoptr(GPtrArray) all = ksig_catalog_steps(fixture->catalog, 0, &error);

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpuint(all->len, ==, 6);
	g_assert_cmpuint(life->len, ==, 2);
	const struct ksig_step *rework = life->pdata[1];
	g_assert_cmpint(rework->action, ==, KSIG_STEP_REWORK);
	g_autoptr(GPtrArray) files = ksig_catalog_step_files(fixture->catalog, rework->id, &error);
	g_assert_cmpuint(files->len, ==, 1);
	g_autoptr(GPtrArray) second = ksig_catalog_steps(fixture->catalog, rework->revision_id, &error);
	g_assert_cmpuint(second->len, ==, 2);
	struct ksig_step twice = {.patch_id = 1, .revision_id = 2, .position = 1000};
	g_assert_false(ksig_catalog_add_step(fixture->catalog, &twice, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void test_references(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) references = ksig_catalog_references(fixture->catalog, 1, &error);

	(void) data;
	g_assert_cmpuint(references->len, ==, 1);
	const struct ksig_evidence fact = {1, (char *) "lines", (char *) "4 of 4", 2.5};
	g_assert_true(ksig_catalog_add_evidence(fixture->catalog, &fact, &error));
	g_autoptr(GPtrArray) evidence = ksig_catalog_evidence(fixture->catalog, 1, &error);
	g_assert_cmpuint(evidence->len, ==, 1);
	g_assert_cmpfloat(((struct ksig_evidence *) evidence->pdata[0])->weight, ==, 2.5);
	const struct ksig_reference orphan = {4711, (char *) "cve", (char *) "CVE-1"};
	g_assert_false(ksig_catalog_add_reference(fixture->catalog, &orphan, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void test_entries(struct fixture *fixture, gconstpointer data)
{
	struct ksig_entry entry = {.revision_id = 2,
				   .release = (char *) "1.0-1",
				   .subject = (char *) "fix a leak",
				   .subsystem = (char *) "net"};
	g_autoptr(GError) error = NULL;

	(void) data;
	g_assert_true(ksig_catalog_add_entry(fixture->catalog, &entry, &error));
	g_assert_true(ksig_catalog_link_entry(fixture->catalog, entry.id, 1, &error));
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(fixture->catalog, 2, &error);
	g_autoptr(GPtrArray) others = ksig_catalog_entries(fixture->catalog, 3, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(entries->len, ==, 1);
	g_assert_cmpuint(others->len, ==, 0);
	g_assert_cmpint(((struct ksig_entry *) entries->pdata[0])->patch_id, ==, 1);
}

static void test_settings(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct ksig_catalog_upstream upstream = {(char *) "stable", (char *) "git:/a@b..c"};

	(void) data;
	g_assert_null(ksig_catalog_get(fixture->catalog, "base.argument", &error));
	g_assert_no_error(error);
	g_assert_true(ksig_catalog_set(fixture->catalog, "base.argument", "x", &error));
	g_assert_true(ksig_catalog_set(fixture->catalog, "base.argument", "y", &error));
	g_autofree char *value = ksig_catalog_get(fixture->catalog, "base.argument", &error);
	g_assert_cmpstr(value, ==, "y");
	g_assert_true(ksig_catalog_put_upstream(fixture->catalog, &upstream, &error));
	g_assert_true(ksig_catalog_put_upstream(fixture->catalog, &upstream, &error));
	g_autoptr(GPtrArray) upstreams = ksig_catalog_upstreams(fixture->catalog, &error);
	g_assert_cmpuint(upstreams->len, ==, 1);
}

static void test_kinds(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) kinds = ksig_catalog_kinds(fixture->catalog, 2, &error);

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpuint(kinds->len, ==, 3);
	const struct ksig_kind_count *exact = kinds->pdata[0];
	g_assert_cmpint(exact->kind, ==, KSIG_PATCH_EXACT);
	g_assert_cmpint(exact->patches, ==, 1);
	g_assert_cmpint(exact->added, ==, 5);
}

static void test_rollback(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void) data;
	g_assert_true(ksig_catalog_begin(fixture->catalog, &error));
	g_assert_true(ksig_catalog_set(fixture->catalog, "x", "1", &error));
	ksig_catalog_rollback(fixture->catalog);
	ksig_catalog_rollback(fixture->catalog);
	g_assert_null(ksig_catalog_get(fixture->catalog, "x", &error));
	g_assert_no_error(error);
	g_assert_true(ksig_catalog_begin(fixture->catalog, &error));
	g_assert_true(ksig_catalog_set(fixture->catalog, "x", "1", &error));
	g_assert_true(ksig_catalog_commit(fixture->catalog, &error));
	g_autofree char *value = ksig_catalog_get(fixture->catalog, "x", &error);
	g_assert_cmpstr(value, ==, "1");
}

/* The questions of people, each answered through an index: no statement may walk a whole table. */
static void test_indexes(struct fixture *fixture, gconstpointer data)
{
	const struct ksig_filter filters[] = {
		{.cves = ONE("CVE-2022-2602")}, {.ticket = "RHEL-1234"},  {.paths = ONE("net/core")},
		{.upstream = "aaaaaaaab"},      {.kinds = ONE("revert")}, {.sources = ONE("mainline")},
		{.revisions = ONE("1.0-2")},
	};
	GHashTableIter iter;
	gpointer sql = NULL;
	gpointer statement = NULL;

	(void) data;
	for (size_t i = 0; i < G_N_ELEMENTS(filters); i++)
		g_ptr_array_unref(ksig_catalog_patches(fixture->catalog, &filters[i], NULL));
	g_ptr_array_unref(ksig_catalog_steps(fixture->catalog, 2, NULL));
	g_ptr_array_unref(ksig_catalog_steps_of_patch(fixture->catalog, 2, NULL));
	g_ptr_array_unref(ksig_catalog_evidence(fixture->catalog, 2, NULL));
	g_ptr_array_unref(ksig_catalog_entries(fixture->catalog, 2, NULL));
	g_hash_table_iter_init(&iter, fixture->catalog->statements);
	while (g_hash_table_iter_next(&iter, &sql, &statement)) {
		g_test_message("%s", (char *) sql);
		g_assert_cmpint(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), ==, 0);
	}
}

typedef void fixture_test(struct fixture *fixture, gconstpointer data);

static void add(const char *path, gconstpointer data, fixture_test *test)
{
	g_test_add(path, struct fixture, data, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/catalog/filter/%s", rows[i].name);
		add(path, &rows[i], test_filter);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
		g_autofree char *path = g_strdup_printf("/catalog/find/%zu:%s", i, name_rows[i].name);
		add(path, &name_rows[i], test_find_patch);
	}
	add("/catalog/patch", NULL, test_patch);
	add("/catalog/revisions", NULL, test_revisions);
	add("/catalog/steps", NULL, test_steps);
	add("/catalog/references", NULL, test_references);
	add("/catalog/entries", NULL, test_entries);
	add("/catalog/settings", NULL, test_settings);
	add("/catalog/kinds", NULL, test_kinds);
	add("/catalog/rollback", NULL, test_rollback);
	add("/catalog/indexes", NULL, test_indexes);
	return g_test_run();
}
