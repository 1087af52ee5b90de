/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two small kernels' types, made with libbpf's own writer, and what is said of their difference. */
#include "elf/elf.h"

#include <bpf/btf.h>
#include <string.h>

/* struct inner { int a; [int b;] }; struct outer { struct inner in; int tail; }; int use(struct outer *,
 * [int]); */
static struct btf *write_types(gboolean newer)
{
	struct btf *btf = btf__new_empty();
	const int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	const int inner = btf__add_struct(btf, "inner", newer ? 8 : 4);
	btf__add_field(btf, "a", number, 0, 0);
	if (newer)
		btf__add_field(btf, "b", number, 32, 0);
	const int outer = btf__add_struct(btf, "outer", newer ? 12 : 8);
	btf__add_field(btf, "in", inner, 0, 0);
	btf__add_field(btf, "tail", number, newer ? 64 : 32, 0);
	const int pointer = btf__add_ptr(btf, outer);
	const int use = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "o", pointer);
	btf__add_func(btf, "use", BTF_FUNC_GLOBAL, use);
	const int other = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "n", number);
	btf__add_func(btf, "same", BTF_FUNC_GLOBAL, other);
	const int changed = btf__add_func_proto(btf, number);
	if (newer)
		btf__add_func_param(btf, "n", number);
	btf__add_func(btf, "changed", BTF_FUNC_GLOBAL, changed);
	const int mode = btf__add_enum(btf, "mode", 4);
	btf__add_enum_value(btf, "MODE_A", 0);
	btf__add_enum_value(btf, "MODE_B", newer ? 7 : 1);
	g_assert_cmpint(mode, >, 0);
	return btf;
}

static ksig_types *make(gboolean newer)
{
	g_autoptr(GError) error = NULL;
	struct btf *btf = write_types(newer);
	__u32 size = 0;
	const void *raw = btf__raw_data(btf, &size);
	g_autoptr(GBytes) data = g_bytes_new(raw, size);
	ksig_types *types = ksig_elf_types_new("made", data, NULL, &error);

	g_assert_no_error(error);
	btf__free(btf);
	return types;
}

static const struct ksig_type_change *change(ksig_type_difference *difference, const char *name)
{
	const GPtrArray *changes = ksig_elf_type_difference_changes(difference);

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_type_change *found = changes->pdata[i];
		if (g_str_equal(found->name, name))
			return found;
	}
	g_error("%s: not among the changes", name);
}

static void test_difference(void)
{
	g_autoptr(ksig_types) from = make(FALSE);
	g_autoptr(ksig_types) to = make(TRUE);
	g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(from, to);

	g_assert_cmpuint(ksig_elf_type_difference_changes(difference)->len, ==, 3);
	g_assert_true(change(difference, "struct inner")->root);
	g_assert_false(change(difference, "struct outer")->root);
	g_assert_cmpstr(change(difference, "struct inner")->changes->pdata[0], ==, "size from 4 to 8");
	g_assert_cmpstr(change(difference, "struct inner")->changes->pdata[1], ==,
			"member b added at 4: int");
	g_assert_cmpstr(change(difference, "struct outer")->changes->pdata[1], ==,
			"member tail moved from 4 to 8");
	g_assert_cmpstr(change(difference, "enum mode")->changes->pdata[0], ==, "MODE_B from 1 to 7");
}

static const struct {
	const char *name;
	enum ksig_symbol_fate fate;
	const char *path;
} symbols[] = {
	{"use", KSIG_SYMBOL_TYPES, "struct outer -> struct inner"},
	{"same", KSIG_SYMBOL_SAME, NULL},
	{"changed", KSIG_SYMBOL_PROTOTYPE, NULL},
	{"absent", KSIG_SYMBOL_UNKNOWN, NULL},
};

static void test_explain(gconstpointer row)
{
	const guint i = GPOINTER_TO_UINT(row);
	g_autoptr(ksig_types) from = make(FALSE);
	g_autoptr(ksig_types) to = make(TRUE);
	g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(from, to);
	g_autoptr(ksig_symbol_reason) reason = ksig_elf_type_difference_explain(difference, symbols[i].name);

	g_assert_cmpint(reason->fate, ==, symbols[i].fate);
	g_assert_cmpstr(reason->path, ==, symbols[i].path);
	if (reason->fate == KSIG_SYMBOL_PROTOTYPE) {
		g_assert_cmpstr(reason->before, ==, "int ()");
		g_assert_cmpstr(reason->after, ==, "int (int)");
	}
}

static void test_hostile(void)
{
	struct btf *btf = write_types(TRUE);
	__u32 size = 0;
	const guint8 *raw = btf__raw_data(btf, &size);
	g_autoptr(ksig_types) good = make(FALSE);

	for (guint i = 0; i < size * 8; i++) {
		g_autofree guint8 *copy = g_memdup2(raw, size);
		copy[i / 8] ^= (guint8) (1 << (i % 8));
		g_autoptr(GBytes) data = g_bytes_new(copy, size);
		g_autoptr(ksig_types) types = ksig_elf_types_new("hostile", data, NULL, NULL);
		if (!types)
			continue;
		g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(types, good);
		g_autoptr(ksig_symbol_reason) reason = ksig_elf_type_difference_explain(difference, "use");
		g_assert_nonnull(reason);
	}
	btf__free(btf);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/types/difference", test_difference);
	g_test_add_func("/types/hostile", test_hostile);
	for (guint i = 0; i < G_N_ELEMENTS(symbols); i++) {
		g_autofree char *path = g_strconcat("/types/explain/", symbols[i].name, NULL);
		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_explain);
	}
	return g_test_run();
}
