/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <string.h>

static const struct ksig_process_options plain = {0};

/* A source package on its way through. */
struct plus {
	const struct ksig_plus_options *options;
	char *work, *sources, *spec; /* SPEC: the one of the base */
	char *version;               /* "5.14.0-284.11.1.el9_2", the base's */
	char *tarball;
	GPtrArray *configs;  /* of char *: the vendor's configurations of this architecture */
	GPtrArray *decided;  /* of struct ksig_option: the flavour's, and new options with their proposals */
	GPtrArray *proposed; /* owns what of DECIDED is not the flavour's */
	GPtrArray *droppable;
};

void ksig_plus_result_clear(struct ksig_plus_result *result)
{
	g_clear_pointer(&result->path, g_free);
	g_clear_pointer(&result->droppable, g_ptr_array_unref);
}

static void proposed_free(gpointer data)
{
	struct ksig_option *option = data;

	g_free(option->name);
	g_free(option->value);
	g_free(option);
}

typedef struct plus plus_t;

static void plus_clear(plus_t *plus)
{
	g_free(plus->work);
	g_free(plus->sources);
	g_free(plus->spec);
	g_free(plus->version);
	g_free(plus->tarball);
	g_clear_pointer(&plus->configs, g_ptr_array_unref);
	g_clear_pointer(&plus->decided, g_ptr_array_unref);
	g_clear_pointer(&plus->proposed, g_ptr_array_unref);
	g_clear_pointer(&plus->droppable, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(plus_t, plus_clear)

static bool base_version(struct plus *plus, GError **error)
{
	const char *const argv[] = {
		"rpm", "-qp", "--nosignature", "--qf", "%{NAME} %{VERSION}-%{RELEASE}", plus->options->base,
		NULL};
	g_autoptr(GString) text = NULL;

	if (!ksig_process_run(argv, &plain, NULL, &text, error))
		return false;
	const char *space = strchr(text->str, ' ');
	if (!space || !g_str_has_prefix(text->str, "kernel"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a kernel's source package expected, not %s", plus->options->base,
				      text->str);
	plus->version = g_strdup(space + 1);
	return true;
}

static bool unpack_base(struct plus *plus, GError **error)
{
	g_autofree char *topdir = g_strconcat("_topdir ", plus->work, NULL);
	g_autofree char *specs = g_build_filename(plus->work, "SPECS", NULL);
	const char *const argv[] = {"rpm",      "-i",   "--nosignature",     "--nodeps",
				    "--define", topdir, plus->options->base, NULL};

	plus->sources = g_build_filename(plus->work, "SOURCES", NULL);
	if (!ksig_directory_remove(plus->sources, error) || !ksig_directory_remove(specs, error) ||
	    !ksig_directory_make(plus->work, error) || !ksig_process_run(argv, &plain, NULL, NULL, error))
		return false;
	plus->spec = g_build_filename(specs, "kernel.spec", NULL);
	if (!g_file_test(plus->spec, G_FILE_TEST_IS_REGULAR))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel.spec in it",
				      plus->options->base);
	return true;
}

/* Finds the tarball and the configurations among the sources. */
static bool find_sources(struct plus *plus, GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(plus->sources, 0, NULL);
	const char *name;

	plus->configs = g_ptr_array_new_with_free_func(g_free);
	while (directory && (name = g_dir_read_name(directory))) {
		if (g_str_has_prefix(name, "linux-") && strstr(name, ".tar") && !plus->tarball)
			plus->tarball = g_build_filename(plus->sources, name, NULL);
		if (g_str_has_prefix(name, "kernel-") && strstr(name, plus->options->arch) &&
		    g_str_has_suffix(name, ".config"))
			g_ptr_array_add(plus->configs, g_build_filename(plus->sources, name, NULL));
	}
	if (!plus->tarball || !plus->configs->len)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: linux-*.tar* and kernel-*%s*.config expected in it",
				      plus->options->base, plus->options->arch);
	return true;
}

/* The vendor's configuration that is built first: not a debug one. */
static const char *main_config(const struct plus *plus)
{
	for (guint i = 0; i < plus->configs->len; i++)
		if (!strstr(strrchr(g_ptr_array_index(plus->configs, i), '/'), "debug"))
			return g_ptr_array_index(plus->configs, i);
	return g_ptr_array_index(plus->configs, 0);
}

static bool find_droppable_options(struct plus *plus, GError **error)
{
	g_autoptr(ksig_config) config = ksig_config_load(main_config(plus), error);

	for (guint i = 0; config && i < plus->options->flavour->options->len; i++) {
		const struct ksig_option *option = g_ptr_array_index(plus->options->flavour->options, i);
		if (g_strcmp0(ksig_config_get(config, option->name), option->value) == 0)
			g_ptr_array_add(plus->droppable, g_strconcat("option ", option->name, NULL));
	}
	return config != NULL;
}

static bool try_patch(const char *tree, const char *path, bool reverse, bool *out_applies, GString **out,
		      GError **error)
{
	const char *const argv[] = {"patch",
				    "-d",
				    tree,
				    "-p1",
				    "-F0",
				    "-s",
				    "-f",
				    reverse ? "-R" : "-N",
				    reverse ? "--dry-run" : "-i",
				    reverse ? "-i" : path,
				    reverse ? path : NULL,
				    NULL};
	int status = 0;

	if (!ksig_process_run(argv, &plain, &status, out, error))
		return false;
	*out_applies = status == 0;
	return true;
}

/* A patch that comes off the vendor's tree is in it already. */
static bool check_patch(struct plus *plus, const char *tree, const struct ksig_flavour_patch *patch,
			GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/%s.patch", plus->sources, patch->name);
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_SPEC_BYTES, NULL, error);
	g_autoptr(GString) output = NULL, ignored = NULL;
	bool is_there = false, applies = false;
	unsigned lines = 0;

	for (const char *c = text; c && *c; c++)
		lines += *c == '\n';
	if (!text || !try_patch(tree, path, true, &is_there, &ignored, error))
		return false;
	if (lines < 10)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: fewer than ten lines, which kernel.spec takes for an empty patch",
				      path);
	if (is_there) {
		g_ptr_array_add(plus->droppable, g_strconcat("patch ", patch->name, NULL));
		return true;
	}
	if (!try_patch(tree, path, false, &applies, &output, error))
		return false;
	if (!applies)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: patch %s does not apply: %s",
				      plus->options->flavour->path, patch->name, g_strstrip(output->str));
	return true;
}

