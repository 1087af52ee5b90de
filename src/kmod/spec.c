/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spec of one recipe for one kernel: recipes/kmod/kmod.spec.in, which is part of the program, with its
 * places filled. Names and paths are EL's. The words that go in were checked when the recipe was read: none
 * of them means anything to a shell or to RPM.
 */
#include "kmod/license-internal.h"
#include "kmod/spec-changelog-internal.h"
#include "kmod-spec.h"
#include "rpm/rpm.h"

#include <string.h>

enum { DEVICES_PATCH = 10000 }; /* behind the recipe's own */

/* RPM versions and releases have no '-'. */
static char *release_word(const char *release)
{
	char *word = g_strdup(release);

	return g_strdelimit(word, "-+~ ", '_');
}

/*
 * The version of FILE, "kmod-NAME-VERSION-NUMBER.WORD" DIST ".src.rpm", to g_free(), and its number. NULL: it
 * is another package's.
 */
static char *version_in(const char *file, const char *name, const char *word, guint64 *out_number)
{
	g_autofree char *start = g_strdup_printf("kmod-%s-", name);
	const char *dash = strrchr(file, '-');
	char *end = NULL;

	if (!g_str_has_prefix(file, start) || !g_str_has_suffix(file, ".src.rpm") ||
	    dash < file + strlen(start) || !g_ascii_isdigit(dash[1]))
		return NULL;
	*out_number = g_ascii_strtoull(dash + 1, &end, 10);
	if (*end != '.' || !g_str_has_prefix(end + 1, word) || end[1 + strlen(word)] != '.')
		return NULL;
	char *version = g_strndup(file + strlen(start), (gsize) (dash - file) - strlen(start));
	if (!strchr(version, '-'))
		return version;
	g_free(version);
	return NULL;
}

/* The version of a kernel's driver is its own; another source's is the recipe's. */
static bool is_of_recipe(const ksig_recipe *recipe, const char *version)
{
	return g_str_equal(recipe->source_kind, "kernel") || g_str_equal(version, recipe->version);
}

char *ksig_kmod_source_package(const ksig_recipe *recipe, const char *release, const char *folder)
{
	g_autofree char *word = release_word(release), *highest_version = NULL;
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	guint64 highest = 0, number = 0;
	char *found = NULL;
	const char *file = NULL;

	while (directory && (file = g_dir_read_name(directory))) {
		g_autofree char *version = version_in(file, recipe->name, word, &number);
		const int order = !version || !is_of_recipe(recipe, version) ? -1
				  : found ? ksig_rpm_release_compare(version, highest_version)
					  : 1;
		if (order < 0 || (order == 0 && number < highest))
			continue;
		highest = number;
		g_free(highest_version);
		highest_version = g_steal_pointer(&version);
		g_free(found);
		found = g_strdup(file);
	}
	if (found)
		return found;
	g_autofree char *dist = ksig_rpm_dist();
	return g_strdup_printf("kmod-%s-%s-%u.%s%s.src.rpm", recipe->name, recipe->version,
			       MAX(recipe->release, 1), word, dist);
}

/* "LABEL: VALUE"; nothing if there is no VALUE. */
static char *tag(const char *label, const char *value)
{
	return value ? g_strdup_printf("%s: %s", label, value) : g_strdup("");
}

static void add_head(GArray *marks, const ksig_recipe *recipe, const char *release, unsigned number)
{
	g_autofree char *word = release_word(release), *full = g_strdup_printf("%u.%s", number, word);
	g_autofree char *summary = ksig_rpm_spec_text(recipe->summary);
	g_autofree char *description = ksig_rpm_spec_text(recipe->description ? recipe->description
									      : recipe->summary);
	g_autofree char *userspace = ksig_rpm_spec_text(recipe->userspace);
	g_autofree char *url = tag("URL", recipe->url);

	ksig_marks_add(marks, "KERNEL", release);
	ksig_marks_add(marks, "NAME", recipe->name);
	ksig_marks_add(marks, "VERSION", recipe->version);
	ksig_marks_add(marks, "RELEASE", full);
	ksig_marks_add(marks, "SUMMARY", summary);
	ksig_marks_add(marks, "LICENSE", recipe->license);
	ksig_marks_add(marks, "URL", url);
	ksig_marks_add(marks, "DESCRIPTION", description);
	ksig_marks_add(marks, "USERSPACE", userspace);
}

