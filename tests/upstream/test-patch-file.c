/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series, folders and mailboxes, good and hostile, made in a scratch folder. */
#include "base/diff.h"
#include "upstream/members-internal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIFF "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
#define FROM "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"

static void put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;

	ksig_directory_make(parent, &error);
	g_assert_no_error(error);
	ksig_file_write(path, text, -1, 0644, &error);
	g_assert_no_error(error);
}

static ksig_scratch *scratch_new(void)
{
	g_autoptr(GError) error = NULL;
	ksig_scratch *scratch = ksig_directory_temporary(NULL, "ksig-patch-file-", &error);

	g_assert_no_error(error);
	return scratch;
}

/* "name:strip name:strip" of PATCHES. */
static char *summary(const GPtrArray *patches)
{
	GString *names = g_string_new(NULL);

	for (unsigned i = 0; i < patches->len; i++) {
		const struct ksig_patch_file *file = g_ptr_array_index(patches, i);
		g_string_append_printf(names, "%s%s:%d", i ? " " : "", file->name, file->strip);
	}
	return g_string_free(names, FALSE);
}

struct series_row {
	const char *name, *series, *names; /* NAMES NULL: an input error … */
	const char *says;                  /* … whose message holds this */
};

static const struct series_row series_rows[] = {
	{"order", "b.patch\na.patch\n", "b.patch:1 a.patch:1", NULL},
	{"levels", "a.patch -p0\nb.patch\t-p2 # why\nsub/c.diff -pab\n", "a.patch:0 b.patch:2 sub/c.diff:1",
	 NULL},
	{"comments", "# first\n\n  a.patch  \n#b.patch\nsub/c#d.patch\n", "a.patch:1 sub/c#d.patch:1", NULL},
	{"no-newline", "a.patch", "a.patch:1", NULL},
	{"crlf", "a.patch\r\nb.patch -p0\r\n", "a.patch:1 b.patch:0", NULL},
	{"guards", "+needs_work a.patch\n\tb.patch\n", "b.patch:1", NULL},
	{"empty", "", "", NULL},
	{"missing", "a.patch\n# b\ngone.patch\n", NULL, "/series:3: "},
	{"missing-names-it", "gone.patch\n", NULL, "\"gone.patch\" is not there"},
	{"folder", "sub\n", NULL, "\"sub\" is not a regular file"},
	{"pipe", "pipe.patch\n", NULL, "\"pipe.patch\" is not a regular file"},
	{"link-inside", "inside.patch\n", "inside.patch:1", NULL},
	{"parent", "../a.patch\n", NULL, "outside"},
	{"absolute", "/etc/passwd\n", NULL, "outside"},
	{"link", "link.patch\n", NULL, "a link out of it"},
	{"reversed", "a.patch -R\n", NULL, "series:1: \"-R\""},
	{"level", "a.patch -p99999999999999999999\n", NULL, "no -p level"},
};

static void test_series(gconstpointer data)
{
	const struct series_row *row = data;
	g_autoptr(ksig_scratch) folder = scratch_new();
	g_autofree char *link = g_build_filename(folder, "link.patch", NULL);
	g_autoptr(GError) error = NULL;

	put(folder, "a.patch", DIFF);
	put(folder, "b.patch", DIFF);
	put(folder, "sub/c.diff", DIFF);
	put(folder, "sub/c#d.patch", DIFF);
	put(folder, "series", row->series);
	g_autofree char *inside = g_build_filename(folder, "inside.patch", NULL);
	g_autofree char *pipe = g_build_filename(folder, "pipe.patch", NULL);
	g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
	g_assert_cmpint(symlink("a.patch", inside), ==, 0);
	g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
	g_autoptr(GPtrArray) patches = ksig_upstream_patch_files_of_quilt(folder, &error);
	if (row->names) {
		g_assert_no_error(error);
		g_autofree char *names = summary(patches);
		g_assert_cmpstr(names, ==, row->names);
	} else {
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, row->says));
		g_assert_null(patches);
	}
}

