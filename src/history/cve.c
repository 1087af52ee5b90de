/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history/history.h"

const char *ksig_history_cve_state_name(enum ksig_cve_state state)
{
	static const char *const names[] = {"fixed", "affected", "not affected", "unknown"};

	return names[state];
}

void ksig_history_cve_answer_free(struct ksig_cve_answer *answer)
{
	if (!answer)
		return;
	ksig_catalog_patch_free(answer->patch);
	g_free(answer->reason);
	g_free(answer);
}

/* Takes PATCH and REASON over. */
static struct ksig_cve_answer *answer_new(enum ksig_cve_state state, struct ksig_patch *patch, char *reason)
{
	struct ksig_cve_answer *answer = g_new0(struct ksig_cve_answer, 1);

	answer->state = state;
	answer->patch = patch;
	answer->reason = reason;
	return answer;
}

static bool is_cve(const char *text)
{
	const char *rest = g_str_has_prefix(text, "CVE-") ? text + 4 : "";
	const size_t year = strspn(rest, "0123456789");

	return year == 4 && rest[4] == '-' && strlen(rest + 5) >= 4 &&
	       strspn(rest + 5, "0123456789") == strlen(rest + 5);
}

/* The first patch for which FILTER holds; NULL: none, or an error. */
static struct ksig_patch *first_patch(ksig_catalog *catalog, const struct ksig_filter *filter, GError **error)
{
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(catalog, filter, error);

	return patches && patches->len > 0 ? g_ptr_array_steal_index(patches, 0) : NULL;
}

/* What the patches themselves say, at REVISION or, if they are gone by then, before. */
static struct ksig_cve_answer *by_name(ksig_catalog *catalog, const struct ksig_revision *revision,
				       const char *cve, GError **error)
{
	const struct ksig_filter here = {.at = revision->label, .cve = cve};
	const struct ksig_filter anywhere = {.cve = cve};
	g_autoptr(GError) reason = NULL;
	struct ksig_patch *patch = first_patch(catalog, &here, &reason);

	if (patch)
		return answer_new(KSIG_CVE_FIXED, patch,
				  g_strdup_printf("patch %" G_GINT64_FORMAT " names it; in since %s",
						  patch->id, patch->revision));
	patch = reason ? NULL : first_patch(catalog, &anywhere, &reason);
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	if (!patch)
		return NULL;
	if (patch->dropped)
		return answer_new(KSIG_CVE_AFFECTED, patch,
				  g_strdup_printf("the fix, patch %" G_GINT64_FORMAT ", was dropped in %s",
						  patch->id, patch->dropped));
	return answer_new(KSIG_CVE_AFFECTED, patch,
			  g_strdup_printf("the fix, patch %" G_GINT64_FORMAT ", came later, in %s", patch->id,
					  patch->revision));
}

static struct ksig_patch *carrier(ksig_catalog *catalog, const struct ksig_revision *revision, const char *id,
				  GError **error)
{
	const struct ksig_filter filter = {.at = revision->label, .upstream = id};

	return id ? first_patch(catalog, &filter, error) : NULL;
}

/* Up to three numbers of a version, compared; those that are not there are 0. */
static int compare_versions(const char *a, const char *b)
{
	for (int part = 0; part < 3; part++) {
		char *end_a = NULL;
		char *end_b = NULL;
		const guint64 one = g_ascii_strtoull(a, &end_a, 10);
		const guint64 other = g_ascii_strtoull(b, &end_b, 10);
		if (one != other)
			return one < other ? -1 : 1;
		a = *end_a == '.' ? end_a + 1 : "";
		b = *end_b == '.' ? end_b + 1 : "";
	}
	return 0;
}

/* The version in a label, as "6.1.170" in "linux_6.1.170.orig" or "v6.1.170"; NULL: there is none. */
static const char *version_in(const char *label)
{
	for (const char *at = label; *at; at++)
		if (g_ascii_isdigit(*at) && strchr(at, '.') &&
		    (at == label || !g_ascii_isalnum(at[-1]) || (at == label + 1 && *label == 'v')))
			return at;
	return NULL;
}

