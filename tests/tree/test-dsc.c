/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian source packages of each format, and what dpkg-source(1) makes of the same ones. */
#include "archives.h"
#include "tree/dsc-parse-internal.h"
#include "tree/edit-internal.h"

#include <glib/gstdio.h>

static const struct entry upstream[] = {
	{'0', "linux-1/Makefile", "VERSION = 1\n"},
	{'0', "linux-1/main.c", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"},
	{'0', "linux-1/gone.c", "only this\n"},
	{'0', "linux-1/tool.sh", "#!/bin/sh\ntrue\n", 0, 0755},
	{'2', "linux-1/link", "main.c"},
	{'0', "linux-1/debian/rules", "upstream's own, replaced\n"},
	{'0', "linux-1/.pc/x", "left out\n"},
	{0},
};

static const char changelog[] = "linux (1-2) unstable; urgency=medium\n\n  * a change\n\n"
				" -- Somebody <somebody@example.com>  Thu, 29 Apr 2021 00:00:00 +0000\n";

static const char change_patch[] =
	"From: Somebody\nSubject: a change\n\n--- a/main.c\n+++ b/main.c\n"
	"@@ -1,4 +1,4 @@\n one\n-two\n+TWO\n three\n four\n"
	"--- a/tool.sh\n+++ b/tool.sh\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-true\n+false\n";
/* A file that comes, in a new folder, and one that goes. */
static const char files_patch[] = "--- /dev/null\n+++ b/new/folder/file.c\n@@ -0,0 +1,2 @@\n+new\n+file\n"
				  "--- a/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-only this\n";
/* At another place than it says: an offset, which is no fuzz. */
static const char offset_patch[] =
	"--- a/main.c\n+++ b/main.c\n@@ -14,3 +14,3 @@\n five\n-six\n+SIX\n seven\n";
static const char fuzzy_patch[] =
	"--- a/main.c\n+++ b/main.c\n@@ -4,4 +4,4 @@\n quatre\n five\n-six\n+SIX\n seven\n";
static const char wrong_patch[] = "--- a/main.c\n+++ b/main.c\n@@ -1,3 +1,3 @@\n one\n-deux\n+TWO\n three\n";
static const char climbing_patch[] = "--- a/../../evil\n+++ b/../../evil\n@@ -0,0 +1 @@\n+evil\n";

static const struct entry debian[] = {
	{'0', "debian/changelog", changelog},
	{'0', "debian/source/format", "3.0 (quilt)\n"},
	{'0', "debian/patches/series",
	 "# a comment\n\nchange.patch\nsub/files.patch -p1\n  offset.patch  # why\n"},
	{'0', "debian/patches/change.patch", change_patch},
	{'0', "debian/patches/sub/files.patch", files_patch},
	{'0', "debian/patches/offset.patch", offset_patch},
	{0},
};

#define FAILING(NAME, TEXT)                                                                                  \
	static const struct entry NAME[] = {                                                                 \
		{'0', "debian/changelog", changelog},                                                        \
		{'0', "debian/source/format", "3.0 (quilt)\n"},                                              \
		{'0', "debian/patches/series", "the.patch\n"},                                               \
		{'0', "debian/patches/the.patch", TEXT},                                                     \
		{0},                                                                                         \
	}
FAILING(debian_fuzzy, fuzzy_patch);
FAILING(debian_wrong, wrong_patch);
FAILING(debian_climbing, climbing_patch);

static const struct entry debian_missing[] = {{'0', "debian/patches/series", "the.patch\n"}, {0}};
static const struct entry debian_unsafe[] = {{'0', "debian/patches/series", "../../the.patch\n"}, {0}};
static const struct entry debian_elsewhere[] = {{'0', "etc/passwd", "x\n"}, {0}};

static char *sha256_of(const char *path, gsize *out_length_bytes)
{
	g_autofree char *bytes = NULL;

	g_assert_true(g_file_get_contents(path, &bytes, out_length_bytes, NULL));
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) bytes, *out_length_bytes);
}

