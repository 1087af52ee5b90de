/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A publication: planned, made aside, switched to. */
#include "publish/publish-internal.h"
#include "publish/advise-internal.h"
#include "publish/extras-internal.h"
#include "publish/generation-internal.h"
#include "publish/metadata-internal.h"
#include "publish/plan-internal.h"
#include "publish/pool-internal.h"
#include "publish/publish.h"
#include "publish/updateinfo-internal.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <sys/stat.h>

enum { DEFAULT_KEEP_GENERATIONS = 3 };

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(repo_publication, publication_clear)

void ksig_publish_result_free(ksig_repo_result *result)
{
	if (!result)
		return;
	g_clear_pointer(&result->changes, g_ptr_array_unref);
	g_clear_pointer(&result->packages, g_ptr_array_unref);
	g_free(result->generation);
	g_free(result);
}

GPtrArray *publication_prefixes(GPtrArray *packages)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *prefixes = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		const char *end = strstr(package->path, "/Packages/");
		g_autofree char *prefix = end ? g_strndup(package->path, (gsize) (end + 1 - package->path))
					      : NULL;
		if (!prefix || g_hash_table_contains(seen, prefix))
			continue;
		g_hash_table_add(seen, prefix);
		g_ptr_array_add(prefixes, g_steal_pointer(&prefix));
	}
	g_ptr_array_sort(prefixes, ksig_by_string);
	return prefixes;
}

GPtrArray *publication_packages(GPtrArray *packages, const char *prefix)
{
	g_autofree char *start = g_strconcat(prefix, "Packages/", NULL);
	GPtrArray *below = g_ptr_array_new();

	for (guint i = 0; i < packages->len; i++) {
		ksig_package *package = g_ptr_array_index(packages, i);
		if (g_str_has_prefix(package->path, start))
			g_ptr_array_add(below, package);
	}
	return below;
}

/* ---- one repository ------------------------------------------------------------------------------ */

static cr_UpdateInfo *updates_of(const repo_publication *publication, const char *prefix, GPtrArray *packages,
				 GHashTable *matched, guint *out_changed, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	const char *const channels[] = {options->channel, options->promote};
	g_autoptr(cr_UpdateInfo) updates = cr_updateinfo_new();

	for (size_t i = 0; i < G_N_ELEMENTS(channels); i++) {
		g_autofree char *folder = channels[i]
						  ? g_build_filename(options->root, channels[i], prefix, NULL)
						  : NULL;
		g_autofree char *repomd = folder ? g_build_filename(folder, "repodata", "repomd.xml", NULL)
						 : NULL;
		if (!repomd || !g_file_test(repomd, G_FILE_TEST_EXISTS))
			continue;
		g_autoptr(cr_UpdateInfo) there = repo_updates_load(folder, error);
		if (!there)
			return NULL;
		const guint changed = repo_updates_take(updates, there);
		*out_changed += i == 1 ? changed : 0;
	}
	*out_changed += repo_updates_merge(updates, options->advisories, packages, options->root, matched);
	*out_changed += repo_updates_merge(updates, publication->advised, packages, options->root, NULL);
	return g_steal_pointer(&updates);
}

/* Words about packages that are not there are a mistake in the words. */
static bool all_match(const repo_publication *publication, GHashTable *matched, GError **error)
{
	const GPtrArray *advisories = publication->options->advisories;

	for (guint i = 0; advisories && i < advisories->len; i++) {
		const ksig_advisory *advisory = g_ptr_array_index(advisories, i);
		if (g_hash_table_contains(matched, advisory))
			continue;
		g_autofree char *patterns = g_strjoinv(" ", advisory->packages);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "advisory %s: no package here is %s",
				      advisory->id, patterns);
	}
	return true;
}

/* Groups that nobody mentions stay as they are, as advisories do; the ones of a channel come with its
 * packages. */
static bool comps_of(const repo_publication *publication, const char *prefix, char **out_path,
		     bool *out_changed, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autofree char *folder = g_build_filename(options->root, options->channel, prefix, NULL);
	g_autofree char *other = options->promote
					 ? g_build_filename(options->root, options->promote, prefix, NULL)
					 : NULL;
	g_autoptr(GError) reason = NULL;
	g_autofree char *there = repo_metadata_find(folder, "group", &reason);
	g_autofree char *come = options->comps     ? g_strdup(options->comps)
				: other && !reason ? repo_metadata_find(other, "group", &reason)
						   : NULL;
	g_autofree char *old = NULL, *now = NULL;

	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (there && !(old = ksig_file_read(there, KSIG_RPM_LIMIT_SMALL_BYTES, NULL, error)))
		return false;
	if (come && !(now = ksig_file_read(come, KSIG_RPM_LIMIT_SMALL_BYTES, NULL, error)))
		return false;
	*out_changed = now && g_strcmp0(old, now) != 0;
	*out_path = come ? g_steal_pointer(&come) : g_steal_pointer(&there);
	return true;
}

