/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plus flavour in each of the base's configurations: what it asks for, what kbuild then asks for in turn,
 * and what kbuild makes of other options for its sake. The vendor's %prep stops where a file says otherwise.
 */
#include "kernel/plus-configs-internal.h"
#include "kernel/configure-internal.h"
#include "kernel/plus-base-internal.h"
#include "kernel/plus-internal.h"
#include "kernel/plus-spec-internal.h"

#include <string.h>

/* One configuration on its way through. */
struct attempt {
	const char *path;    /* the file in SOURCES */
	GPtrArray *local;    /* of struct ksig_option: what kernel-local says of each */
	char *base;          /* as the spec takes it: with kernel-local over it */
	char *output;        /* where kbuild works */
	ksig_config *own;    /* what BASE says */
	ksig_config *before; /* what kbuild makes of it … */
	ksig_config *after;  /* … with the flavour */
	GPtrArray *found;    /* of struct ksig_new_option: what the flavour brings along */
	GPtrArray *changes;  /* of struct ksig_option: what the file has to say */
};

static void attempt_clear(struct attempt *attempt)
{
	g_free(attempt->base);
	g_free(attempt->output);
	g_clear_pointer(&attempt->own, ksig_kernel_config_free);
	g_clear_pointer(&attempt->before, ksig_kernel_config_free);
	g_clear_pointer(&attempt->after, ksig_kernel_config_free);
	g_clear_pointer(&attempt->found, g_ptr_array_unref);
	g_clear_pointer(&attempt->changes, g_ptr_array_unref);
}
typedef struct attempt attempt_t;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(attempt_t, attempt_clear)

static void change_free(gpointer data)
{
	struct ksig_option *option = data;

	g_free(option->name);
	g_free(option->value);
	g_free(option);
}

static void add_change(GPtrArray *changes, const char *name, const char *value)
{
	struct ksig_option *option = g_new0(struct ksig_option, 1);

	option->name = g_strdup(name);
	option->value = g_strdup(value);
	g_ptr_array_add(changes, option);
}

