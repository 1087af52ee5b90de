/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one SELECT that reads patches, its conditions from a ksig_filter; a patch found by number or id. */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"
#include "catalog/patch-write-internal.h"

#include <sqlite3.h>

/* s: the step that introduced the patch; r: its revision. */
static const char select_patches[] =
	"SELECT p.id, p.kind, ifnull(p.confidence, -1.0), p.source, p.upstream, p.member, p.subject, "
	"p.author, p.email,"
	" p.author_date, p.commit_date, p.purpose, r.label,"
	" (SELECT dr.label FROM step d JOIN revision dr ON dr.id = d.revision_id"
	"   WHERE d.patch_id = p.id AND d.action = 'drop' ORDER BY d.position LIMIT 1),"
	" (SELECT ifnull(sum(added), 0) FROM step_file WHERE step_id = s.id),"
	" (SELECT ifnull(sum(removed), 0) FROM step_file WHERE step_id = s.id),"
	" (SELECT count(*) FROM step_file WHERE step_id = s.id),"
	" (SELECT count(*) FROM evidence WHERE patch_id = p.id AND kind = 'alternative'),"
	" EXISTS (SELECT 1 FROM evidence WHERE patch_id = p.id AND kind IN ('alternative', 'thin')), "
	"p.content, p.candidate, ifnull(p.fit, 0.0),"
	" EXISTS (SELECT 1 FROM evidence WHERE patch_id = p.id AND kind = 'unsearched')"
	" FROM patch p LEFT JOIN step s ON s.patch_id = p.id AND s.action = 'introduce'"
	" LEFT JOIN revision r ON r.id = s.revision_id WHERE 1";

/* The day of a patch: committed, written or, where neither is a date, taken over by the vendor. */
#define IS_DAY " GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*'"
#define DAY                                                                                                  \
	"substr(CASE WHEN p.commit_date" IS_DAY " THEN p.commit_date"                                        \
	" WHEN p.author_date" IS_DAY " THEN p.author_date ELSE r.date END, 1, 10)"

/* The orders that can be asked for, and what SQL calls them; the step's is behind each, so that all are
 * whole. */
static const char *const orders[] = {"step", "date",   "subject", "confidence",
				     "size", "author", "source",  NULL};
static const char *const order_columns[] = {
	"",
	DAY,
	"p.subject COLLATE NOCASE",
	"ifnull(p.confidence, -1.0)",
	"(SELECT sum(added) + sum(removed) FROM step_file WHERE step_id = s.id)",
	"p.author COLLATE NOCASE",
	"p.source"};

const char *const *ksig_catalog_orders(void)
{
	return orders;
}

static void order(GString *sql, const struct ksig_filter *filter)
{
	const char *direction = filter->reverse ? " DESC" : "";

	g_string_append(sql, " ORDER BY ");
	for (size_t i = 1; filter->sort && orders[i]; i++)
		if (g_str_equal(orders[i], filter->sort))
			g_string_append_printf(sql, "%s%s, ", order_columns[i], direction);
	g_string_append_printf(sql, "s.position IS NULL, s.position%s, p.id%s", direction, direction);
	if (filter->limit > 0)
		g_string_append_printf(sql, " LIMIT %" G_GINT64_FORMAT, filter->limit);
}

