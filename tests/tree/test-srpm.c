/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source RPMs, made by rpmbuild in the layouts that kernels have. */
#include "archives.h"
#include "rpm/rpm.h"
#include "rpm/sandbox-files-internal.h"
#include "rpm/sandbox-internal.h"
#include "rpm/srpm-internal.h"
#include "tree/edit-internal.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct entry kernel[] = {
	{'5', "linux-4.18.0-305.el8/", NULL},
	{'0', "linux-4.18.0-305.el8/Makefile", "VERSION = 4\nPATCHLEVEL = 18\nSUBLEVEL = 0\n"},
	{'0', "linux-4.18.0-305.el8/main.c", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"},
	{0},
};

/* Eleven lines: an optional patch that is long enough to be applied. */
static const char long_patch[] =
	"A change with\na description\n\n"
	"--- a/main.c\n+++ b/main.c\n@@ -1,4 +1,4 @@\n one\n-two\n+TWO\n three\n four\n";
/* Fewer than ten lines. */
static const char short_patch[] = "--- a/main.c\n+++ b/main.c\n@@ -8 +8 @@\n-eight\n+EIGHT\n";
/* One line of context differs: fuzz 1 applies it, fuzz 0 and git do not. */
static const char fuzzy_patch[] =
	"a\nb\nc\nd\n--- a/main.c\n+++ b/main.c\n@@ -3,5 +3,5 @@\n four\n five\n-six\n"
	"+SIX\n seven\n EIGHT\n";

#define PREAMBLE                                                                                             \
	"# define buildid .local\n"                                                                          \
	"%define kversion 4.18.0\n%define pkgrelease 305.el8\n%define specrelease 305%{?dist}\n"             \
	"%define pkg_release %{specrelease}%{?buildid}\n%define KVERREL_RE %(echo x | sed 's/+/[+]/g')\n"    \
	"Name: kernel\nVersion: %{kversion}\nRelease: %{pkg_release}\nSummary: A kernel\nLicense: GPLv2\n"   \
	"Source0: linux-%{kversion}-%{pkgrelease}.tar.xz\n"
#define CHANGELOG                                                                                            \
	"%changelog\n* Thu Apr 29 2021 Somebody <somebody@example.com> [4.18.0-305.el8]\n"                   \
	"- [net] a change (Somebody) [1772081] {CVE-2021-0001}\n"
#define FUNCTIONS(COMMAND)                                                                                   \
	"patch_command='" COMMAND "'\nApplyPatch()\n{\n  local patch=$1\n  shift\n  case \"$patch\" in\n"    \
	"  *.xz)  unxz < \"$RPM_SOURCE_DIR/$patch\" | $patch_command ${1+\"$@\"} ;;\n"                       \
	"  *) $patch_command ${1+\"$@\"} < \"$RPM_SOURCE_DIR/$patch\" ;;\n  esac\n}\n"                       \
	"ApplyOptionalPatch()\n{\n  local patch=$1\n  shift\n"                                               \
	"  local C=$(wc -l $RPM_SOURCE_DIR/$patch | awk '{print $1}')\n  if [ \"$C\" -gt 9 ]; then\n"        \
	"    ApplyPatch $patch ${1+\"$@\"}\n  fi\n}\n"

struct row {
	const char *name;
	const char *spec;
	const char *main_c;  /* what main.c holds after the import */
	const char *patches; /* names, joined by commas */
	const char *failure; /* instead: a part of the message */
};

