/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may stand in a title, and which entries can be about how much. */
#include "assign/plausible-internal.h"
#include "assign/titles-internal.h"

static const struct {
	const char *path, *function;
	bool is_function;
} functions[] = {
	{"net/core/dev.c", "dev_open", true},
	{"arch/x86/entry/entry_64.S", "ret_from_fork", true},
	{"include/linux/mm.h", "for", false},
	{"net/core/dev.c", "CONFIG_NET", false},
	{"net/core/dev.c", "struct", false},
	{"net/Kconfig", "depends", false},
	{"Documentation/networking/x.rst", "dev_open", false},
	{"net/core/dev.c", "struct net_device", false},
	{"net/core/dev.c", "2much", false},
};

static void test_function(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);

	g_assert_cmpint(title_is_function(functions[i].path, functions[i].function), ==,
			functions[i].is_function);
}

static const struct {
	const char *subject;
	uint64_t lines;
	bool is_plausible;
} entries[] = {
	{"net: fix a leak in dev_open()", 20, true},
	{"net: fix a leak in dev_open()", 800, false},
	{"KVM/VMX: Remove unused function is_external_interrupt()", 8293, false},
	{"bpf: relax verifier restriction on BPF_MOV | BPF_ALU", 13880, false},
	{"x86/mm/pat: Make set_memory_np() L1TF safe", 600, false},
	{"scsi: mpt3sas: Update to driver version 27.101", 8000, true},
	{"netfilter: rework of the flow table, fix its races", 3000, true},
	{"mm: count what is there", 900, true},
	{"mm: count what is there", 4000, false},
};

static void test_entry(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	const struct ksig_changelog_entry entry = {.subject = (char *) entries[i].subject};

	g_assert_cmpint(entry_is_plausible(&entry, entries[i].lines), ==, entries[i].is_plausible);
}

static const struct {
	const char *subject, *symbols;
} named[] = {
	{"drm/i915: Polish skl_is_16gb_dimm()", "skl_is_16gb_dimm"},
	{"md: add a missing conversion in check_sb_changes", "check_sb_changes"},
	{"x86_64: f() and g() take a page", "f g"},
	{"perf_event_open: count what is there", ""},
	{"mm: CONFIG_MEMORY_HOTPLUG on x86_64", ""},
};

static void test_symbols(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	g_auto(GStrv) symbols = entry_symbols(named[i].subject);
	g_autofree char *all = g_strjoinv(" ", symbols);

	g_assert_cmpstr(all, ==, named[i].symbols);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
		g_autofree char *name = g_strdup_printf("/titles/function/%zu", i);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_function);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
		g_autofree char *name = g_strdup_printf("/titles/entry/%zu", i);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_entry);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
		g_autofree char *name = g_strdup_printf("/titles/symbols/%zu", i);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_symbols);
	}
	return g_test_run();
}
