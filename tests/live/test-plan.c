/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the text of a patch tells of its way to a running kernel, and plans and patches out of a breakdown. */
#include "fixture.h"
#include "live/plan.h"

#include <string.h>

#define FILE_OF(path) "--- a/" path "\n+++ b/" path "\n"
#define ONE(path, context, line) FILE_OF(path) "@@ -1,2 +1,3 @@ " context "\n \tx();\n" line "\n \ty();\n"

static const struct row {
	const char *name, *diff;
	enum ksig_live_verdict verdict;
	const char *words; /* in a reason; NULL: there is none */
} rows[] = {
	{"a function", ONE("fs/pipe.c", "static int pipe_open(void)", "+\tz();"), KSIG_LIVE_LIKELY, NULL},
	{"a new function",
	 FILE_OF("fs/pipe.c") "@@ -1 +1,5 @@\n int a;\n+static int b(void)\n+{\n+\treturn 1;\n+}\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"new data", FILE_OF("fs/pipe.c") "@@ -1 +1,4 @@\n int a;\n+static const int b[] = {\n+\t1,\n+};\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"a new layout", FILE_OF("fs/pipe.c") "@@ -1 +1,4 @@\n int a;\n+struct b {\n+\tint c;\n+};\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"init code", ONE("fs/pipe.c", "static int __init pipe_init(void)", "+\tz();"), KSIG_LIVE_REWORK,
	 "fs/pipe.c: pipe_init: init code has run already"},
	{"exit code", ONE("fs/pipe.c", "static void __exit pipe_exit(void)", "+\tz();"), KSIG_LIVE_REWORK,
	 "pipe_exit"},
	{"the second function of a hunk",
	 FILE_OF("fs/a.c") "@@ -1,4 +1,5 @@ static int __init a(void)\n \tx();\n }\n static int b(void)\n "
			   "{\n+\ty();\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"between functions",
	 FILE_OF("fs/a.c") "@@ -1,2 +1,3 @@ static int __init a(void)\n \tx();\n }\n+#define A 1\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"notrace", ONE("kernel/a.c", "notrace unsigned long now(void)", "+\tz();"), KSIG_LIVE_REWORK,
	 "cannot be traced"},
	{"noinstr", ONE("kernel/a.c", "static noinstr void now(void)", "+\tz();"), KSIG_LIVE_REWORK,
	 "cannot be traced"},
	{"inline", ONE("fs/a.c", "static inline int a(void)", "+\tz();"), KSIG_LIVE_TRY, "inlined"},
	{"a layout", ONE("fs/a.c", "struct pipe {", "+\tint more;"), KSIG_LIVE_REWORK, "shadow variable"},
	{"a function that returns a struct", ONE("fs/a.c", "struct pipe *alloc(void)", "+\tz();"),
	 KSIG_LIVE_LIKELY, NULL},
	{"data", ONE("fs/a.c", "static const struct file_operations a = {", "+\t.open = b,"),
	 KSIG_LIVE_REWORK, "a: data that exists already changes"},
	{"a value", FILE_OF("fs/a.c") "@@ -1 +1 @@\n-int max = 1;\n+int max = 2;\n", KSIG_LIVE_REWORK,
	 "max: data"},
	{"a comment in data", ONE("fs/a.c", "static const struct file_operations a = {", "+\t/* why */"),
	 KSIG_LIVE_LIKELY, NULL},
	{"a table of functions",
	 ONE("fs/a.c", "static int (*const handlers[])(struct vcpu *v) = {", "+\t[B] = b,"), KSIG_LIVE_REWORK,
	 "pre-patch callback"},
	{"a system call", ONE("fs/a.c", "SYSCALL_DEFINE2(readx, unsigned int, fd)", "+\tz();"),
	 KSIG_LIVE_REWORK, "KPATCH_SYSCALL_DEFINE"},
	{"a compat system call", ONE("fs/a.c", "COMPAT_SYSCALL_DEFINE1(readx, int, fd)", "+\tz();"),
	 KSIG_LIVE_REWORK, "KPATCH_SYSCALL_DEFINE"},
	{"a static variable's first value",
	 FILE_OF("fs/a.c") "@@ -1,2 +1,2 @@ int f(int x)\n {\n-\tstatic int limit = 3;\n+\tstatic int limit "
			   "= 5;\n",
	 KSIG_LIVE_REWORK, "keeps the value"},
	{"a static constant",
	 FILE_OF("fs/a.c") "@@ -1,2 +1,2 @@ int f(int x)\n {\n-\tstatic const int limit = 3;\n+\tstatic "
			   "const int limit = 5;\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"a once beside the change",
	 FILE_OF("fs/a.c") "@@ -1,2 +1,2 @@ int f(int x)\n \tget_random_once(&r, sizeof(r));\n-\treturn "
			   "x;\n+\treturn x ^ r;\n",
	 KSIG_LIVE_TRY, "once"},
	{"a header", ONE("include/linux/a.h", "static inline int a(void)", "+\tz();"), KSIG_LIVE_TRY,
	 "a header"},
	{"a layout in a header", ONE("include/linux/a.h", "struct a {", "+\tint b;"), KSIG_LIVE_REWORK,
	 "data layout"},
	{"assembly", ONE("arch/x86/entry/entry_64.S", "", "+\tnop"), KSIG_LIVE_REWORK, "C callers"},
	{"lib", ONE("lib/string.c", "int a(void)", "+\tz();"), KSIG_LIVE_REWORK, "linked on demand"},
	{"the vDSO", ONE("arch/x86/entry/vdso/vclock.c", "int a(void)", "+\tz();"), KSIG_LIVE_REBOOT,
	 "user space"},
	{"the boot loader's part", ONE("arch/x86/boot/main.c", "int a(void)", "+\tz();"), KSIG_LIVE_REBOOT,
	 "before the kernel"},
	{"another architecture", ONE("arch/arm64/mm/init.c", "int a(void)", "+\tz();"), KSIG_LIVE_NOTHING,
	 NULL},
	{"documentation", ONE("Documentation/a.rst", "", "+words"), KSIG_LIVE_NOTHING, NULL},
	{"configuration alone", ONE("fs/Kconfig", "", "+\tdepends on A"), KSIG_LIVE_REBOOT, "another build"},
	{"configuration beside code",
	 ONE("fs/Kconfig", "", "+\tdepends on A") ONE("fs/a.c", "int a(void)", "+\tz();"), KSIG_LIVE_TRY,
	 "another build"},
	{"a jump label", ONE("net/a.c", "int a(void)", "+\tif (static_branch_unlikely(&key))"), KSIG_LIVE_TRY,
	 "jump label"},
	{"per CPU", ONE("net/a.c", "int a(void)", "+static DEFINE_PER_CPU(int, b);"), KSIG_LIVE_REWORK,
	 "per-CPU"},
	{"a label is no function",
	 FILE_OF("fs/a.c") "@@ -1,3 +1,4 @@ static int __init a(void)\n \tx();\n out:\n \ty();\n+\tz();\n",
	 KSIG_LIVE_REWORK, "a: init code"},
	{"a line that looks like a header",
	 FILE_OF("fs/a.c") "@@ -1,2 +1,2 @@ int a(void)\n--- a/lib/b.c\n+++ b/lib/b.c\n \ty();\n",
	 KSIG_LIVE_LIKELY, NULL},
	{"the worst counts",
	 ONE("fs/a.c", "int a(void)", "+\tz();") ONE("arch/x86/boot/a.c", "int b(void)", "+\tz();"),
	 KSIG_LIVE_REBOOT, "before the kernel"},
	{"nothing at all", "", KSIG_LIVE_NOTHING, NULL},
	{"a hunk of more lines than it says",
	 FILE_OF("fs/a.c") "@@ -1,1 +1,2 @@ int a(void)\n \tx();\n+\ty();\n+\tz();\n", KSIG_LIVE_REWORK,
	 "has not the lines"},
	{"a hunk of fewer lines than it says",
	 FILE_OF("fs/a.c") "@@ -1,1 +1,3 @@ int a(void)\n \tx();\n+\ty();\n" ONE("fs/b.c", "int b(void)",
										 "+\tz();"),
	 KSIG_LIVE_REWORK, "has not the lines"},
	{"a hunk that ends with the patch",
	 FILE_OF("fs/a.c") "@@ -1,1 +1,3 @@ int a(void)\n \tx();\n+\ty();\n", KSIG_LIVE_REWORK,
	 "has not the lines"},
	{"a cut hunk", "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,99", KSIG_LIVE_LIKELY, NULL},
};

