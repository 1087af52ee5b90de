/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel.h"

#include <string.h>

static GPtrArray *load(const char *from, const char *to)
{
	g_autoptr(GError) error = NULL;
	const char *folder = g_test_get_dir(G_TEST_DIST);
	GPtrArray *points = ksig_kernel_points_load(folder, from, to, &error);

	g_assert_no_error(error);
	return points;
}

static void test_kernel_org(void)
{
	g_autoptr(GPtrArray) points = load("6.1.187", "6.1.188");
	const struct ksig_point_release *point = g_ptr_array_index(points, 0);

	g_assert_cmpuint(points->len, ==, 1);
	g_assert_cmpuint(point->commits->len, ==, 2);
	const struct ksig_stable_commit *first = g_ptr_array_index(point->commits, 0);
	const struct ksig_stable_commit *second = g_ptr_array_index(point->commits, 1);
	g_assert_cmpstr(first->id, ==, "2222222222222222222222222222222222222222");
	g_assert_cmpstr(first->upstream, ==, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	g_assert_cmpstr(first->author, ==, "Jane \"J.\" Doe");
	g_assert_cmpuint(first->fixes->len, ==, 1);
	g_assert_cmpuint(first->cves->len, ==, 1);
	g_assert_cmpstr(second->upstream, ==, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

static void test_texts(void)
{
	g_autoptr(GPtrArray) points = load("6.1.187", "6.1.188");
	g_autofree char *changelog = ksig_kernel_points_changelog(points);

	g_assert_cmpstr(changelog, ==,
			"- Linux 6.1.188: 2 changes\n"
			"- net: check 100%% of the length (Jane \"J.\" Doe) [aaaaaaaaaaaa] {CVE-2026-11111}\n"
			"- fs: free once (John Roe) [bbbbbbbbbbbb]\n");
	g_autofree char *advisory = ksig_kernel_points_advisory(points, "kernel-lt", "6.1.188", "1.el9",
								"2026-11-24");
	g_assert_nonnull(strstr(advisory, "\"CVE-2026-11111\""));
	g_assert_nonnull(strstr(advisory, "\"kernel-lt-*-6.1.188-1.el9*\""));
}

static void test_cve_file(void)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"# list\nCVE-2026-333333 bbbbbbbbbbbb\nCVE-2025-44444 "
		 "3333333333333333333333333333333333333333\n",
		 NULL},
		{"CVE-2026-1 xyz\n", ":1: "},
		{"\nnonsense\n", ":2: "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "cves", &error);
		g_autofree char *path = g_build_filename(scratch, "cves", NULL);
		g_autoptr(GPtrArray) points = load("6.1.187", "6.1.188");
		g_assert_true(ksig_file_write(path, rows[i].text, -1, 0644, &error));
		const bool good = ksig_kernel_points_add_cves(points, path, &error);
		g_assert_true(good == !rows[i].message);
		if (!good) {
			g_assert_nonnull(strstr(error->message, rows[i].message));
			continue;
		}
		g_autoptr(GPtrArray) cves = ksig_kernel_points_cves(points);
		g_assert_cmpuint(cves->len, ==, 3);
		g_assert_cmpstr(g_ptr_array_index(cves, 0), ==, "CVE-2025-44444");
		g_assert_cmpstr(g_ptr_array_index(cves, 2), ==, "CVE-2026-333333");
	}
}

static void test_absent(void)
{
	g_autoptr(GError) error = NULL;
	const char *folder = g_test_get_dir(G_TEST_DIST);
	g_autofree char *debian = g_test_build_filename(G_TEST_DIST, "debian-changelog", NULL);

	g_assert_null(ksig_kernel_points_load(folder, "6.1.187", "6.1.189", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT);
	g_clear_error(&error);
	g_assert_null(ksig_kernel_points_load(debian, "6.1.187", "6.1.188", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void test_debian(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "debian-changelog", NULL);
	g_autoptr(GPtrArray) points = ksig_kernel_points_load(path, "6.1.183", "6.1.187", &error);

	g_assert_no_error(error);
	g_assert_cmpuint(points->len, ==, 4);
	const struct ksig_point_release *point = g_ptr_array_index(points, 0);
	const struct ksig_stable_commit *commit = g_ptr_array_index(point->commits, 3);
	g_assert_cmpuint(point->commits->len, ==, 12);
	g_assert_cmpstr(commit->subject, ==,
			"fscrypt: use the mount idmap for the owner check in fscrypt_ioctl_set_policy()");
	g_assert_cmpstr(g_ptr_array_index(commit->cves, 0), ==, "CVE-2026-74595");
}

/* Two releases above one list: nobody knows which change is whose. */
static void test_told_together(void)
{
	static const char text[] = "linux (6.1.172-1) bookworm; urgency=medium\n\n"
				   "  * New upstream stable update:\n"
				   "    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.1.171\n"
				   "    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.1.172\n"
				   "    - fs: the change of one of them\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray)
		points = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kernel_point_release_free);

	g_ptr_array_add(points, ksig_kernel_point_release_parse(text, "6.1.171", "changelog", &error));
	g_ptr_array_add(points, ksig_kernel_point_release_parse(text, "6.1.172", "changelog", &error));
	g_assert_no_error(error);
	g_autofree char *said = ksig_kernel_points_changelog(points);
	g_assert_cmpstr(said, ==,
			"- Linux 6.1.172: 1 changes\n- fs: the change of one of them\n"
			"- Linux 6.1.171: told with those of 6.1.172\n");
}

/* Named above no list at all: that they changed nothing would not be true. */
static void test_not_told(void)
{
	static const char text[] = "linux (6.1.172-1) bookworm; urgency=medium\n\n"
				   "  * New upstream stable update:\n"
				   "    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.1.172\n\n"
				   "  [ Somebody ]\n  * ptrace: saner\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray)
		points = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kernel_point_release_free);

	g_ptr_array_add(points, ksig_kernel_point_release_parse(text, "6.1.172", "changelog", &error));
	g_assert_no_error(error);
	g_autofree char *said = ksig_kernel_points_changelog(points);
	g_assert_cmpstr(said, ==, "- Linux 6.1.172: changes not told\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kernel/points/kernel-org", test_kernel_org);
	g_test_add_func("/kernel/points/texts", test_texts);
	g_test_add_func("/kernel/points/cve-file", test_cve_file);
	g_test_add_func("/kernel/points/absent", test_absent);
	g_test_add_func("/kernel/points/debian", test_debian);
	g_test_add_func("/kernel/points/told-together", test_told_together);
	g_test_add_func("/kernel/points/not-told", test_not_told);
	return g_test_run();
}