static gpointer read_patch(sqlite3_stmt *row)
{
	struct ksig_patch *patch = g_new0(struct ksig_patch, 1);

	patch->id = sqlite3_column_int64(row, 0);
	patch->kind = ksig_row_kind(row, 1);
	patch->confidence = sqlite3_column_double(row, 2);
	patch->source = ksig_row_text(row, 3);
	patch->upstream = ksig_row_text(row, 4);
	patch->member = ksig_row_text(row, 5);
	patch->subject = ksig_row_text(row, 6);
	patch->author = ksig_row_text(row, 7);
	patch->email = ksig_row_text(row, 8);
	/* catalogs of earlier have "+02" */
	patch->author_date = ksig_iso_date(ksig_row_text(row, 9));
	patch->commit_date = ksig_iso_date(ksig_row_text(row, 10));
	patch->purpose = ksig_row_text(row, 11);
	patch->revision = ksig_row_text(row, 12);
	patch->dropped = ksig_row_text(row, 13);
	patch->added = sqlite3_column_int64(row, 14);
	patch->removed = sqlite3_column_int64(row, 15);
	patch->files = sqlite3_column_int64(row, 16);
	patch->alternatives = sqlite3_column_int64(row, 17);
	patch->ambiguous = sqlite3_column_int(row, 18);
	patch->content = ksig_row_text(row, 19);
	patch->candidate = ksig_row_text(row, 20);
	patch->fit = sqlite3_column_double(row, 21);
	patch->unsearched = sqlite3_column_int(row, 22);
	return patch;
}

/* A query that grows by a condition at a time, each with one parameter. */
struct question {
	GString *sql;
	GArray *values; /* struct ksig_value */
};

static void ask_text(struct question *question, const char *condition, const char *text)
{
	const struct ksig_value value = KSIG_TEXT(text);

	if (!text)
		return;
	g_string_append(question->sql, condition);
	g_array_append_val(question->values, value);
}

static void ask_confidence(struct question *question, double minimum)
{
	const struct ksig_value value = KSIG_REAL(minimum);

	if (minimum <= 0)
		return;
	g_string_append(question->sql, " AND p.confidence >= ?");
	g_array_append_val(question->values, value);
}

static void ask_life(struct question *question, const struct ksig_filter *filter)
{
	ask_text(question, " AND r.position <= (SELECT position FROM revision WHERE label = ?)", filter->at);
	ask_text(question, " AND " DAY " >= ?", filter->since);
	ask_text(question, " AND " DAY " <= ?", filter->until);
	ask_text(question,
		 " AND NOT EXISTS (SELECT 1 FROM step g JOIN revision gr ON gr.id = g.revision_id"
		 " WHERE g.patch_id = p.id AND g.action = 'drop'"
		 " AND gr.position <= (SELECT position FROM revision WHERE label = ?))",
		 filter->at);
}

static char *without_slash(const char *path)
{
	char *copy = g_strdup(path);

	for (size_t length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--)
		copy[length - 1] = '\0';
	return copy;
}

/* Begins, goes on with, or ends " AND (… OR …)"; NUMBER is the place in the list. */
static void ask_or(struct question *question, guint number)
{
	g_string_append(question->sql, number == 0 ? " AND (" : " OR ");
}

static void ask_list(struct question *question, const char *column_is, const char *const *values)
{
	for (guint i = 0; values && values[i]; i++) {
		ask_or(question, i);
		ask_text(question, column_is, values[i]);
	}
	g_string_append(question->sql, values && values[0] ? ")" : "");
}

/* As of a shell, but that a star goes over slashes, too: "drivers/net/…" */
static bool is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

/*
 * The file itself or what stands below the folder; '0' is the character after '/'. KEEP holds the texts that
 * are made until the question is answered.
 */
static void ask_paths(struct question *question, const char *const *paths, GPtrArray *keep)
{
	for (guint i = 0; paths && paths[i]; i++) {
		char *path = without_slash(ksig_path_plain(paths[i]));
		char *below = g_strconcat(path, "/", NULL);
		char *after = g_strconcat(path, "0", NULL);
		g_ptr_array_add(keep, path);
		g_ptr_array_add(keep, below);
		g_ptr_array_add(keep, after);
		ask_or(question, i);
		g_string_append(question->sql, "p.id IN (SELECT fs.patch_id FROM step_file f"
					       " JOIN step fs ON fs.id = f.step_id WHERE ");
		if (g_str_equal(path, "(top)")) {
			g_string_append(question->sql, "f.path NOT GLOB '*/*')");
			continue;
		}
		if (is_pattern(path)) {
			ask_text(question, "f.path GLOB ?)", path);
			continue;
		}
		ask_text(question, "f.path = ?", path);
		ask_text(question, " OR (f.path >= ?", below);
		ask_text(question, " AND f.path < ?))", after);
	}
	g_string_append(question->sql, paths && paths[0] ? ")" : "");
}

