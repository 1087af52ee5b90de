/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration as a flavour asks for it: base, flavour merged by the kernel's own script, new options
 * proposed from neighbours, and every option checked to have had effect.
 */
#include "kernel/configure-internal.h"
#include "kernel/fetch-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/kconfig-expression-internal.h"
#include "kernel/kconfig-internal.h"
#include "kernel/kernel-internal.h"

#include <string.h>

void ksig_kernel_new_option_free(gpointer data)
{
	struct ksig_new_option *option = data;

	g_free(option->name);
	g_free(option->value);
	g_free(option->help);
	g_free(option->proposal);
	g_free(option->origin);
	g_free(option);
}

static bool make(const struct ksig_configure_options *options, const char *target, GString **out,
		 GError **error)
{
	const char *const targets[] = {target, NULL};

	return kbuild_make(options->source, options->output, options->arch, targets, out, error);
}

static char *config_path(const struct ksig_configure_options *options)
{
	return g_build_filename(options->output, ".config", NULL);
}

/* Puts the base where kbuild looks for it. */
static bool start_from_base(const struct ksig_configure_options *options, GError **error)
{
	g_autofree char *to = config_path(options);

	if (g_str_has_prefix(options->base, "make:"))
		return make(options, options->base + strlen("make:"), NULL, error);
	g_autoptr(ksig_config) base = ksig_kernel_config_load(options->base, error);
	return base && kernel_fetch(options->base, to, KERNEL_LIMIT_CONFIG_BYTES, error);
}

static void append_option(GString *fragment, const char *name, const char *value)
{
	if (g_str_equal(value, "n"))
		g_string_append_printf(fragment, "# CONFIG_%s is not set\n", name);
	else
		g_string_append_printf(fragment, "CONFIG_%s=%s\n", name, value);
}

/* Merges FRAGMENT over .config by the kernel's own script, which neither asks nor fills in (-m). */
static bool merge(const struct ksig_configure_options *options, const char *fragment, GError **error)
{
	g_autofree char *script = g_build_filename(options->source, "scripts/kconfig/merge_config.sh", NULL);
	g_autofree char *overlay = g_build_filename(options->output, "overlay.config", NULL);
	g_autofree char *config = config_path(options);
	const char *const argv[] = {script, "-m", "-O", options->output, config, overlay, NULL};
	const struct ksig_process_options process = {.directory = options->source, .timeout_ms = 60 * 1000};

	return ksig_file_write(overlay, fragment, -1, 0644, error) &&
	       ksig_process_run(argv, &process, NULL, NULL, error);
}

bool kconfig_defines(const char *folder, const char *name)
{
	g_autofree char *pattern = g_strdup_printf(
		"^[[:space:]]*(menu)?config[[:space:]]+%s[[:space:]]*(#.*)?$", name);
	const char *const argv[] = {"grep", "-rqE", "--include=Kconfig*", pattern, ".", NULL};
	const struct ksig_process_options process = {.directory = folder, .timeout_ms = 60 * 1000};
	int status = 1;

	return ksig_process_run(argv, &process, &status, NULL, NULL) && status == 0;
}

static bool is_wanted(const struct ksig_configure_options *options, const struct ksig_option *option)
{
	return !option->is_optional || options->may_be_idle || kconfig_defines(options->source, option->name);
}

static bool merge_flavour(const struct ksig_configure_options *options, GError **error)
{
	g_autoptr(GString) fragment = g_string_new(NULL);

	for (guint i = 0; options->flavour && i < options->flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(options->flavour->options, i);
		if (is_wanted(options, option))
			append_option(fragment, option->name, option->value);
	}
	return !fragment->len || merge(options, fragment->str, error);
}

/* A proposal: the first neighbour that decided the option, else kbuild's default. */
static bool propose(const struct ksig_configure_options *options, struct ksig_new_option *option,
		    GError **error)
{
	for (const char *const *path = options->neighbours; path && *path; path++) {
		g_autoptr(ksig_config) neighbour = ksig_kernel_config_load(*path, error);
		if (!neighbour)
			return false;
		const char *value = ksig_kernel_config_get(neighbour, option->name);
		if (!value)
			continue;
		option->proposal = g_strdup(value);
		option->origin = g_path_get_basename(*path);
		return true;
	}
	option->proposal = g_strdup(option->value);
	option->origin = g_strdup("default");
	return true;
}

static const char *help_of(GHashTable *symbols, const char *name)
{
	const GPtrArray *entries = g_hash_table_lookup(symbols, name);

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct kconfig_entry *entry = g_ptr_array_index(entries, i);
		if (entry->help)
			return entry->help;
	}
	return "";
}

/* What nobody decided yet, of char **: name and default. kbuild says "CONFIG_X=default", a line each. */
static GPtrArray *list_undecided(const struct ksig_configure_options *options, GError **error)
{
	GPtrArray *pairs = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
	g_autoptr(GString) output = NULL;

	if (!make(options, "listnewconfig", &output, error)) {
		g_ptr_array_unref(pairs);
		return NULL;
	}
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "CONFIG_") && strchr(*line, '='))
			g_ptr_array_add(pairs, g_strsplit(*line + strlen("CONFIG_"), "=", 2));
	return pairs;
}