static bool groups_change(const repo_publication *publication, GPtrArray *prefixes, bool *out_changed,
			  GError **error)
{
	for (guint i = 0; i < prefixes->len && !*out_changed; i++) {
		g_autofree char *path = NULL;
		if (!comps_of(publication, g_ptr_array_index(prefixes, i), &path, out_changed, error))
			return false;
	}
	return true;
}

static bool count_updates(const repo_publication *publication, GPtrArray *prefixes, guint *out_changed,
			  GError **error)
{
	g_autoptr(GHashTable) matched = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < prefixes->len; i++) {
		const char *prefix = g_ptr_array_index(prefixes, i);
		g_autoptr(GPtrArray) packages = publication_packages(publication->after, prefix);
		g_autoptr(cr_UpdateInfo)
			updates = updates_of(publication, prefix, packages, matched, out_changed, error);
		if (!updates)
			return false;
	}
	return all_match(publication, matched, error);
}

static bool link_packages(const repo_publication *publication, GPtrArray *packages, GError **error)
{
	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		g_autofree char *from = repo_pool_path(publication->options->root, package->sha256);
		g_autofree char *to = g_build_filename(publication->aside, package->path, NULL);
		if (!repo_link(from, to, error))
			return false;
	}
	return true;
}

static bool make_repository(const repo_publication *publication, const char *prefix, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GPtrArray) packages = publication_packages(publication->after, prefix);
	g_autofree char *folder = g_build_filename(publication->aside, prefix, NULL);
	g_autofree char *old = publication->current
				       ? g_build_filename(options->root, options->channel, prefix, NULL)
				       : NULL;
	const char *revision = strrchr(publication->next, '-') + 1;
	g_autofree char *comps = NULL;
	bool groups_changed = false;
	guint changed = 0;
	g_autoptr(cr_UpdateInfo) updates = updates_of(publication, prefix, packages, NULL, &changed, error);

	if (!updates || !comps_of(publication, prefix, &comps, &groups_changed, error) ||
	    !link_packages(publication, packages, error))
		return false;
	while (*revision == '0')
		revision++;
	const struct repo_metadata metadata = {
		.root = options->root,
		.folder = folder,
		.old_folder = old,
		.revision = revision,
		.packages = packages,
		.prefix = prefix,
		.updates = updates,
		.comps = comps,
		.signer = &options->signer,
	};
	return repo_metadata_write(&metadata, error);
}

/* ---- what readers of earlier generations still ask for ------------------------------------------- */

static bool carry_metadata(const repo_publication *publication, const char *generation, GPtrArray *prefixes,
			   GError **error)
{
	for (guint i = 0; i < prefixes->len; i++) {
		const char *prefix = g_ptr_array_index(prefixes, i);
		g_autofree char *folder = g_build_filename(generation, prefix, NULL);
		g_autofree char *repomd = g_build_filename(folder, "repodata", "repomd.xml", NULL);
		if (!g_file_test(repomd, G_FILE_TEST_EXISTS))
			continue;
		g_autoptr(GPtrArray) names = repo_metadata_files(folder, error);
		for (guint j = 0; names && j < names->len; j++) {
			g_autofree char *from = g_build_filename(folder, "repodata", names->pdata[j], NULL);
			g_autofree char *to = g_build_filename(publication->aside, prefix, "repodata",
							       names->pdata[j], NULL);
			if (!repo_link(from, to, error))
				return false;
		}
		if (!names)
			return false;
	}
	return true;
}