/* One of its ids begins with ID; AFTER is what follows the last that does. */
static void ask_id(struct question *question, const char *id, const char *after)
{
	ask_text(question, " AND ((p.upstream >= ?", id);
	ask_text(question, " AND p.upstream < ?)", after);
	ask_text(question, " OR (p.candidate >= ?", id);
	ask_text(question, " AND p.candidate < ?)", after);
	ask_text(question,
		 " OR p.id IN (SELECT patch_id FROM reference WHERE kind IN ('twin', 'upstream') AND value "
		 ">= ?",
		 id);
	ask_text(question, " AND value < ?", after);
	/* or an id that is known by its beginning only is that of ID */
	ask_text(question,
		 " OR (kind = 'upstream' AND length(value) >= 12 AND substr(?, 1, length(value)) = value)))",
		 id);
}

/* A step changes what is called NAME. */
#define ASK_NAME(kind)                                                                                       \
	" AND p.id IN (SELECT ns.patch_id FROM step_name n JOIN step ns ON ns.id = n.step_id"                \
	" WHERE n.kind = '" kind "' AND n.name = ?)"

static void ask_names(struct question *question, const struct ksig_filter *filter)
{
	ask_text(question, ASK_NAME("function"), filter->function);
	ask_text(question, ASK_NAME("symbol"), filter->symbol);
	ask_text(question, ASK_NAME("config"), filter->config);
}

static void ask_references(struct question *question, const struct ksig_filter *filter)
{
	ask_text(question,
		 " AND p.id IN (SELECT patch_id FROM reference WHERE kind = 'ticket' AND value = ?)",
		 filter->ticket);
	ask_text(question, " AND contains(p.subject || char(10) || ifnull(p.purpose, ''), ?)", filter->text);
}

/* Asks QUESTION and shows SEE each patch, in the order that FILTER wants. */
static bool answer(ksig_catalog *catalog, const struct question *question, const struct ksig_filter *filter,
		   ksig_catalog_patch_fn *see, gpointer data, GError **error)
{
	const struct ksig_value *values = (const void *) question->values->data;
	g_autoptr(GError) reason = NULL;

	order(question->sql, filter);
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(catalog, question->sql->str, values,
							       question->values->len, error);
	if (!statement)
		return false;
	while (ksig_catalog_next(catalog, statement, &reason)) {
		g_autoptr(ksig_patch) patch = read_patch(statement);
		if (!see(patch, data, error))
			return false;
	}
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return !reason;
}

bool ksig_catalog_each_patch(ksig_catalog *catalog, const struct ksig_filter *filter,
			     ksig_catalog_patch_fn *see, gpointer data, GError **error)
{
	g_autoptr(GString) sql = g_string_new(select_patches);
	g_autoptr(GArray) values = g_array_new(FALSE, TRUE, sizeof(struct ksig_value));
	struct question question = {sql, values};
	g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *id = filter->upstream ? g_ascii_strdown(filter->upstream, -1) : NULL;
	g_autofree char *after_id = id ? g_strconcat(id, "g", NULL) : NULL;

	ask_life(&question, filter);
	ask_list(&question, "p.kind = ?", filter->kinds);
	ask_list(&question, "p.source = ?", filter->sources);
	ask_list(&question, "s.revision_id = (SELECT id FROM revision WHERE label = ?)", filter->revisions);
	ask_list(&question, "contains(ifnull(p.author, '') || ' <' || ifnull(p.email, '') || '>', ?)",
		 filter->authors);
	ask_list(&question,
		 "p.id IN (SELECT patch_id FROM reference WHERE kind = 'cve' AND value = upper(?))",
		 filter->cves);
	ask_paths(&question, filter->paths, keep);
	ask_paths(&question, filter->subsystems, keep);
	ask_id(&question, id, after_id);
	ask_confidence(&question, filter->min_confidence);
	if (filter->ambiguous)
		g_string_append(question.sql, " AND EXISTS (SELECT 1 FROM evidence WHERE patch_id = p.id"
					      " AND kind IN ('alternative', 'thin'))");
	ask_references(&question, filter);
	ask_names(&question, filter);
	return answer(catalog, &question, filter, see, data, error);
}

