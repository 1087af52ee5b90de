/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people call a revision: "193" is 4.18.0-193.el8 and not 4.18.0-193.28.1.el8_2, "-80.el8" and
 * "4.18.0-80" are 4.18.0-80.el8, "5.14.0-570.32.1.el9_6" is alma-5.14.0-570.32.1.el9_6. The first rule that
 * fits a label counts.
 */
#include "catalog/labels-internal.h"

/* "4.18.0-193.28.1" of "4.18.0-193.28.1.el8_2": without ".el8_2", ".fc39", … */
static char *without_distribution(const char *label)
{
	const char *dot = strrchr(label, '.');
	const size_t letters = dot ? strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz") : 0;

	if (letters == 0 || !g_ascii_isdigit(dot[1 + letters]) ||
	    strspn(dot + 1 + letters, "0123456789_") != strlen(dot + 1 + letters))
		return g_strdup(label);
	return g_strndup(label, (gsize) (dot - label));
}

static bool is_whole(const char *label, const char *word)
{
	return g_str_equal(label, word);
}

static bool is_without_distribution(const char *label, const char *word)
{
	g_autofree char *plain = without_distribution(label);

	return g_str_equal(plain, word);
}

/* The release alone, with or without the hyphen before it. */
static bool is_release(const char *label, const char *word)
{
	g_autofree char *plain = without_distribution(label);
	const char *release = strrchr(label, '-');
	const char *plain_release = strrchr(plain, '-');
	const char *wanted = *word == '-' ? word + 1 : word;

	return (release && g_str_equal(release + 1, wanted)) ||
	       (plain_release && g_str_equal(plain_release + 1, wanted));
}

/* The end of it, from a hyphen, a dot or another such sign on. */
static bool is_end(const char *label, const char *word)
{
	const size_t length = strlen(label);
	const size_t end = strlen(word);

	return end < length && g_str_has_suffix(label, word) &&
	       (!g_ascii_isalnum(*word) || !g_ascii_isalnum(label[length - end - 1]));
}

static bool is_beginning(const char *label, const char *word)
{
	return g_str_has_prefix(label, word);
}

typedef bool rule_fn(const char *label, const char *word);
static rule_fn *const rules[] = {is_whole, is_without_distribution, is_release, is_end, is_beginning};

int ksig_label_find(const GPtrArray *labels, const char *word, guint *out_index, GError **error)
{
	for (size_t rule = 0; *word && rule < G_N_ELEMENTS(rules); rule++) {
		const char *other = NULL;
		int found = 0;
		for (guint i = 0; i < labels->len; i++) {
			if (!rules[rule](labels->pdata[i], word))
				continue;
			if (found++ > 0)
				other = labels->pdata[*out_index];
			*out_index = i;
		}
		if (found == 1)
			return found;
		if (found > 1) {
			ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: names %d revisions, %s and %s%s",
				       word, found, other, (const char *) labels->pdata[*out_index],
				       found > 2 ? " among them" : "");
			return found;
		}
	}
	return 0;
}
