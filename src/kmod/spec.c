/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one recipe for one kernel puts into the template of its spec, recipes/kmod/kmod.spec.in. */
#include "kmod/build.h"

#include "kmod-spec.h"

enum { DEVICES_PATCH = 10000 }; /* behind the recipe's own */

/* RPM versions and releases have no '-'. */
static char *release_word(const char *release)
{
	char *word = g_strdup(release);

	return g_strdelimit(word, "-+~ ", '_');
}

char *ksig_kmod_source_package(const ksig_recipe *recipe, const char *release)
{
	g_autofree char *word = release_word(release);

	return g_strdup_printf("kmod-%s-%s-1.%s.src.rpm", recipe->name, recipe->version, word);
}

static char *escape(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "%", -1);

	return g_strjoinv("%%", parts);
}

static char *patch_lines(const ksig_recipe *recipe, const char *release, unsigned flags)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *file = g_path_get_basename(patch->file);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			g_string_append_printf(out, "Patch%u: %s\n", i, file);
	}
	if (flags & KSIG_KMOD_SPEC_DEVICES)
		g_string_append_printf(out, "Patch%d: kmod-%s-devices.patch\n", DEVICES_PATCH, recipe->name);
	return g_string_free(out, FALSE);
}

static void apply_patch(GString *out, guint number)
{
	g_string_append_printf(out, "%%{__patch} -p1 --fuzz=0 --no-backup-if-mismatch -i %%{PATCH%u}\n",
			       number);
}

/* The ids come last: they were made for the source as it is, and the recipe's patches may be for its
 * surroundings. */
static char *apply_lines(const ksig_recipe *recipe, const char *release, unsigned flags)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			apply_patch(out, i);
	}
	if (flags & KSIG_KMOD_SPEC_DEVICES)
		apply_patch(out, DEVICES_PATCH);
	return g_string_free(out, FALSE);
}

/* The options of RECIPE as the compiler's; those that are off go to OFF, the text of a header. */
static char *definitions(const ksig_recipe *recipe, GString *off)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < recipe->options->len; i++) {
		g_auto(GStrv) pair = g_strsplit(g_ptr_array_index(recipe->options, i), "=", 2);
		if (g_str_equal(pair[1], "m"))
			g_string_append_printf(out, " -D%s_MODULE=1", pair[0]);
		else if (g_str_equal(pair[1], "n"))
			g_string_append_printf(off, "#undef %s\\n#undef %s_MODULE\\n", pair[0], pair[0]);
		else
			g_string_append_printf(out, " -D%s=%s", pair[0],
					       g_str_equal(pair[1], "y") ? "1" : pair[1]);
	}
	return g_string_free(out, FALSE);
}

/*
 * Words of the recipe; "@build@", "@source@" and "@here@" stand for the kernel's build folder, its makefiles'
 * folder and the unpacked source.
 */
static void write_words(GString *out, char **words)
{
	for (; words && *words; words++) {
		g_autoptr(GString) word = g_string_new(*words);
		g_string_replace(word, "@build@", "%{kernel_build}", 0);
		g_string_replace(word, "@source@", "%{kernel_source}", 0);
		g_string_replace(word, "@here@", "$PWD", 0);
		g_string_append_printf(out, " \"%s\"", word->str);
	}
}

/* The module's own makefiles know how to call the kernel's; they get the flags as kbuild does. */
static void write_own_pass(GString *out, const struct ksig_recipe_pass *pass)
{
	g_string_append_printf(out, "make -C %s %%{?_smp_mflags}", pass->directory);
	write_words(out, pass->arguments);
	g_string_append(out, " KCFLAGS=\"$flags\" KBUILD_EXTRA_SYMBOLS=\"$symbols\"");
	write_words(out, pass->targets);
	g_string_append_printf(out, "\nsymbols=\"$symbols $PWD/%s/Module.symvers\"\n", pass->directory);
}

