/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"
#include "history/history.h"
#include "history/severity.h"

#include <glib/gstdio.h>

enum { STEPS = 400, LINES = 120, FILES = 4 };

struct world {
	char *folder;
	struct fixture *fixture;
};

/* A file of short random lines, edited at random: the same seed gives the same history. */
static char *edited(GRand *random, char **lines)
{
	const int first = g_rand_int_range(random, 0, LINES - 4);
	const int count = g_rand_int_range(random, 1, 4);

	for (int i = first; i < first + count; i++) {
		g_free(lines[i]);
		lines[i] = g_rand_boolean(random) ? g_strdup("")
						  : g_strdup_printf("line %d %x\n", i, g_rand_int(random));
	}
	return g_strjoinv("", lines);
}

static void write_random(struct fixture *fixture)
{
	static const char *const paths[FILES] = {"a.c", "b/b.c", "b/c.c", "d.c"};
	char *lines[FILES][LINES + 1] = {{NULL}};
	g_autoptr(GRand) random = g_rand_new_with_seed(17);

	for (int f = 0; f < FILES; f++) {
		for (int i = 0; i < LINES; i++)
			lines[f][i] = g_strdup_printf("line %d\n", i);
		g_autofree char *content = g_strjoinv("", lines[f]);
		fixture_edit(fixture, &(struct fixture_edit){paths[f], content, 0, 0}, 1);
	}
	fixture_base(fixture, "base");
	for (int i = 0; i < STEPS; i++) {
		const int f = g_rand_int_range(random, 0, FILES);
		g_autofree char *content = edited(random, lines[f]);
		g_autofree char *label = g_strdup_printf("r%d", i / 100 + 1);
		struct ksig_patch patch = {.subject = (char *) "p", .confidence = 1};
		if (i % 100 == 0)
			fixture_revision(fixture, label, NULL);
		fixture_step(fixture, &patch, KSIG_STEP_INTRODUCE,
			     &(struct fixture_edit){paths[f], content, 0, 0}, 1);
	}
	fixture_end(fixture);
	for (int f = 0; f < FILES; f++)
		for (int i = 0; i < LINES; i++)
			g_free(lines[f][i]);
}

/* The commit of each line as git blame has it: lines of 40 digits, by the porcelain's headers. */
static GPtrArray *blamed(const struct world *world, const char *commit, const char *path)
{
	const char *const argv[] = {"git",
				    "--git-dir",
				    ksig_tree_store_path(world->fixture->store),
				    "blame",
				    "--line-porcelain",
				    commit,
				    "--",
				    path,
				    NULL};
	GPtrArray *commits = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) error = NULL;

	ksig_process_run(argv, NULL, NULL, &output, &error);
	g_assert_no_error(error);
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strlen(*line) > GIT_OID_HEXSZ && strspn(*line, "0123456789abcdef") == GIT_OID_HEXSZ)
			g_ptr_array_add(commits, g_strndup(*line, GIT_OID_HEXSZ));
	return commits;
}

/* Of the lines of PATH, how many git blame gives to the same step. */
static void compare(const struct world *world, const char *label, const char *path, unsigned *same,
		    unsigned *all)
{
	ksig_catalog *catalog = world->fixture->catalog;
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_revision) base = ksig_catalog_find_revision(catalog, "base", &error);
	g_autoptr(ksig_revision) revision = ksig_catalog_find_revision(catalog, label, &error);
	g_autoptr(ksig_owners)
		owners = ksig_history_owners_load(catalog, world->fixture->store, revision, path, &error);
	g_autoptr(GPtrArray) commits = blamed(world, revision->commit, path);

	g_assert_no_error(error);
	g_assert_cmpuint(owners->owners->len, ==, commits->len);
	for (guint i = 0; i < commits->len; i++) {
		const struct ksig_line_owner *owner = &g_array_index(owners->owners, struct ksig_line_owner,
								     i);
		*same += g_str_equal(owner->step ? owner->step->commit : base->commit, commits->pdata[i]);
		(*all)++;
	}
}

static void set_up(struct world *world, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void) data;
	world->folder = ksig_directory_temporary(NULL, "history", &error);
	g_assert_no_error(error);
	world->fixture = fixture_new(world->folder);
	ksig_catalog_begin(world->fixture->catalog, &error);
	g_assert_no_error(error);
	write_random(world->fixture);
	ksig_catalog_commit(world->fixture->catalog, &error);
	g_assert_no_error(error);
}