static char *local_path(const struct plus *plus)
{
	g_autofree char *path = g_build_filename(plus->sources, "kernel-local", NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

/* What CONFIG says, of struct ksig_option. */
static GPtrArray *options_of(const ksig_config *config)
{
	GPtrArray *options = g_ptr_array_new_with_free_func(change_free);
	GHashTableIter iterator;
	gpointer name, value;

	g_hash_table_iter_init(&iterator, config->values);
	while (g_hash_table_iter_next(&iterator, &name, &value))
		add_change(options, name, value);
	return options;
}

static bool change_file(const char *path, const char *to, GPtrArray *options, GError **error)
{
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_CONFIG_BYTES, NULL, error);

	if (!text)
		return false;
	g_autofree char *changed = config_text_change(text, options);
	return ksig_file_write(to, changed, -1, 0644, error);
}

/* What kernel-local says, of struct ksig_option; el9 and later merge it over each configuration. It is empty,
 * unless somebody rebuilt it. */
static GPtrArray *read_local(const struct plus *plus, GError **error)
{
	g_autofree char *path = local_path(plus);
	g_autoptr(ksig_config) local = path ? ksig_kernel_config_load(path, error) : NULL;

	if (!path)
		return g_ptr_array_new();
	return local ? options_of(local) : NULL;
}

static bool start_from(const struct plus *plus, struct attempt *attempt, GError **error)
{
	attempt->base = g_build_filename(plus->work, "base.config", NULL);
	return change_file(attempt->path, attempt->base, attempt->local, error) &&
	       (attempt->own = ksig_kernel_config_load(attempt->base, error)) != NULL;
}

static ksig_config *load_output(const struct attempt *attempt, GError **error)
{
	g_autofree char *path = g_build_filename(attempt->output, ".config", NULL);

	return ksig_kernel_config_load(path, error);
}

/* What the main configuration and a variant have in common. */
static struct ksig_configure_options configure_options(const struct plus *plus, const char *tree,
						       const struct attempt *attempt)
{
	return (struct ksig_configure_options){
		.source = tree,
		.output = attempt->output,
		.arch = plus->options->job.arch,
		.base = attempt->base,
		.flavour = plus->options->job.flavour,
		.neighbours = plus->options->job.neighbours,
		.accept_defaults = plus->options->job.accept_defaults,
		.keep_undecided = true,
	};
}

static bool run(struct attempt *attempt, const struct ksig_configure_options *options, GError **error)
{
	return configure_base(options, error) && (attempt->before = load_output(attempt, error)) != NULL &&
	       ksig_kernel_configure(options, &attempt->found, error) &&
	       (attempt->after = load_output(attempt, error)) != NULL;
}

/*
 * What the file says otherwise than kbuild for the flavour's sake. What kbuild makes otherwise already
 * without the flavour is the base's own affair (the compiler's version, say), and what is gone contradicts
 * nothing.
 */
static void add_forced(struct attempt *attempt)
{
	GHashTableIter iterator;
	gpointer name, value;

	g_hash_table_iter_init(&iterator, attempt->own->values);
	while (g_hash_table_iter_next(&iterator, &name, &value)) {
		const char *before = ksig_kernel_config_get(attempt->before, name);
		const char *after = ksig_kernel_config_get(attempt->after, name);
		if (after && !g_str_equal(after, value) && (!before || g_str_equal(before, value)))
			add_change(attempt->changes, name, after);
	}
}

/* All that the file has to say: the flavour's, what that brings along, and what it forces. */
static void collect(const struct plus *plus, struct attempt *attempt)
{
	const GPtrArray *asked = plus->options->job.flavour->options;

	attempt->changes = g_ptr_array_new_with_free_func(change_free);
	for (guint i = 0; i < asked->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(asked, i);
		if (g_strcmp0(ksig_kernel_config_get(attempt->after, option->name), option->value) == 0)
			add_change(attempt->changes, option->name, option->value);
	}
	for (guint i = 0; i < attempt->found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(attempt->found, i);
		const char *value = ksig_kernel_config_get(attempt->after, option->name);
		if (value)
			add_change(attempt->changes, option->name, value);
	}
	add_forced(attempt);
}

static bool has_option(const GPtrArray *options, const char *name)
{
	for (guint i = 0; i < options->len; i++)
		if (g_str_equal(((const struct ksig_option *) options->pdata[i])->name, name))
			return true;
	return false;
}

/* What kernel-local decides it decides over each file: there it is changed, too. Nothing is added to it. */
static bool change_local(const struct plus *plus, const struct attempt *attempt, GError **error)
{
	g_autofree char *path = local_path(plus);
	g_autoptr(GPtrArray) options = g_ptr_array_new();

	for (guint i = 0; i < attempt->changes->len; i++) {
		struct ksig_option *option = g_ptr_array_index(attempt->changes, i);
		if (has_option(attempt->local, option->name))
			g_ptr_array_add(options, option);
	}
	return !options->len || change_file(path, path, options, error);
}

/* ---- the main configuration ------------------------------------------------------------------------ */

/* What the flavour can do without is not decided where kbuild did not take it. */
static void drop_absent(struct plus *plus, const struct attempt *attempt)
{
	for (guint i = plus->decided->len; i-- > 0;) {
		const struct ksig_option *option = g_ptr_array_index(plus->decided, i);
		const char *value = ksig_kernel_config_get(attempt->after, option->name);
		if (!option->is_optional || g_strcmp0(value, option->value) == 0)
			continue;
		if (!g_str_equal(option->value, "n"))
			g_ptr_array_insert(plus->absent, 0, g_strdup(option->name));
		g_ptr_array_remove_index(plus->decided, i);
	}
}

static bool is_told(const GPtrArray *told, const char *name)
{
	for (guint i = 0; i < told->len; i++)
		if (g_str_equal(((const struct ksig_new_option *) told->pdata[i])->name, name))
			return true;
	return false;
}

/* Gives the new options to who asked for them, each once. */
static void tell_new(const struct plus *plus, struct attempt *attempt)
{
	GPtrArray **told = plus->options->job.out_new;
	guint i = 0;

	if (!told || !attempt->found)
		return;
	if (!*told)
		*told = g_ptr_array_new_with_free_func(ksig_kernel_new_option_free);
	while (i < attempt->found->len) {
		const struct ksig_new_option *option = g_ptr_array_index(attempt->found, i);
		if (is_told(*told, option->name))
			i++;
		else
			g_ptr_array_add(*told, g_ptr_array_steal_index(attempt->found, i));
	}
}

static bool decide_main(struct plus *plus, const char *tree, const char *config, GPtrArray *local,
			GError **error)
{
	g_auto(attempt_t) attempt = {
		.path = config, .local = local, .output = g_build_filename(plus->work, "output", NULL)};

	if (!ksig_directory_remove(attempt.output, error) || !start_from(plus, &attempt, error))
		return false;
	const struct ksig_configure_options options = configure_options(plus, tree, &attempt);
	bool good = run(&attempt, &options, error);
	if (good) {
		drop_absent(plus, &attempt);
		collect(plus, &attempt);
	}
	tell_new(plus, &attempt);
	return good && change_file(config, config, attempt.changes, error) &&
	       change_local(plus, &attempt, error);
}

/* ---- the variants: debug, rt, … -------------------------------------------------------------------- */

static bool is_as_asked(const ksig_config *config, const struct ksig_option *option)
{
	const char *value = ksig_kernel_config_get(config, option->name);

	return g_str_equal(value ? value : "n", option->value);
}

/* Asked for in the main configuration, and of no effect in this one. */
static void note_idle(struct plus *plus, const struct attempt *attempt)
{
	g_autofree char *name = g_path_get_basename(attempt->path);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < plus->decided->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(plus->decided, i);
		if (!is_as_asked(attempt->after, option))
			g_string_append_printf(text, "%s%s", text->len ? ", " : "", option->name);
	}
	if (text->len)
		g_ptr_array_add(plus->idle, g_strdup_printf("%s: %s", name, text->str));
}

