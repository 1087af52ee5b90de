/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables as text, JSON or TSV: columns chosen by name, typed JSON values; on a terminal one wide column is
 * cut so that a row is one line.
 */
#include "base/base.h"

#include <json-glib/json-glib.h>

enum { COLUMN_GAP = 2, WIDE_MINIMUM = 20, MINIMUM = 6 };

struct ksig_table {
	GArray *columns; /* struct ksig_column; names owned */
	GPtrArray *rows; /* char **, one string or NULL a column; not NULL-ended */
	GArray *shown;   /* size_t: indexes of columns, in the order they are printed */
};

bool ksig_format_parse(const char *name, enum ksig_format *out_format, GError **error)
{
	static const char *const names[] = {"text", "json", "tsv"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_str_equal(name, names[i])) {
			*out_format = (enum ksig_format) i;
			return true;
		}
	}
	return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a format (text, json or tsv)", name);
}

ksig_table *ksig_table_new(const struct ksig_column *columns, size_t n_columns)
{
	ksig_table *table = g_new0(ksig_table, 1);

	table->columns = g_array_new(FALSE, FALSE, sizeof *columns);
	table->rows = g_ptr_array_new();
	table->shown = g_array_new(FALSE, FALSE, sizeof(size_t));
	for (size_t i = 0; i < n_columns; i++) {
		const struct ksig_column column = {.name = g_strdup(columns[i].name),
						   .flags = columns[i].flags};
		g_array_append_val(table->columns, column);
		g_array_append_val(table->shown, i);
	}
	return table;
}

static const struct ksig_column *column_at(const ksig_table *table, size_t i)
{
	return &g_array_index(table->columns, struct ksig_column, i);
}

void ksig_table_free(ksig_table *table)
{
	if (!table)
		return;
	for (guint r = 0; r < table->rows->len; r++) {
		char **row = table->rows->pdata[r];
		for (guint c = 0; c < table->columns->len; c++)
			g_free(row[c]);
		g_free(row);
	}
	for (guint c = 0; c < table->columns->len; c++)
		g_free((char *) column_at(table, c)->name);
	g_ptr_array_unref(table->rows);
	g_array_unref(table->columns);
	g_array_unref(table->shown);
	g_free(table);
}

void ksig_table_add(ksig_table *table, const char *const *cells)
{
	char **row = g_new0(char *, table->columns->len);

	for (guint c = 0; c < table->columns->len; c++)
		row[c] = cells[c] ? ksig_utf8(cells[c], -1) : NULL;
	g_ptr_array_add(table->rows, row);
}

size_t ksig_table_rows(const ksig_table *table)
{
	return table->rows->len;
}

static bool find_column(const ksig_table *table, const char *name, size_t *out_index, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (size_t c = 0; c < table->columns->len; c++) {
		if (g_str_equal(column_at(table, c)->name, name)) {
			*out_index = c;
			return true;
		}
		g_string_append_printf(known, "%s%s", c ? ", " : "", column_at(table, c)->name);
	}
	return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a column (%s)", name, known->str);
}

bool ksig_table_select(ksig_table *table, const char *names, GError **error)
{
	if (!names)
		return true;
	g_auto(GStrv) list = g_strsplit(names, ",", -1);
	g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(size_t));
	for (char **name = list; *name; name++) {
		size_t index = 0;
		if (!find_column(table, *name, &index, error))
			return false;
		g_array_append_val(shown, index);
	}
	g_array_unref(table->shown);
	table->shown = g_steal_pointer(&shown);
	return true;
}

static char *one_line(const char *cell)
{
	return cell ? g_strdelimit(ksig_shown(cell, -1), "\t\n\r", ' ') : g_strdup("");
}

static bool is_true(const char *cell)
{
	return cell && g_str_equal(cell, "true");
}

static char *text_cell(const struct ksig_column *column, const char *cell)
{
	if (column->flags & KSIG_COLUMN_BOOL && cell)
		return g_strdup(is_true(cell) ? "yes" : "no");
	return one_line(cell);
}

static void print_tsv(const ksig_table *table, FILE *stream)
{
	const guint n = table->shown->len;

	for (guint i = 0; i < n; i++)
		fprintf(stream, "%s%s", i ? "\t" : "",
			column_at(table, g_array_index(table->shown, size_t, i))->name);
	fputc('\n', stream);
	for (guint r = 0; r < table->rows->len; r++) {
		char **row = table->rows->pdata[r];
		for (guint i = 0; i < n; i++) {
			g_autofree char *cell = one_line(row[g_array_index(table->shown, size_t, i)]);
			fprintf(stream, "%s%s", i ? "\t" : "", cell);
		}
		fputc('\n', stream);
	}
}

static bool is_json_number(const char *cell)
{
	char *end = NULL;

	if (!g_ascii_isdigit(cell[0]) && !(cell[0] == '-' && g_ascii_isdigit(cell[1])))
		return false;
	g_ascii_strtod(cell, &end);
	return *end == '\0' && !strpbrk(cell, "xXnN");
}

static void build_value(JsonBuilder *builder, const struct ksig_column *column, const char *cell)
{
	if (!cell)
		json_builder_add_null_value(builder);
	else if (column->flags & KSIG_COLUMN_BOOL)
		json_builder_add_boolean_value(builder, is_true(cell));
	else if (column->flags & KSIG_COLUMN_NUMBER && is_json_number(cell) && strpbrk(cell, ".eE"))
		json_builder_add_double_value(builder, g_ascii_strtod(cell, NULL));
	else if (column->flags & KSIG_COLUMN_NUMBER && is_json_number(cell))
		json_builder_add_int_value(builder, g_ascii_strtoll(cell, NULL, 10));
	else
		json_builder_add_string_value(builder, cell);
}