static void write_pass(GString *out, const ksig_recipe *recipe, guint index)
{
	const struct ksig_recipe_pass *pass = g_ptr_array_index(recipe->passes, index);

	if (pass->own) {
		write_own_pass(out, pass);
		return;
	}
	g_string_append_printf(out, "make -C %%{kernel_build} M=\"$PWD/%s\" %%{?_smp_mflags}",
			       pass->directory);
	for (guint i = 0; i < recipe->options->len; i++)
		g_string_append_printf(out, " %s", (char *) g_ptr_array_index(recipe->options, i));
	write_words(out, pass->arguments);
	g_string_append(out, " KCFLAGS=\"$flags\" KBUILD_EXTRA_SYMBOLS=\"$symbols\"");
	if (*pass->targets)
		write_words(out, pass->targets);
	else
		g_string_append(out, " modules");
	g_string_append_printf(out, "\nsymbols=\"$symbols $PWD/%s/Module.symvers\"\n", pass->directory);
}

static char *pass_lines(const ksig_recipe *recipe)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < recipe->passes->len; i++)
		write_pass(out, recipe, i);
	return g_string_free(out, FALSE);
}

/* For each module FORMAT, in which every "@" is its name. */
static char *for_each_module(const ksig_recipe *recipe, const char *format)
{
	GString *out = g_string_new(NULL);

	for (char **module = recipe->modules; *module; module++) {
		g_autoptr(GString) line = g_string_new(format);
		g_string_replace(line, "@", *module, 0);
		g_string_append(out, line->str);
	}
	return g_string_free(out, FALSE);
}

static char *words_of(char **words)
{
	GString *out = g_string_new(NULL);

	write_words(out, words);
	return g_string_free(out, FALSE);
}

static char *fill(const struct ksig_mark *marks)
{
	g_autoptr(GBytes) template = g_resource_lookup_data(
		ksig_kmod_spec_get_resource(), "/ksig/kmod/kmod.spec.in", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

	return ksig_template_fill(g_bytes_get_data(template, NULL), marks);
}

char *ksig_kmod_spec(const ksig_recipe *recipe, const char *release, unsigned number, unsigned flags)
{
	g_autoptr(GString) off = g_string_new(NULL);
	g_autofree char *nth = g_strdup_printf("%u", number);
	g_autofree char *word = release_word(release);
	g_autofree char *summary = escape(recipe->summary);
	g_autofree char *description = escape(recipe->description ? recipe->description : recipe->summary);
	g_autofree char *paragraph = g_strconcat(description, "\n", NULL);
	g_autofree char *patches = patch_lines(recipe, release, flags);
	g_autofree char *apply = apply_lines(recipe, release, flags);
	g_autofree char *defined = definitions(recipe, off);
	g_autofree char *configure = words_of(recipe->configure);
	g_autofree char *passes = pass_lines(recipe);
	g_autofree char *install = for_each_module(
		recipe, "install -m 644 \"$(find . -name @.ko | LC_ALL=C sort | head -n 1)\" "
			"\"$folder/@.ko\"\n");
	g_autofree char *folder = g_strdup_printf(" /lib/modules/%%{kernel_release}/extra/%s/@.ko",
						  recipe->name);
	g_autofree char *modules = for_each_module(recipe, folder);

	return fill((const struct ksig_mark[]){
		{"RELEASE", release},
		{"NAME", recipe->name},
		{"VERSION", recipe->version},
		{"NUMBER", nth},
		{"RELEASE_WORD", word},
		{"SUMMARY", summary},
		{"LICENSE", recipe->license},
		{"URL", recipe->url},
		{"PATCHES", patches},
		{"DESCRIPTION", paragraph},
		{"USERSPACE", recipe->userspace},
		{"APPLY", apply},
		{"DEFINITIONS", defined},
		{"OFF", off->str},
		{"NO_OFF", off->len > 0 ? NULL : "yes"},
		{"CONFIGURE", configure},
		{"PASSES", passes},
		{"INSTALL", install},
		{"SIGN", flags & KSIG_KMOD_SPEC_SIGN ? "yes" : NULL},
		{"MODULES", modules},
		{NULL},
	});
}