static void tear_down(struct world *world, gconstpointer data)
{
	(void) data;
	fixture_free(world->fixture);
	ksig_directory_remove(world->folder, NULL);
	g_free(world->folder);
}

static void test_owners(struct world *world, gconstpointer data)
{
	unsigned same = 0;
	unsigned all = 0;

	(void) data;
	compare(world, "r2", "a.c", &same, &all);
	compare(world, "r4", "a.c", &same, &all);
	compare(world, "r4", "b/b.c", &same, &all);
	compare(world, "r4", "b/c.c", &same, &all);
	compare(world, "r4", "d.c", &same, &all);
	g_test_message("%u of %u lines as git blame has them", same, all);
	g_assert_cmpuint(all, >, 200);
	g_assert_cmpfloat((double) same / all, >=, 0.99);
}

static void test_owners_unknown(struct world *world, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_revision) last = ksig_catalog_find_revision(world->fixture->catalog, NULL, &error);

	(void) data;
	g_assert_cmpstr(last->label, ==, "r4");
	g_assert_null(ksig_history_owners_load(world->fixture->catalog, world->fixture->store, last, "b/b.h",
					       &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
	g_assert_cmpstr(error->message, ==, "b/b.h: not a file of r4; the nearest that changed is b/b.c");
	g_clear_error(&error);
	g_assert_null(ksig_history_owners_load(world->fixture->catalog, world->fixture->store, last, "../x",
					       &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
}

static void test_compare(struct world *world, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray)
		forward = ksig_history_revisions_compare(world->fixture->catalog, "r1", "r3", &error);
	g_autoptr(GPtrArray)
		back = ksig_history_revisions_compare(world->fixture->catalog, "r3", "r1", &error);
	g_autoptr(GPtrArray)
		same = ksig_history_revisions_compare(world->fixture->catalog, "r3", "r3", &error);

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpuint(forward->len, ==, 200);
	g_assert_cmpuint(back->len, ==, 200);
	g_assert_cmpuint(same->len, ==, 0);
	g_assert_cmpint(((struct ksig_difference *) forward->pdata[0])->kind, ==, KSIG_DIFFERENCE_ADDED);
	g_assert_cmpint(((struct ksig_difference *) back->pdata[0])->kind, ==, KSIG_DIFFERENCE_DROPPED);
}

struct place_row {
	const char *place;
	const char *path;
	uint32_t line;
	uint32_t last;
};
static const struct place_row places[] = {
	{"a.c", "a.c", 0, 0},
	{"a.c:17", "a.c", 17, 17},
	{"a.c:0", "a.c:0", 0, 0},
	{"a:b", "a:b", 0, 0},
	{"a:b:3", "a:b", 3, 3},
	{"a.c:", "a.c:", 0, 0},
	{"a.c:-1", "a.c:-1", 0, 0},
	{"a.c:99999999999", "a.c:99999999999", 0, 0},
	{"a.c:10-20", "a.c", 10, 20},
	{"./a/b.c:1-1", "a/b.c", 1, 1},
	{".//a.c", "a.c", 0, 0},
	{"a.c:20-10", "a.c:20-10", 0, 0},
	{"a.c:1-2-3", "a.c:1-2-3", 0, 0},
};

static void test_place(gconstpointer data)
{
	const struct place_row *row = data;
	g_autofree char *path = NULL;
	uint32_t line = 0;
	uint32_t last = 0;

	ksig_history_place_parse(row->place, &path, &line, &last);
	g_assert_cmpstr(path, ==, row->path);
	g_assert_cmpuint(line, ==, row->line);
	g_assert_cmpuint(last, ==, row->last);
}

static const char *const subsystems[][2] = {
	{"Makefile", "(top)"},
	{"mm/slab.c", "mm"},
	{"drivers/net/a.c", "drivers/net"},
	{"drivers/Kconfig", "drivers"},
	{"include/linux/a.h", "include"},
	{"fs/ext4/x.c", "fs/ext4"},
	{"fsx/ext4/x.c", "fsx"},
};

static void test_subsystem(gconstpointer data)
{
	const char *const *row = data;
	g_autofree char *subsystem = ksig_tree_subsystem_of(row[0]);

	g_assert_cmpstr(subsystem, ==, row[1]);
}

static const char c_before[] =
	"#include <a.h>\n\nint one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn 2;\n}\n";
static const char c_after[] =
	"#include <a.h>\n\nint one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n"
	"\tif (IS_ENABLED(CONFIG_TWO))\n\t\treturn 3;\n\treturn 2;\n}\nEXPORT_SYMBOL_GPL(two);\n\n"
	"SYSCALL_DEFINE1(three, int, x)\n{\n\treturn 3;\n}\n";

struct name_row {
	struct ksig_filter filter;
	unsigned found;
};
static const struct name_row names[] = {
	{{.function = "two"}, 1},    {{.function = "one"}, 0},        {{.function = "three"}, 1},
	{{.symbol = "two"}, 1},      {{.symbol = "one"}, 0},          {{.config = "CONFIG_TWO"}, 1},
	{{.config = "CONFIG_K"}, 1}, {{.config = "CONFIG_OTHER"}, 0},
};

static void test_names(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "names", NULL);
	struct fixture *fixture = fixture_new(folder);
	struct ksig_patch patch = {.subject = (char *) "p", .confidence = 1};
	const struct fixture_edit base[] = {{"a.c", c_before, 0, 0},
					    {"Kconfig", "config OTHER\n\tbool\n\nconfig K\n\tbool\n", 0, 0}};
	const struct fixture_edit step[] = {
		{"a.c", c_after, 0, 0},
		{"Kconfig", "config OTHER\n\tbool\n\nconfig K\n\tbool\n\tdefault y\n", 0, 0}};
	g_autoptr(GError) error = NULL;
	unsigned absent = 0;

	fixture_edit(fixture, base, 2);
	fixture_base(fixture, "base");
	fixture_revision(fixture, "r1", NULL);
	fixture_step(fixture, &patch, KSIG_STEP_INTRODUCE, step, 2);
	fixture_end(fixture);
	for (int twice = 0; twice < 2; twice++) {
		g_assert_true(ksig_history_names_update(fixture->catalog, fixture->store, &absent, &error));
		for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
			g_autoptr(GPtrArray)
				found = ksig_catalog_patches(fixture->catalog, &names[i].filter, &error);
			g_test_message("row %zu", i);
			g_assert_cmpuint(found->len, ==, names[i].found);
		}
	}
	fixture_free(fixture);
}

