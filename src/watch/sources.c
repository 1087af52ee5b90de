/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of sources, and the comparison of what they have with what is known. */
#include "watch/sources-internal.h"
#include "watch/watch-internal.h"
#include "kernel/kernel.h"
#include "rpm/repository.h"
#include "rpm/rpm.h"

#include <fnmatch.h>
#include <string.h>

enum {
	GIT_TIMEOUT_MS = 120000,
	GIT_LIMIT_BYTES = 64 << 20,
};

static bool matches(const struct watch_source *source, const char *name)
{
	if (!source->patterns)
		return true;
	for (char **pattern = source->patterns; *pattern; pattern++)
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	return false;
}

static bool read_repository(const struct watch_source *source, GHashTable *items, GError **error)
{
	g_autoptr(ksig_keyring) keys = NULL;

	if (source->keys && !(keys = ksig_rpm_keyring_new((const char *const *) source->keys, error)))
		return false;
	g_autoptr(GPtrArray) packages = ksig_rpm_repo_packages(source->location, keys,
							       (const char *const *) source->patterns, error);
	for (guint i = 0; packages && i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		g_hash_table_insert(items, ksig_rpm_package_nevra(package), g_strdup(package->sha256));
	}
	return packages != NULL;
}

static bool read_releases(const struct watch_source *source, GHashTable *items, GError **error)
{
	g_autoptr(GPtrArray) releases = ksig_kernel_releases_load(source->location, error);

	for (guint i = 0; releases && i < releases->len; i++) {
		const struct ksig_release *release = g_ptr_array_index(releases, i);
		g_autofree char *name = g_strdup_printf("%s %s", release->moniker, release->version);
		if (matches(source, name))
			g_hash_table_insert(items, g_strdup(release->version),
					    g_strdup(release->released ? release->released : ""));
	}
	return releases != NULL;
}

static bool read_git(const struct watch_source *source, GHashTable *items, GError **error)
{
	const char *const argv[] = {"ls-remote", "--quiet", "--", source->location, NULL};
	const struct ksig_process_options options = {
		.git_protocols = "GIT_ALLOW_PROTOCOL=file:git:http:https",
		.timeout_ms = GIT_TIMEOUT_MS,
		.output_limit_bytes = GIT_LIMIT_BYTES};
	g_autoptr(GString) output = NULL;

	if (!ksig_git_run(argv, &options, NULL, &output, error))
		return false;
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", 0);
	for (char **line = lines; *line; line++) {
		char *tab = strchr(*line, '\t');
		if (!tab || g_str_has_suffix(tab, "^{}") || !matches(source, tab + 1))
			continue;
		g_hash_table_insert(items, g_strdup(tab + 1), g_strndup(*line, (gsize) (tab - *line)));
	}
	return true;
}

static const struct {
	const char *kind;
	bool (*read)(const struct watch_source *, GHashTable *, GError **);
} kinds[] = {{"repository", read_repository}, {"releases", read_releases}, {"git", read_git}};

bool watch_kind_is_known(const char *kind)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].kind, kind))
			return true;
	return false;
}

GHashTable *watch_source_read(const struct watch_source *source, GError **error)
{
	g_autoptr(GHashTable) items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(kinds[i].kind, source->kind) && !kinds[i].read(source, items, error))
			return NULL;
	return g_steal_pointer(&items);
}

/* ---- what is new --------------------------------------------------------------------------------- */

static GHashTable *known_items(GPtrArray *news)
{
	GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < news->len; i++) {
		const struct ksig_news *row = g_ptr_array_index(news, i);
		if (*row->step == '\0')
			g_hash_table_insert(known, row->item, row->value);
	}
	return known;
}

/* A changed item begins anew: what was done for its old value was not done for this one. */
static bool forget_steps(ksig_catalog *catalog, GPtrArray *news, const char *item, GError **error)
{
	for (guint i = 0; i < news->len; i++) {
		struct ksig_news row = *(struct ksig_news *) g_ptr_array_index(news, i);
		if (*row.step == '\0' || !g_str_equal(row.item, item))
			continue;
		row.state = (char *) "waiting";
		row.message = NULL;
		if (!ksig_catalog_put_news(catalog, &row, error))
			return false;
	}
	return true;
}

static bool compare(ksig_catalog *catalog, const struct watch_source *source, GHashTable *items,
		    GError **error)
{
	g_autoptr(GPtrArray) news = ksig_catalog_news(catalog, source->name, error);
	g_autoptr(GHashTable) known = news ? known_items(news) : NULL;
	GHashTableIter iter;
	gpointer item = NULL;
	gpointer value = NULL;

	if (!known)
		return false;
	g_hash_table_iter_init(&iter, items);
	while (g_hash_table_iter_next(&iter, &item, &value)) {
		if (g_strcmp0(g_hash_table_lookup(known, item), value) == 0)
			continue;
		const struct ksig_news row = {.source = source->name,
					      .item = item,
					      .value = value,
					      .step = (char *) "",
					      .state = (char *) (news->len == 0 ? "known" : "new")};
		if (!forget_steps(catalog, news, item, error) || !ksig_catalog_put_news(catalog, &row, error))
			return false;
	}
	return true;
}

bool ksig_watch_look(ksig_watch *watch, ksig_catalog *catalog, GPtrArray **out_troubles, GError **error)
{
	g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < watch->sources->len; i++) {
		const struct watch_source *source = g_ptr_array_index(watch->sources, i);
		g_autoptr(GError) reason = NULL;
		g_autoptr(GHashTable) items = watch_source_read(source, &reason);
		if (!items) {
			g_ptr_array_add(troubles, g_strdup_printf("%s: %s", source->name, reason->message));
			continue;
		}
		if (!ksig_catalog_begin(catalog, error))
			return false;
		if (!compare(catalog, source, items, error)) {
			ksig_catalog_rollback(catalog);
			return false;
		}
		if (!ksig_catalog_commit(catalog, error))
			return false;
	}
	*out_troubles = g_steal_pointer(&troubles);
	return true;
}
