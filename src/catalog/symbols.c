/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels export. Names and the way of an export (module, licence, namespace) are rows that all kernels
 * share; two kernels that export the same with the same CRCs share the whole set.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

void ksig_catalog_kernel_free(struct ksig_catalog_kernel *kernel)
{
	if (!kernel)
		return;
	g_free(kernel->label);
	g_free(kernel->release);
	g_free(kernel->flavour);
	g_free(kernel->architecture);
	g_free(kernel->vermagic);
	g_free(kernel->source);
	g_free(kernel);
}

void ksig_catalog_symbol_clear(struct ksig_catalog_symbol *symbol)
{
	g_clear_pointer(&symbol->name, g_free);
	g_clear_pointer(&symbol->module, g_free);
	g_clear_pointer(&symbol->symbol_namespace, g_free);
}

static void digest_text(GChecksum *checksum, const char *text)
{
	g_checksum_update(checksum, (const guchar *) (text ? text : ""),
			  text ? (gssize) strlen(text) + 1 : 1);
}

/* What two sets have in common if it is the same: every field of every symbol, in order. */
static char *digest(const struct ksig_catalog_symbol *symbols, size_t n_symbols)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	for (size_t i = 0; i < n_symbols; i++) {
		g_autofree char *numbers = g_strdup_printf("%d %x %d %" G_GINT64_MODIFIER "x",
							   symbols[i].has_crc, symbols[i].crc,
							   symbols[i].gpl_only, symbols[i].type_hash);
		digest_text(checksum, symbols[i].name);
		digest_text(checksum, symbols[i].module);
		digest_text(checksum, symbols[i].symbol_namespace);
		digest_text(checksum, numbers);
	}
	return g_strdup(g_checksum_get_string(checksum));
}

static bool put_symbol(ksig_catalog *catalog, int64_t set_id, const struct ksig_catalog_symbol *symbol,
		       GError **error)
{
	const char *space = symbol->symbol_namespace ? symbol->symbol_namespace : "";
	const struct ksig_value crc = {.type = symbol->has_crc ? KSIG_VALUE_INTEGER : KSIG_VALUE_TEXT,
				       .integer = symbol->crc};
	const struct ksig_value hash = {.type = symbol->type_hash ? KSIG_VALUE_INTEGER : KSIG_VALUE_TEXT,
					.integer = (int64_t) symbol->type_hash};

	return ksig_catalog_run(catalog, "INSERT OR IGNORE INTO symbol (name) VALUES (?)",
				KSIG_VALUES(KSIG_TEXT(symbol->name)), NULL, error) &&
	       ksig_catalog_run(catalog,
				"INSERT OR IGNORE INTO symbol_export (symbol_id, module, gpl_only, namespace)"
				" SELECT id, ?, ?, ? FROM symbol WHERE name = ?",
				KSIG_VALUES(KSIG_TEXT(symbol->module), KSIG_INTEGER(symbol->gpl_only),
					    KSIG_TEXT(space), KSIG_TEXT(symbol->name)),
				NULL, error) &&
	       ksig_catalog_run(
		       catalog,
		       "INSERT OR IGNORE INTO symbol_version (symbol_id, set_id, export_id, crc, type_hash)"
		       " SELECT symbol.id, ?, symbol_export.id, ?, ? FROM symbol"
		       " JOIN symbol_export ON symbol_export.symbol_id = symbol.id"
		       " WHERE name = ? AND module = ? AND gpl_only = ? AND namespace = ?",
		       KSIG_VALUES(KSIG_INTEGER(set_id), crc, hash, KSIG_TEXT(symbol->name),
				   KSIG_TEXT(symbol->module), KSIG_INTEGER(symbol->gpl_only),
				   KSIG_TEXT(space)),
		       NULL, error);
}

