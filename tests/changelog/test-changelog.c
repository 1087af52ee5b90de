/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole changelogs of real packages, counted. */
#include "changelog/changelog.h"

#include <string.h>

struct whole {
	const char *file;
	enum ksig_changelog_grammar grammar;
	unsigned n_releases, n_entries;
	unsigned n_with_tickets, n_with_cves, n_with_subsystem, n_without_author;
	unsigned longest; /* entries of the release that has most */
	const char *newest, *oldest, *newest_date, *newest_packager;
};

/* Counted independently, with grep, in the same files. */
static const struct whole wholes[] = {
	{"kernel-4.18.0-167.el8.changelog.xz", KSIG_GRAMMAR_RPM, 202, 30488, 30468, 261, 30472, 0, 2117,
	 "4.18.0-167.el8", "4.18.0-1.el8", "2019-12-14", "Bruno Meneguele <bmeneg@redhat.com>"},
	{"kernel-5.14.0-284.11.1.el9_2.changelog.xz", KSIG_GRAMMAR_RPM, 302, 43184, 41795, 271, 204, 0, 1323,
	 "5.14.0-284.11.1.el9_2", "5.14-1", "2023-04-12", "Herton R. Krzesinski <herton@redhat.com>"},
	{"linux-6.1.170-3.changelog.xz", KSIG_GRAMMAR_DEBIAN, 12, 5369, 21, 462, 863, 0, 1263, "6.1.170-3",
	 "6.1.139-1", "2026-05-08", "Salvatore Bonaccorso <carnil@debian.org>"},
};

static GPtrArray *parse_file(const struct whole *whole)
{
	g_autofree char *path = g_build_filename(g_getenv("KSIG_TEST_DATA"), whole->file, NULL);
	const char *const argv[] = {"xz", "-dc", path, NULL};
	g_autoptr(GString) text = NULL;
	g_autoptr(GError) error = NULL;

	ksig_process_run(argv, NULL, NULL, &text, &error);
	g_assert_no_error(error);
	GPtrArray *releases = ksig_changelog_parse(text->str, text->len, whole->grammar, whole->file, &error);
	g_assert_no_error(error);
	return releases;
}

static void count(const GPtrArray *releases, struct whole *counted)
{
	for (unsigned i = 0; i < releases->len; i++) {
		const struct ksig_changelog_release *release = g_ptr_array_index(releases, i);
		g_assert_nonnull(release->date);
		g_assert_nonnull(release->packager);
		counted->n_releases++;
		counted->n_entries += release->entries->len;
		counted->longest = MAX(counted->longest, release->entries->len);
		for (unsigned k = 0; k < release->entries->len; k++) {
			const struct ksig_changelog_entry *entry = g_ptr_array_index(release->entries, k);
			g_assert_cmpstr(entry->subject, !=, "");
			counted->n_with_tickets += *entry->tickets != NULL;
			counted->n_with_cves += *entry->cves != NULL;
			counted->n_with_subsystem += entry->subsystem != NULL;
			counted->n_without_author += entry->author == NULL;
		}
	}
}

static void test_whole(gconstpointer data)
{
	const struct whole *expected = data;
	g_autoptr(GPtrArray) releases = parse_file(expected);
	const struct ksig_changelog_release *first = g_ptr_array_index(releases, 0);
	const struct ksig_changelog_release *last = g_ptr_array_index(releases, releases->len - 1);
	struct whole counted = {0};

	count(releases, &counted);
	g_assert_cmpuint(counted.n_releases, ==, expected->n_releases);
	g_assert_cmpuint(counted.n_entries, ==, expected->n_entries);
	g_assert_cmpuint(counted.longest, ==, expected->longest);
	g_assert_cmpuint(counted.n_with_tickets, ==, expected->n_with_tickets);
	g_assert_cmpuint(counted.n_with_cves, ==, expected->n_with_cves);
	g_assert_cmpuint(counted.n_with_subsystem, ==, expected->n_with_subsystem);
	g_assert_cmpuint(counted.n_without_author, ==, expected->n_without_author);
	g_assert_cmpstr(first->label, ==, expected->newest);
	g_assert_cmpstr(first->date, ==, expected->newest_date);
	g_assert_cmpstr(first->packager, ==, expected->newest_packager);
	g_assert_cmpstr(last->label, ==, expected->oldest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(wholes); i++) {
		g_autofree char *name = g_strdup_printf("/changelog/whole/%s", wholes[i].file);
		g_test_add_data_func(name, &wholes[i], test_whole);
	}
	return g_test_run();
}
