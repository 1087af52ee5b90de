/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A side of a file: which lines changed, and the number of each among those that did. */
#include "match/side.h"

static void make(struct ksig_target_side *side, uint32_t lines)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t i = 0; i < lines; i++)
		g_string_append_printf(text, "line %u\n", i);
	g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
	*side = (struct ksig_target_side){0};
	ksig_tree_lines_init_bytes(&side->lines, bytes);
	ksig_match_side_index(side);
}

static void test_numbers(void)
{
	static const uint32_t runs[][2] = {{0, 1}, {63, 2}, {127, 1}, {130, 70}, {255, 1}};
	struct ksig_target_side side;
	uint32_t number = 0;

	make(&side, 256);
	for (size_t i = 0; i < G_N_ELEMENTS(runs); i++)
		ksig_match_side_mark(&side, runs[i][0], runs[i][1]);
	ksig_match_side_count_marked(&side);
	for (uint32_t line = 0; line < 256; line++) {
		bool expected = false;
		for (size_t i = 0; i < G_N_ELEMENTS(runs); i++)
			expected |= line >= runs[i][0] && line < runs[i][0] + runs[i][1];
		g_assert_true(ksig_match_side_is_changed(&side, line) == expected);
		g_assert_cmpuint(ksig_match_side_changed_before(&side, line), ==, number);
		number += expected;
	}
	g_assert_cmpuint(side.n_changed, ==, 75);
	ksig_match_side_unmark(&side);
	g_assert_cmpuint(side.n_changed, ==, 0);
	g_assert_false(ksig_match_side_is_changed(&side, 63));
	ksig_match_side_clear(&side);
}

static void test_empty(void)
{
	struct ksig_target_side side;

	make(&side, 0);
	ksig_match_side_count_marked(&side);
	g_assert_cmpuint(side.n_changed, ==, 0);
	g_assert_false(ksig_match_side_is_changed(&side, 0));
	ksig_match_side_clear(&side);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/side/numbers", test_numbers);
	g_test_add_func("/side/empty", test_empty);
	return g_test_run();
}