static bool carry_over(const repo_publication *publication, GPtrArray *prefixes, guint keep, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GPtrArray) names = repo_generation_list(options->root, options->channel, keep);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *folder = repo_generation_path(options->root, names->pdata[i]);
		g_autoptr(GPtrArray)
			packages = repo_generation_packages(options->root, names->pdata[i], error);
		if (!packages || !link_packages(publication, packages, error) ||
		    !carry_metadata(publication, folder, prefixes, error))
			return false;
	}
	return true;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static bool make_aside(repo_publication *publication, GPtrArray *prefixes, guint keep, GError **error)
{
	g_autofree char *parent = g_build_filename(publication->options->root, "generations", NULL);
	g_autoptr(ksig_progress) progress = ksig_progress_new("writing repositories", prefixes->len);

	publication->aside = ksig_directory_temporary(parent, ".building", error);
	if (!publication->aside)
		return false;
	if (chmod(publication->aside, 0755) != 0)
		return ksig_error_errno(error, errno, "%s", publication->aside);
	for (guint i = 0; i < prefixes->len; i++) {
		ksig_progress_set(progress, i);
		if (!make_repository(publication, g_ptr_array_index(prefixes, i), error))
			return false;
	}
	return carry_over(publication, prefixes, keep, error) &&
	       publication_write_extras(publication, prefixes, error) &&
	       repo_generation_write_packages(publication->aside, publication->after, error);
}

/* What killed runs left. */
static bool clean_up(const char *root, GError **error)
{
	g_autofree char *generations = g_build_filename(root, "generations", NULL);
	g_autoptr(GDir) dir = NULL;
	const char *name = NULL;

	if (!ksig_directory_own(generations, error))
		return false;
	dir = g_dir_open(generations, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(generations, name, NULL);
		if (g_str_has_prefix(name, ".building") && !ksig_directory_remove(path, error))
			return false;
	}
	return true;
}

static bool make_and_switch(repo_publication *publication, GPtrArray *prefixes, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	const guint keep = options->keep_generations ? options->keep_generations : DEFAULT_KEEP_GENERATIONS;

	publication->next = repo_generation_next(options->root, options->channel, options->above);
	if (!make_aside(publication, prefixes, keep, error))
		return false;
	if (options->dry_run)
		return true; /* all that a run finds was found; it goes with the scratch folder */
	g_autofree char *name = repo_generation_switch(options->root, options->channel, publication->aside,
						       publication->next, error);
	return name && repo_generation_prune(options->root, options->channel, keep + 1, error);
}

static bool publish(repo_publication *publication, ksig_repo_result *result, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	bool groups_changed = false;

	if (!publication_plan(publication, error))
		return false;
	if (options->advise &&
	    !(publication->advised = repo_advise(options, publication->changes, publication->after, error)))
		return false;
	g_autoptr(GPtrArray) prefixes = publication_prefixes(publication->after);
	if (!count_updates(publication, prefixes, &result->new_advisories, error) ||
	    !groups_change(publication, prefixes, &groups_changed, error) ||
	    !publication_compare_extras(publication, prefixes, &result->extras_changed, error))
		return false;
	if (options->gate &&
	    !options->gate(publication->changes, publication->after, options->gate_data, error))
		return false;
	const bool changes = publication->changes->len > 0 || result->new_advisories > 0 || groups_changed ||
			     result->extras_changed ||
			     options->above > repo_generation_last(options->root, options->channel);
	if (changes && !make_and_switch(publication, prefixes, error))
		return false;
	if (changes && !options->dry_run)
		result->generation = g_strdup(publication->next);
	result->changes = g_steal_pointer(&publication->changes);
	result->packages = g_steal_pointer(&publication->after);
	return true;
}

static bool channel_is_good(const char *channel, GError **error)
{
	static const char *const reserved[] = {"generations", "pool", NULL};

	for (const char *const *name = reserved; *name; name++)
		if (g_str_equal(*name, channel))
			return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a name for a channel",
					      channel);
	if (!ksig_path_is_safe(channel) || strchr(channel, '/') || *channel == '.')
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a name for a channel", channel);
	return true;
}

ksig_repo_result *ksig_publish_packages(const struct ksig_repo_options *options, GError **error)
{
	g_auto(repo_publication) publication = {.options = options};
	g_autoptr(ksig_repo_result) result = g_new0(ksig_repo_result, 1);
	g_autofree char *lock_path = g_build_filename(options->root, ".lock", NULL);

	ksig_rpm_library_init();
	if (!channel_is_good(options->channel, error) || !ksig_directory_make(options->root, error))
		return NULL;
	g_autoptr(ksig_lock) lock = ksig_lock_take(lock_path, error);
	if (!lock || !clean_up(options->root, error))
		return NULL;
	const bool published = publish(&publication, result, error);
	g_clear_pointer(&publication.aside, ksig_scratch_free); /* links into the pool */
	/* What was only tried, or refused, is in no generation: it goes, and so does what no generation
	 * needs. */
	const bool pruned = repo_pool_prune(options->root, published ? error : NULL);
	return published && pruned ? g_steal_pointer(&result) : NULL;
}
