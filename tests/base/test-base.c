/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diff.h"

#include <unistd.h>

static void test_path(gconstpointer data)
{
	const char *row = data;

	g_assert_cmpint(ksig_path_is_safe(row + 2), ==, row[0] == 'y');
}

static void test_number(void)
{
	g_autofree char *small = ksig_number(7);
	g_autofree char *large = ksig_number(1234567);

	g_assert_cmpstr(small, ==, "7");
	g_assert_cmpstr(large, ==, "1,234,567");
}

static void test_nearest(void)
{
	static const char *const words[] = {"4.18.0-305.el8", "4.18.0-348.el8", "5.14.0-70.el9"};

	g_assert_cmpstr(ksig_nearest("4.18.0-350.el8", words, 3), ==, "4.18.0-305.el8");
	g_assert_cmpstr(ksig_nearest("5.14", words, 3), ==, "5.14.0-70.el9");
	g_assert_null(ksig_nearest("x", words, 0));
	/* two letters that changed places are one slip */
	g_assert_cmpstr(ksig_nearest("improt", (const char *const[]){"imprint", "import"}, 2), ==, "import");
}

static void test_iso_date(void)
{
	static const struct {
		const char *date, *whole;
	} rows[] = {
		{"2022-10-25T19:55:08+02", "2022-10-25T19:55:08+02:00"},
		{"2018-06-14T16:37:19-07", "2018-06-14T16:37:19-07:00"},
		{"2018-06-14T16:37:19.25-07", "2018-06-14T16:37:19.25-07:00"},
		{"2022-10-25T19:55:08+05:30", "2022-10-25T19:55:08+05:30"},
		{"2022-10-25T19:55:08Z", "2022-10-25T19:55:08Z"},
		{"2022-10-25", "2022-10-25"},
		{"+02", "+02"},
		{"", ""},
		{NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *whole = ksig_iso_date(g_strdup(rows[i].date));
		g_assert_cmpstr(whole, ==, rows[i].whole);
	}
}

/* As git writes a name, and the name. */
static const struct {
	const char *quoted, *name;
} quoted_names[] = {
	{"a b", "a b"},         {"\"a\\tb\"", "a\tb"},          {"\"a\\\"b\" c", "a\"b"},
	{"\"a\\\\\" c", "a\\"}, {"\"a\\\\\\\"b\" c", "a\\\"b"}, {"\"no end", "no end"},
	{"\"", "\""},
};

static void test_unquote(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(quoted_names); i++) {
		g_autofree char *name = ksig_git_unquote(quoted_names[i].quoted,
							 strlen(quoted_names[i].quoted));
		g_assert_cmpstr(name, ==, quoted_names[i].name);
	}
}

static const struct {
	const char *name, *template, *filled;
} templates[] = {
	{"value", "Name: @A@-@B@\n", "Name: one-@B@\n"},
	{"value-is-text", "@C@ @A@\n", "@A@ one\n"},
	{"other-at", "a@b @ @x@ @A\n", "a@b @ @x@ @A\n"},
	{"lines", "a\n@LINES@\nb\n", "a\n1\n2\nb\n"},
	{"no-lines", "a\n@NONE@\nb\n", "a\nb\n"},
	{"in-a-line", "a@NONE@b\n", "ab\n"},
	{"if", "@?A@a @A@\n@?NONE@b\n", "a one\n"},
	{"if-alone", "@?A@@LINES@\nb\n", "1\n2\nb\n"},
	{"remark", "@# why @A@\n# @A@\n", "# one\n"},
	{"no-end", "@A@ x", "one x\n"},
	{"empty", "", ""},
};

static void test_template(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	const struct ksig_mark marks[] = {{"A", "one"},   {"B2", "two"},       {"C", "@A@"},
					  {"NONE", NULL}, {"LINES", "1\n2\n"}, {NULL, NULL}};
	g_autofree char *filled = ksig_template_fill(templates[i].template, marks);

	g_assert_cmpstr(filled, ==, templates[i].filled);
}

/* Each line of a difference, and what it is: g(it), o(ld file), n(ew file), h(unk), ' ', '-', '+', \\, c(ut),
 * s(urplus), . (other). */
