/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recipes: the shipped ones are right, and each row is one that is not, with the words that say so. */
#include "kmod/build.h"

#include <string.h>

#define HEAD "[module]\nname=x\nsummary=s\nversion=1\nlicense=MIT\nmodules=x\n"
#define SOURCE "[source]\nkind=kernel\npaths=drivers/x\n"
#define SUM "0000000000000000000000000000000000000000000000000000000000000000"
#define PASS "[pass x]\ndirectory=drivers/x\n"

static const struct {
	const char *name, *text, *words; /* words NULL: it is good */
} rows[] = {
	{"good", HEAD SOURCE PASS, NULL},
	{"unknown-key", HEAD "modles=y\n" SOURCE PASS, "no key \"modles\" (\"modules\"?)"},
	{"unknown-group", HEAD SOURCE PASS "[pas y]\n", "[pas y] is not a group"},
	{"no-name", SOURCE PASS, "has no name"},
	{"name-of-a-path", "[module]\nname=../x\nsummary=s\nversion=1\nlicense=MIT\nmodules=x\n" SOURCE PASS,
	 "has no name"},
	{"no-modules", "[module]\nname=x\nsummary=s\nversion=1\nlicense=MIT\n" SOURCE PASS,
	 "names no modules"},
	{"no-pass", HEAD SOURCE, "no [pass NAME]"},
	{"path-out", HEAD "[source]\nkind=kernel\npaths=../../etc\n" PASS, "leads out of its folder"},
	{"shell", HEAD SOURCE "[pass x]\ndirectory=x\narguments=A=$(id)\n", "is not a plain word"},
	{"option", HEAD SOURCE PASS "[options]\nFOO=m\n", "not a Kconfig symbol"},
	{"no-sum", HEAD "[source]\nkind=tarball\nurl=https://example.org/x\n" PASS, "needs its sha256"},
	{"signature-without-key",
	 HEAD "[source]\nkind=tarball\nurl=https://example.org/x\nsha256=" SUM "\nsignature=x.asc\n" PASS,
	 "go together"},
	{"signature",
	 HEAD "[source]\nkind=tarball\nurl=https://example.org/x\nsha256=" SUM
	      "\nsignature=x.asc\nkey=x.gpg\n" PASS,
	 NULL},
	{"no-revision", HEAD "[source]\nkind=git\nurl=https://example.org/x\n" PASS, "needs a revision"},
	{"exclude-out", HEAD SOURCE "exclude=../x\n" PASS, "leads out of its folder"},
	{"make", HEAD SOURCE "[pass x]\ndirectory=x\nmake=yes\n", "make is kernel or own"},
	{"own-make", HEAD SOURCE "[pass x]\ndirectory=.\nmake=own\narguments=SYSSRC=@source@\n", NULL},
	{"tools", HEAD SOURCE PASS "[prepare]\ntools=a;b\n", "is not a plain word"},
	{"version", "[module]\nname=x\nsummary=s\nversion=1-2\nlicense=MIT\nmodules=x\n" SOURCE PASS,
	 "version that RPM takes"},
	{"version-of-a-path",
	 "[module]\nname=x\nsummary=s\nversion=1/../../x\nlicense=MIT\nmodules=x\n" SOURCE PASS,
	 "version that RPM takes"},
	{"version-before",
	 "[module]\nname=x\nsummary=s\nversion=1.0~rc1^git2\nlicense=MIT\nmodules=x\n" SOURCE PASS, NULL},
	{"architectures", HEAD "architectures=x86_64;s390x\n" SOURCE PASS,
	 "not what RPM calls an architecture"},
	{"architecture-of-debian", HEAD "architectures=amd64\n" SOURCE PASS,
	 "\"amd64\" is not what RPM calls"},
	{"range", HEAD "kernels=>=4.18.0-477, <6.13\n" SOURCE PASS, NULL},
	{"range-of-one", HEAD "kernels=6.1\n" SOURCE PASS, NULL},
	{"range-words", HEAD "kernels=newer than 5\n" SOURCE PASS, "\"newer than 5\" is no term such as"},
	{"range-operator", HEAD "kernels==>5\n" SOURCE PASS, "\"=>5\" is no term such as"},
	{"range-end", HEAD "kernels=>=5,\n" SOURCE PASS, "\"\" is no term such as"},
	{"range-never", HEAD "kernels=>=6,<5\n" SOURCE PASS, "no kernel is in \">=6,<5\""},
	{"range-never-by-release", HEAD "kernels=<5.14.0-70,>=5.14.0-162\n" SOURCE PASS, "no kernel is in"},
	{"range-never-above-a-series", HEAD "kernels=>6,<6.1\n" SOURCE PASS, "no kernel is in \">6,<6.1\""},
	{"range-never-upper-first", HEAD "kernels=<6.1, >6\n" SOURCE PASS, "no kernel is in"},
	{"range-never-between-neighbours", HEAD "kernels=>6.9,<6.10\n" SOURCE PASS, "no kernel is in"},
	{"range-never-above-itself", HEAD "kernels=>6.1,<=6.1\n" SOURCE PASS, "no kernel is in"},
	{"range-never-above-its-part", HEAD "kernels=>6,<=6.1.5\n" SOURCE PASS, "no kernel is in"},
	{"range-never-two-at-once", HEAD "kernels=6.1,=6.6\n" SOURCE PASS, "no kernel is in"},
	{"range-never-exact-and-above", HEAD "kernels===6.1,>6.1\n" SOURCE PASS, "no kernel is in"},
	{"range-never-exact-and-below", HEAD "kernels=<6.1,6.1.5\n" SOURCE PASS, "no kernel is in"},
	{"range-never-by-a-minor", HEAD "kernels=>4.18.0-477.el8_8,<=4.18.0-477.el8_8\n" SOURCE PASS,
	 "no kernel is in"},
	{"range-never-by-part", HEAD "kernels=>=5.14.1,<5.14\n" SOURCE PASS, "no kernel is in"},
	{"range-to-itself", HEAD "kernels=>=5.14,<=5.14\n" SOURCE PASS, NULL},
	{"patch-range", HEAD SOURCE PASS "[patch a]\nfile=a.patch\nkernels=el9\n",
	 "\"el9\" is no term such as"},
	{"options-range", HEAD SOURCE PASS "[options a]\nkernels=>=\nCONFIG_A=m\n",
	 "\">=\" is no term such as"},
	{"option-number", HEAD SOURCE PASS "[options]\nCONFIG_A=0x10\nCONFIG_B=-1\n", NULL},
	{"option-word", HEAD SOURCE PASS "[options]\nCONFIG_A=off\n", "CONFIG_A=off: y, m, n or a number"},
	{"modules-twice", "[module]\nname=x\nsummary=s\nversion=1\nlicense=MIT\nmodules=x y x\n" SOURCE PASS,
	 "names x twice"},
	{"initramfs", HEAD "initramfs=maybe\n" SOURCE PASS, "no, rebuild or always"},
	{"tree", HEAD SOURCE "tree=12\n" PASS, "a checksum of 64 digits"},
	{"modprobe", HEAD "modprobe=options x a=%{y}\n" SOURCE PASS, "not a line that a spec takes"},
	{"objects", HEAD SOURCE "[pass x]\ndirectory=x\nobjects=x.o $(id)\n", "is not a plain word"},
	{"patch-strip", HEAD SOURCE PASS "[patch a]\nfile=a.patch\nstrip=x\n", "is a number from 0 to"},
	{"patch-strip-high", HEAD SOURCE PASS "[patch a]\nfile=a.patch\nstrip=99\n", "is a number from 0 to"},
	{"patch-macro", HEAD SOURCE PASS "[patch a]\nfile=a%(id).patch\n", "is not a plain word"},
	{"license-out", HEAD "license_files=../COPYING\n" SOURCE PASS, "leads out of its folder"},
	{"not-a-key-file", "what", "not a key-value pair"},
};