/* Names of what the base leaves undecided, before anything is merged; empty unless it may. */
static GHashTable *undecided_of_base(const struct ksig_configure_options *options, GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!options->keep_undecided)
		return g_steal_pointer(&names);
	g_autoptr(GPtrArray) pairs = list_undecided(options, error);
	for (guint i = 0; pairs && i < pairs->len; i++)
		g_hash_table_add(names, g_strdup(((char **) pairs->pdata[i])[0]));
	return pairs ? g_steal_pointer(&names) : NULL;
}

/* What of the PAIRS is IGNORED (names) is none of ours. */
static bool read_new(const struct ksig_configure_options *options, const GPtrArray *pairs,
		     GHashTable *symbols, GHashTable *ignored, GPtrArray *found, GError **error)
{
	for (guint i = 0; i < pairs->len; i++) {
		char **pair = g_ptr_array_index(pairs, i);
		if (g_hash_table_contains(ignored, pair[0]))
			continue;
		struct ksig_new_option *option = g_new0(struct ksig_new_option, 1);
		g_ptr_array_add(found, option);
		option->name = g_strdup(pair[0]);
		option->value = g_strdup(*pair[1] ? pair[1] : "n");
		option->help = g_strdup(help_of(symbols, option->name));
		if (!propose(options, option, error))
			return false;
	}
	return true;
}

static bool accept(const struct ksig_configure_options *options, GPtrArray *found, GError **error)
{
	g_autoptr(GString) fragment = g_string_new(NULL);

	for (guint i = 0; i < found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(found, i);
		append_option(fragment, option->name, option->proposal);
	}
	return merge(options, fragment->str, error);
}

static bool decide_new(const struct ksig_configure_options *options, GHashTable *symbols, GHashTable *ignored,
		       GPtrArray *found, GError **error)
{
	g_autoptr(GPtrArray) pairs = list_undecided(options, error);

	if (!pairs || !read_new(options, pairs, symbols, ignored, found, error))
		return false;
	if (!found->len)
		return true;
	if (options->accept_defaults)
		return accept(options, found, error);
	const struct ksig_new_option *first = g_ptr_array_index(found, 0);
	return ksig_error_set(
		error, KSIG_ERROR_NEGATIVE,
		"%u new option%s that nobody decided, first %s (--accept-defaults takes the proposals)",
		found->len, found->len == 1 ? "" : "s", first->name);
}

/*
 * Every option of the flavour must be there as asked, and kbuild's .config says which are. Only of one that
 * is to be off and is nowhere in it is the tree asked whether it has such an option.
 */
static bool has_effect(const struct ksig_configure_options *options, const struct ksig_option *option,
		       const char *value)
{
	return g_str_equal(value ? value : "n", option->value) &&
	       (value || kconfig_defines(options->source, option->name));
}

static bool check_effect(const struct ksig_configure_options *options, GHashTable *symbols, GError **error)
{
	g_autofree char *path = config_path(options);
	g_autoptr(ksig_config) config = ksig_kernel_config_load(path, error);

	if (!config)
		return false;
	for (guint i = 0; options->flavour && i < options->flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(options->flavour->options, i);
		const char *value = ksig_kernel_config_get(config, option->name);
		if (option->is_optional || has_effect(options, option, value))
			continue;
		g_autofree char *why = kconfig_explain(symbols, config, option->name, option->value);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s=%s has no effect, it is %s: %s",
				      options->flavour->path, option->name, option->value,
				      value ? value : "n", why);
	}
	return true;
}

/* For explanations and help alone: what ksig cannot read of Kconfig goes without them. */
static GHashTable *read_symbols(const struct ksig_configure_options *options)
{
	GHashTable *symbols = kconfig_read(options->source, kbuild_srcarch(options->arch), NULL);

	return symbols ? symbols : g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

bool configure_base(const struct ksig_configure_options *options, GError **error)
{
	return ksig_directory_make(options->output, error) && start_from_base(options, error) &&
	       make(options, "olddefconfig", NULL, error);
}

bool ksig_kernel_configure(const struct ksig_configure_options *options, GPtrArray **out_new, GError **error)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(ksig_kernel_new_option_free);
	g_autoptr(GHashTable) symbols = read_symbols(options);
	g_autoptr(GHashTable) ignored = NULL;
	bool good = ksig_directory_make(options->output, error) && start_from_base(options, error) &&
		    (ignored = undecided_of_base(options, error)) != NULL && merge_flavour(options, error) &&
		    decide_new(options, symbols, ignored, found, error) &&
		    make(options, "olddefconfig", NULL, error) &&
		    (options->may_be_idle || check_effect(options, symbols, error));

	if (out_new)
		*out_new = g_steal_pointer(&found);
	return good;
}
