/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that hold for any vendor, whatever the weights are. */
#include "small.h"

#include <math.h>
#include <string.h>

enum { YEAR_S = 365 * 86400, TIME = 1500000000 };

/* "name_3(device, 1003);", a line like no other. */
static void add_line(GString *text, const char *before, const char *name, unsigned n)
{
	g_string_append_printf(text, "%s\t%s_%u(device, %u);\n", before, name, n, 1000 + n);
}

/* A file of N lines, with those of PATCH (COUNT of them) behind the fifth. */
static char *file_text(const char *name, unsigned n, const char *patch, unsigned count)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < n; i++) {
		add_line(text, "", name, i);
		for (unsigned k = 0; i == 4 && k < count; k++)
			add_line(text, "", patch, k);
	}
	return g_string_free(text, FALSE);
}

/* The patch that replaces the lines "OLD" there, OLD_COUNT of them, by NEW_COUNT others. */
static char *replacing_text(const char *path, const char *name, const char *old, unsigned old_count,
			    const char *new, unsigned new_count)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -3,%u +3,%u @@\n", path,
			       path, path, path, 6 + old_count, 6 + new_count);
	for (unsigned i = 2; i < 5; i++)
		add_line(text, " ", name, i);
	for (unsigned k = 0; k < old_count; k++)
		add_line(text, "-", old, k);
	for (unsigned k = 0; k < new_count; k++)
		add_line(text, "+", new, k);
	for (unsigned i = 5; i < 8; i++)
		add_line(text, " ", name, i);
	return g_string_free(text, FALSE);
}

/* The patch that puts COUNT lines there. */
static char *patch_text(const char *path, const char *name, const char *patch, unsigned count)
{
	return replacing_text(path, name, NULL, 0, patch, count);
}

/* A vendor who took HAVE of the TOTAL lines of candidate 0, with OTHERS unrelated candidates beside it. */
struct setting {
	unsigned total;
	unsigned have;
	unsigned others; /* of other files, which the vendor changed otherwise */
	const uint8_t *named;
	int64_t written_by;
	bool told;
	bool of_commit;
	unsigned late;        /* how many of the others, which are there then, came after WRITTEN_BY */
	unsigned there;       /* how many of the others are there */
	const char *upstream; /* where upstream has the file, if not where the vendor has */
};

static float ask(const struct setting *setting)
{
	enum { FILES = 8 };
	struct small small;
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	struct small_file old_files[FILES + 2] = {{"a.c", NULL}};
	struct small_file new_files[FILES + 2] = {{"a.c", NULL}};
	static const char *const paths[FILES] = {"b.c", "c.c", "d.c", "e.c", "f.c", "g.c", "h.c", "i.c"};

	small_init(&small);
	g_ptr_array_add(texts, file_text("a", 20, "fix", 0));
	g_ptr_array_add(texts, file_text("a", 20, "fix", setting->have));
	g_ptr_array_add(
		texts, patch_text(setting->upstream ? setting->upstream : "a.c", "a", "fix", setting->total));
	old_files[0].text = texts->pdata[0];
	new_files[0].text = texts->pdata[1];
	small_candidate(&small, 1, TIME, "a: fix", texts->pdata[2]);
	for (unsigned i = 0; i < FILES; i++) {
		const char *patch = i < setting->there ? "other0" : "vendor";
		g_ptr_array_add(texts, file_text(paths[i], 20, patch, 0));
		old_files[i + 1] = (struct small_file){paths[i], g_ptr_array_index(texts, texts->len - 1)};
		g_ptr_array_add(texts, file_text(paths[i], 20, patch, 4));
		new_files[i + 1] = (struct small_file){paths[i], g_ptr_array_index(texts, texts->len - 1)};
	}
	for (unsigned i = 0; i < setting->others; i++) {
		g_autofree char *patch = g_strdup_printf("other%u", i / FILES);
		g_autofree char *text = patch_text(paths[i % FILES], paths[i % FILES], patch, 4);
		const bool late = i < setting->late;
		small_candidate(&small, i + 2, late ? setting->written_by + YEAR_S : TIME - YEAR_S,
				"other: change", text);
	}
	small_compare(&small, old_files, new_files);
	struct ksig_match_question question = small_question(&small);
	question.named = setting->named;
	question.written_by = setting->written_by;
	question.date_is_told = setting->told;
	question.date_is_of_commit = setting->of_commit;
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	const float probability = rounds->probability[0];
	small_clear(&small);
	return probability;
}