static char *md5_of(const char *path)
{
	g_autofree char *bytes = NULL;
	gsize length_bytes = 0;

	g_assert_true(g_file_get_contents(path, &bytes, &length_bytes, NULL));
	return g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *) bytes, length_bytes);
}

/* Writes linux_1-2.dsc, in a clear-text signature, over NAMES (NULL-ended). */
static char *write_dsc(const struct place *place, const char *format, const char *version,
		       const char *const *names)
{
	g_autoptr(GString) sha256 = g_string_new("Checksums-Sha256:\n");
	g_autoptr(GString) md5 = g_string_new("Files:\n");

	for (; *names; names++) {
		g_autofree char *path = place_path(place, *names);
		gsize length_bytes = 0;
		g_autofree char *digest = sha256_of(path, &length_bytes);
		g_autofree char *old_digest = md5_of(path);
		g_string_append_printf(sha256, " %s %zu %s\n", digest, length_bytes, *names);
		g_string_append_printf(md5, " %s %zu %s\n", old_digest, length_bytes, *names);
	}
	g_autofree char *text = g_strdup_printf(
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nFormat: %s\nSource: linux\nBinary: a,\n "
		"b\n"
		"Architecture: any\nVersion: %s\nMaintainer: Somebody <somebody@example.com>\n%s%s\n"
		"-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n",
		format, version, sha256->str, md5->str);
	return place_write_file(place, "linux_1-2.dsc", text, -1);
}

static char *write_quilt(const struct place *place, const struct entry *packaging)
{
	static const char *const names[] = {"linux_1.orig.tar.xz", "linux_1-2.debian.tar.xz", NULL};

	g_free(place_write_tar(place, names[0], upstream));
	g_free(place_write_tar(place, names[1], packaging));
	return write_dsc(place, "3.0 (quilt)", "1-2", names);
}

/* The tree of what dpkg-source unpacks, without debian/ and .pc; NULL where there is no dpkg-source. */
static char *dpkg_tree(const struct place *place)
{
	const char *const unpack[] = {"dpkg-source", "--no-check", "-x", "linux_1-2.dsc", "unpacked", NULL};
	g_autofree char *program = g_find_program_in_path("dpkg-source");

	if (!program) {
		g_test_message("dpkg-source is not installed: not compared");
		return NULL;
	}
	/* Its signature is none: dpkg-source warns about it, or refuses it. */
	g_autofree char *path = place_path(place, "linux_1-2.dsc");
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	*strstr(text, "\n-----BEGIN PGP SIGNATURE") = '\0';
	g_assert_true(g_file_set_contents(path, strstr(text, "Format:"), -1, NULL));
	g_free(place_run(place, unpack));
	g_autofree char *packaging = place_path(place, "unpacked/debian");
	g_autofree char *backups = place_path(place, "unpacked/.pc");
	g_autofree char *folder = place_path(place, "unpacked");
	g_assert_true(ksig_directory_remove(packaging, NULL));
	g_assert_true(ksig_directory_remove(backups, NULL));
	return place_git_tree(place, folder);
}

static void check_like_dpkg(const struct place *place, const char *path, const char *label,
			    const char *patches)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(place->store, path, &error);

	g_assert_no_error(error);
	g_ptr_array_add(kernel->patches, NULL);
	g_autofree char *names = g_strjoinv(",", (char **) kernel->patches->pdata);
	g_ptr_array_set_size(kernel->patches, (int) kernel->patches->len - 1);
	g_assert_cmpstr(names, ==, patches);
	g_assert_cmpstr(kernel->label, ==, label);
	g_assert_cmpstr(kernel->changelog, ==, changelog);
	g_assert_cmpint(kernel->changelog_format, ==, KSIG_CHANGELOG_DEBIAN);
	g_autofree char *expected = dpkg_tree(place);
	if (expected)
		g_assert_cmpstr(git_oid_tostr_s(&kernel->tree), ==, expected);
}

