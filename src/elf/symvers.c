/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of Module.symvers (with or without a namespace column) and of lists of stable symbols (names alone,
 * or such lines).
 */
#include "elf/elf-internal.h"

#include <string.h>

static bool parse_crc(const char *text, uint32_t *out_crc)
{
	char *end = NULL;

	if (!g_str_has_prefix(text, "0x"))
		return false;
	const guint64 crc = g_ascii_strtoull(text, &end, 16);
	if (*end || crc > G_MAXUINT32)
		return false;
	*out_crc = (uint32_t) crc;
	return true;
}

/* "EXPORT_SYMBOL_GPL" may be followed by a namespace; kernels before v5.4 put no such column. */
static struct ksig_export *parse_line(const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", 6);
	const guint count = g_strv_length(fields);
	uint32_t crc = 0;

	if (count < 4 || !parse_crc(fields[0], &crc) || !*fields[1])
		return NULL;
	struct ksig_export *symbol = g_new0(struct ksig_export, 1);
	symbol->name = g_strdup(fields[1]);
	symbol->module = g_strdup(fields[2]);
	symbol->crc = crc;
	/* Without modversions every line says 0x00000000, and no kernel computes that for a symbol. */
	symbol->has_crc = crc != 0;
	symbol->gpl_only = g_str_has_prefix(fields[3], "EXPORT_SYMBOL_GPL");
	if (count > 4 && *fields[4])
		symbol->symbol_namespace = g_strdup(fields[4]);
	return symbol;
}

static GPtrArray *exports_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_export_free);
}

/* The next line of [*CURSOR, END) as a new string, or NULL at the end. */
static char *next_line(const char **cursor, const char *end)
{
	if (*cursor >= end)
		return NULL;
	const char *newline = memchr(*cursor, '\n', (size_t) (end - *cursor));
	const char *stop = newline ? newline : end;
	char *line = g_strndup(*cursor, (gsize) (stop - *cursor));
	*cursor = newline ? newline + 1 : end;
	return g_strchomp(line);
}

GPtrArray *ksig_elf_symvers_parse(const char *name, const char *text, size_t length_bytes, GError **error)
{
	g_autoptr(GPtrArray) symbols = exports_new();
	const char *cursor = text;
	char *next;
	guint number = 0;

	while ((next = next_line(&cursor, text + length_bytes))) {
		g_autofree char *line = next;
		struct ksig_export *symbol = *line ? parse_line(line) : NULL;
		number++;
		if ((*line && !symbol) || symbols->len >= SYMVERS_LINES_MAX) {
			ksig_elf_export_free(symbol);
			ksig_error_set(error, KSIG_ERROR_INPUT,
				       "%s:%u: not a line of Module.symvers (CRC, symbol, module, export)",
				       name, number);
			return NULL;
		}
		if (symbol)
			g_ptr_array_add(symbols, symbol);
	}
	if (symbols->len == 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no symbols", name);
		return NULL;
	}
	return g_steal_pointer(&symbols);
}

GPtrArray *ksig_elf_kabi_parse(const char *name, const char *text, size_t length_bytes, GError **error)
{
	g_autoptr(GPtrArray) symbols = exports_new();
	const char *cursor = text;
	char *next;

	while ((next = next_line(&cursor, text + length_bytes))) {
		g_autofree char *line = g_strchug(next);
		if (!*line || *line == '#' || *line == '[' || symbols->len >= SYMVERS_LINES_MAX)
			continue;
		struct ksig_export *symbol = parse_line(line);
		if (!symbol && !strpbrk(line, " \t")) {
			symbol = g_new0(struct ksig_export, 1);
			symbol->name = g_strdup(line);
		}
		if (!symbol) {
			ksig_error_set(error, KSIG_ERROR_INPUT,
				       "%s: \"%.60s\" is neither a symbol nor a line of symvers", name, line);
			return NULL;
		}
		g_ptr_array_add(symbols, symbol);
	}
	return g_steal_pointer(&symbols);
}
