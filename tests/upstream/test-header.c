/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patch headers as mailers, git, Debian, SUSE, CentOS and stable's maintainers write them. */
#include "upstream/upstream.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef01234567"
#define ID2 "fedcba9876543210fedcba9876543210fedcba98"
#define DIFF "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"

struct row {
	const char *name, *text;
	const char *author, *email, *date, *subject, *message;
};

static const struct row rows[] = {
	{"format-patch",
	 "From " ID " Mon Sep 17 00:00:00 2001\nFrom: A B <a@b.c>\nDate: Sun, 16 Oct 2022 21:42:47 +0100\n"
	 "Subject: [PATCH v2 1/12] x86: fix\n it\n\nWhy.\n\nSigned-off-by: A B <a@b.c>\n---\n x | 2 "
	 "+-\n\n" DIFF,
	 "A B", "a@b.c", "2022-10-16T21:42:47+01:00", "x86: fix it", "Why.\n\nSigned-off-by: A B <a@b.c>"},
	{"encoded-words",
	 "From: =?UTF-8?q?J=C3=B6rg_R=C3=B6del?= <j@r.de>\nSubject: =?utf-8?B?w5xiZXI=?=\n "
	 "=?iso-8859-1?q?_=E4nder?=\n"
	 "\nbody\n" DIFF,
	 "Jörg Rödel", "j@r.de", NULL, "Über änder", "body"},
	{"word-cut-in-a-letter",
	 "From: A\nSubject: =?UTF-8?B?w7zD?= =?UTF-8?B?vA==?= =?iso-8859-1*de?Q?_=FC?= x\n\n", "A", NULL,
	 NULL, "üü ü x", ""},
	{"hostile-charset",
	 "From: A\nSubject: =?../../x//y?q?a=62?=\nContent-Type: text/plain; charset=/tmp/x\n\nm\n", "A",
	 NULL, NULL, "ab", "m"},
	{"bad-zone", "From: A\nSubject: s\nDate: 1 Feb 2020 10:00:00 +9999\n\n", "A", NULL, NULL, "s", ""},
	{"diff-in-prose", "Subject: s\n\ndiff -u shows it\n" DIFF, NULL, NULL, NULL, "s", "diff -u shows it"},
	{"quoted-name", "From: \"Foo, Bar \\\"X\\\"\" <f@b>\nSubject: s\n\n" DIFF, "Foo, Bar \"X\"", "f@b",
	 NULL, "s", ""},
	{"mail-with-comment", "From: f@b (Foo Bar)\nSubject: s\n\n" DIFF, "Foo Bar", "f@b", NULL, "s", ""},
	{"tag-of-the-author", "From: a@b\nSubject: [PATCH RFC] [media] s\n\n" DIFF, NULL, "a@b", NULL,
	 "[media] s", ""},
	{"numbered", "From: a@b\nSubject: [11/57] s\n\n" DIFF, NULL, "a@b", NULL, "s", ""},
	{"latin-1", "From: A\nSubject: caf\xe9\n\nna\xefve\n" DIFF, "A", NULL, NULL, "café", "naïve"},
	{"charset", "From: A\nSubject: s\nContent-Type: text/plain; charset=\"koi8-r\"\n\n\xd0\xd2\n" DIFF,
	 "A", NULL, NULL, "s", "пр"},
	{"quoted-printable",
	 "From: A\nSubject: s\nContent-Transfer-Encoding: quoted-printable\n\nJ=C3=B6rg says=\n so "
	 "=3D\n---\n",
	 "A", NULL, NULL, "s", "Jörg says so ="},
	{"base64", "From: A\nSubject: s\nContent-Transfer-Encoding: base64\n\naGVsbG8Kd29ybGQK\n", "A", NULL,
	 NULL, "s", "hello\nworld"},
	{"body-overrides",
	 "From: Greg <g@k>\nSubject: [PATCH 5.10] s\nDate: Sun, 16 Oct 2022 21:42:47 +0100\n\nFrom: Real "
	 "<r@k>\n\nWhy.\n" DIFF,
	 "Real", "r@k", "2022-10-16T21:42:47+01:00", "s", "Why."},
	{"dep3",
	 "Description: Make it work\n It did not.\n .\n Now it does.\nAuthor: D <d@d.org>\nOrigin: vendor\n"
	 "Last-Update: 2020-01-02\n---\n" DIFF,
	 "D", "d@d.org", "2020-01-02T00:00:00+00:00", "Make it work", "It did not.\n\nNow it does."},
	{"trailers-among-fields",
	 "Description: s\nSigned-off-by: A <a@b>\nFixes: 0123456789ab (\"x\")\nLast-Update: "
	 "2020-01-02\n\nWhy.\n" DIFF,
	 NULL, NULL, "2020-01-02T00:00:00+00:00", "s",
	 "Why.\n\nSigned-off-by: A <a@b>\nFixes: 0123456789ab (\"x\")"},
	{"dep3-subject-first", "Subject: s\nFrom: D\nDate: 2020-01-02\n\nlong\n" DIFF, "D", NULL,
	 "2020-01-02T00:00:00+00:00", "s", "long"},
	{"git-show",
	 "commit " ID "\nAuthor: A <a@b>\nDate:   Sun Oct 16 21:42:47 2022 -0730\n\n    subject: s\n\n    "
	 "Why.\n      code\n\n" DIFF,
	 "A", "a@b", "2022-10-16T21:42:47-07:30", "subject: s", "Why.\n  code"},
	{"plain-text", "net: fix: it\n\nBecause.\n\n" DIFF, NULL, NULL, NULL, "net: fix: it", "Because."},
	{"no-header", DIFF, NULL, NULL, NULL, "file.patch", ""},
	{"index-diff", "Subject: s\n\nIndex: linux/x\n======\n--- linux/x\n+++ linux/x\n", NULL, NULL, NULL,
	 "s", ""},
	{"crlf", "From: A <a@b>\r\nSubject: s\r\n\r\nWhy.\r\n", "A", "a@b", NULL, "s", "Why."},
	{"dashes-are-no-end", "Subject: s\n\n--- x\ntext\n----\nmore\n---  \nnotes\n" DIFF, NULL, NULL, NULL,
	 "s", "--- x\ntext\n----\nmore"},
	{"bad-date", "From: A\nDate: Sun, 99 Foo 2022 99:99:99 +9\nSubject: s\n\n", "A", NULL, NULL, "s", ""},
	{"zone-name", "From: A\nDate: Sun, 1 Jan 2023 01:02:03 GMT\nSubject: s\n\n", "A", NULL,
	 "2023-01-01T01:02:03+00:00", "s", ""},
	{"empty", "", NULL, NULL, NULL, "file.patch", ""},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	const char *diff = NULL;
	const char *expected = strstr(row->text, "diff --git");
	g_autoptr(ksig_header)
		header = ksig_upstream_header_read(row->text, strlen(row->text), "file.patch", &diff);

	g_assert_cmpstr(header->author, ==, row->author);
	g_assert_cmpstr(header->email, ==, row->email);
	g_assert_cmpstr(header->date, ==, row->date);
	g_assert_cmpstr(header->subject, ==, row->subject);
	g_assert_cmpstr(header->message, ==, row->message);
	if (!strstr(row->text, "Index: "))
		g_assert_true(diff == (expected ? expected : row->text + strlen(row->text)));
}