static void test_quilt(struct place *place, gconstpointer data)
{
	g_autofree char *path = write_quilt(place, debian);

	(void) data;
	check_like_dpkg(place, path, "1-2", "change.patch,sub/files.patch,offset.patch");
	g_autoptr(ksig_kernel) again = ksig_tree_kernel_import(place->store, path, NULL);
	g_autofree char *main_c = ksig_tree_text(place->store, &again->tree, "main.c");
	g_assert_cmpstr(main_c, ==, "one\nTWO\nthree\nfour\nfive\nSIX\nseven\n");
	g_assert_cmpuint(again->patches->len, ==, 3);
	g_assert_cmpstr(again->changelog, ==, changelog);
}

static void test_native(struct place *place, gconstpointer format)
{
	static const char *const names[] = {"linux_1.tar.gz", NULL};
	static const struct entry entries[] = {{'0', "linux-1/Makefile", "VERSION = 1\n"},
					       {'0', "linux-1/debian/changelog", changelog},
					       {0}};

	g_free(place_write_tar(place, names[0], entries));
	g_autofree char *path = write_dsc(place, format, "1", names);
	check_like_dpkg(place, path, "1", "");
}

static void test_diff(struct place *place, gconstpointer data)
{
	static const char *const names[] = {"linux_1.orig.tar.gz", "linux_1-2.diff.gz", NULL};
	const char *const compress[] = {"gzip", "linux_1-2.diff", NULL};
	g_auto(GStrv) lines = g_strsplit(changelog, "\n", -1);
	g_autofree char *joined = g_strjoinv("\n+", lines);
	g_autofree char *diff = g_strdup_printf(
		"%s--- linux-1.orig/debian/changelog\n+++ linux-1/debian/changelog\n"
		"@@ -0,0 +1,%u @@\n+%.*s",
		strstr(change_patch, "--- a/"), g_strv_length(lines) - 1, (int) strlen(joined) - 1, joined);

	(void) data;
	g_free(place_write_tar(place, names[0], upstream));
	g_free(place_write_file(place, "linux_1-2.diff", diff, -1));
	g_free(place_run(place, compress));
	g_autofree char *path = write_dsc(place, "1.0", "1-2", names);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(place->store, path, &error);
	g_assert_no_error(error);
	g_autofree char *main_c = ksig_tree_text(place->store, &kernel->tree, "main.c");
	g_assert_cmpstr(main_c, ==, "one\nTWO\nthree\nfour\nfive\nsix\nseven\n");
	g_assert_cmpstr(kernel->changelog, ==, changelog);
	g_assert_null(ksig_tree_text(place->store, &kernel->tree, "debian/changelog"));
}

/* linux_1.orig-extra.tar.xz becomes the folder extra. */
static void test_component(struct place *place, gconstpointer data)
{
	static const char *const names[] = {"linux_1.orig.tar.xz", "linux_1.orig-extra.tar.xz",
					    "linux_1-2.debian.tar.xz", NULL};
	static const struct entry extra[] = {{'0', "extra-1/file", "x\n"}, {0}};

	(void) data;
	g_free(place_write_tar(place, names[0], upstream));
	g_free(place_write_tar(place, names[1], extra));
	g_free(place_write_tar(place, names[2], debian));
	g_autofree char *path = write_dsc(place, "3.0 (quilt)", "1-2", names);
	check_like_dpkg(place, path, "1-2", "change.patch,sub/files.patch,offset.patch");
}

struct failure {
	const char *name;
	const struct entry *packaging;
	const char *message;
};