static void test_judge(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(ksig_live_judgement) judgement = ksig_live_judge(row->diff, "x86");
	bool said = false;

	for (guint i = 0; i < judgement->reasons->len; i++) {
		g_test_message("%s", (char *) judgement->reasons->pdata[i]);
		said |= row->words && strstr(judgement->reasons->pdata[i], row->words);
	}
	g_assert_cmpstr(ksig_live_verdict_name(judgement->verdict), ==, ksig_live_verdict_name(row->verdict));
	g_assert_true(row->words ? said : judgement->reasons->len == 0);
}

/* Fixes that the build test makes live patches of. */
static void test_real(gconstpointer data)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "patches", data, NULL);
	g_autofree char *text = ksig_file_read(path, 1 << 20, NULL, NULL);
	g_autoptr(ksig_live_judgement) judgement = ksig_live_judge(text, "x86");

	g_assert_cmpstr(ksig_live_verdict_name(judgement->verdict), ==, "live");
	g_assert_cmpuint(judgement->files, ==, 1);
}

/* ---- out of a breakdown -------------------------------------------------------------------------- */

static const struct fix {
	const char *subject, *cve, *path, *content, *verdict;
} fixes[] = {
	{"mm: initialise later", "CVE-2026-0001", "mm/init.c",
	 "static int __init mm_init(void)\n{\n\tx();\n\treturn 1;\n}\n", "rework"},
	{"fs: fix an out-of-bounds read", "CVE-2026-0002", "fs/read.c", "int read(void)\n{\n\treturn 2;\n}\n",
	 "live"},
	{"fs: fix a use-after-free", "CVE-2026-0003", "fs/free.c", "int release(void)\n{\n\treturn 2;\n}\n",
	 "live"},
	{"fs: a header", "CVE-2026-0004", "include/fs.h", "#define FS 2\n", "try"},
	{"fs: tidy up", NULL, "fs/tidy.c", "int tidy(void)\n{\n\treturn 2;\n}\n", "live"},
};