static bool find_set(ksig_catalog *catalog, const char *set_digest, int64_t *out_id, GError **error)
{
	g_autoptr(sqlite3_stmt)
		statement = ksig_catalog_query(catalog, "SELECT id FROM symbol_set WHERE digest = ?",
					       KSIG_VALUES(KSIG_TEXT(set_digest)), error);
	g_autoptr(GError) reason = NULL;

	*out_id = 0;
	if (!statement)
		return false;
	if (ksig_catalog_next(catalog, statement, &reason))
		*out_id = sqlite3_column_int64(statement, 0);
	if (!reason)
		return true;
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

static bool put_set(ksig_catalog *catalog, const struct ksig_catalog_symbol *symbols, size_t n_symbols,
		    int64_t *out_id, GError **error)
{
	g_autofree char *set_digest = digest(symbols, n_symbols);

	if (!find_set(catalog, set_digest, out_id, error))
		return false;
	if (*out_id != 0)
		return true;
	if (!ksig_catalog_run(catalog, "INSERT INTO symbol_set (digest, size) VALUES (?, ?)",
			      KSIG_VALUES(KSIG_TEXT(set_digest), KSIG_INTEGER((int64_t) n_symbols)), out_id,
			      error))
		return false;
	for (size_t i = 0; i < n_symbols; i++)
		if (!put_symbol(catalog, *out_id, &symbols[i], error))
			return false;
	return true;
}

static bool put_stable(ksig_catalog *catalog, int64_t kernel_id, const char *const *stable, GError **error)
{
	for (; stable && *stable; stable++)
		if (!ksig_catalog_run(catalog, "INSERT OR IGNORE INTO symbol (name) VALUES (?)",
				      KSIG_VALUES(KSIG_TEXT(*stable)), NULL, error) ||
		    !ksig_catalog_run(catalog,
				      "INSERT OR IGNORE INTO symbol_stable (kernel_id, symbol_id)"
				      " SELECT ?, id FROM symbol WHERE name = ?",
				      KSIG_VALUES(KSIG_INTEGER(kernel_id), KSIG_TEXT(*stable)), NULL, error))
			return false;
	return true;
}

bool ksig_catalog_put_kernel(ksig_catalog *catalog, struct ksig_catalog_kernel *kernel,
			     const struct ksig_catalog_symbol *symbols, size_t n_symbols,
			     const char *const *stable, GError **error)
{
	int64_t set_id = 0;

	if (!put_set(catalog, symbols, n_symbols, &set_id, error) ||
	    !ksig_catalog_run(catalog,
			      "DELETE FROM symbol_stable WHERE kernel_id IN (SELECT id FROM symbol_kernel "
			      "WHERE label = ?)",
			      KSIG_VALUES(KSIG_TEXT(kernel->label)), NULL, error) ||
	    !ksig_catalog_run(catalog, "DELETE FROM symbol_kernel WHERE label = ?",
			      KSIG_VALUES(KSIG_TEXT(kernel->label)), NULL, error) ||
	    !ksig_catalog_run(catalog,
			      "INSERT INTO symbol_kernel (label, release, flavour, architecture, vermagic, "
			      "source, set_id,"
			      " has_stable, struct_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			      KSIG_VALUES(KSIG_TEXT(kernel->label), KSIG_TEXT(kernel->release),
					  KSIG_TEXT(kernel->flavour), KSIG_TEXT(kernel->architecture),
					  KSIG_TEXT(kernel->vermagic), KSIG_TEXT(kernel->source),
					  KSIG_INTEGER(set_id), KSIG_INTEGER(stable != NULL),
					  KSIG_INTEGER(kernel->struct_bytes)),
			      &kernel->id, error))
		return false;
	kernel->set_id = set_id;
	kernel->has_stable = stable != NULL;
	return put_stable(catalog, kernel->id, stable, error);
}

static gpointer read_kernel(sqlite3_stmt *row)
{
	struct ksig_catalog_kernel *kernel = g_new0(struct ksig_catalog_kernel, 1);

	kernel->id = sqlite3_column_int64(row, 0);
	kernel->label = ksig_row_text(row, 1);
	kernel->release = ksig_row_text(row, 2);
	kernel->flavour = ksig_row_text(row, 3);
	kernel->architecture = ksig_row_text(row, 4);
	kernel->vermagic = ksig_row_text(row, 5);
	kernel->source = ksig_row_text(row, 6);
	kernel->set_id = sqlite3_column_int64(row, 7);
	kernel->has_stable = sqlite3_column_int(row, 8);
	kernel->n_symbols = sqlite3_column_int64(row, 9);
	kernel->struct_bytes = sqlite3_column_int64(row, 10);
	return kernel;
}