static void add_patch(GString *tags, GString *apply, guint number, const char *file, int strip)
{
	g_string_append_printf(tags, "%sPatch%u: %s", tags->len ? "\n" : "", number, file);
	g_string_append_printf(apply,
			       "%s%%{__patch} -p%d -f --fuzz=0 --no-backup-if-mismatch -i %%{PATCH%u} || "
			       "{ set +x; echo \"error: %s does not apply (-p%d)\" >&2; exit 1; }",
			       apply->len ? "\n" : "", strip, number, file, strip);
}

static void add_patches(GArray *marks, const ksig_recipe *recipe, const char *release, unsigned flags)
{
	g_autoptr(GString) tags = g_string_new(NULL), apply = g_string_new(NULL);

	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *file = g_path_get_basename(patch->file);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			add_patch(tags, apply, i, file, patch->strip);
	}
	if (flags & KSIG_KMOD_SPEC_DEVICES) {
		g_autofree char *file = g_strdup_printf("kmod-%s-devices.patch", recipe->name);
		add_patch(tags, apply, DEVICES_PATCH, file, 1);
	}
	ksig_marks_add(marks, "PATCHES", tags->str);
	ksig_marks_add(marks, "APPLY", apply->str);
}

/* The recipe's options as definitions for the compiler; those that are off as lines that take them back. */
static void add_options(GArray *marks, const ksig_recipe *recipe, const char *release)
{
	g_autoptr(GString) on = g_string_new(NULL), off = g_string_new(NULL);

	for (guint i = 0; i < recipe->options->len; i++) {
		const struct ksig_recipe_option *option = g_ptr_array_index(recipe->options, i);
		if (!ksig_kmod_recipe_option_is_for(option, release))
			continue;
		g_auto(GStrv) pair = g_strsplit(option->setting, "=", 2);
		if (g_str_equal(pair[1], "m"))
			g_string_append_printf(on, " -D%s_MODULE=1", pair[0]);
		else if (g_str_equal(pair[1], "n"))
			g_string_append_printf(off, "%s#undef %s\n#undef %s_MODULE", off->len ? "\n" : "",
					       pair[0], pair[0]);
		else
			g_string_append_printf(on, " -D%s=%s", pair[0],
					       g_str_equal(pair[1], "y") ? "1" : pair[1]);
	}
	ksig_marks_add(marks, "DEFINITIONS", on->len ? on->str + 1 : "");
	ksig_marks_add(marks, "OFF", off->str);
}

/*
 * A word of the recipe; "@build@", "@source@", "@kernel@" and "@here@" stand for the kernel's build folder,
 * its makefiles' folder, its release and the unpacked source.
 */
static char *in_spec(const char *text)
{
	g_autoptr(GString) word = g_string_new(text);

	g_string_replace(word, "@build@", "%{kernel_build}", 0);
	g_string_replace(word, "@source@", "%{kernel_source}", 0);
	g_string_replace(word, "@kernel@", "%{kernel_release}", 0);
	g_string_replace(word, "@here@", "$PWD", 0);
	return g_strdup(word->str);
}

static void write_words(GString *out, char **words)
{
	for (; words && *words; words++) {
		g_autofree char *word = in_spec(*words);
		g_string_append_printf(out, " \"%s\"", word);
	}
}

/* Arguments of make; KCFLAGS come behind those of all recipes, which they would take the place of. */
static void write_arguments(GString *out, char **arguments)
{
	g_autoptr(GString) flags = g_string_new("$flags");

	for (; *arguments; arguments++) {
		char *const one[] = {*arguments, NULL};
		g_autofree char *word = in_spec(*arguments);
		if (g_str_has_prefix(word, "KCFLAGS="))
			g_string_append_printf(flags, " %s", word + strlen("KCFLAGS="));
		else
			write_words(out, (char **) one);
	}
	g_string_append_printf(out, " KCFLAGS=\"%s\"", flags->str);
}

/*
 * The module's own makefiles know how to call the kernel's; they get the flags as kbuild does. Symbols come
 * by the environment: such a makefile may add its own.
 */