/* Is FIXED in a release that BASE descends from: mainline before it, or its own longterm branch? */
static bool is_fixed_in(const char *fixed, const char *base)
{
	const char *dot = strchr(fixed, '.');
	const char *patch_level = dot ? strchr(dot + 1, '.') : NULL;
	const bool same_branch = patch_level && strncmp(fixed, base, (size_t) (patch_level - fixed) + 1) == 0;

	return (!patch_level || same_branch) && compare_versions(fixed, base) <= 0;
}

/* By the base's version alone: what is known when no commit of the pair is found among the patches. */
static struct ksig_cve_answer *by_version(const GPtrArray *pairs, const char *label)
{
	const char *base = version_in(label);
	const char *known = NULL;

	if (!base)
		return answer_new(KSIG_CVE_UNKNOWN, NULL,
				  g_strdup_printf("the base's label, %s, has no version to compare", label));
	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_cve_pair *pair = pairs->pdata[i];
		if (pair->fixed_version && is_fixed_in(pair->fixed_version, base))
			return answer_new(KSIG_CVE_NOT_AFFECTED, NULL,
					  g_strdup_printf("fixed upstream in %s, which the base has",
							  pair->fixed_version));
	}
	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_cve_pair *pair = pairs->pdata[i];
		if (!pair->introduced_version)
			continue;
		known = pair->introduced_version;
		if (compare_versions(known, base) <= 0)
			return answer_new(
				KSIG_CVE_AFFECTED, NULL,
				g_strdup_printf("upstream has the flaw since %s; no patch fixes it", known));
	}
	if (!known)
		return answer_new(KSIG_CVE_UNKNOWN, NULL,
				  g_strdup("the record does not say since when the flaw is there"));
	return answer_new(
		KSIG_CVE_NOT_AFFECTED, NULL,
		g_strdup_printf("the flaw came with %s, after the base, and no patch brought it", known));
}

static struct ksig_cve_answer *by_record(ksig_catalog *catalog, const struct ksig_revision *revision,
					 const GPtrArray *pairs, GError **error)
{
	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_cve_pair *pair = pairs->pdata[i];
		struct ksig_patch *fix = carrier(catalog, revision, pair->fixed, error);
		if (fix)
			return answer_new(KSIG_CVE_FIXED, fix,
					  g_strdup_printf("patch %" G_GINT64_FORMAT
							  " is its fix; in since %s",
							  fix->id, fix->revision));
	}
	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_cve_pair *pair = pairs->pdata[i];
		struct ksig_patch *flaw = carrier(catalog, revision, pair->introduced, error);
		if (flaw)
			return answer_new(KSIG_CVE_AFFECTED, flaw,
					  g_strdup_printf("patch %" G_GINT64_FORMAT
							  " brought the flaw in %s; no patch fixes it",
							  flaw->id, flaw->revision));
	}
	g_autoptr(ksig_step) step = NULL;
	g_autoptr(ksig_patch) release = NULL;
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	if (!revisions || !ksig_catalog_last_release(catalog, revision->id, &step, &release, error))
		return NULL;
	return by_version(pairs, release ? release->member
					 : ((const struct ksig_revision *) revisions->pdata[0])->label);
}

struct ksig_cve_answer *ksig_history_cve_ask(ksig_catalog *catalog, const struct ksig_revision *revision,
					     const char *cve, const char *records, GError **error)
{
	g_autofree char *name = g_ascii_strup(cve, -1);
	g_autoptr(GError) reason = NULL;

	if (!is_cve(name)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a CVE (CVE-2022-2602)", cve);
		return NULL;
	}
	struct ksig_cve_answer *answer = by_name(catalog, revision, name, &reason);
	if (answer || reason) {
		if (reason)
			g_propagate_error(error, g_steal_pointer(&reason));
		return answer;
	}
	g_autoptr(GPtrArray) pairs = records ? ksig_history_cve_pairs_read(records, name, error)
					     : g_ptr_array_new();
	if (!pairs)
		return NULL;
	if (pairs->len > 0)
		return by_record(catalog, revision, pairs, error);
	g_autofree char *nearest = ksig_catalog_nearest_reference(catalog, "cve", name);
	return answer_new(
		KSIG_CVE_UNKNOWN, NULL,
		g_strdup_printf("no patch names it%s%s%s", records ? ", and there is no record of it" : "",
				nearest ? "; the nearest that one names is " : "", nearest ? nearest : ""));
}