static bool check_patches(struct plus *plus, const char *tree, GError **error)
{
	const GPtrArray *patches = plus->options->flavour->patches;

	if (!kernel_write_patches(plus->options->workspace, plus->options->flavour, plus->sources, error))
		return false;
	for (guint i = 0; i < patches->len; i++)
		if (!check_patch(plus, tree, g_ptr_array_index(patches, i), error))
			return false;
	return true;
}

/* Configures the tree as the build will, and takes what kbuild then asks for into the overlay. */
static bool check_options(struct plus *plus, const char *tree, GError **error)
{
	g_autofree char *output = g_build_filename(plus->work, "output", NULL);
	g_autoptr(GPtrArray) found = NULL;
	const struct ksig_configure_options configure = {
		.source = tree,
		.output = output,
		.arch = plus->options->arch,
		.base = main_config(plus),
		.flavour = plus->options->flavour,
		.neighbours = plus->options->neighbours,
		.accept_defaults = plus->options->accept_defaults,
	};

	bool good = ksig_directory_remove(output, error) && ksig_configure(&configure, &found, error);
	for (guint i = 0; found && i < found->len; i++) {
		const struct ksig_new_option *new_option = g_ptr_array_index(found, i);
		struct ksig_option *option = g_new0(struct ksig_option, 1);
		option->name = g_strdup(new_option->name);
		option->value = g_strdup(new_option->proposal);
		g_ptr_array_add(plus->proposed, option);
		g_ptr_array_add(plus->decided, option);
	}
	if (plus->options->out_new)
		*plus->options->out_new = g_steal_pointer(&found);
	return good;
}

static bool check_tree(struct plus *plus, GError **error)
{
	g_autofree char *tree = g_build_filename(plus->work, "tree", NULL);
	bool config_only = plus->options->flavour->patches->len == 0;

	return ksig_directory_remove(tree, error) &&
	       ksig_tarball_unpack(plus->tarball, tree, config_only, error) &&
	       check_patches(plus, tree, error) && check_options(plus, tree, error);
}

static bool change_file(const char *path, GPtrArray *options, GError **error)
{
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_CONFIG_BYTES, NULL, error);

	if (!text)
		return false;
	g_autofree char *changed = ksig_config_text_change(text, options);
	return ksig_file_write(path, changed, -1, 0644, error);
}

/* el9 merges kernel-local over each configuration; el8 has no such place, so each is changed. */
static bool write_options(struct plus *plus, GError **error)
{
	g_autofree char *local = g_build_filename(plus->sources, "kernel-local", NULL);

	if (g_file_test(local, G_FILE_TEST_EXISTS))
		return change_file(local, plus->decided, error);
	for (guint i = 0; i < plus->configs->len; i++)
		if (!change_file(g_ptr_array_index(plus->configs, i), plus->decided, error))
			return false;
	return true;
}

static bool is_droppable(const struct plus *plus, const char *patch)
{
	g_autofree char *name = g_strconcat("patch ", patch, NULL);

	return g_ptr_array_find_with_equal_func(plus->droppable, name, g_str_equal, NULL);
}