/* How patches name the upstream commit that they are. */
static const struct {
	const char *name, *message, *upstream;
} upstreams[] = {
	{"stable", "commit " ID " upstream.\n\nWhy.", ID},
	{"stable-without-stop", "Commit " ID " upstream", ID},
	{"sasha", "[ Upstream commit " ID " ]\n\nWhy.", ID},
	{"cherry-pick", "Why.\n\n(cherry picked from commit " ID ")", ID},
	{"cherry-pick-first-of-two",
	 "(cherry picked from commit " ID ")\n(cherry picked from commit " ID2 ")", ID},
	{"cherry-pick-wrapped", "(cherry picked from commit\n" ID ")", ID},
	{"backport", "(backported from commit " ID ")", ID},
	{"stable-before-cherry-pick", "(cherry picked from commit " ID2 ")\ncommit " ID " upstream.", ID},
	{"centos-stream", "JIRA: https://issues.redhat.com/browse/RHEL-1\n\ncommit " ID "\nAuthor: A <a@b>",
	 ID},
	{"suse", "Git-commit: " ID "\nPatch-mainline: v5.2-rc1", ID},
	{"dep3-linus", "Origin: https://git.kernel.org/linus/" ID, ID},
	{"dep3-upstream", "Origin: upstream, https://example.org/x.git/commit/?id=" ID, ID},
	{"dep3-commit", "Origin: backport, commit:" ID, ID},
	{"dep3-vendor", "Origin: vendor, https://kernel.ubuntu.com/git?h=" ID, NULL},
	{"dep3-other-host", "Origin: http://kernel.ubuntu.com/git?h=" ID, NULL},
	{"applied-upstream", "Applied-Upstream: 5.2, https://git.kernel.org/linus/" ID, ID},
	{"own-export", "Upstream-commit: " ID, ID},
	{"upper-case", "commit 0123456789ABCDEF0123456789ABCDEF01234567 upstream.", ID},
	{"prose", "This fixes a fault that commit " ID " upstream brought.", NULL},
	{"prose-at-line-start", "commit " ID " introduced a fault.", NULL},
	{"fixes-only", "Fixes: " ID " (\"x\")", NULL},
	{"prose-wrapped", "The fault of\ncommit " ID " upstream.", NULL},
	{"prose-with-subject", "Commit " ID " (\"x: y\")\nbrought a fault.", NULL},
	{"prose-wrapped-behind-id", "Commit " ID "\n(\"x: y\") brought a fault.", NULL},
	{"prose-upstream", "commit " ID " upstream brought a fault.", NULL},
	{"prose-before-quoted-log", "This was broken by\n\ncommit " ID "\nAuthor: A <a@b>", NULL},
	{"quoted-log-below-folded-field", "Conflicts: x.c\n  in y\n\ncommit " ID "\nAuthor: A <a@b>", ID},
	{"quoted-log-of-a-revert",
	 "JIRA: RHEL-1\n\ncommit " ID "\nAuthor: A <a@b>\n\n    This reverts commit " ID2 ".", ID},
	{"reverted", "commit " ID "\n\nThis reverts commit " ID ".", NULL},
	{"rebuilt-history", "jira VULN-1\ncommit-author A <a@b>\ncommit " ID "\n\nWhy.", ID},
	{"twelve-digits", "commit 0123456789ab upstream.", "0123456789ab"},
	{"twelve-digits-of-prose", "Why.\n\ncommit 0123456789ab\n\nWhat.", NULL},
	{"too-short", "commit 0123456789a upstream.", NULL},
	{"upstream-with-subject", "Upstream: 0123456789ab (\"x: y\")", "0123456789ab"},
	{"quoted-log", "Upstream commit:\n    commit " ID "\n    Author: A <a@b>\n\n    x: y", ID},
	{"quoted-log-below-prose", "Why.\n\nUpstream Commit:\ncommit " ID "\nAuthor: A <a@b>", ID},
	{"source-kernel", "Source kernel commit: " ID "\n\nWhy.", ID},
	{"mainline", "[ Mainline commit " ID " ]", ID},
	{"too-long", "commit " ID "0 upstream.", NULL},
	{"nothing", "Why.", NULL},
};

