/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes with an id: lines of upstream's driver that name the same hardware (rows of product tables,
 * cases, conditions) and that the vendor took out together with the id. Restored alone, such an id would bind
 * hardware that the driver knows nothing of.
 */
#include "kmod/device-companions-internal.h"
#include "kmod/device-preprocess-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/device-table-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { WORD_LENGTH_MIN = 4 };
static const char line_mark[] = "KSIG_LINE";

/* The lines of a driver's files, tables of ids left out. */
struct driver_line {
	char *place; /* "drivers/scsi/hpsa.c:201" */
	char *text;  /* without blanks around it */
};

static void free_line(gpointer data)
{
	struct driver_line *line = data;

	g_free(line->place);
	g_free(line->text);
	g_free(line);
}

static bool in_table(const GPtrArray *tables, size_t offset)
{
	for (guint i = 0; tables && i < tables->len; i++) {
		const struct device_table *table = g_ptr_array_index(tables, i);
		if (offset >= table->body && offset < table->end)
			return true;
	}
	return false;
}

static void add_lines(GPtrArray *lines, const char *file, const char *text, const GPtrArray *tables)
{
	g_autofree char *plain = ksig_c_without_comments(text);
	unsigned number = 1;

	for (const char *at = plain; *at; number++) {
		const size_t length = strcspn(at, "\n");
		g_autofree char *line = g_strstrip(g_strndup(at, length));
		if (*line && *line != '#' && !in_table(tables, (size_t) (at - plain))) {
			struct driver_line *entry = g_new0(struct driver_line, 1);
			entry->place = g_strdup_printf("%s:%u", file, number);
			entry->text = g_steal_pointer(&line);
			g_ptr_array_add(lines, entry);
		}
		at += length + (at[length] == '\n');
	}
}

/*
 * TEXT with empty lines where its conditions under SETTINGS leave lines out, and for directives. The
 * preprocessor decides: it is given the directives, and a number for each other line.
 */
static char *active_lines(const char *text, const char *settings, GError **error)
{
	g_autofree char *plain = ksig_c_without_comments(text);
	g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
	g_autoptr(GString) input = g_string_new(settings), out = g_string_new(NULL);
	const guint count_of_lines = g_strv_length(lines);

	for (guint i = 0; i < count_of_lines; i++) {
		const char *word = lines[i] + strspn(lines[i], " \t");
		if (*word != '#')
			g_string_append_printf(input, "%s %u\n", line_mark, i);
		else if (!g_regex_match_simple("^#\\s*(include|error|warning|line|pragma)", word, G_REGEX_RAW,
					       0))
			g_string_append_printf(input, "%s\n", lines[i]);
		for (; *word == '#' && g_str_has_suffix(lines[i], "\\") && i + 1 < count_of_lines; i++)
			g_string_append_printf(input, "%s\n", lines[i + 1]);
	}
	g_autoptr(GString) output = device_preprocess(input, NULL, error);
	g_autofree bool *active = g_new0(bool, count_of_lines);
	g_auto(GStrv) left = output ? g_strsplit(output->str, "\n", -1) : NULL;
	for (char **line = left; line && *line; line++)
		if (g_str_has_prefix(*line, line_mark)) {
			const guint64 i = g_ascii_strtoull(*line + strlen(line_mark), NULL, 10);
			if (i < count_of_lines)
				active[i] = true;
		}
	for (guint i = 0; i < count_of_lines; i++)
		g_string_append_printf(out, "%s%s", active[i] ? lines[i] : "",
				       i + 1 < count_of_lines ? "\n" : "");
	return output ? g_strdup(out->str) : NULL;
}

GPtrArray *device_lines(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error)
{
	g_autoptr(GPtrArray) files = device_sources(folder, recipe);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(free_line);
	g_auto(device_names) names = device_names_read(folder, recipe);
	const struct device_definitions none = {"", NULL};

	for (guint i = 0; i < files->len; i++) {
		g_autofree char *path = g_build_filename(folder, files->pdata[i], NULL);
		g_autofree char *whole = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, error);
		g_autofree char *text = !whole     ? NULL
					: settings ? active_lines(whole, settings, error)
						   : g_steal_pointer(&whole);
		g_autoptr(GPtrArray)
			tables = text && strstr(text, "pci_device_id")
					 ? device_tables_parse(files->pdata[i], text, &none, &names, error)
					 : NULL;
		if (!text || (!tables && strstr(text, "pci_device_id")))
			return NULL;
		add_lines(lines, files->pdata[i], text, tables);
	}
	return g_steal_pointer(&lines);
}