static const struct row rows[] = {
	{"el8",
	 PREAMBLE "Patch1: long.patch\nPatch999999: short.patch\n%description\nx\n%prep\n" FUNCTIONS(
		 "patch -p1 -F1 -s") "%setup -q -n kernel-%{kversion}-%{pkgrelease} -c\ncd linux-*\n"
				     "ApplyOptionalPatch long.patch\nApplyOptionalPatch short.patch\n"
				     "mv COPYING COPYING-%{version}\n%build\n%global x %(exit 1)\n" CHANGELOG,
	 "one\nTWO\nthree\nfour\nfive\nsix\nseven\neight\n", "long.patch", NULL},
	{"el8-fuzz",
	 PREAMBLE "Patch1: fuzzy.patch\n%description\nx\n%prep\n" FUNCTIONS(
		 "patch -p1 -F1 -s") "%setup -q -c\ncd linux-*\nApplyOptionalPatch fuzzy.patch\n" CHANGELOG,
	 "one\ntwo\nthree\nfour\nfive\nSIX\nseven\neight\n", "fuzzy.patch", NULL},
	{"el9-git",
	 PREAMBLE "Patch1: long.patch.xz\nPatch2: short.patch\n%description\nx\n%prep\n" FUNCTIONS(
		 "git apply") "%setup -q -c\ncd linux-*\nApplyPatch long.patch.xz\nApplyPatch "
			      "short.patch\n" CHANGELOG,
	 "one\nTWO\nthree\nfour\nfive\nsix\nseven\nEIGHT\n", "long.patch.xz,short.patch", NULL},
	{"el9-git-no-fuzz",
	 PREAMBLE "Patch1: fuzzy.patch\n%description\nx\n%prep\n" FUNCTIONS(
		 "git apply") "%setup -q -c\ncd linux-*\nApplyPatch fuzzy.patch\n" CHANGELOG,
	 NULL, NULL, "fuzzy.patch: does not apply"},
	{"percent-patch",
	 PREAMBLE "Patch1: short.patch\nPatch2: long.patch\n%description\nx\n%prep\n%setup -q -n "
		  "linux-4.18.0-305.el8\n%patch -P 2 -p1\n"
		  "%patch -P 1 -p1\n" CHANGELOG,
	 "one\nTWO\nthree\nfour\nfive\nsix\nseven\nEIGHT\n", "long.patch,short.patch", NULL},
	{"autosetup",
	 PREAMBLE "Patch1: short.patch\nPatch2: long.patch\n%description\nx\n%prep\n%autosetup -p1 -n "
		  "linux-4.18.0-305.el8\n" CHANGELOG,
	 "one\nTWO\nthree\nfour\nfive\nsix\nseven\nEIGHT\n", "short.patch,long.patch", NULL},
	{"git-am",
	 PREAMBLE "Patch1: short.patch\nPatch2: long.patch\n%description\nx\n%prep\n%setup -q -n "
		  "linux-4.18.0-305.el8\n"
		  "git am %{patches}\n" CHANGELOG,
	 NULL, NULL, "short.patch: %prep changes the tree by `git … am`"},
	{"not-applied",
	 PREAMBLE "Patch1: short.patch\n%description\nx\n%prep\n%setup -q -n linux-4.18.0-305.el8\n# "
		  "%%patch1 -p1\n" CHANGELOG,
	 "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n", "", NULL},
	{"lua-writes",
	 PREAMBLE "%description\nx\n%prep\n%{lua: local f = io.open('/tmp/ksig-escaped', 'w'); "
		  "print(f and 'escaped' or 'held')}\n%setup -q -n linux-4.18.0-305.el8\n" CHANGELOG,
	 "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n", "", NULL},
	{"lua-runs",
	 PREAMBLE "%description\nx\n%prep\n%{lua: os.execute('touch /tmp/ksig-escaped')}\n%setup -q -n "
		  "linux-4.18.0-305.el8\n" CHANGELOG,
	 "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n", "", NULL},
};

static void write_sources(const struct place *place, const char *spec)
{
	const char *const compress[] = {"xz", "-k", "SOURCES/long.patch", NULL};

	g_free(place_write_file(place, "SOURCES/long.patch", long_patch, -1));
	g_free(place_write_file(place, "SOURCES/short.patch", short_patch, -1));
	g_free(place_write_file(place, "SOURCES/fuzzy.patch", fuzzy_patch, -1));
	g_free(place_write_file(place, "SPECS/kernel.spec", spec, -1));
	g_free(place_run(place, compress));
	g_free(place_write_tar(place, "SOURCES/linux-4.18.0-305.el8.tar.xz", kernel));
}

/* The path of the package, or NULL if the test is skipped. */
static char *build(const struct place *place, const char *spec)
{
	g_autofree char *program = g_find_program_in_path("rpmbuild");
	g_autofree char *top = g_strdup_printf("_topdir %s", place->folder);
	const char *const argv[] = {"rpmbuild",  "-bs",      "--define",          top, "--define",
				    "dist .el8", "--nodeps", "SPECS/kernel.spec", NULL};

	if (!program) {
		g_test_skip("rpmbuild is not installed");
		return NULL;
	}
	write_sources(place, spec);
	g_free(place_run(place, argv));
	return place_path(place, "SRPMS/kernel-4.18.0-305.el8.src.rpm");
}

static void check_kernel(const struct place *place, const struct row *row, const struct ksig_kernel *found)
{
	g_autofree char *main_c = ksig_tree_text(place->store, &found->tree, "main.c");

	g_ptr_array_add(found->patches, NULL);
	g_autofree char *patches = g_strjoinv(",", (char **) found->patches->pdata);
	g_ptr_array_set_size(found->patches, (int) found->patches->len - 1);
	g_assert_cmpstr(main_c, ==, row->main_c);
	g_assert_cmpstr(patches, ==, row->patches);
	g_assert_cmpstr(found->label, ==, "4.18.0-305.el8");
	g_assert_cmpint(found->changelog_format, ==, KSIG_CHANGELOG_RPM);
	g_assert_nonnull(strstr(found->changelog, "* Thu Apr 29 2021 Somebody <somebody@example.com>"));
	g_assert_nonnull(strstr(found->changelog, "[1772081] {CVE-2021-0001}"));
}