static void test_folder(void)
{
	g_autoptr(ksig_scratch) folder = scratch_new();
	g_autoptr(GError) error = NULL;

	put(folder, "0002-b.patch", DIFF);
	put(folder, "0001-a.patch", DIFF);
	put(folder, "0000-cover-letter.patch", "hello\n");
	put(folder, "0003-c.diff", DIFF);
	put(folder, ".0004-d.patch", DIFF);
	put(folder, "README", "hello\n");
	g_autoptr(GPtrArray) patches = ksig_upstream_patch_files_of_quilt(folder, &error);
	g_assert_no_error(error);
	g_autofree char *names = summary(patches);
	g_assert_cmpstr(names, ==, "0001-a.patch:1 0002-b.patch:1 0003-c.diff:1");
}

static void test_no_folder(void)
{
	g_autoptr(ksig_scratch) folder = scratch_new();
	g_autofree char *gone = g_build_filename(folder, "gone", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_upstream_patch_files_of_quilt(folder, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_null(ksig_upstream_patch_files_of_quilt(gone, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static GPtrArray *read_mbox(const char *text, GError **error)
{
	g_autoptr(ksig_scratch) folder = scratch_new();
	g_autofree char *path = g_build_filename(folder, "m.mbox", NULL);

	put(folder, "m.mbox", text);
	return ksig_upstream_patch_files_of_mbox(path, error);
}

static const char *text_of(const GPtrArray *patches, unsigned i)
{
	const struct ksig_patch_file *file = g_ptr_array_index(patches, i);
	static char copy[4096];
	gsize size;
	const char *data = g_bytes_get_data(file->text, &size);

	g_assert_cmpuint(size, <, sizeof(copy));
	memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

static void test_mbox(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = read_mbox(
		FROM "From: A\nSubject: a\n\nText\n\nFrom here on 12:00 it works\n>From me\n---\n" DIFF
		     "\n" FROM "Subject: [PATCH 0/2] only words\n\nhello\n\n" FROM "Subject: c\n\n" DIFF,
		&error);

	g_assert_no_error(error);
	g_autofree char *names = summary(patches);
	g_assert_cmpstr(names, ==, "mbox:1:1 mbox:3:1");
	g_assert_nonnull(strstr(text_of(patches, 0), "\nFrom here on 12:00 it works\nFrom me\n---\ndiff "));
	g_assert_null(strstr(text_of(patches, 0), "only words"));
}

/* Encoded bodies come out so that their diff can be read, each byte of it. */
static void test_mbox_encoded(void)
{
	g_autofree char *encoded = g_base64_encode((const guchar *) "Why\r\n---\r\n" DIFF,
						   strlen("Why\r\n---\r\n" DIFF));
	g_autofree char *text = g_strdup_printf(
		FROM "Subject: a\nContent-Transfer-Encoding: base64\nX: y\n\n%s\n\n" FROM
		     "Subject: b\nContent-Transfer-Encoding:\n Quoted-Printable\n\n---\ndiff --git a/x b/x\n"
		     "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a=3D=\n\n+b=E9 \n",
		encoded);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = read_mbox(text, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(patches->len, ==, 2);
	g_assert_true(g_str_has_suffix(text_of(patches, 0), "Subject: a\nX: y\n\nWhy\n---\n" DIFF));
	g_assert_true(g_str_has_suffix(text_of(patches, 1), "\n@@ -1 +1 @@\n-a=\n+b\xe9 \n"));
	const char *copy = text_of(patches, 1);
	g_autoptr(ksig_header) header = ksig_upstream_header_read(copy, strlen(copy), NULL, NULL);
	g_assert_cmpstr(header->subject, ==, "b");
}

static void test_mbox_crlf(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = read_mbox(
		"From x Mon Sep 17 00:00:00 2001\r\nSubject: a\r\n\r\ndiff --git a/x b/x\r\n"
		"--- a/x\r\n+++ b/x\r\n\r\nFrom x Mon Sep 17 00:00:00 2001\r\n\r\n",
		&error);

	g_assert_no_error(error);
	g_assert_cmpuint(patches->len, ==, 1);
	g_assert_null(strchr(text_of(patches, 0), '\r'));
}

/* mboxrd's quoting comes off by one, in whatever depth. */
static void test_mboxrd(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray)
		patches = read_mbox(FROM "Subject: a\n\n>From a\n>>From b\n>Frog\n" DIFF, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(text_of(patches, 0), ==, FROM "Subject: a\n\nFrom a\n>From b\n>Frog\n" DIFF);
}

/* The text and the attached diff come out as one; HTML does not. */
static void test_mbox_multipart(void)
{
	g_autofree char *encoded = g_base64_encode((const guchar *) DIFF, strlen(DIFF));
	g_autofree char *text = g_strdup_printf(
		FROM "Subject: a\nContent-Type: multipart/mixed; boundary=\"=_x\"\n\nnot MIME?\n--=_x\n"
		     "Content-Type: multipart/alternative;\n boundary=y\n\n--y\n\nWhy\n--y\nContent-Type: "
		     "text/html\n\n"
		     "<p>\n--y--\n--=_x\nContent-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\n"
		     "%s\n--=_x--\nbehind\n",
		encoded);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) patches = read_mbox(text, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(patches->len, ==, 1);
	g_assert_true(g_str_has_suffix(text_of(patches, 0), "\n\nWhy\n" DIFF));
}

static void test_no_mbox(void)
{
	static const char *const texts[] = {"", "hello\n", "From\n", "From x\n"};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(read_mbox(texts[i], &error));
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, "m.mbox: not a mailbox"));
	}
}

/* A hunk has as many lines as its @@ line says, or the patch is not read. */
static const struct {
	const char *name, *body, *words; /* words NULL: it is good */
} counts[] = {
	{"right", "@@ -1 +1 @@\n-a\n+b\n", NULL},
	{"a mail's end", "@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n", NULL},
	{"fewer", "@@ -1,2 +1,2 @@\n-a\n+b\n--- a/y\n", "has fewer lines"},
	{"fewer at the end", "@@ -1,9 +1,9 @@\n-a\n+b\n", "has fewer lines"},
	{"more", "@@ -1 +1 @@\n-a\n+b\n+c\n", "has more lines"},
	{"more behind context", "@@ -1 +1 @@\n-a\n+b\n c\n-d\n", "has more lines"},
};

static void test_counts(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	g_autoptr(GError) error = NULL;
	struct ksig_patch_file *file = g_new0(struct ksig_patch_file, 1);
	g_autofree char *text = g_strconcat("Subject: a\n\n---\n--- a/x\n+++ b/x\n", counts[i].body, NULL);
	struct ksig_pool *pool = g_new0(struct ksig_pool, 1);
	GPtrArray *members = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_patch_file_free);

	file->name = g_strdup("a.patch");
	file->text = g_bytes_new(text, strlen(text));
	file->strip = 1;
	g_ptr_array_add(members, file);
	const bool good = ksig_pool_read_members(pool, members, &error);
	g_assert_cmpint(good, ==, counts[i].words == NULL);
	if (!good)
		g_assert_nonnull(strstr(error->message, counts[i].words));
	ksig_upstream_pool_free(pool);
}

/* A tree's line has its end, a difference's has not; only white space within a very long line counts. */
static void test_long_line(void)
{
	g_autofree char *line = g_malloc(5000);

	memset(line, 'a', 5000);
	for (size_t length = 1000; length < 5000; length += 999) {
		g_autofree char *unix_line = g_strdup_printf("%.*s\n", (int) length, line);
		g_autofree char *dos_line = g_strdup_printf("%.*s\r\n", (int) length, line);
		const uint32_t print = ksig_upstream_line_fingerprint(line, length);
		g_assert_cmpuint(ksig_upstream_line_fingerprint(unix_line, length + 1), ==, print);
		g_assert_cmpuint(ksig_upstream_line_fingerprint(dos_line, length + 2), ==, print);
		g_assert_cmpuint(ksig_upstream_line_fingerprint(line, length + 1), !=, print);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(series_rows); i++) {
		g_autofree char *name = g_strdup_printf("/patch-file/series/%s", series_rows[i].name);
		g_test_add_data_func(name, &series_rows[i], test_series);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
		g_autofree char *name = g_strdup_printf("/patch-file/counts/%s", counts[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_counts);
	}
	g_test_add_func("/fingerprint/long-line", test_long_line);
	g_test_add_func("/patch-file/folder", test_folder);
	g_test_add_func("/patch-file/no-folder", test_no_folder);
	g_test_add_func("/patch-file/mbox", test_mbox);
	g_test_add_func("/patch-file/mbox-encoded", test_mbox_encoded);
	g_test_add_func("/patch-file/mbox-crlf", test_mbox_crlf);
	g_test_add_func("/patch-file/mboxrd", test_mboxrd);
	g_test_add_func("/patch-file/mbox-multipart", test_mbox_multipart);
	g_test_add_func("/patch-file/no-mbox", test_no_mbox);
	return g_test_run();
}