static void remove_blob(const struct fixture *fixture, const char *content)
{
	git_oid id;
	g_assert_cmpint(git_odb_hash(&id, content, strlen(content), GIT_OBJECT_BLOB), ==, 0);
	const char *hex = git_oid_tostr_s(&id);
	g_autofree char *path = g_strdup_printf("%s/objects/%.2s/%s", ksig_tree_store_path(fixture->store),
						hex, hex + 2);
	g_assert_cmpint(g_remove(path), ==, 0);
}

/* A blob that no repository has costs its file, is counted each time, and the rest is looked into. */
static void test_names_absent(void)
{
	static const char config[] = "config K\n\tbool\n", config_after[] = "config K\n\tbool\n\tdefault y\n";
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "names", NULL);
	struct fixture *fixture = fixture_new(folder);
	struct ksig_patch patch = {.subject = (char *) "p", .confidence = 1};
	const struct fixture_edit base[] = {{"a.c", c_before, 0, 0}, {"Kconfig", config, 0, 0}};
	const struct fixture_edit step[] = {{"a.c", c_after, 0, 0}, {"Kconfig", config_after, 0, 0}};
	const struct ksig_filter by_config = {.config = "CONFIG_K"};
	g_autoptr(GError) error = NULL;
	unsigned absent = 0;

	fixture_edit(fixture, base, 2);
	fixture_base(fixture, "base");
	fixture_revision(fixture, "r1", NULL);
	fixture_step(fixture, &patch, KSIG_STEP_INTRODUCE, step, 2);
	fixture_end(fixture);
	remove_blob(fixture, c_before);
	for (int twice = 0; twice < 2; twice++) {
		g_assert_true(ksig_history_names_update(fixture->catalog, fixture->store, &absent, &error));
		g_assert_cmpuint(absent, ==, 1);
		g_autoptr(GPtrArray) found = ksig_catalog_patches(fixture->catalog, &by_config, &error);
		g_assert_cmpuint(found->len, ==, 1);
	}
	fixture_free(fixture);
}

/*
 * One stream over steps of odd kinds: an id as a line of a file, a name that git quotes, a mode, a link that
 * was a file, a file without a last newline, and, in the middle of a step, a blob that is not there. Each
 * file as if asked alone, whatever stands before it.
 */