static void test_upstream(gconstpointer data)
{
	const unsigned i = GPOINTER_TO_UINT(data);
	g_autofree char *text = g_strdup_printf("From: A <a@b>\nSubject: s\n\n%s\n---\n" DIFF,
						upstreams[i].message);
	g_autoptr(ksig_header) header = ksig_upstream_header_read(text, strlen(text), NULL, NULL);
	g_autoptr(ksig_header) scanned = ksig_upstream_header_read("", 0, NULL, NULL);

	g_assert_cmpstr(header->upstream, ==, upstreams[i].upstream);
	ksig_upstream_header_scan_message(scanned, upstreams[i].message);
	g_assert_cmpstr(scanned->upstream, ==, upstreams[i].upstream);
}

static void assert_list(const GPtrArray *list, const char *expected)
{
	g_autoptr(GString) joined = g_string_new(NULL);

	for (unsigned i = 0; i < list->len; i++)
		g_string_append_printf(joined, "%s%s", i ? " " : "",
				       (const char *) g_ptr_array_index(list, i));
	g_assert_cmpstr(joined->str, ==, expected);
}

/* What marks a message, and only that: nothing else is set. A header of zeros will do. */
static const struct {
	const char *name, *message;
	const char *fixes, *reverts, *tickets;
	bool cc_stable, syzbot;
} marks[] = {
	{"none", "Why.", "", "", "", false, false},
	{"fixes", "Fixes: 0123456789ab (\"x\")", "0123456789ab", "", "", false, false},
	{"fixes-commit", "Fixes: commit 0123456789ab (\"x\")", "0123456789ab", "", "", false, false},
	{"fixes-several", "Fixes: 0123456789ab, fedcba987654 (\"deadbeef: x\")", "0123456789ab fedcba987654",
	 "", "", false, false},
	{"fixes-no-commit", "Fixes: #1234567 https://x.org/1234567", "", "", "", false, false},
	{"ticket-anywhere", "As seen in rhbz#1772081, and RHEL-40612 (RHEL-8 has it, BUG-12345 not).", "", "",
	 "1772081 RHEL-40612", false, false},
	{"ticket-as-an-address", "See https://bugzilla.redhat.com/show_bug.cgi?id=1772081.", "", "",
	 "1772081", false, false},
	{"follow-up", "Follow-up for 0123456789ab.", "0123456789ab", "", "", false, false},
	{"follow-up-in-prose", "Why. This is a\nfollow up to\ncommit 0123456789ab, as said.", "0123456789ab",
	 "", "", false, false},
	{"bug-introduced", "Fix a bug introduced by:\n\n0123456789ab (\"x\")", "0123456789ab", "", "", false,
	 false},
	{"regression-was-introduced", "The Regression was introduced in commit 0123456789ab.", "0123456789ab",
	 "", "", false, false},
	{"caused-by", "That was caused by 0123456.", "0123456", "", "", false, false},
	{"helper-introduced", "Use the helper introduced in 0123456789ab.", "", "", "", false, false},
	{"ladybug", "It came to the ladybug in 0123456789ab.", "", "", "", false, false},
	{"since", "It is so since 0123456789ab.", "", "", "", false, false},
	{"revert", "This reverts commit 0123456789ab.", "", "0123456789ab", "", false, false},
	{"revert-wrapped", "This\nreverts\ncommit 0123456789ab.", "", "0123456789ab", "", false, false},
	{"revert-partial", "This partially reverts commit\n0123456789ab.", "", "0123456789ab", "", false,
	 false},
	{"revert-several", "This reverts commits 0123456789ab and\nfedcba987654, commit 1123456789ab.", "",
	 "0123456789ab fedcba987654 1123456789ab", "", false, false},
	{"revert-by-another", "It reverts commit 0123456789ab.", "", "", "", false, false},
	{"tickets", "References: bsc#12345 jsc#PED-1211 git-fixes", "", "", "bsc#12345 jsc#PED-1211", false,
	 false},
	{"stable", "CC: Stable <stable@vger.kernel.org> # 5.4", "", "", "", true, false},
	{"unstable", "Cc: unstable@b.org", "", "", "", false, false},
	{"syzbot", "Reported-and-tested-by: syzbot+0@syzkaller.appspotmail.com", "", "", "", false, true},
	{"syzbot-prose", "syzbot found it.\nCc: syzkaller@googlegroups.com", "", "", "", false, false},
};