/* Of what was found in a variant: what neither the main configuration nor a neighbour decides, which is said.
 */
static bool check_decided(const struct plus *plus, struct attempt *attempt, GError **error)
{
	for (guint i = attempt->found->len; i-- > 0;) {
		const struct ksig_new_option *option = g_ptr_array_index(attempt->found, i);
		if (!g_str_equal(option->origin, "default"))
			g_ptr_array_remove_index(attempt->found, i);
	}
	const guint undecided = attempt->found->len;
	g_autofree char *first =
		undecided ? g_strdup(((const struct ksig_new_option *) attempt->found->pdata[0])->name)
			  : NULL;
	tell_new(plus, attempt);
	return !undecided || plus->options->job.accept_defaults ||
	       ksig_error_set(
		       error, KSIG_ERROR_NEGATIVE,
		       "%s: %u new option%s that nobody decided, first %s (--accept-defaults takes the "
		       "proposals)",
		       attempt->path, undecided, undecided == 1 ? "" : "s", first);
}

static bool decide_variant(struct plus *plus, const char *tree, const char *config, GPtrArray *local,
			   const char *const *neighbours, GError **error)
{
	g_auto(attempt_t) attempt = {.path = config,
				     .local = local,
				     .output = g_build_filename(plus->work, "output-variant", NULL)};

	if (!start_from(plus, &attempt, error))
		return false;
	struct ksig_configure_options options = configure_options(plus, tree, &attempt);
	options.neighbours = neighbours;
	options.accept_defaults = true;
	options.may_be_idle = true;
	if (!run(&attempt, &options, error))
		return false;
	note_idle(plus, &attempt);
	collect(plus, &attempt);
	return check_decided(plus, &attempt, error) && change_file(config, config, attempt.changes, error);
}

/* Who is asked for proposals: the main configuration as it became, then the job's. */
static GPtrArray *neighbours_of(const struct plus *plus)
{
	GPtrArray *neighbours = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(neighbours, g_build_filename(plus->work, "output", ".config", NULL));
	for (const char *const *path = plus->options->job.neighbours; path && *path; path++)
		g_ptr_array_add(neighbours, g_strdup(*path));
	g_ptr_array_add(neighbours, NULL);
	return neighbours;
}

bool plus_decide_configs(struct plus *plus, const char *tree, GError **error)
{
	const char *main_config = plus_main_config(plus);
	g_autoptr(GPtrArray) neighbours = neighbours_of(plus), local = read_local(plus, error);

	if (!local || !decide_main(plus, tree, main_config, local, error))
		return false;
	for (guint i = 0; i < plus->configs->len; i++) {
		const char *config = g_ptr_array_index(plus->configs, i);
		if (config != main_config && !decide_variant(plus, tree, config, local,
							     (const char *const *) neighbours->pdata, error))
			return false;
	}
	return true;
}