static const struct failure failures[] = {
	{"fuzz", debian_fuzzy, "the.patch: does not apply (patch: exit status 1)"},
	{"does-not-apply", debian_wrong, "the.patch: does not apply"},
	{"climbs", debian_climbing, "the.patch: does not apply"},
	{"patch-missing", debian_missing, "the series names debian/patches/the.patch, which is not there"},
	{"series-climbs", debian_unsafe, "../../the.patch: not a path that stays inside"},
	{"outside-debian", debian_elsewhere, "etc/passwd: not below debian/"},
};

static void expect_failure(const struct place *place, const char *path, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_tree_kernel_import(place->store, path, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, path));
	if (!strstr(error->message, message))
		g_error("%s", error->message);
}

static void test_failure(struct place *place, gconstpointer data)
{
	const struct failure *failure = data;
	g_autofree char *path = write_quilt(place, failure->packaging);
	g_autofree char *work = place_path(place, "ws/work");

	expect_failure(place, path, failure->message);
	g_autoptr(GDir) scratch = g_dir_open(work, 0, NULL);
	g_assert_true(!scratch || !g_dir_read_name(scratch));
}

static void test_checksum(struct place *place, gconstpointer data)
{
	g_autofree char *path = write_quilt(place, debian);

	(void) data;
	g_free(place_write_tar(place, "linux_1.orig.tar.xz", debian));
	expect_failure(place, path, "linux_1.orig.tar.xz: SHA-256 is ");
}

static void test_file_missing(struct place *place, gconstpointer data)
{
	g_autofree char *path = write_quilt(place, debian);
	g_autofree char *orig = place_path(place, "linux_1.orig.tar.xz");
	g_autoptr(GError) error = NULL;

	(void) data;
	g_unlink(orig);
	g_assert_null(ksig_tree_kernel_import(place->store, path, &error));
	g_assert_nonnull(strstr(error->message, "linux_1.orig.tar.xz: No such file"));
}

/* A text of a .dsc that is refused, and why. */
static const char *const broken[][2] = {
	{"", "no Format, Source or proper Version"},
	{"Format: 1.0\nSource: x\nVersion: 1\n", "no Checksums-Sha256"},
	{"Format: 1.0\nSource: x\nVersion: 1;rm\nChecksums-Sha256:\n", "proper Version"},
	{"Format: 1.0\nSource: x\nVersion: 1\nChecksums-Sha256:\n abc 1 x.tar.gz\n",
	 "digest, size and file name"},
	{"Format: 1.0\nSource: x\nVersion: 1\nChecksums-Sha256:\n "
	 "0000000000000000000000000000000000000000000000000000000000000000 1 ../x.tar.gz\n",
	 "digest, size and file name"},
};

static void test_broken(gconstpointer data)
{
	const char *const *row = data;
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_dsc_parse(row[0], "x.dsc", &error));
	g_assert_nonnull(strstr(error->message, row[1]));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/tree/dsc/quilt", struct place, NULL, place_set_up, test_quilt, place_tear_down);
	g_test_add("/tree/dsc/native-3", struct place, "3.0 (native)", place_set_up, test_native,
		   place_tear_down);
	g_test_add("/tree/dsc/native-1", struct place, "1.0", place_set_up, test_native, place_tear_down);
	g_test_add("/tree/dsc/diff", struct place, NULL, place_set_up, test_diff, place_tear_down);
	g_test_add("/tree/dsc/component", struct place, NULL, place_set_up, test_component, place_tear_down);
	g_test_add("/tree/dsc/checksum", struct place, NULL, place_set_up, test_checksum, place_tear_down);
	g_test_add("/tree/dsc/file-missing", struct place, NULL, place_set_up, test_file_missing,
		   place_tear_down);
	for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
		g_autofree char *path = g_strdup_printf("/tree/dsc/%s", failures[i].name);
		g_test_add(path, struct place, &failures[i], place_set_up, test_failure, place_tear_down);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_autofree char *path = g_strdup_printf("/tree/dsc/broken-%zu", i);
		g_test_add_data_func(path, broken[i], test_broken);
	}
	return g_test_run();
}