static struct fixture *write_workspace(const char *workspace)
{
	struct fixture *fixture = fixture_new(workspace);
	const struct fixture_edit base[] = {
		{"mm/init.c", "static int __init mm_init(void)\n{\n\treturn 1;\n}\n", 0, 0},
		{"fs/read.c", "int read(void)\n{\n\treturn 1;\n}\n", 0, 0},
		{"fs/free.c", "int release(void)\n{\n\treturn 1;\n}\n", 0, 0},
		{"include/fs.h", "#define FS 1\n", 0, 0},
		{"fs/tidy.c", "int tidy(void)\n{\n\treturn 1;\n}\n", 0, 0},
	};

	fixture_edit(fixture, base, G_N_ELEMENTS(base));
	fixture_base(fixture, "base");
	fixture_revision(fixture, "1", NULL);
	fixture_revision(fixture, "2", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(fixes); i++) {
		struct ksig_patch patch = {
			.kind = KSIG_PATCH_EXACT,
			.confidence = 1,
			.subject = (char *) fixes[i].subject,
			.author = (char *) "Ada\nSubject: Eve",
			.email = (char *) "ada@example.org",
			.upstream = (char *) "0123456789abcdef0123456789abcdef01234567",
			.purpose =
				(char *) "Index: x\n--- a/fs/tidy.c\n+++ b/fs/tidy.c\n@@ -1 +1 @@\n-a\n+b"};
		const struct fixture_edit edit = {fixes[i].path, fixes[i].content, 0, 0};
		fixture_step(fixture, &patch, KSIG_STEP_INTRODUCE, &edit, 1);
		const struct ksig_reference reference = {patch.id, (char *) "cve", (char *) fixes[i].cve};
		if (fixes[i].cve)
			g_assert_true(ksig_catalog_add_reference(fixture->catalog, &reference, NULL));
	}
	fixture_end(fixture);
	return fixture;
}