/* An identical change in its place, with lines that stand nowhere else, and no rival. */
static void test_sure(void)
{
	static const unsigned others[] = {0, 8, 100, 2000};

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_cmpfloat(ask(&(struct setting){.total = 4, .have = 4, .others = others[i]}), >=,
				  0.95F);
}

/* … in another file than upstream's, who split or renamed it before. */
static void test_sure_elsewhere(void)
{
	static const unsigned others[] = {0, 8, 100, 2000};

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		const struct setting there = {
			.total = 4, .have = 4, .others = others[i], .upstream = "parts/a-1.c"};
		const struct setting half = {
			.total = 8, .have = 4, .others = others[i], .upstream = "parts/a-1.c"};
		g_assert_cmpfloat(ask(&there), >=, 0.95F);
		g_assert_cmpfloat(ask(&half), <, 0.95F);
	}
}

/* … although a changelog that names all others does not name it. */
static void test_sure_though_silent(void)
{
	uint8_t named[66] = {0};
	const struct setting setting = {.total = 4, .have = 4, .others = 64, .there = 8, .named = named};

	memset(named + 1, 1, 64);
	g_assert_cmpfloat(ask(&setting), >=, 0.95F);
}

static void test_more_lines(void)
{
	float before = 0;

	for (unsigned have = 0; have <= 10; have++) {
		const float now = ask(&(struct setting){.total = 10, .have = have, .others = 16});
		g_assert_cmpfloat(now, >=, before - 1e-4F);
		before = now;
	}
	g_assert_cmpfloat(before, >=, 0.95F);
}

static float log_odds(float probability)
{
	return logf(probability / (1 - probability));
}

/* Candidates that have nothing to do with it move it by what habits may, and rarity a little. */
static void test_unrelated(void)
{
	const float alone = log_odds(ask(&(struct setting){.total = 10, .have = 7, .others = 8}));
	const float among = log_odds(ask(&(struct setting){.total = 10, .have = 7, .others = 1000}));

	g_assert_cmpfloat(fabsf(alone - among), <, 2.2F);
}

/* Two upstream commits of the same lines: neither is sure. */
static void test_rival(void)
{
	struct small small;
	g_autofree char *before = file_text("a", 20, "fix", 0);
	g_autofree char *after = file_text("a", 20, "fix", 4);
	g_autofree char *patch = patch_text("a.c", "a", "fix", 4);
	const struct small_file old_files[] = {{"a.c", before}, {NULL, NULL}};
	const struct small_file new_files[] = {{"a.c", after}, {NULL, NULL}};

	small_init(&small);
	small_candidate(&small, 1, TIME, "a: fix", patch);
	small_candidate(&small, 2, TIME, "a: fix again", patch);
	small_compare(&small, old_files, new_files);
	const struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	for (uint32_t c = 0; c < 2; c++) {
		struct ksig_explanation explanation;
		ksig_match_rounds_explain(rounds, c, &explanation);
		g_assert_cmpfloat(rounds->outlooks[c].own, <,
				  0.75F * ksig_match_evidence_hits(&rounds->set->candidates[c]));
		g_assert_cmpfloat(explanation.all, <, question.model->parameters.sure);
	}
	small_clear(&small);
}

