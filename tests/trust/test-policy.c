/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy's sentences: what is understood, what is refused, and that the program writes what it reads. */
#include "fixture.h"

#include <string.h>

static const struct row {
	const char *name, *text, *message; /* NULL: understood */
} rows[] = {
	{"empty", "", NULL},
	{"comment", "# nobody\n\n  \t# really\r\n", NULL},
	{"allow", "a may patch kernels of b\n", NULL},
	{"no line end", "a may patch kernels of b", NULL},
	{"revoked without a file", "key x is revoked\n", NULL},
	{"minimum", "repository kmods is at least 41\n", NULL},
	{"revoked patch", "patch kpatch-* is revoked\n", NULL},
	{"unknown sentence", "trust everybody\n", "policy:1: not a sentence"},
	{"third line", "\n\ntrust me\n", "policy:3: "},
	{"unknown role", "key x is a root key of y\n", "root: kernel, livepatch"},
	{"no provider", "key x is a kernel key\n", "ROLE key of PROVIDER"},
	{"no article", "key x is kernel key of y\n", "is revoked, or is a ROLE key"},
	{"path as key", "key ../x is a kernel key of y\n", "not a name for a key"},
	{"option as key", "key -x is a kernel key of y\n", "not a name for a key"},
	{"bad date", "key x is a kernel key of y until tomorrow\n", "tomorrow: a date"},
	{"for nothing", "key x is a kernel key of y for\n", "for PATTERN"},
	{"for nothing until", "key x is a kernel key of y for until 2027-01-01\n", "for PATTERN"},
	{"words after the date", "key x is a kernel key of y until 2027-01-01 or so\n", "until"},
	{"stray word", "key x is a kernel key of y always\n", "always: for PATTERN"},
	{"no number", "repository x is at least many\n", "many: a revision"},
	{"negative", "repository x is at least -1\n", "-1: a revision"},
	{"bytes that are no text", "patch \xff/ is revoked\n", "no patch can match"},
	{"missing file", "key x is a kernel key of y\n", "no such key"},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autofree char *path = g_build_filename(fixture_folder(), "policy", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(path, row->text, -1, NULL));
	g_autoptr(ksig_trust) trust = ksig_trust_open(fixture_folder(), &error);
	if (!row->message) {
		g_assert_no_error(error);
		return;
	}
	g_assert_null(trust);
	g_autofree char *shown = ksig_utf8(error->message, -1);
	g_test_message("%s", shown);
	g_assert_nonnull(strstr(error->message, row->message));
	g_assert_cmpint(ksig_error_exit_status(error), !=, KSIG_ERROR_ENVIRONMENT);
}

static void run_ksig(const char *const *arguments, int wanted, const char *words)
{
	g_autofree char *folder = g_build_filename(fixture_folder(), "made", NULL);
	g_autofree char *option = g_strconcat("--folder=", folder, NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) error = NULL;
	int status = -1;

	g_ptr_array_add(argv, (char *) g_getenv("KSIG"));
	g_ptr_array_add(argv, (char *) "trust");
	g_ptr_array_add(argv, option);
	for (; *arguments; arguments++)
		g_ptr_array_add(argv, (char *) *arguments);
	g_ptr_array_add(argv, NULL);
	ksig_process_run((const char *const *) argv->pdata, NULL, &status, &output, &error);
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, wanted);
	if (words)
		g_assert_nonnull(strstr(output->str, words));
}

static void test_program(void)
{
	if (!g_getenv("KSIG") || fixture_missing()) {
		g_test_skip("the program or gpg is missing");
		return;
	}
	fixture_key("vendor", NULL, "0");
	fixture_key("other", NULL, "0");
	fixture_certificate("pin");
	g_autofree char *vendor = fixture_public("vendor"), *other = fixture_public("other");
	g_autofree char *pin = g_build_filename(fixture_folder(), "pin.pem", NULL);
	run_ksig((const char *[]){"add", "vendor", vendor, "--provider=v", NULL}, 2, NULL);
	run_ksig((const char *[]){"add", "vendor", vendor, "--role=kernel", "--provider=v", "--for=kernel-*",
				  NULL},
		 0, NULL);
	run_ksig((const char *[]){"add", "vendor", "--role=livepatch", "--provider=v", "--until=2020-01-01",
				  NULL},
		 0, NULL);
	run_ksig((const char *[]){"add", "vendor", other, "--role=kernel", "--provider=v", NULL}, 1, NULL);
	run_ksig((const char *[]){"add", "pin", pin, "--role=module", "--provider=v", NULL}, 0, NULL);
	run_ksig((const char *[]){"add", "rubbish", "/dev/null", "--role=kernel", "--provider=v", NULL}, 3,
		 NULL);
	run_ksig((const char *[]){"say", "w may patch kernels of v", NULL}, 0, NULL);
	run_ksig((const char *[]){"say", "w may do as it likes", NULL}, 3, NULL);
	run_ksig((const char *[]){"list", "--format=tsv", NULL}, 0, "vendor\tkernel\tv\tkernel-*\tgood\t\t");
	run_ksig((const char *[]){"list", "--format=tsv", NULL}, 0,
		 "vendor\tlivepatch\tv\t*\texpired\t2020-01-01\t");
	run_ksig((const char *[]){"remove", "vendor", NULL}, 0, NULL);
	run_ksig((const char *[]){"remove", "vendor", NULL}, 1, NULL);
	run_ksig((const char *[]){"list", "--format=tsv", NULL}, 0, "pin\tmodule\tv\t*\tgood\t");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/policy/%s", rows[i].name);
		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_func("/program", test_program);
	const int status = g_test_run();
	fixture_remove();
	return status;
}
