/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live inspect: what a live patch's ELF says (functions, relocations, symbols, imports, callbacks,
 * signature), and with two modules what differs.
 */
#include "cli/cmd-live.h"

enum { LIMIT_MODULE_BYTES = 256 << 20 };

static char *format_name;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"kind", 0}, {"object", 0}, {"name", 0}, {"detail", 0}};

static void add(ksig_table *table, const char *kind, const char *object, const char *name, const char *detail)
{
	const char *const cells[] = {kind, object, name, detail};

	ksig_table_add(table, cells);
}

static void add_functions(ksig_table *table, const ksig_klp *klp)
{
	for (guint i = 0; i < klp->functions->len; i++) {
		const struct ksig_klp_function *function = g_ptr_array_index(klp->functions, i);
		g_autofree char *detail = g_strdup_printf("sympos %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT
							  " bytes",
							  function->sympos, function->size_bytes);
		add(table, "function", function->object, function->name, detail);
	}
}

static void add_links(ksig_table *table, const ksig_klp *klp)
{
	for (guint i = 0; i < klp->relocations->len; i++) {
		const struct ksig_klp_relocation *relocation = g_ptr_array_index(klp->relocations, i);
		g_autofree char *detail = g_strdup_printf("%" G_GUINT64_FORMAT " relocations",
							  relocation->count);
		add(table, "relocation", relocation->object, relocation->section, detail);
	}
	for (guint i = 0; i < klp->symbols->len; i++) {
		const struct ksig_klp_symbol *symbol = g_ptr_array_index(klp->symbols, i);
		g_autofree char *detail = g_strdup_printf("sympos %" G_GUINT64_FORMAT, symbol->sympos);
		add(table, "symbol", symbol->object, symbol->name, detail);
	}
	for (guint i = 0; i < klp->imports->len; i++) {
		const struct ksig_klp_import *import = g_ptr_array_index(klp->imports, i);
		g_autofree char *detail = g_strdup_printf("crc 0x%08x", import->crc);
		add(table, "import", NULL, import->name, detail);
	}
}

static void add_words(ksig_table *table, const char *kind, const GPtrArray *words)
{
	for (guint i = 0; i < words->len; i++)
		add(table, kind, NULL, words->pdata[i], NULL);
}

static ksig_klp *read_module(const char *path, GBytes **out_bytes, GError **error)
{
	g_autoptr(GBytes) bytes = ksig_elf_unpack_file(path, LIMIT_MODULE_BYTES, error);
	g_autoptr(ksig_module) module = bytes ? ksig_elf_module_parse(path, bytes, error) : NULL;

	/* What is cut short, or no module, is not "not a livepatch". */
	if (!module)
		return NULL;
	ksig_klp *klp = ksig_elf_klp_read(path, bytes, error);
	if (klp && out_bytes)
		*out_bytes = g_steal_pointer(&bytes);
	return klp;
}

static int show(const char *path, enum ksig_format format, GError **error)
{
	g_autoptr(GBytes) bytes = NULL, signature = NULL;
	g_autoptr(ksig_klp) klp = read_module(path, &bytes, error);
	gsize length = 0;

	if (!klp || !ksig_trust_module_split(path, bytes, &length, &signature, error))
		return KSIG_ERROR_INPUT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	add(table, "module", NULL, klp->name, klp->livepatch ? "livepatch" : "not a livepatch");
	add(table, "vermagic", NULL, klp->vermagic, NULL);
	add(table, "build-id", NULL, klp->build_id, NULL);
	add(table, "signature", NULL, signature ? "PKCS#7" : "none", NULL);
	add_functions(table, klp);
	add_links(table, klp);
	add_words(table, "callback", klp->callbacks);
	add_words(table, "shadow", klp->shadows);
	add_words(table, "state", klp->states);
	ksig_table_print(table, format, stdout);
	return 0;
}

static int compare(const char *before_path, const char *after_path, GError **error)
{
	g_autoptr(ksig_klp) before = read_module(before_path, NULL, error);
	g_autoptr(ksig_klp) after = before ? read_module(after_path, NULL, error) : NULL;

	if (!after)
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray) lines = ksig_elf_klp_compare(before, after);
	for (guint i = 0; i < lines->len; i++)
		ksig_print(stdout, "%s\n", (const char *) lines->pdata[i]);
	return lines->len ? 1 : 0;
}

int ksig_command_live_inspect(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "MODULE [OTHER]",
				"What a live-patch module patches, as its ELF says; with two, what differs.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2 && argc != 3) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "one or two modules expected (see ksig live inspect --help)");
		return KSIG_ERROR_USAGE;
	}
	return argc == 2 ? show(argv[1], format, error) : compare(argv[1], argv[2], error);
}
