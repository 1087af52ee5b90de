/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single lines: entries, heads and folded subjects, with the traps that real changelogs hold. */
#include "changelog/changelog.h"

#include <string.h>

struct entry_row {
	const char *name;
	const char *text;
	const char *subject, *subsystem, *author;
	const char *tickets, *cves; /* joined with a space */
};

static const struct entry_row rpm_rows[] = {
	{"el8", "[tools] libbpf: Refactor relocation handling (Yauheni Kaliuta) [1772081]",
	 "libbpf: Refactor relocation handling", "tools", "Yauheni Kaliuta", "1772081", ""},
	{"el8-cve", "[virt] kvm: fix counting (CVE-2019-6974) (Paolo Bonzini) [1673843] {CVE-2019-6974}",
	 "kvm: fix counting (CVE-2019-6974)", "virt", "Paolo Bonzini", "1673843", "CVE-2019-6974"},
	{"el9",
	 "vfio: Add vfio_file_is_group() (Alex Williamson) [2203154 RHEL-406] {CVE-2023-1 CVE-2023-20569}",
	 "vfio: Add vfio_file_is_group()", NULL, "Alex Williamson", "2203154 RHEL-406", "CVE-2023-20569"},
	{"el10", "x86/bugs: Add more (CKI Backport Bot) [RHEL-84507] {CVE-2025-21756}", "x86/bugs: Add more",
	 NULL, "CKI Backport Bot", "RHEL-84507", "CVE-2025-21756"},
	{"quoted-author", "[rpmspec] remove x86 32-bit support (\"Herton R. Krzesinski\")",
	 "remove x86 32-bit support", "rpmspec", "Herton R. Krzesinski", "", ""},
	{"no-references", "redhat: enable zstream numbering (Herton R. Krzesinski)",
	 "redhat: enable zstream numbering", NULL, "Herton R. Krzesinski", "", ""},
	{"no-author-but-code", "powerpc: use ioread32 (and_friends)", "powerpc: use ioread32 (and_friends)",
	 NULL, NULL, "", ""},
	{"function-at-end", "xfs: fix xfs_discard_folio()", "xfs: fix xfs_discard_folio()", NULL, NULL, "",
	 ""},
	{"array-at-end", "net: bound skb->cb[48]", "net: bound skb->cb[48]", NULL, NULL, "", ""},
	{"tag-with-brackets-inside",
	 "iommu/vt-d: Implement dma_[un]map_resource() (Jerry Snitselaar) [1742234]",
	 "iommu/vt-d: Implement dma_[un]map_resource()", NULL, "Jerry Snitselaar", "1742234", ""},
	{"two-tags", "[powerpc] [kvm] KVM: fix (A B) [1]", "KVM: fix", "powerpc", "A B", "1", ""},
	{"empty-tag", "[iommu] [] iommu: fix (A B) [1700000]", "iommu: fix", "iommu", "A B", "1700000", ""},
	{"only-a-tag", "[foo]", "[foo]", NULL, NULL, "", ""},
	{"nested-author", "a: b (Foo (Bar) Baz) [1234567]", "a: b", NULL, "Foo (Bar) Baz", "1234567", ""},
	{"references-swapped", "a: b (Foo) {CVE-2020-1234} [1234567]", "a: b", NULL, "Foo", "1234567",
	 "CVE-2020-1234"},
	{"commas", "a: b (Foo) [1234567, RHEL-12]", "a: b", NULL, "Foo", "1234567 RHEL-12", ""},
	{"rhbz", "a: b (Foo) [rhbz#1234567]", "a: b", NULL, "Foo", "1234567", ""},
	{"unusual-bracket", "a: b (Foo) [for 4.18]", "a: b (Foo) [for 4.18]", NULL, NULL, "", ""},
	{"dashes", "crypto: fips - make proc files - again (Foo Bar) [2]",
	 "crypto: fips - make proc files - again", NULL, "Foo Bar", "2", ""},
	{"percent", "tty: Fix %%lu -> %%u (Foo Bar) [2162957]", "tty: Fix %lu -> %u", NULL, "Foo Bar",
	 "2162957", ""},
	{"revert", "[net] Revert \"[net] net: x: Add y\" (\"H K\")", "Revert \"[net] net: x: Add y\"", "net",
	 "H K", "", ""},
	{"utf8-author", "net: atlantic: fix (Íñigo Huguet) [2162022]", "net: atlantic: fix", NULL,
	 "Íñigo Huguet", "2162022", ""},
	{"cve-twice", "x (CVE-2019-7222) and CVE-2019-7222 cve-2020-1234 CVE-20-1 (A) [1]",
	 "x (CVE-2019-7222) and CVE-2019-7222 cve-2020-1234 CVE-20-1", NULL, "A", "1",
	 "CVE-2019-7222 CVE-2020-1234"},
	{"references-in-the-subject", "[mm] RHEL-40612: mm: fix CVE-2020-1234 and rhbz#1234567 at once (A B)",
	 "RHEL-40612: mm: fix CVE-2020-1234 and rhbz#1234567 at once", "mm", "A B", "RHEL-40612 1234567",
	 "CVE-2020-1234"},
	{"resolves", "Resolves: rhbz#2203154, RHEL-406", "Resolves: rhbz#2203154, RHEL-406", NULL, NULL,
	 "2203154 RHEL-406", ""},
	{"unbalanced", "a) [1] ) b ) ] }", "a) [1] ) b ) ] }", NULL, NULL, "", ""},
};

