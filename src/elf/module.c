/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel module: what each key of .modinfo means, its name (older ones: the file's), size of struct module;
 * compressed ones are unpacked. Imports and exports are in module-symbols.c.
 */
#include "elf/module-internal.h"
#include "elf/elf-internal.h"
#include "elf/module-symbols-internal.h"

#include <elf.h>
#include <string.h>

enum { MODULE_FILE_LIMIT_BYTES = 1 << 30 };

static GPtrArray *strings_new(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

static void set_once(char **field, const char *value)
{
	if (!*field)
		*field = g_strdup(value);
}

static void split_depends(ksig_module *module, const char *value)
{
	g_auto(GStrv) names = g_strsplit(value, ",", -1);

	for (char **name = names; *name; name++)
		if (**name)
			g_ptr_array_add(module->depends, g_strdup(*name));
}

/* What "key=value" means for the module. Most keys are kept as they are and asked for by name. */
static void take_info(ksig_module *module, const char *key, const char *value)
{
	if (g_str_equal(key, "vermagic"))
		set_once(&module->vermagic, value);
	else if (g_str_equal(key, "license"))
		set_once(&module->license, value);
	else if (g_str_equal(key, "version"))
		set_once(&module->version, value);
	else if (g_str_equal(key, "srcversion"))
		set_once(&module->source_version, value);
	else if (g_str_equal(key, "name"))
		set_once(&module->name, value);
	else if (g_str_equal(key, "alias"))
		g_ptr_array_add(module->aliases, g_strdup(value));
	else if (g_str_equal(key, "depends"))
		split_depends(module, value);
	else if (g_str_equal(key, "firmware"))
		g_ptr_array_add(module->firmware, g_strdup(value));
	else if (g_str_equal(key, "import_ns"))
		g_ptr_array_add(module->namespaces, g_strdup(value));
	else if (g_str_equal(key, "intree"))
		module->in_tree = g_str_equal(value, "Y");
	else if (g_str_equal(key, "retpoline"))
		module->retpoline = g_str_equal(value, "Y");
	else if (g_str_equal(key, "livepatch"))
		module->live_patch = g_str_equal(value, "Y");
}

static void add_info(ksig_module *module, const char *line)
{
	const char *equals = strchr(line, '=');

	g_ptr_array_add(module->info, g_strdup(line));
	if (!equals)
		return;
	g_autofree char *key = g_strndup(line, (gsize) (equals - line));
	take_info(module, key, equals + 1);
}

bool ksig_module_read_info(ksig_module *module, const ksig_elf *elf, GError **error)
{
	const struct ksig_elf_section *section = ksig_elf_find(elf, ".modinfo");
	size_t offset = 0;

	if (!section)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a kernel module: no .modinfo",
				      ksig_elf_name(elf));
	while (offset < section->size_bytes) {
		const char *line = ksig_elf_string(section, offset);
		if (!line)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: .modinfo does not end with a NUL",
					      ksig_elf_name(elf));
		if (module->info->len >= MODULE_INFO_MAX)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d entries in .modinfo",
					      ksig_elf_name(elf), MODULE_INFO_MAX);
		if (*line)
			add_info(module, line);
		offset += strlen(line) + 1;
	}
	return true;
}

static ksig_module *module_new(void)
{
	ksig_module *module = g_new0(ksig_module, 1);

	module->info = strings_new();
	module->aliases = strings_new();
	module->depends = strings_new();
	module->firmware = strings_new();
	module->namespaces = strings_new();
	return module;
}

/* Modules older than "name=" in .modinfo (commit 3e2e857f9c3a, v4.13) are called by their file. */
static char *name_of_file(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	char *dot = strstr(base, ".ko");

	if (dot)
		*dot = '\0';
	g_strdelimit(base, "-", '_');
	return g_steal_pointer(&base);
}

ksig_module *ksig_elf_module_parse(const char *name, GBytes *data, GError **error)
{
	g_autoptr(ksig_module) module = module_new();
	g_autoptr(ksig_elf) elf = NULL;

	if (!ksig_elf_module_signature_read(name, data, &module->signature, error) ||
	    !(elf = ksig_elf_new(name, data, error)))
		return NULL;
	if (!ksig_elf_is_relocatable(elf)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a kernel module: not relocatable", name);
		return NULL;
	}
	module->size_bytes = g_bytes_get_size(data);
	module->architecture = g_strdup(ksig_elf_architecture(elf));
	if (!ksig_module_read_info(module, elf, error) || !ksig_module_read_imports(module, elf, error))
		return NULL;
	if (!module->name)
		module->name = name_of_file(name);
	ksig_module_read_exports(module, elf);
	const struct ksig_elf_section *self = ksig_elf_find(elf, ".gnu.linkonce.this_module");
	if (self)
		module->struct_bytes = self->size_bytes;
	const struct ksig_elf_section *btf = ksig_elf_find(elf, ".BTF");
	if (btf)
		module->btf = g_bytes_new(btf->data, btf->size_bytes);
	return g_steal_pointer(&module);
}

ksig_module *ksig_elf_module_unpack(const char *name, GBytes *data, GError **error)
{
	g_autoptr(GBytes) plain = ksig_elf_unpack(name, data, 0, error);
	ksig_module *module = plain ? ksig_elf_module_parse(name, plain, error) : NULL;

	if (module)
		module->xz_check = ksig_elf_xz_check(data);
	return module;
}

ksig_module *ksig_elf_module_read(const char *path, GError **error)
{
	gsize length = 0;
	char *content = ksig_file_read(path, MODULE_FILE_LIMIT_BYTES, &length, error);

	if (!content)
		return NULL;
	g_autoptr(GBytes) data = g_bytes_new_take(content, length);
	return ksig_elf_module_unpack(path, data, error);
}

void ksig_elf_module_free(ksig_module *module)
{
	if (!module)
		return;
	g_free(module->name);
	g_free(module->architecture);
	g_free(module->vermagic);
	g_free(module->license);
	g_free(module->version);
	g_free(module->source_version);
	g_clear_pointer(&module->info, g_ptr_array_unref);
	g_clear_pointer(&module->aliases, g_ptr_array_unref);
	g_clear_pointer(&module->depends, g_ptr_array_unref);
	g_clear_pointer(&module->firmware, g_ptr_array_unref);
	g_clear_pointer(&module->namespaces, g_ptr_array_unref);
	g_clear_pointer(&module->imports, g_ptr_array_unref);
	g_clear_pointer(&module->exports, g_ptr_array_unref);
	g_clear_pointer(&module->btf, g_bytes_unref);
	ksig_elf_module_signature_clear(&module->signature);
	g_free(module);
}

const char *ksig_elf_module_info(const ksig_module *module, const char *key)
{
	const size_t length = strlen(key);

	for (guint i = 0; i < module->info->len; i++) {
		const char *line = g_ptr_array_index(module->info, i);
		if (strncmp(line, key, length) == 0 && line[length] == '=')
			return line + length + 1;
	}
	return NULL;
}

bool ksig_elf_module_is_gpl(const ksig_module *module)
{
	static const char *const licenses[] = {"GPL",          "GPL v2",       "GPL and additional rights",
					       "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};

	for (size_t i = 0; module->license && i < G_N_ELEMENTS(licenses); i++)
		if (g_str_equal(module->license, licenses[i]))
			return true;
	return false;
}