static void test_row(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "recipe", NULL);
	g_autofree char *path = g_build_filename(folder, "x.conf", NULL);

	g_assert_true(g_file_set_contents(path, rows[i].text, -1, NULL));
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, &error);
	g_assert_true((recipe != NULL) == (rows[i].words == NULL));
	if (!rows[i].words)
		return;
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, rows[i].words));
}

static void test_shipped(gconstpointer name)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_strdup_printf("%s/kmod/%s.conf", g_getenv("KSIG_RECIPES"),
						(const char *) name);
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, &error);

	g_assert_no_error(error);
	g_autofree char *spec = ksig_kmod_spec(recipe, "6.1.0-56-amd64", 1, 0);
	g_assert_nonnull(strstr(spec, "/extra/"));
	g_assert_nonnull(strstr(spec, "%if 0\nfor module in \"$folder\"/*.ko; do\n")); /* nothing is signed */
	g_assert_false(g_regex_match_simple("@[A-Z]+@", spec, 0, 0));
}

static const struct {
	const char *range, *release;
	gboolean inside;
} ranges[] = {
	{">=4.18.0-477", "4.18.0-408.el8.x86_64", FALSE},
	{">=4.18.0-477", "4.18.0-477.el8.x86_64", TRUE},
	{">=4.18.0-477", "4.18.0-477.10.1.el8_8.x86_64", TRUE},
	{"<4.18.0-477", "4.18.0-425.19.2.el8_7.x86_64", TRUE},
	{">4.18.0-147.el8", "4.18.0-147.5.1.el8_1.x86_64", TRUE},
	{"<4.18.0-147.5.1", "4.18.0-147.el8.x86_64", TRUE},
	{">=5.14.0-70.13.1", "5.14.0-70.el9.x86_64", FALSE},
	{"<=4.18.0-477", "4.18.0-477.10.1.el8_8.x86_64", TRUE},
	{"<4.18.0-1000", "4.18.0-553.el8_10.x86_64", TRUE},
	{NULL, "6.1.0", TRUE},
	{">=6.1", "6.1.0-56-amd64", TRUE},
	{">=6.1,<6.5", "6.5.0", FALSE},
	{">=6.1,<6.5", "6.4.99-rt", TRUE},
	{"<5.6", "5.14.0-362.el9", FALSE},
	{"<5.6", "4.18.0-305.el8", TRUE},
	{">=4.18,<6.13", "6.13.0", FALSE},
};

