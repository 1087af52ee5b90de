/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plus flavour's source package built and published: the tag at the first place where rpm finds the release
 * newer.
 */
#include "kernel/plus-internal.h"
#include "kernel/boot-gate-internal.h"
#include "kernel/fetch-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/lts-spec-internal.h"
#include "kernel/made-of-internal.h"
#include "kernel/package-build-internal.h"
#include "kernel/plus-base-internal.h"
#include "kernel/plus-check-internal.h"
#include "kernel/plus-spec-internal.h"
#include "kernel/plus-verify-internal.h"
#include "kernel/publish-internal.h"
#include "rpm/rpm.h"

#include <string.h>

static const struct ksig_process_options plain = {0};

void ksig_kernel_plus_result_clear(struct ksig_plus_result *result)
{
	g_clear_pointer(&result->path, g_free);
	ksig_kernel_plan_clear(&result->plan);
	g_clear_pointer(&result->droppable, g_ptr_array_unref);
	g_clear_pointer(&result->absent, g_ptr_array_unref);
	g_clear_pointer(&result->idle, g_ptr_array_unref);
	g_clear_pointer(&result->stopped, g_free);
}

static void plus_clear(plus_t *plus)
{
	g_free(plus->base);
	g_clear_pointer(&plus->own, ksig_scratch_free);
	g_free(plus->dist);
	g_free(plus->work);
	g_free(plus->sources);
	g_free(plus->spec);
	g_free(plus->version);
	g_free(plus->spec_dist);
	g_free(plus->stopped);
	g_free(plus->unseen);
	ksig_rpm_spec_facts_free(plus->facts);
	g_free(plus->beside);
	g_clear_pointer(&plus->left_out, g_ptr_array_unref);
	g_free(plus->tarball);
	g_free(plus->made_of);
	g_clear_pointer(&plus->configs, g_ptr_array_unref);
	g_clear_pointer(&plus->decided, g_ptr_array_unref);
	g_clear_pointer(&plus->droppable, g_ptr_array_unref);
	g_clear_pointer(&plus->absent, g_ptr_array_unref);
	g_clear_pointer(&plus->idle, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(plus_t, plus_clear)

static bool is_droppable(const struct plus *plus, const char *patch)
{
	g_autofree char *name = g_strconcat("patch ", patch, NULL);

	return g_ptr_array_find_with_equal_func(plus->droppable, name, g_str_equal, NULL);
}

/* Of what is done: not of what the kernel cannot have, nor of patches that it has already. */
static char *reasons_of(const struct plus *plus)
{
	ksig_flavour done = *plus->options->job.flavour;
	g_autoptr(GPtrArray) options = g_ptr_array_new(), patches = g_ptr_array_new();

	for (guint i = 0; i < done.options->len; i++)
		if (g_ptr_array_find(plus->decided, g_ptr_array_index(done.options, i), NULL))
			g_ptr_array_add(options, g_ptr_array_index(done.options, i));
	for (guint i = 0; i < done.patches->len; i++) {
		struct ksig_flavour_patch *patch = g_ptr_array_index(done.patches, i);
		if (!is_droppable(plus, patch->name))
			g_ptr_array_add(patches, patch);
	}
	done.options = options;
	done.patches = patches;
	return kernel_reasons(&done);
}

static char *entry_of(const struct plus *plus, GError **error)
{
	const ksig_flavour *flavour = plus->options->job.flavour;
	g_autofree char *head = kernel_changelog_head(plus->options->job.date, flavour->packager, "@", error);
	g_autofree char *reasons = reasons_of(plus);

	if (!head)
		return NULL;
	/* el8's and el9's entries carry the version in brackets. */
	char *mark = strstr(head, " - @");
	*mark = '\0';
	return g_strdup_printf("%s [%s%s]\n%s\n", head, plus->version, flavour->tag, reasons);
}

static GPtrArray *patches_of(const struct plus *plus)
{
	const ksig_flavour *flavour = plus->options->job.flavour;
	GPtrArray *patches = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		if (!is_droppable(plus, patch->name))
			g_ptr_array_add(patches, g_strconcat(patch->name, ".patch", NULL));
	}
	g_ptr_array_add(patches, NULL);
	return patches;
}

/* The spec asks for a file of its own package's name when it applies patches. */
static bool try_spec(const struct plus *plus, const char *text, const struct spec_changes *changes,
		     const char *path, GError **error)
{
	g_autofree char *changed = spec_change(text, changes, plus->spec, error);

	return changed && ksig_file_write(path, changed, -1, 0644, error) &&
	       plus_verify_spec(plus, path, error);
}

/*
 * The tag goes where it makes a newer release, which rpm is asked: into %dist, as CentOS Plus has it, into
 * buildid, where the spec has a place for it, or at the end. The first reason counts if none does.
 */
static char *write_spec(const struct plus *plus, bool other_way, GError **error)
{
	const ksig_flavour *flavour = plus->options->job.flavour;
	g_autofree char *text = ksig_file_read(plus->spec, KERNEL_LIMIT_SPEC_BYTES, NULL, error);
	g_autofree char *entry = text ? entry_of(plus, error) : NULL;
	g_autofree char *path = g_strdup_printf("%s/%s.spec", plus->work, flavour->package);
	g_autoptr(GPtrArray) patches = patches_of(plus);
	struct spec_changes changes = {.base = plus->facts->name,
				       .package = flavour->package,
				       .tag = flavour->tag,
				       .dist = plus->spec_dist,
				       .patches = (const char *const *) patches->pdata,
				       .other_way = other_way,
				       .changelog = entry};
	g_autoptr(GError) first = NULL;

	for (; entry && changes.tag_at < SPEC_TAG_N; changes.tag_at++)
		if (try_spec(plus, text, &changes, path, first ? NULL : &first))
			return g_steal_pointer(&path);
	if (first)
		g_propagate_error(error, g_steal_pointer(&first));
	return NULL;
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

/* The configuration that the tree was tried with, as what was published; the vendor's build makes its own. */
static bool add_config(const struct plus *plus, GPtrArray *files, GError **error)
{
	char *to = g_strdup_printf("%s/kernel-%s.config", plus->work, plus->options->job.arch);
	g_autofree char *from = g_build_filename(plus->work, "output", ".config", NULL);

	g_ptr_array_add(files, to);
	return kernel_fetch(from, to, KERNEL_LIMIT_CONFIG_BYTES, error);
}

/* The symbol versions of the tree itself, not of copies that devel packages have. */
static void add_symvers(GPtrArray *files, const char *folder)
{
	g_autoptr(GPtrArray) found = ksig_directory_find(folder, "/Module.symvers");
	const char *nearest = NULL;

	for (guint i = 0; i < found->len; i++)
		if (!nearest || strlen(g_ptr_array_index(found, i)) < strlen(nearest))
			nearest = g_ptr_array_index(found, i);
	if (nearest)
		g_ptr_array_add(files, g_strdup(nearest));
}

/* With the packages, their symbol versions: what the kABI is checked by. */
static bool build_binary(const struct plus *plus, const struct rpmbuild *build, const char *srpm,
			 GPtrArray *files, GError **error)
{
	const struct ksig_kernel_job *job = &plus->options->job;
	g_autofree char *folder = g_build_filename(plus->work, "BUILD", NULL);
	g_autoptr(GPtrArray) packages = rpmbuild_binary(build, srpm, error);

	if (!packages)
		return false;
	for (guint i = 0; i < packages->len; i++)
		g_ptr_array_add(files, g_strdup(g_ptr_array_index(packages, i)));
	g_ptr_array_add(files, g_strdup(build->log));
	add_symvers(files, folder);
	return kernel_gate(job, packages, NULL, plus->work, files, error);
}

/* What the base leaves out, the source package SRPM leaves out, too: it lies beside it. */
static bool add_left_out(const struct plus *plus, const char *srpm, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(srpm);

	for (guint i = 0; i < plus->left_out->len; i++) {
		const char *from = g_ptr_array_index(plus->left_out, i);
		g_autofree char *name = g_path_get_basename(from);
		g_autofree char *to = g_build_filename(folder, name, NULL);
		if (!kernel_fetch(from, to, KERNEL_LIMIT_SOURCE_BYTES, error))
			return false;
	}
	return true;
}

/* The result's parts that lie in WORK. */
struct source {
	char *spec, *diff, *srpm;
};

/* Makes the source package and has its %prep run. */
static bool try_source(struct plus *plus, const struct rpmbuild *build, bool other_way, struct source *source,
		       GError **error)
{
	g_autoptr(GPtrArray) patches = patches_of(plus);
	g_autofree char *spec = write_spec(plus, other_way, error);
	g_autofree char *diff = g_build_filename(plus->work, "spec.diff", NULL);
	g_autofree char *srpm = spec && write_diff(plus, spec, diff, error)
					? rpmbuild_source(build, spec, plus->sources, error)
					: NULL;

	g_clear_pointer(&plus->unseen, g_free);
	if (!srpm || !add_left_out(plus, srpm, error) ||
	    !plus_verify_prep(plus, srpm, (const char *const *) patches->pdata, &plus->unseen, error))
		return false;
	*source = (struct source){.spec = g_steal_pointer(&spec),
				  .diff = g_steal_pointer(&diff),
				  .srpm = g_steal_pointer(&srpm)};
	return true;
}

/* Whether %prep applies each patch by a line of its own or all that there are is for its run to say. The
 * first reason counts if it is neither. */
static bool make_source(struct plus *plus, const struct rpmbuild *build, struct source *source,
			GError **error)
{
	g_autoptr(GPtrArray) patches = patches_of(plus);
	g_autoptr(GError) first = NULL;

	if (try_source(plus, build, false, source, &first) ||
	    (patches->len > 1 && first->code != KSIG_ERROR_ENVIRONMENT &&
	     try_source(plus, build, true, source, NULL)))
		return true;
	g_propagate_error(error, g_steal_pointer(&first));
	return false;
}

/* What a build would publish. */
static bool plan(const struct plus *plus, struct source *source, struct ksig_kernel_plan *out, GError **error)
{
	g_autoptr(ksig_spec_facts)
		facts = ksig_rpm_spec_facts(source->spec, plus->sources, plus->version, plus->dist, error);

	out->spec = source->spec;
	out->source = source->srpm;
	out->config = g_strdup(plus_main_config(plus));
	out->packages = g_ptr_array_new_with_free_func(g_free);
	g_free(source->diff);
	for (guint i = 0; facts && i < facts->packages->len; i++)
		g_ptr_array_add(out->packages,
				g_strdup_printf("%s-%s-%s",
						(const char *) g_ptr_array_index(facts->packages, i),
						facts->version, facts->release));
	return facts != NULL;
}

static bool package(struct plus *plus, const char *target, struct ksig_kernel_plan *out, GError **error)
{
	g_autofree char *log = g_build_filename(plus->work, "build.log", NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	const struct ksig_kernel_job *job = &plus->options->job;
	const struct rpmbuild build = {.topdir = plus->work,
				       .dist = plus->dist,
				       .arch = job->arch,
				       .mock = job->mock,
				       .jobs = job->jobs,
				       .defines = job->defines,
				       .date = job->date,
				       .log = log};
	struct source source = {0};

	if (!make_source(plus, &build, &source, error))
		return false;
	if (plus->options->is_dry_run)
		return plan(plus, &source, out, error);
	g_ptr_array_add(files, source.spec);
	g_ptr_array_add(files, source.diff);
	g_ptr_array_add(files, source.srpm);
	for (guint i = 0; i < plus->left_out->len; i++)
		g_ptr_array_add(files, g_strdup(g_ptr_array_index(plus->left_out, i)));
	return add_config(plus, files, error) && made_of_write(plus->work, plus->made_of, files, error) &&
	       (!plus->options->is_binary || build_binary(plus, &build, source.srpm, files, error)) &&
	       kernel_publish(target, files, error);
}

/* Published already, with packages if they are wanted. */
static bool is_published(const struct ksig_plus_options *options, const char *target)
{
	g_autofree char *suffix = g_strdup_printf(".%s.rpm", options->job.arch);
	g_autoptr(GPtrArray) packages = ksig_directory_find(target, suffix);

	return g_file_test(target, G_FILE_TEST_IS_DIR) && (!options->is_binary || packages->len);
}

/* All that is known before the base is unpacked; gives where the result is published. */
static char *start(struct plus *plus, GError **error)
{
	const ksig_flavour *flavour = plus->options->job.flavour;
	const char *workspace = plus->options->job.workspace;
	g_autofree char *base_folder = g_build_filename(workspace, "work", "kernel", "base", NULL);

	if (!kernel_path_check(workspace, error) || !plus_find_base(plus, base_folder, error))
		return NULL;
	plus->dist = g_strdup(plus->options->job.dist);
	g_autofree char *name = g_strconcat(plus->version, flavour->tag, NULL);
	g_autofree char *job = g_strdup_printf("%s-%s", flavour->package, name);
	plus->work = g_build_filename(workspace, "work", "kernel", job, NULL);
	plus->droppable = g_ptr_array_new_with_free_func(g_free);
	plus->absent = g_ptr_array_new_with_free_func(g_free);
	plus->idle = g_ptr_array_new_with_free_func(g_free);
	plus->decided = g_ptr_array_new();
	for (guint i = 0; i < flavour->options->len; i++)
		g_ptr_array_add(plus->decided, g_ptr_array_index(flavour->options, i));
	return g_build_filename(workspace, "kernel", flavour->package, name, NULL);
}

static ksig_lock *take_lock(const struct plus *plus, GError **error)
{
	g_autofree char *path = g_build_filename(plus->work, "lock", NULL);

	return ksig_directory_make(plus->work, error) ? ksig_lock_take(path, error) : NULL;
}

bool ksig_kernel_plus_check(const struct ksig_plus_options *options, GPtrArray **out_droppable,
			    GError **error)
{
	g_autofree char *workspace = g_canonicalize_filename(options->job.workspace, NULL);
	g_autofree char *base = g_canonicalize_filename(options->base, NULL);
	struct ksig_plus_options absolute = *options;
	g_auto(plus_t) plus = {.options = &absolute};

	absolute.job.workspace = workspace;
	absolute.base = base;
	g_autofree char *target = start(&plus, error);
	g_autoptr(ksig_lock) lock = target ? take_lock(&plus, error) : NULL;
	if (!lock || !plus_open_base(&plus, error) || !plus_try(&plus, error))
		return false;
	*out_droppable = g_steal_pointer(&plus.droppable);
	return true;
}

bool ksig_kernel_plus_build(const struct ksig_plus_options *options, struct ksig_plus_result *out,
			    GError **error)
{
	g_autofree char *workspace = g_canonicalize_filename(options->job.workspace, NULL);
	g_autofree char *base = g_canonicalize_filename(options->base, NULL);
	struct ksig_plus_options absolute = *options;
	g_auto(plus_t) plus = {.options = &absolute};

	absolute.job.workspace = workspace;
	absolute.base = base;
	g_autofree char *target = start(&plus, error);
	if (!target)
		return false;
	const char *const inputs[] = {base, NULL};
	plus.made_of = made_of(&options->job, inputs, error);
	if (!plus.made_of || !made_of_check(target, plus.made_of, error))
		return false;
	bool was_there = is_published(options, target);
	if (!was_there || options->is_dry_run) {
		g_autoptr(ksig_lock) lock = take_lock(&plus, error);
		if (!lock || !plus_open_base(&plus, error) || !plus_try(&plus, error) ||
		    !package(&plus, target, &out->plan, error))
			return false;
	}
	out->plan.target = g_strdup(target);
	out->plan.was_there = was_there;
	out->path = g_steal_pointer(&target);
	out->was_there = was_there;
	out->droppable = g_steal_pointer(&plus.droppable);
	out->absent = g_steal_pointer(&plus.absent);
	out->idle = g_steal_pointer(&plus.idle);
	out->stopped = g_steal_pointer(&plus.unseen);
	return true;
}
