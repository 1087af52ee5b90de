/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CVEs of point releases (a file "CVE COMMIT" a line), and what is made of the points: the spec's changelog
 * and the advisory in JSON.
 */
#include "kernel/kernel-internal.h"
#include "base/json-write.h"
#include "rpm/rpm.h"

#include <json-glib/json-glib.h>
#include <string.h>

static bool same_commit(const char *full, const char *given)
{
	return full && g_str_has_prefix(full, given);
}

static void add_cve(GPtrArray *points, const char *cve, const char *id)
{
	for (guint i = 0; i < points->len; i++) {
		const struct ksig_point_release *point = g_ptr_array_index(points, i);
		for (guint j = 0; j < point->commits->len; j++) {
			struct ksig_stable_commit *commit = g_ptr_array_index(point->commits, j);
			if ((same_commit(commit->id, id) || same_commit(commit->upstream, id)) &&
			    !g_ptr_array_find_with_equal_func(commit->cves, cve, g_str_equal, NULL))
				g_ptr_array_add(commit->cves, g_strdup(cve));
		}
	}
}

bool ksig_kernel_points_add_cves(GPtrArray *points, const char *file, GError **error)
{
	g_autofree char *text = ksig_file_read(file, KERNEL_LIMIT_CHANGELOG_BYTES, NULL, error);

	if (!text)
		return false;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (unsigned i = 0; lines[i]; i++) {
		char cve[32], id[64];
		if (!*g_strstrip(lines[i]) || *lines[i] == '#')
			continue;
		if (sscanf(lines[i], "%31s %63s", cve, id) != 2 || !g_str_has_prefix(cve, "CVE-") ||
		    strlen(id) < 12 || strspn(id, "0123456789abcdef") != strlen(id))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s:%u: \"CVE-YEAR-NUMBER COMMIT\" expected", file, i + 1);
		add_cve(points, cve, id);
	}
	return true;
}

static gint by_year_and_number(gconstpointer a, gconstpointer b)
{
	const char *const *x = a, *const *y = b;
	size_t longer = strlen(*x), shorter = strlen(*y);

	/* Same year: the shorter number is the smaller one. */
	if (strncmp(*x, *y, strlen("CVE-2026-")) == 0 && longer != shorter)
		return longer < shorter ? -1 : 1;
	return strcmp(*x, *y);
}

GPtrArray *ksig_kernel_points_cves(GPtrArray *points)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *cves = g_ptr_array_new();

	for (guint i = 0; i < points->len; i++) {
		const struct ksig_point_release *point = g_ptr_array_index(points, i);
		for (guint j = 0; j < point->commits->len; j++) {
			const struct ksig_stable_commit *commit = g_ptr_array_index(point->commits, j);
			for (guint k = 0; k < commit->cves->len; k++)
				if (g_hash_table_add(seen, g_ptr_array_index(commit->cves, k)))
					g_ptr_array_add(cves, g_ptr_array_index(commit->cves, k));
		}
	}
	g_ptr_array_sort(cves, by_year_and_number);
	return cves;
}

static void append_commit(GString *text, const struct ksig_stable_commit *commit)
{
	g_string_append_printf(text, "- %s", commit->subject);
	if (commit->author)
		g_string_append_printf(text, " (%s)", commit->author);
	if (commit->upstream)
		g_string_append_printf(text, " [%.12s]", commit->upstream);
	for (guint i = 0; i < commit->cves->len; i++)
		g_string_append_printf(text, "%s%s%s", i ? " " : " {",
				       (const char *) g_ptr_array_index(commit->cves, i),
				       i + 1 == commit->cves->len ? "}" : "");
	g_string_append_c(text, '\n');
}

static char *changes_of(const struct ksig_point_release *point)
{
	if (point->told_with)
		return g_strdup_printf("told with those of %s", point->told_with);
	/* Debian lists some releases alone; none is without a change. */
	return point->commits->len ? g_strdup_printf("%u changes", point->commits->len)
				   : g_strdup("changes not told");
}

char *ksig_kernel_points_changelog(GPtrArray *points)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = points->len; i-- > 0;) {
		const struct ksig_point_release *point = g_ptr_array_index(points, i);
		g_autofree char *how_many = changes_of(point);
		g_string_append_printf(text, "- Linux %s: %s\n", point->version, how_many);
		for (guint j = 0; j < point->commits->len; j++)
			append_commit(text, g_ptr_array_index(point->commits, j));
	}
	return ksig_rpm_spec_text(text->str);
}

static char *describe(GPtrArray *points, guint n_cves)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < points->len; i++) {
		const struct ksig_point_release *point = g_ptr_array_index(points, i);
		g_autofree char *how_many = changes_of(point);
		g_string_append_printf(
			text, "Linux %s (%s): https://cdn.kernel.org/pub/linux/kernel/v%c.x/ChangeLog-%s\n",
			point->version, how_many, *point->version, point->version);
	}
	g_string_append_printf(text, "Security problems with a CVE id: %u.\n", n_cves);
	return g_strdup(text->str);
}

char *ksig_kernel_points_advisory(GPtrArray *points, const char *package, const char *version,
				  const char *release, const char *date)
{
	g_autoptr(GPtrArray) cves = ksig_kernel_points_cves(points);
	g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *id = g_strdup_printf("%s-%s-%s", package, version, release);
	g_autofree char *title = g_strdup_printf("%s %s-%s", package, version, release);
	g_autofree char *issued = g_strdup_printf("%s 00:00:00", date);
	g_autofree char *description = describe(points, cves->len);

	g_ptr_array_add(packages, g_strdup_printf("%s-%s-%s*", package, version, release));
	g_ptr_array_add(packages, g_strdup_printf("%s-*-%s-%s*", package, version, release));
	json_builder_begin_object(builder);
	ksig_json_add(builder, "id", id);
	ksig_json_add(builder, "title", title);
	ksig_json_add(builder, "type", cves->len ? "security" : "bugfix");
	ksig_json_add(builder, "issued", issued);
	ksig_json_add(builder, "description", description);
	ksig_json_add_strings(builder, "cves", cves);
	ksig_json_add_strings(builder, "packages", packages);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autoptr(JsonGenerator) generator = json_generator_new();
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	return json_generator_to_data(generator, NULL);
}