GPtrArray *ksig_catalog_kernels(ksig_catalog *catalog, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT k.id, label, release, flavour, architecture, vermagic, source, set_id, has_stable, "
		"s.size, struct_bytes"
		" FROM symbol_kernel k JOIN symbol_set s ON s.id = k.set_id ORDER BY k.label",
		KSIG_NO_VALUES, read_kernel, (GDestroyNotify) ksig_catalog_kernel_free, error);
}

bool ksig_catalog_find_symbol(ksig_catalog *catalog, const struct ksig_catalog_kernel *kernel,
			      const char *name, struct ksig_catalog_symbol *out_symbol, GError **error)
{
	g_autoptr(sqlite3_stmt) row = ksig_catalog_query(
		catalog,
		"SELECT crc, type_hash, module, gpl_only, namespace,"
		" EXISTS (SELECT 1 FROM symbol_stable t WHERE t.kernel_id = ? AND t.symbol_id = s.id)"
		" FROM symbol s JOIN symbol_version v ON v.symbol_id = s.id"
		" JOIN symbol_export e ON e.id = v.export_id WHERE s.name = ? AND v.set_id = ?",
		KSIG_VALUES(KSIG_INTEGER(kernel->id), KSIG_TEXT(name), KSIG_INTEGER(kernel->set_id)), error);

	if (!row || !ksig_catalog_next(catalog, row, error))
		return false;
	*out_symbol = (struct ksig_catalog_symbol){.name = g_strdup(name),
						   .has_crc = sqlite3_column_type(row, 0) != SQLITE_NULL,
						   .crc = (uint32_t) sqlite3_column_int64(row, 0),
						   .type_hash = (uint64_t) sqlite3_column_int64(row, 1),
						   .module = ksig_row_text(row, 2),
						   .gpl_only = sqlite3_column_int(row, 3),
						   .symbol_namespace = ksig_row_text(row, 4),
						   .stable = sqlite3_column_int(row, 5)};
	if (!*out_symbol->symbol_namespace)
		g_clear_pointer(&out_symbol->symbol_namespace, g_free);
	return true;
}

static gpointer read_name(sqlite3_stmt *row)
{
	return ksig_row_text(row, 0);
}

static GPtrArray *collect_names(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
				size_t n_values, GError **error)
{
	return ksig_catalog_collect(catalog, sql, values, n_values, read_name, g_free, error);
}

bool ksig_catalog_compare_kernels(ksig_catalog *catalog, const struct ksig_catalog_kernel *from,
				  const struct ksig_catalog_kernel *to, GPtrArray **out_changed,
				  GPtrArray **out_gone, GError **error)
{
	const struct ksig_value sets[] = {KSIG_INTEGER(to->set_id), KSIG_INTEGER(from->set_id)};
	*out_changed = collect_names(catalog,
				     "SELECT s.name FROM symbol_version a JOIN symbol s ON s.id = a.symbol_id"
				     " JOIN symbol_version b ON b.symbol_id = a.symbol_id AND b.set_id = ?"
				     " WHERE a.set_id = ? AND a.crc IS NOT b.crc ORDER BY s.name",
				     sets, G_N_ELEMENTS(sets), error);
	*out_gone =
		!*out_changed
			? NULL
			: collect_names(
				  catalog,
				  "SELECT s.name FROM symbol_version a JOIN symbol s ON s.id = a.symbol_id"
				  " LEFT JOIN symbol_version b ON b.symbol_id = a.symbol_id AND b.set_id = ?"
				  " WHERE a.set_id = ? AND b.set_id IS NULL ORDER BY s.name",
				  sets, G_N_ELEMENTS(sets), error);
	return *out_gone != NULL;
}