/* The vendor changed the file otherwise; an entry of that name does not put the candidate's code into it. */
static void test_refuted(void)
{
	struct small small;
	g_autofree char *before = file_text("a", 20, "fix", 0);
	g_autofree char *after = file_text("a", 20, "vendor", 4);
	g_autofree char *patch = patch_text("a.c", "a", "fix", 4);
	const struct small_file old_files[] = {{"a.c", before}, {NULL, NULL}};
	const struct small_file new_files[] = {{"a.c", after}, {NULL, NULL}};
	static const uint8_t named[] = {1, 0};
	const struct ksig_agreement agreement = {.named = {0, 100}, .all = {100, 100}};

	small_init(&small);
	small_candidate(&small, 1, TIME, "a: fix", patch);
	small_compare(&small, old_files, new_files);
	struct ksig_match_question question = small_question(&small);
	question.named = named;
	question.agreement_before = agreement;
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	struct ksig_explanation explanation;
	ksig_match_rounds_explain(rounds, 0, &explanation);
	g_assert_cmpfloat(explanation.changelog, >, 3);
	g_assert_cmpfloat(rounds->probability[0], <=, question.model->parameters.no_hits);
	g_assert_cmpfloat(ksig_match_model_probability(explanation.all), >,
			  question.model->parameters.no_hits);
	small_clear(&small);
}

/*
 * Upstream replaced what the vendor took, and took that back again. A revert of what was never there is not
 * what put these lines in; of what the old tree has it is.
 */
static void test_reverts_nothing(void)
{
	for (int was_there = 0; was_there < 2; was_there++) {
		struct small small;
		g_autofree char *before = file_text("a", 20, "mistake", was_there ? 2 : 0);
		g_autofree char *after = file_text("a", 20, "code", 4);
		g_autofree char *patch = replacing_text("a.c", "a", "mistake", 2, "code", 4);
		const struct small_file old_files[] = {{"a.c", before}, {NULL, NULL}};
		const struct small_file new_files[] = {{"a.c", after}, {NULL, NULL}};

		small_init(&small);
		small_candidate(&small, 1, TIME, "Revert \"a: mistake\"", patch)->flags |=
			KSIG_CANDIDATE_REVERT;
		small_compare(&small, old_files, new_files);
		const struct ksig_match_question question = small_question(&small);
		g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
		g_assert_cmpfloat(ksig_match_evidence_hits(&rounds->set->candidates[0]), >, 3);
		if (was_there)
			g_assert_cmpfloat(rounds->probability[0], >=, 0.95F);
		else
			g_assert_cmpfloat(rounds->probability[0], <=, question.model->parameters.no_hits);
		small_clear(&small);
	}
}

/* Nothing is in a kernel that was written after it. */
static void test_dates(void)
{
	const int64_t day = 86400;
	static const struct {
		int64_t days; /* from the candidate to the kernel */
		bool told, of_commit;
		unsigned late, there; /* of the others */
		bool believed;
	} rows[] = {
		{60, true, false, 0, 8, true},
		{-20, true, false, 0, 8, true}, /* a fix under embargo is in a kernel before it is upstream */
		{-60, true, false, 0, 8, false},
		{-60, false, false, 0, 8, false},
		{-60, false, true, 0, 8, false},
		{-60, false, true, 8, 8, true}, /* all that is there is later: it is no date of this kernel */
		{-60, true, true, 8, 8, false}, /* … unless the user says so */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		/* candidate 0 is of TIME; the others are of TIME as well, or a year after the kernel */
		const int64_t kernel = TIME + rows[i].days * day;
		struct setting setting = {.total = 4,
					  .have = 4,
					  .others = 8,
					  .there = rows[i].there,
					  .late = rows[i].late,
					  .written_by = kernel,
					  .told = rows[i].told,
					  .of_commit = rows[i].of_commit};
		g_test_message("row %zu", i);
		g_assert_true((ask(&setting) >= 0.7F) == rows[i].believed);
	}
}

/* ---- what the old tree has ----------------------------------------------------------------------- */

static char *blob_line(const char *old_text, const char *new_text)
{
	git_oid old_id;
	git_oid new_id;

	git_odb_hash(&old_id, old_text, strlen(old_text), GIT_OBJECT_BLOB);
	git_odb_hash(&new_id, new_text, strlen(new_text), GIT_OBJECT_BLOB);
	char old_hex[41];
	git_oid_tostr(old_hex, sizeof old_hex, &old_id);
	char new_hex[41];
	git_oid_tostr(new_hex, sizeof new_hex, &new_id);
	return g_strdup_printf("diff --git a/f.c b/f.c\nindex %s..%s 100644\n--- a/f.c\n+++ b/f.c\n", old_hex,
			       new_hex);
}

