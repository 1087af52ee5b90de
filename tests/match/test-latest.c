/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is younger than all that is surely in a kernel whose date nobody tells. */
#include "match/latest-internal.h"
#include "small.h"

enum { DAY_S = 86400, RELEASE = 1550000000, WEEK = 7, YEAR = 365 };

static const float SURE = 0.99F, WEAK = 0.7F;

/* Candidates: so many of before RELEASE, a week apart, and of DAYS after it. */
static const struct {
	const char *name;
	unsigned sure, weak;
	int days;
	unsigned late_sure, late_weak;
	struct ksig_match_question date; /* what is known of it */
	uint32_t expected;               /* so many are not taken */
} rows[] = {
	{"weak ones, years later", 40, 20, 2 * YEAR, 0, 5, {.written_by = 0}, 5},
	{"nothing is later", 40, 20, WEEK, 0, 0, {.written_by = 0}, 0},
	{"soon after", 40, 20, 10 * WEEK, 0, 5, {.written_by = 0}, 0},
	{"as sure as the rest", 200, 50, 2 * YEAR, 3, 1, {.written_by = 0}, 0},
	{"one is sure by chance", 100, 50, 2 * YEAR, 1, 9, {.written_by = 0}, 9},
	{"few sure ones tell no date", 10, 5, 2 * YEAR, 0, 5, {.written_by = 0}, 0},
	{"the user knows better", 40, 20, 2 * YEAR, 0, 5, {.written_by = RELEASE, .date_is_told = true}, 0},
	{"a changelog is known", 40, 20, 2 * YEAR, 0, 5, {.written_by = RELEASE}, 0},
	{"a commit's date is no word",
	 40,
	 20,
	 2 * YEAR,
	 0,
	 5,
	 {.written_by = RELEASE, .date_is_of_commit = true},
	 5},
};

static void add(struct small *small, GPtrArray *texts[3], unsigned n, int64_t time)
{
	char *path = g_strdup_printf("%u.c", n);
	char *before = g_strdup_printf("\tfile_%u(device, %u);\n", n, 10000 + n);
	char *line = g_strdup_printf("\tcount_%u(device, %u);\n", n, 20000 + n);
	g_autofree char *diff = g_strdup_printf(
		"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1,1 +1,2 @@\n %s+%s", path, path, path, path,
		before, line);

	small_candidate(small, n + 1, time, "count", diff);
	g_ptr_array_add(texts[0], path);
	g_ptr_array_add(texts[1], before);
	g_ptr_array_add(texts[2], g_strconcat(before, line, NULL));
	g_free(line);
}

static struct small_file *files_of(GPtrArray *const texts[3], unsigned side)
{
	struct small_file *files = g_new0(struct small_file, texts[0]->len + 1);

	for (guint i = 0; i < texts[0]->len; i++)
		files[i] = (struct small_file){texts[0]->pdata[i], texts[side]->pdata[i]};
	return files;
}

static void write_candidates(struct small *small, size_t row)
{
	const unsigned early = rows[row].sure + rows[row].weak;
	const unsigned n = early + rows[row].late_sure + rows[row].late_weak;
	GPtrArray *texts[3];

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		texts[i] = g_ptr_array_new_with_free_func(g_free);
	for (unsigned i = 0; i < n; i++)
		add(small, texts, i,
		    i < early ? RELEASE - (int64_t) (early - i) * WEEK * DAY_S
			      : RELEASE + (int64_t) rows[row].days * DAY_S + i);
	g_autofree struct small_file *old_files = files_of(texts, 1);
	g_autofree struct small_file *new_files = files_of(texts, 2);
	small_compare(small, old_files, new_files);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_ptr_array_unref(texts[i]);
}

/* The weak ones stand among the sure ones. */
static void believe(ksig_rounds *rounds, size_t row)
{
	const unsigned early = rows[row].sure + rows[row].weak;
	const unsigned n = early + rows[row].late_sure + rows[row].late_weak;

	for (unsigned i = 0; i < n; i++)
		rounds->probability[i] = i < early ? (i % (early / rows[row].weak) == 0 &&
								      i / (early / rows[row].weak) <
									      rows[row].weak
							      ? WEAK
							      : SURE)
					 : i < early + rows[row].late_sure ? SURE
									   : WEAK;
}

static void test_latest(gconstpointer data)
{
	const size_t i = GPOINTER_TO_SIZE(data);
	const unsigned late = rows[i].sure + rows[i].weak + rows[i].late_sure;
	struct small small;
	int64_t by = 0;

	small_init(&small);
	write_candidates(&small, i);
	struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	believe(rounds, i);
	question.written_by = rows[i].date.written_by;
	question.date_is_told = rows[i].date.date_is_told;
	question.date_is_of_commit = rows[i].date.date_is_of_commit;
	g_assert_cmpuint(latest_silence(rounds, &question, &by), ==, rows[i].expected);
	for (unsigned c = 0; c < rounds->set->pool->n_candidates; c++)
		if (c >= late && rows[i].expected > 0) {
			g_assert_cmpfloat(rounds->probability[c], <=, 0);
			g_assert_cmpuint(rounds->set->candidates[c].n_told, ==, 0);
		} else {
			g_assert_cmpfloat(rounds->probability[c], >=, WEAK);
		}
	if (rows[i].expected > 0) {
		g_assert_cmpint(by, <=, RELEASE);
		g_assert_cmpint(by, >, RELEASE - YEAR * (int64_t) DAY_S);
	}
	small_clear(&small);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/latest/%s", rows[i].name);
		g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_latest);
	}
	return g_test_run();
}