static char *entry_of(const struct plus *plus, GError **error)
{
	const ksig_flavour *flavour = plus->options->flavour;
	g_autofree char *head = kernel_changelog_head(plus->options->date, flavour->packager, "@", error);
	g_autofree char *reasons = kernel_reasons(flavour);

	if (!head)
		return NULL;
	/* el8's and el9's entries carry the version in brackets. */
	char *mark = strstr(head, " - @");
	*mark = '\0';
	return g_strdup_printf("%s [%s%s]\n%s\n", head, plus->version, flavour->tag, reasons);
}

static char *write_spec(struct plus *plus, GError **error)
{
	const ksig_flavour *flavour = plus->options->flavour;
	g_autofree char *text = ksig_file_read(plus->spec, KERNEL_LIMIT_SPEC_BYTES, NULL, error);
	g_autofree char *entry = text ? entry_of(plus, error) : NULL;
	g_autoptr(GPtrArray) patches = g_ptr_array_new_with_free_func(g_free);

	if (!entry)
		return NULL;
	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		if (!is_droppable(plus, patch->name))
			g_ptr_array_add(patches, g_strconcat(patch->name, ".patch", NULL));
	}
	g_ptr_array_add(patches, NULL);
	const struct ksig_spec_changes changes = {.package = flavour->package,
						  .tag = flavour->tag,
						  .patches = (const char *const *) patches->pdata,
						  .changelog = entry};
	g_autofree char *changed = ksig_spec_change(text, &changes, plus->spec, error);
	/* The spec asks for a file of its own package's name when it applies patches. */
	char *path = g_strdup_printf("%s/%s.spec", plus->sources, flavour->package);
	if (!changed || !ksig_file_write(path, changed, -1, 0644, error))
		g_clear_pointer(&path, g_free);
	return path;
}

static bool write_diff(const struct plus *plus, const char *spec, const char *path, GError **error)
{
	const char *const argv[] = {"diff",         "-u",       "--label", "kernel.spec", "--label",
				    "changed.spec", plus->spec, spec,      NULL};
	g_autoptr(GString) text = NULL;
	int status = 0;

	return ksig_process_run(argv, &plain, &status, &text, error) &&
	       ksig_file_write(path, text->str, (gssize) text->len, 0644, error);
}

static bool package(struct plus *plus, const char *target, GError **error)
{
	g_autofree char *spec = write_spec(plus, error);
	g_autofree char *diff = g_build_filename(plus->work, "spec.diff", NULL);
	g_autofree char *log = g_build_filename(plus->work, "build.log", NULL);
	const struct ksig_rpmbuild build = {
		.topdir = plus->work, .dist = plus->options->dist, .arch = plus->options->arch, .log = log};

	if (!spec || !write_options(plus, error) || !write_diff(plus, spec, diff, error))
		return false;
	g_autofree char *srpm = ksig_rpmbuild_source(&build, spec, error);
	if (!srpm)
		return false;
	g_autoptr(GPtrArray) files = g_ptr_array_new();
	g_ptr_array_add(files, srpm);
	g_ptr_array_add(files, spec);
	g_ptr_array_add(files, diff);
	return kernel_publish(target, files, error);
}

static bool plus_run(struct plus *plus, const char *target, GError **error)
{
	const ksig_flavour *flavour = plus->options->flavour;

	plus->droppable = g_ptr_array_new_with_free_func(g_free);
	plus->proposed = g_ptr_array_new_with_free_func(proposed_free);
	plus->decided = g_ptr_array_new();
	for (guint i = 0; i < flavour->options->len; i++)
		g_ptr_array_add(plus->decided, g_ptr_array_index(flavour->options, i));
	return unpack_base(plus, error) && find_sources(plus, error) && find_droppable_options(plus, error) &&
	       check_tree(plus, error) && package(plus, target, error);
}

bool ksig_plus_build(const struct ksig_plus_options *options, struct ksig_plus_result *out, GError **error)
{
	g_autofree char *workspace = g_canonicalize_filename(options->workspace, NULL);
	struct ksig_plus_options absolute = *options;
	g_auto(plus_t) plus = {.options = &absolute};

	absolute.workspace = workspace;
	if (!base_version(&plus, error))
		return false;
	g_autofree char *name = g_strconcat(plus.version, options->flavour->tag, NULL);
	g_autofree char *target = g_build_filename(workspace, "kernel", options->flavour->package, name,
						   NULL);
	g_autofree char *job = g_strdup_printf("%s-%s", options->flavour->package, name);
	bool was_there = g_file_test(target, G_FILE_TEST_IS_DIR);
	plus.work = g_build_filename(workspace, "work", "kernel", job, NULL);
	if (!was_there && !plus_run(&plus, target, error))
		return false;
	out->path = g_steal_pointer(&target);
	out->was_there = was_there;
	out->droppable = plus.droppable ? g_steal_pointer(&plus.droppable) : g_ptr_array_new();
	return true;
}