/* Upstream: one, two, three; the base has two. The first commit's line changes once more in the difference.
 */
static void test_base(void)
{
	static const char *const states[] = {"start\nend\n", "start\nline(1);\nend\n",
					     "start\nline(2);\nend\n"};
	static const char *const hunks[] = {"@@ -1,2 +1,3 @@\n start\n+line(1);\n end\n",
					    "@@ -1,3 +1,3 @@\n start\n-line(1);\n+line(2);\n end\n"};
	const struct small_file old_files[] = {{"f.c", states[1]}, {NULL, NULL}};
	const struct small_file new_files[] = {{"f.c", states[2]}, {NULL, NULL}};
	struct small small;

	small_init(&small);
	for (unsigned i = 0; i < 2; i++) {
		g_autofree char *head = blob_line(states[i], states[i + 1]);
		g_autofree char *text = g_strconcat(head, hunks[i], NULL);
		small_candidate(&small, i + 1, TIME + i, "f: change", text);
	}
	small_compare(&small, old_files, new_files);
	const struct ksig_match_question question = small_question(&small);
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	g_assert_cmpuint(rounds->set->candidates[0].behind, ==, 1);
	g_assert_cmpfloat(rounds->probability[0], <, 0.05F);
	g_assert_cmpfloat(rounds->probability[1], >, 0.7F);
	small_clear(&small);
}

/* By history: whoever knows that the base has it says so. */
static void test_in_base(void)
{
	struct small small;
	g_autofree char *before = file_text("a", 20, "fix", 0);
	g_autofree char *after = file_text("a", 20, "fix", 4);
	g_autofree char *patch = patch_text("a.c", "a", "fix", 4);
	const struct small_file old_files[] = {{"a.c", before}, {NULL, NULL}};
	const struct small_file new_files[] = {{"a.c", after}, {NULL, NULL}};
	static const uint8_t in_base[] = {1, 0};

	small_init(&small);
	small_candidate(&small, 1, TIME, "a: fix", patch);
	small_compare(&small, old_files, new_files);
	struct ksig_match_question question = small_question(&small);
	question.in_base = in_base;
	g_autoptr(ksig_rounds) rounds = ksig_match_ask(&question, NULL, NULL);
	g_assert_cmpfloat(rounds->probability[0], <, 0.05F);
	small_clear(&small);
}

/* ---- habits ---------------------------------------------------------------------------------------- */

/* What is learnt of the vendor moves the log odds by no more than the model's limit. */
static void test_habits(void)
{
	g_autoptr(ksig_model) model = ksig_match_model_load(NULL, NULL);
	float features[KSIG_FEATURES_LIMIT] = {0};
	const float nothing = ksig_match_model_together(model, features);

	for (guint i = 0; i < model->features->len; i++)
		if (model->habits[i])
			features[i] = model->together[i] > 0 ? 100 : -100;
	g_assert_cmpfloat(
		fabsf(ksig_match_model_together(model, features) - nothing - model->parameters.habits), <,
		1e-3F);
	g_assert_true(model->habits[F_ERA] && model->habits[F_WORDS] && model->habits[F_PRIOR]);
	g_assert_false(model->habits[F_HIT] || model->habits[F_PLACE]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/match/belief/identical-is-sure", test_sure);
	g_test_add_func("/match/belief/identical-is-sure-elsewhere", test_sure_elsewhere);
	g_test_add_func("/match/belief/identical-is-sure-though-silent", test_sure_though_silent);
	g_test_add_func("/match/belief/more-lines", test_more_lines);
	g_test_add_func("/match/belief/unrelated", test_unrelated);
	g_test_add_func("/match/belief/rival", test_rival);
	g_test_add_func("/match/belief/refuted", test_refuted);
	g_test_add_func("/match/belief/reverts-nothing", test_reverts_nothing);
	g_test_add_func("/match/belief/dates", test_dates);
	g_test_add_func("/match/belief/base-by-content", test_base);
	g_test_add_func("/match/belief/base-by-history", test_in_base);
	g_test_add_func("/match/belief/habits", test_habits);
	return g_test_run();
}