static const struct entry_row debian_rows[] = {
	{"plain", "xfrm: esp: ipv4: fix up flags setting", "xfrm: esp: ipv4: fix up flags setting", NULL,
	 "Jane Doe", "", ""},
	{"closes", "net: Fix icmp host (Closes: #1135514)", "net: Fix icmp host", NULL, "Jane Doe",
	 "#1135514", ""},
	{"closes-many", "a (closes: #1, 22,#333) (CVE-2026-23231)", "a", NULL, "Jane Doe", "#1 #22 #333",
	 "CVE-2026-23231"},
	{"closes-wrapped", "Revert \"wifi: cfg80211: stop NAN\"\n    (Closes:\n    #1135599)",
	 "Revert \"wifi: cfg80211: stop NAN\"", NULL, "Jane Doe", "#1135599", ""},
	{"area", "[arm64,armhf] dts: fix", "dts: fix", "arm64,armhf", "Jane Doe", "", ""},
	{"area-no-space", "[arm64]RDMA/hns: Notify", "RDMA/hns: Notify", "arm64", "Jane Doe", "", ""},
	{"area-colon", "[sh4]: Check for kprobe", "Check for kprobe", "sh4", "Jane Doe", "", ""},
	{"parentheses", "Fix snprintf() (in x) (CVE-2020-1234)", "Fix snprintf() (in x)", NULL, "Jane Doe",
	 "", "CVE-2020-1234"},
};

static const struct ksig_changelog_entry *only_entry(const GPtrArray *releases)
{
	g_assert_cmpuint(releases->len, ==, 1);
	const struct ksig_changelog_release *release = g_ptr_array_index(releases, 0);
	g_assert_cmpuint(release->entries->len, ==, 1);
	return g_ptr_array_index(release->entries, 0);
}

static void check_entry(const struct entry_row *row, const char *text, enum ksig_changelog_grammar grammar)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) releases = ksig_changelog_parse(text, strlen(text), grammar, "row", &error);

	g_assert_no_error(error);
	const struct ksig_changelog_entry *entry = only_entry(releases);
	g_autofree char *tickets = g_strjoinv(" ", entry->tickets);
	g_autofree char *cves = g_strjoinv(" ", entry->cves);
	g_assert_cmpstr(entry->subject, ==, row->subject);
	g_assert_cmpstr(entry->subsystem, ==, row->subsystem);
	g_assert_cmpstr(entry->author, ==, row->author);
	g_assert_cmpstr(tickets, ==, row->tickets);
	g_assert_cmpstr(cves, ==, row->cves);
	g_assert_null(strchr(entry->text, '\n'));
}

static void test_rpm(gconstpointer data)
{
	const struct entry_row *row = data;
	const char *bullet = g_str_has_prefix(row->text, "Resolves:") ? "" : "- ";
	g_autofree char *text = g_strdup_printf("* Sat Dec 14 2019 A B <a@b> [1-1.el8]\n%s%s\n\n# END\n###\n",
						bullet, row->text);

	check_entry(row, text, KSIG_GRAMMAR_RPM);
}

static void test_debian(gconstpointer data)
{
	const struct entry_row *row = data;
	g_autofree char *text = g_strdup_printf(
		"linux (6.1-1) sid; urgency=high\n\n  [ Jane Doe ]\n  * %s\n\n"
		" -- A B <a@b>  Fri, 08 May 2026 21:59:49 +0200\n",
		row->text);

	check_entry(row, text, KSIG_GRAMMAR_DEBIAN);
}

struct head_row {
	const char *name, *line, *label, *packager, *date;
};

