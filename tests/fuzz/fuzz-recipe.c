/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What modules are made by: a recipe, a dkms.conf, and a driver's tables as the preprocessor leaves them. */
#include "fuzz-file.h"
#include "kmod/device-expand-internal.h"
#include "kmod/draft-data-internal.h"
#include "kmod/draft-dkms-internal.h"
#include "kmod/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_recipe(const uint8_t *data, size_t size)
{
	g_autofree char *path = fuzz_file("x.conf", data, size);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_read(path, &error);

	g_assert_true((recipe != NULL) == (error == NULL));
	if (recipe)
		ksig_kmod_recipe_is_for(recipe, "5.14.0-427.13.1.el9_4.x86_64", "x86_64");
}

static void read_dkms(const char *text)
{
	struct draft draft;

	draft_init(&draft);
	draft_read_dkms(&draft, text);
	draft_clear(&draft);
}

static void read_tables(const char *text)
{
	g_autoptr(GPtrArray) driven = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	g_autoptr(GPtrArray)
		disabled = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	g_autoptr(GPtrArray) untold = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	g_autoptr(GPtrArray) unclear = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	device_expansion_read(&(struct device_expansion){.file = "x.c",
							 .text = text,
							 .driven = driven,
							 .disabled = disabled,
							 .untold = untold,
							 .unclear = unclear,
							 .others = others});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);

	ksig_kmod_recipe_range_matches(text, "6.1.0-56-amd64");
	read_recipe(data, size);
	read_dkms(text);
	read_tables(text);
	return 0;
}