static void check_plan(struct fixture *fixture, bool all, const char *const *order)
{
	const struct ksig_live_plan_options options = {.all = all};
	g_autoptr(GError) error = NULL;
	g_auto(ksig_live_plan_rest) rest = {0};
	guint i = 0;
	g_autoptr(GPtrArray)
		items = ksig_live_plan(fixture->catalog, fixture->store, &options, &rest, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(rest.releases + rest.cves->len, ==, 0);
	for (; order[i] && i < items->len; i++)
		g_assert_cmpstr(((struct ksig_live_plan_item *) items->pdata[i])->patch->subject, ==,
				order[i]);
	g_assert_cmpuint(i, ==, items->len);
	g_assert_null(order[i]);
}

static void test_plan(void)
{
	g_autoptr(ksig_scratch) workspace = ksig_directory_temporary(NULL, "ksig-test-plan", NULL);
	struct fixture *fixture = write_workspace(workspace);

	check_plan(fixture, false,
		   (const char *const[]){"fs: fix a use-after-free", "fs: fix an out-of-bounds read",
					 "fs: a header", "mm: initialise later", NULL});
	check_plan(fixture, true,
		   (const char *const[]){"fs: fix a use-after-free", "fs: fix an out-of-bounds read",
					 "fs: tidy up", "fs: a header", "mm: initialise later", NULL});
	fixture_free(fixture);
}

static void test_patches(void)
{
	g_autoptr(ksig_scratch) workspace = ksig_directory_temporary(NULL, "ksig-test-plan", NULL);
	struct fixture *fixture = write_workspace(workspace);
	const char *const cves[] = {"CVE-2026-0003", "CVE-2026-0002", NULL}, *const names[] = {"3", "5",
											       NULL};
	const char *const wrong[] = {"CVE-2026-0009", NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) paths = ksig_live_patches_write(fixture->catalog, fixture->store, names, cves,
							     workspace, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(paths->len, ==, 3);
	g_assert_true(g_str_has_suffix(paths->pdata[0], "/0002-fs-fix-an-out-of-bounds-read.patch"));
	g_autofree char *text = ksig_file_read(paths->pdata[1], 1 << 20, NULL, NULL);
	g_assert_true(g_str_has_prefix(
		text, "From 0123456789abcdef0123456789abcdef01234567\nFrom: Ada Subject: Eve <"));
	/* What the patch says of itself changes nothing. */
	g_autoptr(ksig_live_judgement) judgement = ksig_live_judge(text, "x86");
	g_assert_cmpuint(judgement->files, ==, 1);
	g_assert_null(
		ksig_live_patches_write(fixture->catalog, fixture->store, NULL, wrong, workspace, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
	fixture_free(fixture);
}

int main(int argc, char **argv)
{
	static const char *const real[] = {"fs_fcntl.patch",
					   "fs_fsopen.patch",
					   "fs_namei.patch",
					   "fs_pipe.patch",
					   "kernel_signal.patch",
					   "kernel_time_namespace.patch",
					   "net_ipv4_fib_semantics.patch"};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/live/judge/%s", rows[i].name);
		g_test_add_data_func(name, &rows[i], test_judge);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(real); i++) {
		g_autofree char *name = g_strdup_printf("/live/judge/%s", real[i]);
		g_test_add_data_func(name, real[i], test_real);
	}
	g_test_add_func("/live/plan", test_plan);
	g_test_add_func("/live/patches", test_patches);
	return g_test_run();
}