static const struct head_row heads[] = {
	{"el8", "* Sat Dec 14 2019 Bruno M <b@r.com> [4.18.0-167.el8]", "4.18.0-167.el8", "Bruno M <b@r.com>",
	 "2019-12-14"},
	{"rebuilder", "* Thu Oct 10 2019 Foo <f@c.org> - 4.18.0-80.11.2.el8.centos",
	 "4.18.0-80.11.2.el8.centos", "Foo <f@c.org>", "2019-10-10"},
	{"macro", "* Thu Oct 10 2019 Foo <f@c.org> - %{specversion}", "%{specversion}", "Foo <f@c.org>",
	 "2019-10-10"},
	{"macro-in-brackets", "* Thu Oct 10 2019 Foo <f@c.org> [None-284.30.1%{?buildid}]",
	 "None-284.30.1%{?buildid}", "Foo <f@c.org>", "2019-10-10"},
	{"no-label", "* Thu Oct 3 2019 Foo <f@c.org>", "", "Foo <f@c.org>", "2019-10-03"},
	{"no-mail", "* Thu Oct  3 2019 Foo Bar - 1.2-3", "1.2-3", "Foo Bar", "2019-10-03"},
	{"time", "* Thu Oct 03 12:00:00 UTC 2019 Foo <f@c.org> - 1.2-3", "1.2-3", "Foo <f@c.org>",
	 "2019-10-03"},
	{"no-weekday", "* Oct 03 2019 Foo <f@c.org> [1.2-3]", "1.2-3", "Foo <f@c.org>", "2019-10-03"},
	{"no-such-day", "* Thu Feb 30 2019 Foo <f@c.org> [1.2-3]", "1.2-3", "Foo <f@c.org>", NULL},
};

static void test_head(gconstpointer data)
{
	const struct head_row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) releases = ksig_changelog_parse(row->line, strlen(row->line), KSIG_GRAMMAR_RPM,
							     "row", &error);

	g_assert_no_error(error);
	const struct ksig_changelog_release *release = g_ptr_array_index(releases, 0);
	g_assert_cmpstr(release->label, ==, row->label);
	g_assert_cmpstr(release->packager, ==, row->packager);
	g_assert_cmpstr(release->date, ==, row->date);
}

static const struct {
	const char *name, *subject, *folded;
} folds[] = {
	{"case", "libbpf: Refactor  Relocation", "libbpf refactor relocation"},
	{"tag", "[tools] libbpf: x", "libbpf x"},
	{"revert", "[net] Revert \"[net] net: Add y\"", "revert net add y"},
	{"revert-revert", "Revert \"Revert \"a: b\"\"", "revert revert a b"},
	{"vendor", "UBUNTU: SAUCE: [x] a: b", "a b"},
	{"only-tag", "[tools]", "tools"},
	{"underscore", "fix foo_bar()'s \"x\"", "fix foo_bar s x"},
	{"utf8", "ÄRGER: Ü", "ärger ü"},
	{"empty", "", ""},
	{"not-utf8",
	 "a\xff"
	 "b",
	 "a b"},
};

static void test_fold(gconstpointer data)
{
	const unsigned i = GPOINTER_TO_UINT(data);
	g_autofree char *folded = ksig_changelog_fold(folds[i].subject);

	g_assert_cmpstr(folded, ==, folds[i].folded);
}

static void test_shape(void)
{
	static const char text[] =
		"%changelog\n"
		"* Sat Dec 14 2019 A <a@b> [1-2]\n- one\n  goes on\n-two (A B) [1234567]\nlast\n\n"
		"stray text\n* not a head\n\n* Fri Dec 13 2019 A <a@b> [1-1]\n\n"
		"###\n# Local Variables:\n###\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray)
		releases = ksig_changelog_parse(text, sizeof(text) - 1, KSIG_GRAMMAR_RPM, "shape", &error);

	g_assert_no_error(error);
	g_assert_cmpuint(releases->len, ==, 2);
	const struct ksig_changelog_release *release = g_ptr_array_index(releases, 0);
	static const char *const texts[] = {"one goes on", "two (A B) [1234567] last", "stray text",
					    "not a head"};
	g_assert_cmpuint(release->entries->len, ==, G_N_ELEMENTS(texts));
	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		const struct ksig_changelog_entry *entry = g_ptr_array_index(release->entries, i);
		g_assert_cmpstr(entry->text, ==, texts[i]);
	}
	release = g_ptr_array_index(releases, 1);
	g_assert_cmpuint(release->entries->len, ==, 0);
}

static void test_no_release(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ksig_changelog_parse("- entry\n", 8, KSIG_GRAMMAR_RPM, "a.spec", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, "a.spec: no release"));
	g_clear_error(&error);
	g_assert_null(ksig_changelog_parse("", 0, KSIG_GRAMMAR_DEBIAN, "changelog", &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static void add_rows(const char *group, const struct entry_row *rows, size_t n, GTestDataFunc test)
{
	for (size_t i = 0; i < n; i++) {
		g_autofree char *name = g_strdup_printf("/changelog/%s/%s", group, rows[i].name);
		g_test_add_data_func(name, &rows[i], test);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_rows("rpm", rpm_rows, G_N_ELEMENTS(rpm_rows), test_rpm);
	add_rows("debian", debian_rows, G_N_ELEMENTS(debian_rows), test_debian);
	for (unsigned i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autofree char *name = g_strdup_printf("/changelog/head/%s", heads[i].name);
		g_test_add_data_func(name, &heads[i], test_head);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(folds); i++) {
		g_autofree char *name = g_strdup_printf("/changelog/fold/%s", folds[i].name);
		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_fold);
	}
	g_test_add_func("/changelog/shape", test_shape);
	g_test_add_func("/changelog/no-release", test_no_release);
	return g_test_run();
}