static void test_stream(void)
{
	static const char gone[] = "gone\n";
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "stream", NULL);
	struct fixture *fixture = fixture_new(folder);
	const struct fixture_edit base[] = {
		{"a.c", "one\n", 0, 0}, {"b.c", gone, 0, 0}, {"c.c", "three\n", 0, 0}, {"d", "x", 0, 0}};
	const struct fixture_edit steps[][3] = {
		{{"a.c", "0123456789012345678901234567890123456789\n", 0, 0}, {"t\tb.c", "tab\n", 0, 0}},
		{{"a.c", "two\n", 0, 0}, {"b.c", "came\n", 0, 0}, {"c.c", "four", 0, 0}},
		{{"a.c", "two\n", 0, GIT_FILEMODE_BLOB_EXECUTABLE}, {"d", "target", 0, GIT_FILEMODE_LINK}},
	};
	static const char *const expected[] = {"a.c:0 t\tb.c:0 ", "a.c:0 b.c:1 c.c:0 ", "a.c:0 d:0 d:0 "};
	g_autoptr(GPtrArray) commits = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	fixture_edit(fixture, base, 4);
	fixture_base(fixture, "base");
	fixture_revision(fixture, "r1", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		struct ksig_patch patch = {.subject = (char *) "p", .confidence = 1};
		fixture_step(fixture, &patch, KSIG_STEP_INTRODUCE, steps[i], i == 1 ? 3 : 2);
	}
	fixture_end(fixture);
	remove_blob(fixture, gone);
	g_autoptr(GPtrArray) all = ksig_catalog_steps(fixture->catalog, 0, &error);
	for (guint i = 0; i < all->len; i++)
		g_ptr_array_add(commits, ((struct ksig_step *) all->pdata[i])->commit);
	g_autoptr(ksig_diffs)
		diffs = ksig_history_diffs_open(fixture->store, commits, KSIG_DIFFS_PATCH, &error);
	g_assert_no_error(error);
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(GPtrArray) files = ksig_history_diffs_next(diffs, &error);
		g_autoptr(GString) found = g_string_new(NULL);
		g_assert_no_error(error);
		for (guint f = 0; f < files->len; f++) {
			const struct ksig_file_diff *file = files->pdata[f];
			g_string_append_printf(found, "%s:%d ", file->path, file->absent);
			g_assert_true(g_str_has_prefix(file->text->str, "diff --git "));
		}
		g_assert_cmpstr(found->str, ==, expected[i]);
		if (i == 2) {
			const struct ksig_file_diff *mode = files->pdata[0], *file = files->pdata[1];
			const struct ksig_file_diff *link = files->pdata[2];
			g_assert_cmpint(mode->new_mode, ==, GIT_FILEMODE_BLOB_EXECUTABLE);
			g_assert_cmpint(file->new_mode, ==, 0);
			g_assert_cmpint(link->new_mode, ==, GIT_FILEMODE_LINK);
		}
	}
	fixture_free(fixture);
}

static const struct severity_row {
	const char *text;
	enum ksig_severity severity;
} severity_rows[] = {
	{"net: fix use-after-free in close", KSIG_SEVERITY_HIGH},
	{"fs: Fix UAF", KSIG_SEVERITY_HIGH},
	{"fs: trace: brace style", KSIG_SEVERITY_NONE},
	{"fs: a NULL pointer dereference, and an out-of-bounds read", KSIG_SEVERITY_MEDIUM},
	{"fs: fix memory leak", KSIG_SEVERITY_LOW},
};

static void test_severity(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(severity_rows); i++) {
		const char *word;
		g_assert_cmpint(ksig_history_severity_guess(severity_rows[i].text, &word), ==,
				severity_rows[i].severity);
		g_assert_true((word != NULL) == (severity_rows[i].severity != KSIG_SEVERITY_NONE));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/history/severity", test_severity);
	g_test_add("/history/owners/as-git-blame", struct world, NULL, set_up, test_owners, tear_down);
	g_test_add("/history/owners/unknown", struct world, NULL, set_up, test_owners_unknown, tear_down);
	g_test_add("/history/compare", struct world, NULL, set_up, test_compare, tear_down);
	g_test_add_func("/history/names", test_names);
	g_test_add_func("/history/names/absent", test_names_absent);
	g_test_add_func("/history/diffs/stream", test_stream);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_strdup_printf("/history/place/%s", places[i].place);
		g_test_add_data_func(path, &places[i], test_place);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(subsystems); i++) {
		g_autofree char *path = g_strdup_printf("/history/subsystem/%zu", i);
		g_test_add_data_func(path, subsystems[i], test_subsystem);
	}
	return g_test_run();
}