static char *row_as_json(const ksig_table *table, char **row)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	for (guint i = 0; i < table->shown->len; i++) {
		const size_t c = g_array_index(table->shown, size_t, i);
		json_builder_set_member_name(builder, column_at(table, c)->name);
		build_value(builder, column_at(table, c), row[c]);
	}
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	return json_to_string(root, FALSE);
}

static void print_json(const ksig_table *table, FILE *stream)
{
	fputs("[", stream);
	for (guint r = 0; r < table->rows->len; r++) {
		g_autofree char *object = row_as_json(table, table->rows->pdata[r]);
		fprintf(stream, "%s\n%s", r ? "," : "", object);
	}
	fputs(table->rows->len ? "\n]\n" : "]\n", stream);
}

/* Of the letter at AT. */
static size_t letter_width(const char *at)
{
	const gunichar c = g_utf8_get_char(at);

	return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

static size_t width_of(const char *cell)
{
	size_t width = 0;

	for (const char *at = cell; *at; at = g_utf8_next_char(at))
		width += letter_width(at);
	return width;
}

/* Columns of WIDTHS give way until a row fits into ROOM: the widest first, letter by letter;
 * numbers never, and nothing to less than can be read. */
static void fit(const ksig_table *table, size_t *widths, guint n, size_t total, size_t room)
{
	size_t wide_least = WIDE_MINIMUM;

	while (total > room) {
		size_t *widest = NULL;
		for (guint i = 0; i < n; i++) {
			const unsigned flags =
				column_at(table, g_array_index(table->shown, size_t, i))->flags;
			const size_t least = flags & KSIG_COLUMN_WIDE ? wide_least : MINIMUM;
			if (!(flags & KSIG_COLUMN_NUMBER) && widths[i] > least &&
			    (!widest || widths[i] > *widest))
				widest = &widths[i];
		}
		if (!widest && wide_least == MINIMUM)
			return;
		if (!widest) {
			wide_least = MINIMUM;
			continue;
		}
		--*widest;
		total--;
	}
}

/* The widths of the shown columns on a terminal that has ROOM. */
static size_t *column_widths(const ksig_table *table, size_t room)
{
	const guint n = table->shown->len;
	size_t *widths = g_new0(size_t, n);
	size_t total = 0;

	for (guint i = 0; i < n; i++) {
		const size_t c = g_array_index(table->shown, size_t, i);
		widths[i] = width_of(column_at(table, c)->name);
		for (guint r = 0; r < table->rows->len; r++) {
			g_autofree char *cell = text_cell(column_at(table, c),
							  ((char **) table->rows->pdata[r])[c]);
			widths[i] = MAX(widths[i], width_of(cell));
		}
		total += widths[i] + (i ? COLUMN_GAP : 0);
	}
	fit(table, widths, n, total, room);
	return widths;
}

/* CELL, cut to WIDTH with an ellipsis if it is wider. */
static char *fitted(const char *cell, size_t width)
{
	const char *at = cell;
	size_t used = 0;

	if (width_of(cell) <= width)
		return g_strdup(cell);
	for (; *at && used + letter_width(at) + 1 <= width; at = g_utf8_next_char(at))
		used += letter_width(at);
	return g_strdup_printf("%.*s…", (int) (at - cell), cell);
}

static void print_cell(FILE *stream, const char *cell, size_t width, bool right, bool last)
{
	g_autofree char *shown = fitted(cell, width);
	const size_t length = width_of(shown);
	const int padding = (int) (width > length ? width - length : 0);

	if (right)
		fprintf(stream, "%*s%s", padding, "", shown);
	else if (last)
		fputs(shown, stream);
	else
		fprintf(stream, "%s%*s", shown, padding, "");
}

/* WIDTHS NULL: nobody's screen, so nothing is cut and nothing filled up. ROW NULL: the names. */
static void print_text_row(const ksig_table *table, char **row, const size_t *widths, FILE *stream)
{
	const guint n = table->shown->len;

	for (guint i = 0; i < n; i++) {
		const size_t c = g_array_index(table->shown, size_t, i);
		const struct ksig_column *column = column_at(table, c);
		g_autofree char *cell = row ? text_cell(column, row[c]) : g_ascii_strup(column->name, -1);
		if (i)
			fprintf(stream, "%*s", COLUMN_GAP, "");
		if (widths)
			print_cell(stream, cell, widths[i], column->flags & KSIG_COLUMN_NUMBER, i + 1 == n);
		else
			fputs(cell, stream);
	}
}

static void print_text(const ksig_table *table, FILE *stream)
{
	const size_t room = ksig_terminal_width(stream);
	g_autofree size_t *widths = room > 0 ? column_widths(table, room) : NULL;
	const bool color = ksig_terminal_has_color(stream);

	fputs(color ? "\033[1m" : "", stream);
	print_text_row(table, NULL, widths, stream);
	fputs(color ? "\033[m\n" : "\n", stream);
	for (guint r = 0; r < table->rows->len; r++) {
		print_text_row(table, table->rows->pdata[r], widths, stream);
		fputc('\n', stream);
	}
}

void ksig_table_print(const ksig_table *table, enum ksig_format format, FILE *stream)
{
	switch (format) {
	case KSIG_FORMAT_TEXT:
		print_text(table, stream);
		break;
	case KSIG_FORMAT_JSON:
		print_json(table, stream);
		break;
	case KSIG_FORMAT_TSV:
		print_tsv(table, stream);
		break;
	}
}