static void assert_strv(GStrv list, const char *expected)
{
	g_autofree char *joined = g_strjoinv(" ", list);

	g_assert_cmpstr(joined, ==, expected);
}

static void test_marks(gconstpointer data)
{
	const unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(ksig_header) header = g_new0(ksig_header, 1);

	ksig_upstream_header_scan_message(header, marks[i].message);
	assert_list(header->fixes, marks[i].fixes);
	assert_list(header->reverts, marks[i].reverts);
	assert_strv(header->tickets, marks[i].tickets);
	assert_strv(header->cves, "");
	g_assert_cmpint(header->cc_stable, ==, marks[i].cc_stable);
	g_assert_cmpint(header->syzbot, ==, marks[i].syzbot);
}

static void test_references(void)
{
	static const char text[] =
		"From: A <a@b>\nSubject: Revert \"x\"\nOrigin: other, somewhere\nBug-Debian: "
		"https://bugs.debian.org/935270\n"
		"References: bsc#1051510, CVE-2019-0001 (bsc#12)\nPatch-mainline: Never, kABI\n\n"
		"This reverts commit 0123456789ab and CVE-2022-2602.\nThis reverts commit\n" ID2 ".\n"
		"BUG: kernel NULL pointer dereference, address: 0000000000000008\n\n"
		"Fixes: 1234567 (\"x\")\nFixes: 1234567 (\"x\")\nFixes: commit 89abcdef0123\nFixes: "
		"abc\nFixes: \"99aabbcc\"\n"
		"Follow-up for " ID "\n"
		"Bugzilla: https://bugzilla.redhat.com/show_bug.cgi?id=2203154\nJIRA: "
		"https://issues.redhat.com/browse/RHEL-406\n"
		"Closes: #77\nBugLink: https://bugs.launchpad.net/bugs/1\n"
		"Cc: <stable@vger.kernel.org> # 5.10+\nReported-by: "
		"syzbot+123@syzkaller.appspotmail.com\n---\n" DIFF;
	g_autoptr(ksig_header) header = ksig_upstream_header_read(text, sizeof(text) - 1, NULL, NULL);

	assert_list(header->fixes, "1234567 89abcdef0123 99aabbcc " ID);
	assert_list(header->reverts, "0123456789ab " ID2);
	assert_strv(header->cves, "CVE-2019-0001 CVE-2022-2602");
	assert_strv(header->tickets,
		    "#935270 bsc#1051510 bsc#12 2203154 RHEL-406 #77 https://bugs.launchpad.net/bugs/1");
	g_assert_cmpstr(header->origin, ==, "other, somewhere");
	g_assert_cmpstr(header->mainline, ==, "Never, kABI");
	g_assert_true(header->cc_stable);
	g_assert_true(header->syzbot);
}