static void test_range(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);

	g_assert_cmpint(ksig_kmod_recipe_range_matches(ranges[i].range, ranges[i].release), ==,
			ranges[i].inside);
}

/* Whatever two terms are put together: "no kernel is in it" is said where none of these is, and nowhere else.
 */
static void test_range_never(void)
{
	static const char *const operators[] = {"<", "<=", ">", ">=", "="};
	static const char *const numbers[] = {"5",     "6",        "6.1",      "6.2",
					      "6.1.9", "6.1.10-3", "6.1.10-4", "6.1.10-4.el9_9"};
	static const char *const releases[] = {
		"4.9.1-1",        "5.1.1-1",        "6.0.1-1",        "6.1.8-1",        "6.1.9-9",
		"6.1.10-2.el9_9", "6.1.10-3.el9_9", "6.1.10-4.el9_8", "6.1.10-4.el9_9", "6.1.10-4.el9_10",
		"6.1.10-5.el9_9", "6.1.11-1",       "6.2.1-1",        "6.3.1-1",        "7.1.1-1"};
	const guint kinds = G_N_ELEMENTS(operators) * G_N_ELEMENTS(numbers);

	for (guint i = 0; i < kinds * kinds; i++) {
		const guint one = i / kinds, two = i % kinds;
		g_autofree char *range = g_strdup_printf("%s%s,%s%s", operators[one % 5], numbers[one / 5],
							 operators[two % 5], numbers[two / 5]);
		bool some = false;
		for (guint k = 0; k < G_N_ELEMENTS(releases); k++)
			some = some || ksig_kmod_recipe_range_matches(range, releases[k]);
		if (ksig_kmod_recipe_range_check("x", range, NULL) == some)
			continue;
		g_test_message("%s: %s", range, some ? "a kernel is in it" : "no kernel is in it");
		g_test_fail();
	}
}

/* Who looks after it, and where users have it from: the group asks that of every module. */
static void test_shipped_says(gconstpointer name)
{
	g_autofree char *path = g_strdup_printf("%s/kmod/%s.conf", g_getenv("KSIG_RECIPES"),
						(const char *) name);
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, NULL);

	g_assert_nonnull(recipe);
	g_assert_nonnull(recipe->maintainer);
	g_assert_nonnull(recipe->elsewhere);
}

static void test_objection(void)
{
	g_autofree char *path = g_strdup_printf("%s/kmod/wireguard.conf", g_getenv("KSIG_RECIPES"));
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, NULL);
	g_autoptr(GPtrArray) all = ksig_kmod_recipe_read_all(NULL);
	g_autofree char *old = ksig_kmod_recipe_objection(recipe, all, "4.18.0-147.el8.x86_64", "x86_64");
	g_autofree char *none = ksig_kmod_recipe_objection(recipe, all, "2.6.32-754.el6.x86_64", "x86_64");
	g_autofree char *new = ksig_kmod_recipe_objection(recipe, all, "6.12.0-55.el10.x86_64", "x86_64");

	g_assert_nonnull(old);
	g_assert_nonnull(strstr(old, "wireguard-compat is"));
	g_assert_nonnull(none);
	g_assert_nonnull(strstr(none, "no other recipe of its modules is"));
	g_assert_null(new);
}

int main(int argc, char **argv)
{
	static const char *const shipped[] = {
		"isci",    "lustre-client", "mlx4", "nvidia",  "rocm",   "hpsa",      "megaraid_sas",
		"mpt3sas", "aacraid",       "lpfc", "qla2xxx", "be2net", "wireguard", "wireguard-compat"};

	g_test_init(&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/recipe/", rows[i].name, NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_row);
	}
	for (guint i = 0; i < G_N_ELEMENTS(shipped); i++) {
		g_autofree char *path = g_strconcat("/shipped/", shipped[i], NULL);
		g_test_add_data_func(path, shipped[i], test_shipped);
		g_autofree char *says = g_strconcat("/shipped-says/", shipped[i], NULL);
		g_test_add_data_func(says, shipped[i], test_shipped_says);
	}
	g_test_add_func("/objection", test_objection);
	g_test_add_func("/range-never", test_range_never);
	for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
		g_autofree char *path = g_strdup_printf("/range/%u", i);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_range);
	}
	return g_test_run();
}