static void write_pass(GString *out, const ksig_recipe *recipe, const struct ksig_recipe_pass *pass,
		       const char *release)
{
	g_autofree char *objects = g_strjoinv(" ", pass->objects);

	if (*objects)
		g_string_append_printf(out, "echo 'obj-m := %s' > %s/Kbuild\n", objects, pass->directory);
	if (pass->own)
		g_string_append_printf(out, "KBUILD_EXTRA_SYMBOLS=\"$symbols\" make -C %s %%{?_smp_mflags}",
				       pass->directory);
	else
		g_string_append_printf(out, "make -C %%{kernel_build} M=\"$PWD/%s\" %%{?_smp_mflags}",
				       pass->directory);
	g_string_append(out, "%{?kernel_compiler: CC=%{kernel_compiler}}");
	for (guint i = 0; !pass->own && i < recipe->options->len; i++) {
		const struct ksig_recipe_option *option = g_ptr_array_index(recipe->options, i);
		if (ksig_kmod_recipe_option_is_for(option, release))
			g_string_append_printf(out, " %s", option->setting);
	}
	write_arguments(out, pass->arguments);
	if (!pass->own)
		g_string_append(out, " KBUILD_EXTRA_SYMBOLS=\"$symbols\"");
	write_words(out, pass->targets);
	if (!pass->own && !*pass->targets)
		g_string_append(out, " modules");
	g_string_append_printf(out, "\nsymbols=\"$symbols $PWD/%s/Module.symvers\"\n", pass->directory);
}

/* What goes with the modules: settings of modprobe and dracut, the licence's text. */
static void add_files(GArray *marks, const ksig_recipe *recipe)
{
	g_auto(GStrv) patterns = ksig_kmod_license_patterns(recipe);
	g_autofree char *named = g_strjoinv(" ", recipe->license_files), *usual = g_strjoinv(" ", patterns);
	g_autofree char *lines = recipe->modprobe ? g_strjoinv("\n", recipe->modprobe) : g_strdup("");

	ksig_marks_add(marks, "MODPROBE", *lines ? "1" : "0");
	ksig_marks_add(marks, "MODPROBE_LINES", lines);
	ksig_marks_add(marks, "DRACUT", g_strcmp0(recipe->initramfs, "always") == 0 ? "1" : "0");
	ksig_marks_add(marks, "INITRAMFS", g_strcmp0(recipe->initramfs, "no") == 0 ? "0" : "1");
	ksig_marks_add(marks, "LICENSE_NAMED", *named ? "1" : "0");
	ksig_marks_add(marks, "LICENSE_FILES", *named ? named : usual);
}

/* "5.14.0-362.el9" of EL's "5.14.0-362.el9.x86_64", as its packages are called; NULL: another kernel's. */
static char *enterprise_release(const char *release)
{
	const char *el = strstr(release, ".el");
	const char *dot = el && g_ascii_isdigit(el[strlen(".el")]) ? strrchr(release, '.') : NULL;

	return dot && dot > el ? g_strndup(release, (gsize) (dot - release)) : NULL;
}

static void add_kernel(GArray *marks, const ksig_recipe *recipe, const char *release)
{
	g_autofree char *evr = enterprise_release(release);
	g_autofree char *names = g_strjoinv(" ", recipe->architectures);
	g_autofree char *architectures = tag("ExclusiveArch", *names ? names : NULL);

	ksig_marks_add(marks, "ENTERPRISE", evr ? "1" : "0");
	ksig_marks_add(marks, "KERNEL_EVR", evr ? evr : "0");
	ksig_marks_add(marks, "ARCHITECTURES", architectures);
}

static void add_build(GArray *marks, const ksig_recipe *recipe, const char *release)
{
	g_autoptr(GString) configure = g_string_new(NULL), passes = g_string_new(NULL);

	if (*recipe->configure) {
		g_string_append(configure, "[ -x configure ] || sh autogen.sh\n./configure");
		write_words(configure, recipe->configure);
	}
	for (guint i = 0; i < recipe->passes->len; i++)
		write_pass(passes, recipe, g_ptr_array_index(recipe->passes, i), release);
	ksig_marks_add(marks, "CONFIGURE", configure->str);
	ksig_marks_add(marks, "PASSES", passes->str);
}

char *ksig_kmod_spec(const ksig_recipe *recipe, const char *release, unsigned number, unsigned flags)
{
	g_autoptr(GBytes) template = g_resource_lookup_data(
		ksig_kmod_spec_get_resource(), "/ksig/kmod/kmod.spec.in", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
	g_autoptr(GArray) marks = ksig_marks_new();
	g_autofree char *modules = g_strjoinv(" ", recipe->modules);

	add_head(marks, recipe, release, number);
	add_patches(marks, recipe, release, flags);
	add_options(marks, recipe, release);
	add_build(marks, recipe, release);
	add_files(marks, recipe);
	add_kernel(marks, recipe, release);
	spec_add_changelog(marks, recipe, release, number);
	ksig_marks_add(marks, "MODULES", modules);
	ksig_marks_add(marks, "SIGN", flags & KSIG_KMOD_SPEC_SIGN ? "1" : "0");
	return ksig_marks_fill(marks, g_bytes_get_data(template, NULL));
}
