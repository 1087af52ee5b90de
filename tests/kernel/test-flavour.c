/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel.h"

#include <string.h>

#define HEAD "[flavour]\nkind=plus\npackage=kernel-x\n"

static const struct row {
	const char *name, *text;
	const char *message; /* NULL: a good flavour */
} rows[] = {
	{"smallest", HEAD, NULL},
	{"option", HEAD "[option JFS_FS]\nvalue=m\nreason=r\nlink=l\n", NULL},
	{"string", HEAD "[option X]\nvalue=\"a b\"\nreason=r\n", NULL},
	{"patch", HEAD "[patch a]\nfile=a.patch\nreason=r\n", NULL},
	{"commit", HEAD "[patch a]\ncommit=0123456789abcdef0123456789abcdef01234567\nreason=r\n", NULL},
	{"no kind", "[flavour]\npackage=k\n", "kind: plus or lts"},
	{"no package", "[flavour]\nkind=lts\n", "package: the name"},
	{"no reason", HEAD "[option X]\nvalue=m\n", "reason: missing"},
	{"empty reason", HEAD "[option X]\nvalue=m\nreason=\n", "reason: missing"},
	{"prefix", HEAD "[option CONFIG_X]\nvalue=m\nreason=r\n", "without CONFIG_"},
	{"bad value", HEAD "[option X]\nvalue=yes please\nreason=r\n", "value: y, m, n"},
	{"newline", HEAD "[option X]\nvalue=\"a\\nCONFIG_Y=y\"\nreason=r\n", "value: y, m, n"},
	{"unknown section", HEAD "[options X]\nvalue=m\n", "not a section"},
	{"unknown key", HEAD "[option X]\nvalue=m\nreason=r\nbug=1\n", "bug: not a key"},
	{"unknown setting", HEAD "colour=red\n", "colour: not a key"},
	{"patch without source", HEAD "[patch a]\nreason=r\n", "either file or commit"},
	{"patch with both", HEAD "[patch a]\nfile=a\ncommit=b\nreason=r\n", "either file or commit"},
	{"short commit", HEAD "[patch a]\ncommit=abc\nreason=r\n", "40 hexadecimal"},
	{"patch path", HEAD "[patch ../a]\nfile=a\nreason=r\n", "can be a file's"},
	{"tag with dash", HEAD "tag=-1\n", "without '-'"},
	{"package of a shell", "[flavour]\nkind=plus\npackage=a;b\n", "package: the name"},
	{"package of a macro", "[flavour]\nkind=plus\npackage=a{b}\n", "package: the name"},
	{"package begins", "[flavour]\nkind=plus\npackage=-x\n", "package: the name"},
	{"package with digits", "[flavour]\nkind=plus\npackage=5kernel-2.0_a+b\n", NULL},
	{"tag of a shell", HEAD "tag=.$(id)\n", "tag: a part"},
	{"tag", HEAD "tag=.a_b+1~2^3\n", NULL},
	{"patch of a shell", HEAD "[patch a&b]\nfile=a\nreason=r\n", "can be a file's"},
	{"section twice",
	 HEAD "[option X]\nvalue=m\nreason=r\n[option Y]\nvalue=m\nreason=r\n[option X]\nvalue=n\nreason=r\n",
	 "[option X] is there twice"},
	{"key twice", HEAD "[option X]\nvalue=m\nreason=r\n # value=y\n value =n\n",
	 "[option X]: value is there twice"},
	{"key of two sections",
	 HEAD "[option X]\nvalue=m\nreason=a=b\n[option Y]\nvalue=m\nreason=[option X]\n", NULL},
	{"no escape", HEAD "[option X]\nvalue=m\nreason=r\nlink=C:\\x\n", "link: "},
	{"not UTF-8", HEAD "[option X]\nvalue=m\nreason=r\nlink=\xff\n", "link: "},
	{"optional", HEAD "[option X]\nvalue=m\nreason=r\noptional=yes\n", "optional: true or false"},
	{"reason of two lines", HEAD "[option X]\nvalue=m\nreason=r\\n* Tue\n", "reason: one line"},
	{"reason of control", HEAD "[patch a]\nfile=a\nreason=r\x1b[31m\n", "reason: one line"},
	{"blank reason", HEAD "[patch a]\nfile=a\nreason=\\s\n", "reason: one line"},
	{"link of two lines", HEAD "[patch a]\nfile=a\nreason=r\nlink=a\\nb\n", "link: one line"},
	{"packager of two lines", HEAD "packager=A\\nB\n", "packager: one line"},
	{"no packager", HEAD "packager=\n", "packager: one line"},
	{"summary of two lines", HEAD "summary=A\\nName: b\n", "summary: one line"},
	{"two letters", HEAD "[option X]\nvalue=ym\nreason=r\n", "value: y, m, n"},
	{"a number below", HEAD "[option X]\nvalue=-5\nreason=r\n", NULL},
	{"a number and more", HEAD "[option X]\nvalue=5-\nreason=r\n", "value: y, m, n"},
	{"an address", HEAD "[option X]\nvalue=0x1F\nreason=r\n", NULL},
	{"not a key file", "kind=plus\n", "does not start with a group"},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "flavour", &error);
	g_autofree char *path = g_build_filename(scratch, "x.conf", NULL);

	g_assert_true(ksig_file_write(path, row->text, -1, 0644, &error));
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(path, &error);
	if (!row->message) {
		g_assert_no_error(error);
		g_assert_cmpstr(flavour->name, ==, "x");
		return;
	}
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	if (!strstr(error->message, row->message))
		g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, row->message));
}

