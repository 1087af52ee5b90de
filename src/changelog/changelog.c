/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds lines to the grammar that is asked for, joins continuations into entries, adds tickets and CVEs from
 * anywhere in an entry, and makes one of a release whose head stands twice.
 */
#include "changelog/changelog-internal.h"

#include <string.h>

#define TEXT_LIMIT_BYTES ((size_t) 64 << 20)

static void entry_free(struct ksig_changelog_entry *entry)
{
	if (!entry)
		return;
	g_free(entry->subject);
	g_free(entry->subsystem);
	g_free(entry->author);
	g_strfreev(entry->tickets);
	g_strfreev(entry->cves);
	g_free(entry->text);
	g_free(entry);
}

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

/* TICKETS (taken over; NULL: none) and those that stand anywhere in TEXT. */
static GStrv with_tickets_in(GStrv tickets, const char *text)
{
	g_auto(GStrv) known = tickets ? tickets : g_new0(char *, 1);
	g_auto(GStrv) more = ksig_tickets(text);
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	g_strv_builder_addv(all, (const char **) known);
	for (char **ticket = more; *ticket; ticket++)
		if (!g_strv_contains((const char *const *) known, *ticket))
			g_strv_builder_add(all, *ticket);
	return g_strv_builder_end(all);
}

struct ksig_changelog_entry *ksig_changelog_entry_new(char *subject, char *subsystem, char *author,
						      GStrv tickets, const char *text)
{
	struct ksig_changelog_entry *entry = g_new0(struct ksig_changelog_entry, 1);

	entry->subject = subject;
	entry->subsystem = subsystem;
	entry->author = author;
	entry->tickets = with_tickets_in(tickets, text);
	entry->cves = ksig_cves(text);
	entry->text = g_strdup(text);
	return entry;
}

void ksig_changelog_end(struct ksig_changelog_builder *builder)
{
	if (builder->in_entry && builder->entry->len > 0)
		g_ptr_array_add(builder->release->entries,
				builder->entry_of_text(builder, builder->entry->str));
	g_string_truncate(builder->entry, 0);
	builder->in_entry = false;
}

void ksig_changelog_open(struct ksig_changelog_builder *builder, char *label, char *packager, char *date)
{
	ksig_changelog_end(builder);
	builder->release = g_new0(struct ksig_changelog_release, 1);
	builder->release->label = label;
	builder->release->packager = packager;
	builder->release->date = date;
	builder->release->entries = g_ptr_array_new_with_free_func((GDestroyNotify) entry_free);
	builder->is_closed = false;
	g_clear_pointer(&builder->section, g_free);
	g_ptr_array_add(builder->releases, builder->release);
}

/* Adds LINE without the white space around it. */
static void append_stripped(GString *entry, const char *line)
{
	line += strspn(line, " \t");
	size_t length = strlen(line);

	while (length > 0 && g_ascii_isspace(line[length - 1]))
		length--;
	if (length > 0 && entry->len > 0)
		g_string_append_c(entry, ' ');
	g_string_append_len(entry, line, (gssize) length);
}

void ksig_changelog_begin(struct ksig_changelog_builder *builder, const char *text)
{
	ksig_changelog_end(builder);
	builder->in_entry = true;
	append_stripped(builder->entry, text);
}

void ksig_changelog_continue(struct ksig_changelog_builder *builder, const char *text)
{
	if (builder->in_entry)
		append_stripped(builder->entry, text);
	else
		ksig_changelog_begin(builder, text);
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

	if (length_bytes > TEXT_LIMIT_BYTES) {
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