/* Each line names a new commit, field and ticket: what is kept stays bounded. */
static void test_many(void)
{
	g_autoptr(GString) text = g_string_new("From: A\nSubject: s\n");

	for (unsigned i = 0; i < 5000; i++)
		g_string_append_printf(text, "X-%u: y\n", i);
	for (unsigned i = 0; i < 50000; i++)
		g_string_append_printf(text, "%sFixes: %012x\nCloses: #%u\n", i ? "" : "\n", i, i);
	g_autoptr(ksig_header) header = ksig_upstream_header_read(text->str, text->len, NULL, NULL);
	g_assert_cmpuint(header->fixes->len, <=, 500);
	g_assert_cmpuint(g_strv_length(header->tickets), <=, 500);
	g_assert_cmpuint(strlen(header->message), <=, 1 << 20);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/header/read/%s", rows[i].name);
		g_test_add_data_func(name, &rows[i], test_row);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(upstreams); i++) {
		g_autofree char *name = g_strdup_printf("/header/upstream/%s", upstreams[i].name);
		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_upstream);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *name = g_strdup_printf("/header/marks/%s", marks[i].name);
		g_test_add_data_func(name, GUINT_TO_POINTER(i), test_marks);
	}
	g_test_add_func("/header/references", test_references);
	g_test_add_func("/header/many", test_many);
	return g_test_run();
}