static void test_row(struct place *place, gconstpointer data)
{
	const struct row *row = data;
	g_autofree char *path = build(place, row->spec);
	g_autoptr(GError) error = NULL;

	if (!path)
		return;
	/* rpmbuild, which is no sandbox, has expanded the spec as well. */
	g_unlink("/tmp/ksig-escaped");
	g_autoptr(ksig_kernel) first = ksig_tree_kernel_import(place->store, path, &error);
	g_assert_false(g_file_test("/tmp/ksig-escaped", G_FILE_TEST_EXISTS));
	if (row->failure) {
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
		g_assert_nonnull(strstr(error->message, row->failure));
		return;
	}
	g_assert_no_error(error);
	check_kernel(place, row, first);
	g_autoptr(ksig_kernel) second = ksig_tree_kernel_import(place->store, path, &error);
	g_assert_no_error(error);
	g_assert_true(git_oid_equal(&first->tree, &second->tree));
	check_kernel(place, row, second);
}

/*
 * One byte in 67 flipped: an error that names the package, or the same kernel (the signature header has 4 KiB
 * of reserve that means nothing); never another kernel, never a crash.
 */
static void test_damaged(struct place *place, gconstpointer data)
{
	g_autofree char *path = build(place, ((const struct row *) data)->spec);
	g_autofree char *bytes = NULL;
	gsize length_bytes = 0;
	unsigned refused = 0;
	unsigned tried = 0;

	if (!path)
		return;
	g_autoptr(ksig_kernel) whole = ksig_tree_kernel_import(place->store, path, NULL);
	g_assert_nonnull(whole);
	g_assert_true(g_file_get_contents(path, &bytes, &length_bytes, NULL));
	for (gsize at = 0; at < length_bytes; at += 67, tried++) {
		g_autoptr(GError) error = NULL;
		bytes[at] = (char) ~bytes[at];
		g_autofree char *damaged = place_write_file(place, "damaged.src.rpm", bytes,
							    (gssize) length_bytes);
		bytes[at] = (char) ~bytes[at];
		g_autoptr(ksig_kernel) found = ksig_tree_kernel_import(place->store, damaged, &error);
		if (found) {
			g_assert_true(git_oid_equal(&found->tree, &whole->tree));
			continue;
		}
		g_assert_nonnull(strstr(error->message, "damaged.src.rpm"));
		refused++;
	}
	g_test_message("%u of %u refused", refused, tried);
	g_assert_cmpuint(refused, >, tried / 3);
}

static void test_truncated(struct place *place, gconstpointer data)
{
	g_autofree char *path = build(place, ((const struct row *) data)->spec);
	g_autofree char *bytes = NULL;
	gsize length_bytes = 0;
	g_autoptr(GError) error = NULL;

	if (!path)
		return;
	g_assert_true(g_file_get_contents(path, &bytes, &length_bytes, NULL));
	g_autofree char *cut = place_write_file(place, "cut.src.rpm", bytes, (gssize) length_bytes - 300);
	g_assert_null(ksig_tree_kernel_import(place->store, cut, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "cut.src.rpm"));
}

/* How many of the ways to set the file's time or mode, whichever the C library takes, are open. */
static int count_open_ways(const char *path)
{
	int n = syscall(SYS_fchmodat, AT_FDCWD, path, 0600) == 0;

	n += syscall(SYS_utimensat, AT_FDCWD, path, NULL, 0) == 0;
#ifdef SYS_utime
	n += syscall(SYS_utime, path, NULL) == 0;
	n += syscall(SYS_utimes, path, NULL) == 0;
	n += syscall(SYS_futimesat, AT_FDCWD, path, NULL) == 0;
#endif
	return n;
}

static void test_attributes(struct place *place, gconstpointer data)
{
	g_autofree char *path = place_write_file(place, "a", "text", -1);
	const char *const readable[] = {place->folder, NULL};
	const struct ksig_sandbox_files files = {.readable = readable};
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_sandbox) sandbox = ksig_sandbox_new(&files, &error);
	int status = 0;

	(void) data;
	g_assert_no_error(error);
	g_assert_cmpint(count_open_ways(path), >=, 2);
	const pid_t child = fork();
	if (child == 0)
		_exit(ksig_sandbox_enter(sandbox, NULL) ? count_open_ways(path) : 100);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

/* Whoever asks has seen a spec there; between that and this it can go. */
static void test_no_spec(struct place *place, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = place_path(place, "no-spec");
	g_autofree char *scratch = place_path(place, "scratch");

	(void) data;
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_cmpint(g_mkdir(scratch, 0700), ==, 0);
	g_assert_null(ksig_rpm_srpm_read(folder, folder, scratch, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "no-spec: a folder without a spec"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/tree/srpm/%s", rows[i].name);
		g_test_add(path, struct place, &rows[i], place_set_up, test_row, place_tear_down);
	}
	g_test_add("/tree/srpm/damaged", struct place, &rows[0], place_set_up, test_damaged, place_tear_down);
	g_test_add("/tree/srpm/truncated", struct place, &rows[0], place_set_up, test_truncated,
		   place_tear_down);
	g_test_add("/tree/srpm/attributes", struct place, NULL, place_set_up, test_attributes,
		   place_tear_down);
	g_test_add("/tree/srpm/no-spec", struct place, NULL, place_set_up, test_no_spec, place_tear_down);
	return g_test_run();
}