/* Takes the patch over: what is left to be freed is empty. */
static bool keep_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	struct ksig_patch *kept = g_memdup2(patch, sizeof *patch);

	(void) error;
	memset(patch, 0, sizeof *patch);
	g_ptr_array_add(data, kept);
	return true;
}

GPtrArray *ksig_catalog_patches(ksig_catalog *catalog, const struct ksig_filter *filter, GError **error)
{
	g_autoptr(GPtrArray)
		patches = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_catalog_patch_free);

	if (!ksig_catalog_each_patch(catalog, filter, keep_patch, patches, error))
		return NULL;
	return g_steal_pointer(&patches);
}

static GPtrArray *patches_by_number(ksig_catalog *catalog, int64_t number, GError **error)
{
	g_autoptr(GPtrArray)
		patches = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_catalog_patch_free);
	g_autoptr(GString) sql = g_string_new(select_patches);
	g_autoptr(GArray) values = g_array_new(FALSE, TRUE, sizeof(struct ksig_value));
	const struct ksig_value value = KSIG_INTEGER(number);

	g_string_append(sql, " AND p.id = ?");
	g_array_append_val(values, value);
	if (!answer(catalog, &(struct question){sql, values}, &(struct ksig_filter){NULL}, keep_patch,
		    patches, error))
		return NULL;
	return g_steal_pointer(&patches);
}

static struct ksig_patch *one_of(GPtrArray *patches, const char *name, GError **error)
{
	if (patches->len == 1)
		return g_ptr_array_steal_index(patches, 0);
	if (patches->len == 0) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no such patch (ksig list shows them)", name);
		return NULL;
	}
	const struct ksig_patch *first = patches->pdata[0];
	const struct ksig_patch *second = patches->pdata[1];
	ksig_error_set(error, KSIG_ERROR_NEGATIVE,
		       "%s: names %u patches, %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT "%s", name,
		       patches->len, first->id, second->id, patches->len > 2 ? " among them" : "");
	return NULL;
}

struct ksig_patch *ksig_catalog_find_patch(ksig_catalog *catalog, const char *name, GError **error)
{
	enum { NUMBER_DIGITS = 18, ID_DIGITS_LEAST = 7, ID_DIGITS_MOST = 40 };
	const size_t length = strlen(name);
	const size_t digits = strspn(name, "0123456789");
	const size_t hex = strspn(name, "0123456789abcdefABCDEF");

	if (digits == length && length > 0 && length <= NUMBER_DIGITS) {
		g_autoptr(GPtrArray)
			numbered = patches_by_number(catalog, g_ascii_strtoll(name, NULL, 10), error);
		if (!numbered)
			return NULL;
		if (numbered->len > 0 || length < ID_DIGITS_LEAST)
			return one_of(numbered, name, error);
	}
	if (hex != length || length < ID_DIGITS_LEAST || length > ID_DIGITS_MOST) {
		ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: no such patch; a patch is named by its number or by %d to %d digits of its "
			"upstream id",
			name, ID_DIGITS_LEAST, ID_DIGITS_MOST);
		return NULL;
	}
	const struct ksig_filter filter = {.upstream = name};
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(catalog, &filter, error);
	return patches ? one_of(patches, name, error) : NULL;
}