static const struct {
	const char *name, *diff, *kinds;
} diffs[] = {
	{"plain", "diff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f\n a\n-b\n+c\n\\ No\n",
	 "g.onh -+."},
	{"no newline within", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No\n+b\n\\ No\n", "onh-\\+."},
	{"names within", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n--- a\n+++ b\n c\n--- c\n", "onh-+ o"},
	{"stripped blank", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n\n-a\n+b\n", "onh -+"},
	{"fewer", "--- a\n+++ b\n@@ -1,3 +1,3 @@\n-a\n+b\ndiff --git a/x b/x\n--- c\n", "onh-+co"},
	{"more", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n+c\n", "onh-+s"},
	{"more behind context", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n c\n-d\n", "onh-+.s"},
	{"more of one side", "--- a\n+++ b\n@@ -1,1 +1,3 @@\n-a\n-b\n+c\n", "onh-ss"},
	{"none promised", "--- a\n+++ b\n@@ -0,0 +0,0 @@\n+c\n", "onhs"},
	{"signature", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n", "onh-+.."},
	{"words behind", "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n\n+c\n", "onh-+.."},
	{"no file", "@@ -1 +1 @@\n-a\n+b\n", "..."},
	{"no range", "--- a\n+++ b\n@@ -1,2\n-a\n", "on.."},
};

static void test_diff(gconstpointer data)
{
	static const char letters[] = {
		[KSIG_DIFF_OTHER] = '.',    [KSIG_DIFF_GIT] = 'g',    [KSIG_DIFF_OLD_FILE] = 'o',
		[KSIG_DIFF_NEW_FILE] = 'n', [KSIG_DIFF_HUNK] = 'h',   [KSIG_DIFF_CONTEXT] = ' ',
		[KSIG_DIFF_REMOVED] = '-',  [KSIG_DIFF_ADDED] = '+',  [KSIG_DIFF_NO_NEWLINE] = '\\',
		[KSIG_DIFF_CUT] = 'c',      [KSIG_DIFF_SURPLUS] = 's'};
	const size_t i = GPOINTER_TO_SIZE(data);
	g_auto(GStrv) lines = g_strsplit(diffs[i].diff, "\n", -1);
	g_autoptr(GString) kinds = g_string_new(NULL);
	struct ksig_diff diff = {0};

	for (char **line = lines; line[1]; line++)
		g_string_append_c(kinds, letters[ksig_diff_see(&diff, *line, strlen(*line))]);
	g_assert_cmpstr(kinds->str, ==, diffs[i].kinds);
}

static void test_diff_places(void)
{
	struct ksig_diff diff = {.in_file = true};

	g_assert_cmpint(ksig_diff_see(&diff, "@@ -10,2 +20,3 @@ int f(void)", 29), ==, KSIG_DIFF_HUNK);
	g_assert_cmpstr(diff.context, ==, "int f(void)");
	g_assert_cmpint(ksig_diff_see(&diff, " a", 2), ==, KSIG_DIFF_CONTEXT);
	g_assert_cmpint(ksig_diff_see(&diff, "-b", 2), ==, KSIG_DIFF_REMOVED);
	g_assert_cmpuint(diff.old_line, ==, 11);
	g_assert_cmpint(ksig_diff_see(&diff, "+c", 2), ==, KSIG_DIFF_ADDED);
	g_assert_cmpuint(diff.new_line, ==, 21);
	g_assert_true(ksig_diff_in_hunk(&diff));
}

static void test_process_output(void)
{
	const char *const argv[] = {"cat", NULL};
	g_autofree char *input = g_strnfill(1 << 20, 'x');
	const struct ksig_process_options options = {.input = input, .input_length_bytes = 1 << 20};
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(ksig_process_run(argv, &options, NULL, &output, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(output->len, ==, 1 << 20);
}

static bool say_until_three(const char *said, size_t length_bytes, void *data, GError **error)
{
	GString *seen = data;

	g_string_append_len(seen, said, (gssize) length_bytes);
	return !strchr(seen->str, '3') || ksig_error_set(error, KSIG_ERROR_NEGATIVE, "enough");
}

/* What is watched comes while the child runs, and a watcher that has seen enough ends it. */
static void test_process_watch(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) seen = g_string_new(NULL);
	const struct ksig_process_options options = {.watch = say_until_three, .watch_data = seen};
	static const char *const two[] = {"printf", "1\\n2\\n", NULL};
	static const char *const endless[] = {"yes", "3", NULL};

	g_assert_true(ksig_process_run(two, &options, NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(seen->str, ==, "1\n2\n");
	g_assert_false(ksig_process_run(endless, &options, NULL, NULL, &error));
	g_assert_cmpstr(error->message, ==, "enough");
}

/* Below FOLDER by the end of their names, sorted; a link to a folder is not followed. */
static void test_directory_find(void)
{
	static const char *const names[] = {"b.rpm", "a/c.rpm", "a/c.txt", "a/d/e.rpm"};
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) top = ksig_directory_temporary(NULL, "ksig-test", &error);
	g_autofree char *link = g_build_filename(top, "a", "d", "up", NULL);
	g_autofree char *deepest = g_build_filename(top, "a", "d", NULL);

	g_assert_true(ksig_directory_make(deepest, &error));
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(top, names[i], NULL);
		g_assert_true(ksig_file_write(path, "", 0, 0644, &error));
	}
	g_assert_cmpint(symlink("..", link), ==, 0);
	g_autoptr(GPtrArray) found = ksig_directory_find(top, ".rpm");
	g_assert_cmpuint(found->len, ==, 3);
	g_assert_true(g_str_has_suffix(found->pdata[0], "/a/c.rpm"));
	g_assert_true(g_str_has_suffix(found->pdata[1], "/a/d/e.rpm"));
	g_assert_true(g_str_has_suffix(found->pdata[2], "/b.rpm"));
	g_autoptr(GPtrArray) none = ksig_directory_find(link, ".deb");
	g_assert_cmpuint(none->len, ==, 0);
}

static void test_process_failure(void)
{
	const char *const argv[] = {"sh", "-c", "echo the reason >&2; exit 7", NULL};
	g_autoptr(GError) error = NULL;
	int status = 0;

	g_assert_false(ksig_process_run(argv, NULL, NULL, NULL, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT);
	g_assert_cmpstr(error->message, ==, "sh: exit status 7: the reason");
	g_clear_error(&error);
	g_assert_true(ksig_process_run(argv, NULL, &status, NULL, &error));
	g_assert_cmpint(status, ==, 7);
}

static void test_process_timeout(void)
{
	const char *const argv[] = {"sleep", "60", NULL};
	const struct ksig_process_options options = {.timeout_ms = 200};
	g_autoptr(GError) error = NULL;

	g_assert_false(ksig_process_run(argv, &options, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "no end within 200 ms"));
}

static void test_process_missing(void)
{
	const char *const argv[] = {"ksig-no-such-program", NULL};
	g_autoptr(GError) error = NULL;

	g_assert_false(ksig_process_run(argv, NULL, NULL, NULL, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT);
}

/* A child that never reads its input must not kill ksig with SIGPIPE. */
static void test_process_deaf(void)
{
	const char *const argv[] = {"true", NULL};
	g_autofree char *input = g_strnfill(1 << 20, 'x');
	const struct ksig_process_options options = {.input = input, .input_length_bytes = 1 << 20};
	g_autoptr(GError) error = NULL;

	g_assert_true(ksig_process_run(argv, &options, NULL, NULL, &error));
}

static char *printed(const ksig_table *table, enum ksig_format format)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	ksig_table_print(table, format, stream);
	fclose(stream);
	return text;
}

static void test_table(void)
{
	static const struct ksig_column columns[] = {
		{"name", 0}, {"lines", KSIG_COLUMN_NUMBER}, {"good", KSIG_COLUMN_BOOL}};
	g_autoptr(ksig_table) table = ksig_table_new(columns, 3);
	g_autoptr(GError) error = NULL;

	ksig_table_add(table, (const char *[]){"a\tb", "12", "true"});
	ksig_table_add(table, (const char *[]){NULL, "x1", "false"});
	g_autofree char *tsv = printed(table, KSIG_FORMAT_TSV);
	g_assert_cmpstr(tsv, ==, "name\tlines\tgood\na b\t12\ttrue\n\tx1\tfalse\n");
	g_autofree char *json = printed(table, KSIG_FORMAT_JSON);
	g_assert_cmpstr(json, ==,
			"[\n{\"name\":\"a\\tb\",\"lines\":12,\"good\":true},\n"
			"{\"name\":null,\"lines\":\"x1\",\"good\":false}\n]\n");
	g_assert_true(ksig_table_select(table, "lines,name", &error));
	g_autofree char *text = printed(table, KSIG_FORMAT_TEXT);
	g_assert_cmpstr(text, ==, "LINES  NAME\n12  a b\nx1  \n");
	g_assert_false(ksig_table_select(table, "nosuch", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_USAGE);
}

static void test_file(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "ksig-test", &error);
	g_autofree char *path = g_build_filename(folder, "a", NULL);
	size_t length = 0;

	g_assert_true(ksig_file_write(path, "one", -1, 0644, &error));
	g_assert_true(ksig_file_write(path, "two\0x", 5, 0644, &error));
	g_autofree char *data = ksig_file_read(path, 5, &length, &error);
	g_assert_cmpmem(data, length, "two\0x", 5);
	g_assert_null(ksig_file_read(path, 4, NULL, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void test_lock(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "ksig-test", &error);
	g_autofree char *path = g_build_filename(folder, "lock", NULL);
	g_autoptr(ksig_lock) first = ksig_lock_take(path, &error);

	g_assert_nonnull(first);
	g_assert_null(ksig_lock_take(path, &error));
	g_assert_nonnull(strstr(error->message, "in use by another ksig (process "));
	g_clear_error(&error);
	g_clear_pointer(&first, ksig_lock_free);
	first = ksig_lock_take(path, &error);
	g_assert_no_error(error);
}

/* Which texts the parser may be given: RESULT y is taken, n refused before or by it. */
static void test_json(gconstpointer data)
{
	const char *row = data;
	g_autoptr(JsonParser) parser = json_parser_new();

	g_assert_cmpint(ksig_json_load(parser, row + 2, -1, NULL), ==, row[0] == 'y');
}

static void test_json_depth(void)
{
	static const char *const heads[] = {"", "/*\"*/", "#\"\n", "{\"a\\\"\":"};

	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autofree char *brackets = g_strnfill(1 << 20, '[');
		g_autofree char *text = g_strconcat(heads[i], brackets, NULL);
		g_autoptr(JsonParser) parser = json_parser_new();
		g_autoptr(GError) error = NULL;
		g_assert_false(ksig_json_load(parser, text, -1, &error));
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	}
}

/* What is beside is not what is below: a list of thousands is three levels deep, and 100 levels are allowed.
 */
static void test_json_width(void)
{
	g_autoptr(GString) wide = g_string_new("[");
	g_autofree char *opening = g_strnfill(100, '['), *closing = g_strnfill(100, ']');
	g_autofree char *deep = g_strconcat(opening, closing, NULL), *deeper = g_strdup_printf("[%s]", deep);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) error = NULL;

	for (int i = 0; i < 5000; i++)
		g_string_append_printf(wide, "%s{\"a\": [%d]}", i ? ", " : "", i);
	g_string_append_c(wide, ']');
	g_assert_true(ksig_json_load(parser, wide->str, (gssize) wide->len, &error));
	g_assert_true(ksig_json_load(parser, deep, -1, &error));
	g_assert_no_error(error);
	g_assert_false(ksig_json_load(parser, deeper, -1, &error));
}

static const struct {
	const char *name, *bytes, *text;
	size_t length_bytes;
} makes[] = {
	{"utf-8", "caf\xc3\xa9\n", "café\n", 6},   {"latin-1", "caf\xe9\ncaf\xc3\xa9\n", "café\ncafé\n", 11},
	{"cr-lf", "a\r\nb\rc", "a\nb\nc", 6},      {"nul", "a\0b\xc3\xa9\nc", "abé\nc", 7},
	{"controls", "\x1b[2Ja\tb", "[2Ja\tb", 7},
};

static void test_makes(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	g_autofree char *text = ksig_text_of_bytes(makes[i].bytes, makes[i].length_bytes);

	g_assert_cmpstr(text, ==, makes[i].text);
}

/* Of each of these CVE-2020-1234 is asked. */
static const struct {
	const char *text;
	bool is_claimed;
} claims[] = {
	{"CVE-2020-1234: a: 55", true},
	{"a: 55 (CVE-2020-1234)", true},
	{"a: 55\n\nFour was too little. CVE-2020-1234\n", true},
	{"a: 55\n\nThis fixes CVE-2020-1234.", true},
	{"a: 55\n\nCVE: CVE-2020-1234", true},
	{"a: 55\n\nReferences: bsc#1051510, CVE-2020-1234", true},
	{"[net] a: 55 (A B) [1772081] {CVE-2020-1233 CVE-2020-1234}", true},
	{"[net] Revert \"a: 55\" (A B) [1772081] {CVE-2020-1234}", true},
	{"a: 55\n\nIt does not fix the whole. It fixes CVE-2020-1234.", true},
	{"a: 55", false},
	{"a: 55 (CVE-2020-12345)", false},
	{"ntfs: mark it as broken\n\nNTFS has unfixed issues CVE-2020-1233,\nCVE-2020-1234 and "
	 "CVE-2020-1235.",
	 false},
	{"a: 55\n\nCVE-2020-1234 is not fixed by this.", false},
	{"a: 55\n\nThis doesn't fix\nCVE-2020-1234.", false},
	{"a: 55\n\nFound while looking at something related to CVE-2020-1234.", false},
	{"a: 55\n\nA leak introduced by the fix for CVE-2020-1234.", false},
	{"a: 55\n\nReferences: https://nvd.nist.gov/vuln/detail/CVE-2020-1234", false},
	{"a: 55\n\nReferences: CVE-2020-1234", false},
	{"a: 55\n\nA first step towards fixing CVE-2020-1234.", false},
	{"a: 55\n\nThis mitigates CVE-2020-1234.", false},
	{"a: 55\n\nPartially fixes CVE-2020-1234.", false},
	{"a: 55\n\nHelps with CVE-2020-1234.", false},
	{"[x86] mitigate a: 55 (A B) [1772081] {CVE-2020-1234}", true},
	{"a: fix a use-after-free caused by a timer (CVE-2020-1234)", true},
	{"a: fix a leak related to\nthe device (CVE-2020-1233,\nCVE-2020-1234)", true},
	{"a: do not prepare/unprepare, unlike others (aka a hit, CVE-2020-1234):", true},
	{"Add mitigations for a (CVE-2020-1233) and b (CVE-2020-1234) processors:", true},
	{"Revert \"a: 55\" (CVE-2020-1234)", true},
	{"Revert \"a: 55 (CVE-2020-1234)\"", false},
	{"a: mark as broken, it has unfixed issues (CVE-2020-1234)", false},
	{"a: 55\n\nFix a regression caused by five (CVE-2020-1234).", true},
	{"a: 55\n\nThis is similar to the one in b (CVE-2020-1234).", false},
	{"a: 55\n\nSee [1].\n\n[1] CVE-2020-1234\n", false},
	{"Revert \"a: fix CVE-2020-1234\"\n\nThis reverts commit 0123456789ab.", false},
};

static void test_claims(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);

	g_assert_cmpint(ksig_cve_is_claimed(claims[i].text, "CVE-2020-1234"), ==, claims[i].is_claimed);
}

/* Everything that turns round, joins or hides is spelled out; letters, marks and lines stay. */
static void test_shown(void)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {{"a\u202eb\u2069", "a<U+202E>b<U+2069>"},
		    {"\u200b\u200f\ufeff\u00ad\u061c", "<U+200B><U+200F><U+FEFF><U+00AD><U+061C>"},
		    {"\u2028\u2029", "<U+2028><U+2029>"},
		    {"\u3164\ufe0f\U000e0041", "<U+3164><U+FE0F><U+E0041>"},
		    {"e\u0301 \u05d0\u0628 \u4e2d\n\t", "e\u0301 \u05d0\u0628 \u4e2d\n\t"},
		    {"\x1b[2Jx\r\xff", "[2Jx\ufffd"}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *shown = ksig_shown(rows[i].text, -1);
		g_assert_cmpstr(shown, ==, rows[i].shown);
	}
}

/* What a killed run left is taken over; what cannot be written leaves nothing. */
static void test_file_leaves_nothing(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "ksig-test", NULL);
	g_autofree char *path = g_build_filename(folder, "f", NULL);
	g_autofree char *left = g_build_filename(folder, "f.new", NULL);
	g_autofree char *below = g_build_filename(folder, "none", "f", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(left, "left", -1, NULL));
	g_assert_true(ksig_file_write(path, "new", -1, 0600, NULL));
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "new");
	g_assert_false(ksig_file_write(below, "new", -1, 0600, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT);
	g_autoptr(GPtrArray) files = ksig_directory_find(folder, "");
	g_assert_cmpuint(files->len, ==, 1);
}

static void test_process_cpu(void)
{
	const char *const argv[] = {"sh", "-c", "(while :; do :; done) & wait", NULL};
	bool out_of_cpu = false;
	const struct ksig_process_options options = {
		.timeout_ms = 60000, .ends_all = true, .cpu_limit_s = 1, .out_of_cpu = &out_of_cpu};
	g_autoptr(GError) error = NULL;

	g_assert_false(ksig_process_run(argv, &options, NULL, NULL, &error));
	g_assert_true(out_of_cpu);
	g_assert_nonnull(strstr(error->message, "more than 1 s of processor time"));
}

/* How a program ends is told by the guard that stands before it. */
static void test_process_guard(void)
{
	const char *const exits[] = {"sh", "-c", "exit 7", NULL};
	const char *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
	const char *const absent[] = {"/nonexistent/program", NULL};
	const struct ksig_process_options options = {.timeout_ms = 60000, .ends_all = true};
	g_autoptr(GError) killed = NULL;
	int status = 0;

	g_assert_true(ksig_process_run(exits, &options, &status, NULL, NULL));
	g_assert_cmpint(status, ==, 7);
	g_assert_false(ksig_process_run(dies, &options, &status, NULL, &killed));
	g_assert_nonnull(strstr(killed->message, "killed by signal 9"));
	g_assert_false(ksig_process_run(absent, &options, &status, NULL, NULL));
}

int main(int argc, char **argv)
{
	static const char *const paths[] = {"y a/b.c", "y .gitignore",    "y a/..b",  "n ",
					    "n /a",    "n a//b",          "n a/../b", "n ..",
					    "n ./a",   "n a/.git/config", "n a/.GIT", "n a/"};

	static const char *const jsons[] = {"y {\"a\": [1, \"[[/*\\\"#'\"]}", "y []", "n [", "n // a\n[]",
					    "n {'a': 1}"};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(jsons); i++) {
		g_autofree char *name = g_strdup_printf("/json/%zu", i);
		g_test_add_data_func(name, jsons[i], test_json);
	}
	g_test_add_func("/json/depth", test_json_depth);
	g_test_add_func("/json/width", test_json_width);
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *name = g_strdup_printf("/path/%zu", i);
		g_test_add_data_func(name, paths[i], test_path);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(makes); i++) {
		g_autofree char *name = g_strdup_printf("/text/%s", makes[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_makes);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
		g_autofree char *name = g_strdup_printf("/cve/claimed/%02zu", i);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_claims);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(templates); i++) {
		g_autofree char *name = g_strdup_printf("/template/%s", templates[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_template);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(diffs); i++) {
		g_autofree char *name = g_strdup_printf("/diff/%s", diffs[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_diff);
	}
	g_test_add_func("/diff-places", test_diff_places);
	g_test_add_func("/git/unquote", test_unquote);
	g_test_add_func("/number", test_number);
	g_test_add_func("/base/text/nearest", test_nearest);
	g_test_add_func("/base/text/iso date", test_iso_date);
	g_test_add_func("/process/output", test_process_output);
	g_test_add_func("/process/watch", test_process_watch);
	g_test_add_func("/directory/find", test_directory_find);
	g_test_add_func("/process/failure", test_process_failure);
	g_test_add_func("/process/timeout", test_process_timeout);
	g_test_add_func("/process/cpu", test_process_cpu);
	g_test_add_func("/process/guard", test_process_guard);
	g_test_add_func("/process/missing", test_process_missing);
	g_test_add_func("/process/deaf", test_process_deaf);
	g_test_add_func("/text/shown", test_shown);
	g_test_add_func("/file/leaves nothing", test_file_leaves_nothing);
	g_test_add_func("/table", test_table);
	g_test_add_func("/file", test_file);
	g_test_add_func("/lock", test_lock);
	return g_test_run();
}