static void test_shipped(gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(data, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(flavour->options->len, >=, 1);
}

static void test_versions(void)
{
	static const char *const ordered[] = {"4.19",  "5.4.302", "6.1-rc2", "6.1-rc10", "6.1",
					      "6.1.9", "6.1.10",  "6.12",    "7.0-rc1"};

	for (size_t i = 0; i < G_N_ELEMENTS(ordered); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(ordered); j++)
			g_assert_cmpint(ksig_kernel_version_compare(ordered[i], ordered[j]), ==,
					(i > j) - (i < j));
}

static GPtrArray *load_releases(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "releases.json", NULL);
	GPtrArray *releases = ksig_kernel_releases_load(path, &error);

	g_assert_no_error(error);
	return releases;
}

static const struct newest_row {
	const char *series;
	bool force;
	const char *version, *message;
} newest_rows[] = {
	{"6.1", false, "6.1.187", NULL},
	{"5.4", false, NULL, "at its end of life"},
	{"5.4", true, "5.4.302", NULL},
	{"7.2", false, NULL, "not a longterm series"},
	{"4.19", false, NULL, "lists no release of"},
	{"4.19", true, NULL, "lists no release of"},
};

static void test_newest(gconstpointer data)
{
	const struct newest_row *row = data;
	g_autoptr(GPtrArray) releases = load_releases();
	g_autoptr(GError) error = NULL;
	const struct ksig_release *release = ksig_kernel_series_newest(releases, row->series, row->force,
								       &error);

	if (row->version) {
		g_assert_no_error(error);
		g_assert_cmpstr(release->version, ==, row->version);
		return;
	}
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
	g_assert_nonnull(strstr(error->message, row->message));
}

static const struct state_row {
	const char *series, *state;
	int days_left;
} state_rows[] = {
	{"6.18", "maintained", 767}, {"6.12", "maintained", 767}, {"6.6", "vanished", 401},
	{"6.1", "maintained", 401},  {"5.15", "vanished", 36},    {"5.4", "eol", -329},
};

static void test_states(void)
{
	g_autoptr(GPtrArray) releases = load_releases();
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) lifespans = ksig_kernel_lifespans_load(NULL, &error);
	GDate today;

	g_assert_no_error(error);
	g_date_clear(&today, 1);
	g_date_set_dmy(&today, 25, G_DATE_NOVEMBER, 2026);
	g_autoptr(GArray) list = ksig_kernel_series_list(releases, lifespans, &today);
	for (guint i = 0; i < list->len; i++)
		for (size_t j = 0; j < G_N_ELEMENTS(state_rows); j++) {
			const struct ksig_series *series = &g_array_index(list, struct ksig_series, i);
			if (!g_str_equal(series->series, state_rows[j].series))
				continue;
			g_assert_cmpstr(series->state, ==, state_rows[j].state);
			g_assert_cmpint(series->days_left, ==, state_rows[j].days_left);
		}
	g_assert_cmpstr(g_array_index(list, struct ksig_series, 0).series, ==, "6.18");
}

static const char *const bad_json[] = {"", "{", "[]", "{\"releases\": {}}", "{\"releases\": 1}", "null"};

static void test_bad_releases(gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "releases", &error);
	g_autofree char *path = g_build_filename(scratch, "r.json", NULL);

	g_assert_true(ksig_file_write(path, data, -1, 0644, &error));
	g_assert_null(ksig_kernel_releases_load(path, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

int main(int argc, char **argv)
{
	static const char *const shipped[] = {"plus", "lts", "example"};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/kernel/flavour/", rows[i].name, NULL);
		g_test_add_data_func(path, &rows[i], test_row);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(shipped); i++) {
		g_autofree char *path = g_strconcat("/kernel/shipped/", shipped[i], NULL);
		g_test_add_data_func(path, shipped[i], test_shipped);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(newest_rows); i++) {
		g_autofree char *path = g_strdup_printf("/kernel/newest/%s%s", newest_rows[i].series,
							newest_rows[i].force ? "-force" : "");
		g_test_add_data_func(path, &newest_rows[i], test_newest);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad_json); i++) {
		g_autofree char *path = g_strdup_printf("/kernel/bad-releases/%zu", i);
		g_test_add_data_func(path, bad_json[i], test_bad_releases);
	}
	g_test_add_func("/kernel/versions", test_versions);
	g_test_add_func("/kernel/states", test_states);
	return g_test_run();
}