static bool has_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !(g_ascii_isalnum(at[-1]) || at[-1] == '_')) &&
		    !(g_ascii_isalnum(at[length]) || at[length] == '_'))
			return true;
	return false;
}

/* Macros of ENTRY that no row of DRIVEN has: they are this device's alone. */
static GPtrArray *own_words(const char *entry, const GPtrArray *driven)
{
	g_auto(GStrv) words = g_strsplit_set(entry, " \t\n{}(),.=|&<>~+-", -1);
	GPtrArray *own = g_ptr_array_new_with_free_func(g_free);

	for (char **word = words; *word; word++) {
		bool shared = strlen(*word) < WORD_LENGTH_MIN || !g_ascii_isupper(**word) ||
			      g_str_has_prefix(*word, "PCI_ANY") ||
			      g_str_has_prefix(*word, "PCI_VENDOR_ID") ||
			      g_str_has_prefix(*word, "PCI_CLASS");
		for (guint i = 0; !shared && i < driven->len; i++) {
			const struct ksig_device *other = g_ptr_array_index(driven, i);
			shared = other->how == KSIG_DEVICE_DRIVEN && has_word(other->entry, *word);
		}
		if (!shared)
			g_ptr_array_add(own, g_strdup(*word));
	}
	return own;
}

/* A row of a table of boards: they are numbered by subsystem and vendor, as in "{0x3211103C, "Smart Array",
 * …}". */
static bool is_board_row(const char *text, const char *alias)
{
	g_autofree char *vendor = g_str_has_prefix(alias, "pci:v0000")
					  ? g_strndup(alias + strlen("pci:v0000"), 4)
					  : NULL;
	g_autofree char *pattern = g_strdup_printf("^\\{\\s*0x[0-9a-f]{4}%s\\b", vendor ? vendor : "-");

	return vendor && strstr(alias, "d*sv*") &&
	       g_regex_match_simple(pattern, text, G_REGEX_RAW | G_REGEX_CASELESS, 0);
}

static guint count(const GPtrArray *lines, const char *word)
{
	guint n = 0;

	for (guint i = 0; i < lines->len; i++)
		n += has_word(((struct driver_line *) lines->pdata[i])->text, word);
	return n;
}

static bool is_there(const GPtrArray *lines, const char *text)
{
	for (guint i = 0; i < lines->len; i++)
		if (g_str_equal(((struct driver_line *) lines->pdata[i])->text, text))
			return true;
	return false;
}

static void add_place(GPtrArray *places, const struct driver_line *line)
{
	g_ptr_array_add(places, g_strdup_printf("%s: %s", line->place, line->text));
}

/* A word that the vendor's driver names less often than upstream's: the lines that are not there. */
static void add_lost(GPtrArray *places, const char *word, const GPtrArray *upstream, const GPtrArray *vendor)
{
	if (count(vendor, word) >= count(upstream, word))
		return;
	for (guint i = 0; i < upstream->len; i++) {
		const struct driver_line *line = g_ptr_array_index(upstream, i);
		if (has_word(line->text, word) && !is_there(vendor, line->text))
			add_place(places, line);
	}
}

GPtrArray *device_companions(const struct ksig_device *device, const GPtrArray *driven,
			     const GPtrArray *upstream, const GPtrArray *vendor)
{
	g_autoptr(GPtrArray) words = own_words(device->entry, driven);
	GPtrArray *places = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < words->len; i++)
		add_lost(places, g_ptr_array_index(words, i), upstream, vendor);
	for (guint i = 0; i < upstream->len; i++) {
		const struct driver_line *line = g_ptr_array_index(upstream, i);
		if (is_board_row(line->text, device->alias) && !is_there(vendor, line->text))
			add_place(places, line);
	}
	return places;
}
