/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a changed spec is what it should be, as rpm understands it: the base's packages, each under its new
 * name, whose needs are met as well as the base's among themselves, in a release that is newer than the
 * base's.
 */
#include "kernel/plus-verify-internal.h"
#include "kernel/plus-internal.h"
#include "rpm/rpm.h"

#include <string.h>

/* NAME with the package's name FROM at its front made TO. */
static char *renamed(const char *name, const char *from, const char *to)
{
	size_t length = strlen(from);

	if (g_str_has_prefix(name, from) && (name[length] == '\0' || strchr("- ", name[length])))
		return g_strconcat(to, name + length, NULL);
	return g_strdup(name);
}

/* "package\tname" of an unmet need, by the names that it has in the base. Versions are not looked at: they
 * hold the release. */
static char *need_in_base(const struct plus *plus, const char *need)
{
	const char *package = plus->options->job.flavour->package, *base = plus->facts->name;
	g_auto(GStrv) parts = g_strsplit(need, "\t", 2);

	parts[1][strcspn(parts[1], " ")] = '\0';
	g_autofree char *who = renamed(parts[0], package, base), *what = renamed(parts[1], package, base);
	return g_strdup_printf("%s\t%s", who, what);
}

static bool check_names(const struct plus *plus, const ksig_spec_facts *facts, GError **error)
{
	const GPtrArray *before = plus->facts->packages;

	for (guint i = 0; i < before->len; i++) {
		g_autofree char *name = renamed(before->pdata[i], plus->facts->name,
						plus->options->job.flavour->package);
		if (!g_ptr_array_find_with_equal_func(facts->packages, name, g_str_equal, NULL))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: its package %s does not become %s by another name",
					      plus->options->base, (const char *) before->pdata[i], name);
	}
	return facts->packages->len == before->len ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: has %u packages by another name, not %u",
			      plus->options->base, facts->packages->len, before->len);
}

static bool check_needs(const struct plus *plus, const ksig_spec_facts *facts, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < plus->facts->unmet->len; i++)
		g_hash_table_add(known, need_in_base(plus, plus->facts->unmet->pdata[i]));
	for (guint i = 0; i < facts->unmet->len; i++) {
		const char *need = facts->unmet->pdata[i];
		g_autofree char *in_base = need_in_base(plus, need);
		const char *tab = strchr(need, '\t');
		if (!g_hash_table_contains(known, in_base))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: by another name %.*s requires %s, which nothing provides",
					      plus->options->base, (int) (tab - need), need, tab + 1);
	}
	return true;
}

static bool check_release(const struct plus *plus, const ksig_spec_facts *facts, GError **error)
{
	g_autofree char *before = g_strdup_printf("%s-%s", plus->facts->version, plus->facts->release);
	g_autofree char *after = g_strdup_printf("%s-%s", facts->version, facts->release);

	return (strstr(facts->release, plus->options->job.flavour->tag) &&
		(!*plus->options->job.flavour->tag || ksig_rpm_release_compare(after, before) > 0)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: with the tag %s its release is %s, which rpm takes "
			      "for no newer than %s",
			      plus->options->base, plus->options->job.flavour->tag, after, before);
}

bool plus_verify_spec(const struct plus *plus, const char *path, GError **error)
{
	g_autoptr(ksig_spec_facts)
		facts = ksig_rpm_spec_facts(path, plus->sources, plus->version, plus->dist, error);

	if (!facts)
		return false;
	if (facts->cut && !plus->facts->cut)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: changed: %s", plus->options->base,
				      facts->cut);
	return check_names(plus, facts, error) && check_needs(plus, facts, error) &&
	       check_release(plus, facts, error);
}

/* ---- %prep ---------------------------------------------------------------------------------------- */

static bool is_applied(const ksig_srpm *srpm, const char *name)
{
	for (guint i = 0; i < srpm->patches->len; i++) {
		const struct ksig_source_patch *patch = g_ptr_array_index(srpm->patches, i);
		if (g_str_equal(patch->name, name))
			return true;
	}
	return false;
}

static bool check_prep(const struct plus *plus, const ksig_srpm *srpm, const char *const *patches,
		       GError **error)
{
	for (guint i = 0; i < srpm->patches->len; i++) {
		const struct ksig_source_patch *patch = g_ptr_array_index(srpm->patches, i);
		if (patch->failed)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s does not apply in %%prep",
					      patch->name);
	}
	for (; *patches; patches++)
		if (!is_applied(srpm, *patches))
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%%prep does not apply %s",
					      *patches);
	return !srpm->stopped || plus->stopped ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "its %%prep stops at `%s`, the base's does not",
			      srpm->stopped);
}

bool plus_verify_prep(const struct plus *plus, const char *path, const char *const *patches,
		      char **out_stopped, GError **error)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(plus->work, "prep", error);
	g_autoptr(ksig_srpm) srpm = folder ? ksig_rpm_srpm_read(path, path, folder, error) : NULL;

	if (!srpm)
		return false;
	*out_stopped = g_strdup(srpm->stopped);
	return check_prep(plus, srpm, patches, error) || (g_prefix_error(error, "%s: ", path), false);
}
