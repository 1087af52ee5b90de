/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds lines to the grammar that is asked for, and makes one of a release whose head stands twice. */
#include "changelog/changelog-internal.h"
#include "changelog/builder-internal.h"
#include "changelog/grammar-debian-internal.h"
#include "changelog/grammar-rpm-internal.h"

#include <string.h>

void ksig_changelog_release_free(struct ksig_changelog_release *release)
{
	if (!release)
		return;
	g_free(release->label);
	g_free(release->packager);
	g_free(release->date);
	g_ptr_array_unref(release->entries);
	g_free(release);
}

static void feed_lines(struct ksig_changelog_builder *builder, char *text, ksig_changelog_line_fn *line_fn)
{
	while (text) {
		char *line = text;
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		text = end ? end + 1 : NULL;
		line_fn(builder, line);
	}
	if (builder->release)
		ksig_changelog_end(builder);
}

/* Whether an entry of that text was not among TEXTS yet, which it is then; KEY is its release. */
static bool is_first(GHashTable *texts, const char *key, const char *text)
{
	return g_hash_table_add(texts, g_strdup_printf("%s\n%s", key, text));
}

/* Moves what FROM says more than TO, both called KEY, to its end. */
static void join_release(GHashTable *texts, const char *key, struct ksig_changelog_release *to,
			 struct ksig_changelog_release *from, bool is_joined_first)
{
	for (guint i = 0; is_joined_first && i < to->entries->len; i++)
		is_first(texts, key, ((const struct ksig_changelog_entry *) to->entries->pdata[i])->text);
	for (guint i = 0; i < from->entries->len; i++) {
		struct ksig_changelog_entry *entry = from->entries->pdata[i];
		if (!is_first(texts, key, entry->text))
			continue;
		g_ptr_array_add(to->entries, entry);
		from->entries->pdata[i] = NULL;
	}
}

/* A release whose head stands twice, as where a part of the changelog is a file of its own, is one. */
static void join_doubles(GPtrArray *releases)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) joined = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint kept = 0;

	for (guint i = 0; i < releases->len; i++) {
		struct ksig_changelog_release *release = releases->pdata[i];
		g_autofree char *key = g_strdup_printf("%s\n%s", release->label,
						       release->date ? release->date : "");
		struct ksig_changelog_release *first = *release->label ? g_hash_table_lookup(seen, key)
								       : NULL;
		if (first) {
			join_release(texts, key, first, release, g_hash_table_add(joined, first));
			ksig_changelog_release_free(release);
			continue;
		}
		g_hash_table_insert(seen, g_steal_pointer(&key), release);
		releases->pdata[kept++] = release;
	}
	/* what is behind was moved or freed */
	for (guint i = kept; i < releases->len; i++)
		releases->pdata[i] = NULL;
	g_ptr_array_set_size(releases, (gint) kept);
}

GPtrArray *ksig_changelog_parse(const char *text, size_t length_bytes, enum ksig_changelog_grammar grammar,
				const char *name, GError **error)
{
	const bool is_rpm = grammar == KSIG_GRAMMAR_RPM;
	g_autoptr(GPtrArray)
		releases = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_changelog_release_free);
	struct ksig_changelog_builder builder = {
		.releases = releases,
		.entry_of_text = is_rpm ? ksig_changelog_entry_rpm : ksig_changelog_entry_debian,
	};

	if (length_bytes > KSIG_CHANGELOG_BYTES) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: changelog of more than 64 MiB", name);
		return NULL;
	}
	g_autofree char *clean = ksig_text_of_bytes(text, length_bytes);
	builder.entry = g_string_new(NULL);
	feed_lines(&builder, clean, is_rpm ? ksig_changelog_line_rpm : ksig_changelog_line_debian);
	g_string_free(builder.entry, TRUE);
	g_free(builder.section);
	if (releases->len == 0) {
		ksig_error_set(
			error, KSIG_ERROR_INPUT, "%s: no release in this changelog (\"%s\" expected)", name,
			is_rpm ? "* Sat Dec 14 2019 Name <mail> [release]" : "package (version) suite; …");
		return NULL;
	}
	join_doubles(releases);
	return g_steal_pointer(&releases);
}
