/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patches change the definition of which types: each step's changed lines against the types they stand
 * in. */
#include "history/history.h"
#include "base/diff.h"

#include <string.h>

/* A line of this length is no definition; a file of that size none that people write. */
enum { NAME_LIMIT = 128, SOURCE_LIMIT_BYTES = 16 << 20 };

/* The lines of one definition, from 1. */
struct definition {
	char *name; /* "struct sock" */
	guint first, last;
};

struct collecting {
	const ksig_store *store;
	const struct ksig_link *link;
	const char *path;
	GHashTable *seen; /* "TYPE STEP", so that a step counts once for a type */
	GPtrArray *found; /* of struct ksig_type_patch */
};

static void clear_definition(gpointer data)
{
	g_free(((struct definition *) data)->name);
}

void ksig_history_type_patch_free(struct ksig_type_patch *found)
{
	if (!found)
		return;
	g_free(found->type);
	g_free(found->path);
	g_free(found->revision);
	g_free(found->subject);
	g_free(found->upstream);
	g_free(found);
}

/* ---- definitions --------------------------------------------------------------------------------- */

/* The line that closes the brace which stands at AT of LINES; 0: none. */
static guint closing_line(char **lines, guint first)
{
	int depth = 0;
	bool opened = false;

	for (guint i = first; lines[i]; i++) {
		for (const char *at = lines[i]; *at; at++) {
			depth += *at == '{';
			depth -= *at == '}';
			opened |= *at == '{';
			if (opened && depth == 0)
				return i;
			if (!opened && (*at == ';' || *at == '('))
				return 0;
		}
	}
	return 0;
}

/* "struct NAME" at the start of a line, with a brace before any semicolon: a definition, nested ones
 * included. */
static char *defined_type(const char *line)
{
	static const char *const kinds[] = {"struct ", "union ", "enum "};
	const char *word = line + strspn(line, " \t");

	word += g_str_has_prefix(word, "typedef ") ? strlen("typedef ") : 0;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_has_prefix(word, kinds[i]))
			continue;
		const char *name = word + strlen(kinds[i]);
		const size_t length = strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_");
		const char *rest = name + length + strspn(name + length, " \t");
		if (length > 0 && length < NAME_LIMIT && (*rest == '{' || *rest == '\0' || *rest == '_'))
			return g_strdup_printf("%s%.*s", kinds[i], (int) length, name);
	}
	return NULL;
}

static GArray *definitions_of(const char *text)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct definition));
	g_autofree char *code = ksig_c_without_comments(text);
	g_auto(GStrv) lines = g_strsplit(code, "\n", -1);

	g_array_set_clear_func(found, clear_definition);
	for (guint i = 0; lines[i]; i++) {
		g_autofree char *name = defined_type(lines[i]);
		const guint last = name ? closing_line(lines, i) : 0;
		if (!last)
			continue;
		const struct definition definition = {
			.name = g_steal_pointer(&name), .first = i + 1, .last = last + 1};
		g_array_append_val(found, definition);
	}
	return found;
}

static char *blob_text(const ksig_store *store, const git_oid *id)
{
	g_autoptr(git_blob) blob = NULL;

	if (git_oid_iszero(id) || git_blob_lookup(&blob, ksig_tree_store_repository(store), id) != 0 ||
	    git_blob_rawsize(blob) > SOURCE_LIMIT_BYTES)
		return g_strdup("");
	return g_strndup(git_blob_rawcontent(blob), (gsize) git_blob_rawsize(blob));
}

/* ---- changed lines ------------------------------------------------------------------------------- */

static void take(struct collecting *collecting, const char *type)
{
	g_autofree char *key = g_strdup_printf("%s %" G_GINT64_FORMAT, type, collecting->link->step->id);
	const struct ksig_patch *patch = collecting->link->patch;

	if (!g_hash_table_add(collecting->seen, g_steal_pointer(&key)))
		return;
	struct ksig_type_patch *found = g_new0(struct ksig_type_patch, 1);
	found->type = g_strdup(type);
	found->path = g_strdup(collecting->path);
	found->patch_id = patch->id;
	found->revision = g_strdup(collecting->link->revision->label);
	found->subject = g_strdup(patch->subject);
	found->upstream = g_strdup(patch->upstream);
	g_ptr_array_add(collecting->found, found);
}

static void take_line(struct collecting *collecting, const GArray *definitions, guint line)
{
	for (guint i = 0; i < definitions->len; i++) {
		const struct definition *definition = &g_array_index(definitions, struct definition, i);
		if (line >= definition->first && line <= definition->last)
			take(collecting, definition->name);
	}
}

/* TEXT: a difference in git's format; counts lines on both sides and looks each changed one up. */
static void take_changes(struct collecting *collecting, const char *text, const GArray *old,
			 const GArray *new)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	struct ksig_diff diff = {0};

	for (char **line = lines; *line; line++) {
		const enum ksig_diff_line kind = ksig_diff_see(&diff, *line, strlen(*line));
		if (kind == KSIG_DIFF_REMOVED)
			take_line(collecting, old, diff.old_line);
		else if (kind == KSIG_DIFF_ADDED)
			take_line(collecting, new, diff.new_line);
	}
}

static bool is_source(const char *path)
{
	return g_str_has_suffix(path, ".h") || g_str_has_suffix(path, ".c");
}

/* "index OLD..NEW": the full id of what the file was. */
static git_oid old_blob(const char *text)
{
	const char *line = strstr(text, "\nindex ");
	git_oid id = {{0}};

	if (line && git_oid_fromstrn(&id, line + strlen("\nindex "), GIT_OID_HEXSZ) != 0)
		memset(&id, 0, sizeof id);
	return id;
}

static bool collect_step(struct collecting *collecting, GError **error)
{
	g_autoptr(GPtrArray)
		files = ksig_history_commit_diff(collecting->store, collecting->link->step->commit, error);

	for (guint i = 0; files && i < files->len; i++) {
		const struct ksig_file_diff *file = g_ptr_array_index(files, i);
		if (file->binary || !is_source(file->path))
			continue;
		const git_oid old_id = old_blob(file->text->str);
		g_autofree char *old_text = blob_text(collecting->store, &old_id);
		g_autofree char *new_text = blob_text(collecting->store, &file->new_blob);
		g_autoptr(GArray) old = definitions_of(old_text);
		g_autoptr(GArray) new = definitions_of(new_text);
		collecting->path = file->path;
		take_changes(collecting, file->text->str, old, new);
	}
	return files != NULL;
}

GPtrArray *ksig_history_type_patches(ksig_catalog *catalog, const ksig_store *store, const char *from,
				     const char *to, GError **error)
{
	g_autoptr(ksig_revision) first = ksig_catalog_find_revision(catalog, from, error);
	g_autoptr(ksig_chain) chain = first ? ksig_history_chain_load(catalog, to, error) : NULL;
	g_autoptr(GHashTable) seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray)
		found = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_type_patch_free);

	if (!chain)
		return NULL;
	if (ksig_history_chain_revision(chain)->position <= first->position) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s does not come before %s", from, to);
		return NULL;
	}
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading patches", chain->links->len);
	for (guint i = 0; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		struct collecting collecting = {.store = store, .link = link, .seen = seen, .found = found};
		ksig_progress_set(progress, i);
		if (link->revision->position <= first->position || !link->step->commit)
			continue;
		if (!collect_step(&collecting, error))
			return NULL;
	}
	return g_steal_pointer(&found);
}
