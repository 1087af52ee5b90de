/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a publication changes: which packages come, and where they stand. */
#include "publish/plan-internal.h"
#include "publish/generation-internal.h"
#include "publish/plan-leave-internal.h"
#include "publish/pool-internal.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <fnmatch.h>
#include <sys/stat.h>

enum { SCAN_LIMIT_DEPTH = 32 };

void publication_clear(repo_publication *publication)
{
	g_clear_pointer(&publication->places, g_hash_table_unref);
	g_clear_pointer(&publication->before, g_ptr_array_unref);
	g_clear_pointer(&publication->after, g_ptr_array_unref);
	g_clear_pointer(&publication->changes, g_ptr_array_unref);
	g_clear_pointer(&publication->advised, g_ptr_array_unref);
	g_clear_pointer(&publication->aside, ksig_scratch_free);
	g_clear_pointer(&publication->current, g_free);
	g_clear_pointer(&publication->next, g_free);
}

/* ---- places -------------------------------------------------------------------------------------- */

static bool is_debug(const ksig_package *package)
{
	return g_str_has_suffix(package->name, "-debuginfo") ||
	       g_str_has_suffix(package->name, "-debugsource") ||
	       strstr(package->name, "-debuginfo-") != NULL;
}

/* "9" of "1.el9", "513.el8_9": the digits after ".el". */
static char *release_of(const repo_publication *publication, const ksig_package *package, GError **error)
{
	if (publication->options->release)
		return g_strdup(publication->options->release);
	const char *at = g_strrstr(package->release, ".el");
	const size_t digits = at ? strspn(at + 3, "0123456789") : 0;
	if (digits > 0)
		return g_strndup(at + 3, digits);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no .elN in its release, and no --release given",
		       package->path);
	return NULL;
}

static char *place_of(const ksig_package *package, const char *release, const char *arch)
{
	const bool source = g_str_equal(package->arch, "src");

	return g_strdup_printf("%s/%s%s/Packages/%c/%s-%s-%s.%s.rpm", release, source ? "source" : arch,
			       !source && is_debug(package) ? "/debug" : "",
			       g_ascii_tolower(package->name[0]), package->name, package->version,
			       package->release, package->arch);
}

static bool was_before(const repo_publication *publication, const char *path)
{
	for (guint i = 0; i < publication->before->len; i++)
		if (g_str_equal(((const ksig_package *) publication->before->pdata[i])->path, path))
			return true;
	return false;
}

/* Keys change while packages stay: the same header under another signature takes the old one's place. */
static bool sign_anew(repo_publication *publication, ksig_package *there, const ksig_package *package,
		      GError **error)
{
	const char *root = publication->options->root;
	g_autofree char *old_path = repo_pool_path(root, there->sha256),
			*new_path = repo_pool_path(root, package->sha256);
	g_autofree char *old_sum = ksig_rpm_package_header_sum(old_path, NULL);
	g_autofree char *new_sum = ksig_rpm_package_header_sum(new_path, error);

	if (!old_sum || g_strcmp0(old_sum, new_sum) != 0 || !was_before(publication, there->path)) {
		g_clear_error(error);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: published before with other content",
				      there->path);
	}
	plan_note(publication, KSIG_REPO_DROP, there, "signed anew");
	g_free(there->sha256);
	g_free(there->key_id);
	there->sha256 = g_strdup(package->sha256);
	there->key_id = g_strdup(package->key_id);
	there->size_bytes = package->size_bytes;
	plan_note(publication, KSIG_REPO_ADD, there, "signed anew");
	return true;
}

static bool place(repo_publication *publication, const ksig_package *package, const char *path,
		  GError **error)
{
	const ksig_package *there = g_hash_table_lookup(publication->places, path);

	if (there && g_str_equal(there->sha256, package->sha256))
		return true;
	if (there)
		return sign_anew(publication, (ksig_package *) there, package, error);
	ksig_package *copy = package_copy(package, path);
	g_ptr_array_add(publication->after, copy);
	g_hash_table_insert(publication->places, copy->path, copy);
	plan_note(publication, KSIG_REPO_ADD, copy, "new");
	return true;
}

/* Release to the architectures that have a repository there. */
static GHashTable *arches_of(const repo_publication *publication)
{
	GHashTable *arches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						   (GDestroyNotify) g_ptr_array_unref);

	for (guint i = 0; i < publication->after->len; i++) {
		const ksig_package *package = g_ptr_array_index(publication->after, i);
		g_auto(GStrv) parts = g_strsplit(package->path, "/", 3);
		GPtrArray *some = g_hash_table_lookup(arches, parts[0]);
		if (g_str_equal(parts[1], "source") || g_str_equal(parts[1], "noarch"))
			continue;
		if (!some) {
			some = g_ptr_array_new_with_free_func(g_free);
			g_hash_table_insert(arches, g_strdup(parts[0]), some);
		}
		if (!g_ptr_array_find_with_equal_func(some, parts[1], g_str_equal, NULL))
			g_ptr_array_add(some, g_strdup(parts[1]));
	}
	return arches;
}

/* A noarch package stands in the repository of each architecture, or in one of its own while there is none.
 */
static bool spread_one(repo_publication *publication, const ksig_package *package,
		       GHashTable *arches_by_release, GError **error)
{
	g_autofree char *release = g_strndup(package->path, strcspn(package->path, "/"));
	const GPtrArray *arches = g_hash_table_lookup(arches_by_release, release);

	for (guint i = 0; arches && i < arches->len; i++) {
		g_autofree char *path = place_of(package, release, g_ptr_array_index(arches, i));
		if (!place(publication, package, path, error))
			return false;
	}
	return true;
}

static bool spread_noarch(repo_publication *publication, GError **error)
{
	g_autoptr(GHashTable) arches = arches_of(publication);
	const guint length = publication->after->len;

	for (guint i = 0; i < length; i++) {
		const ksig_package *package = g_ptr_array_index(publication->after, i);
		if (g_str_equal(package->arch, "noarch") && !spread_one(publication, package, arches, error))
			return false;
	}
	return true;
}

/* ---- what comes ---------------------------------------------------------------------------------- */

static bool wanted(const repo_publication *publication, const ksig_package *package)
{
	g_autofree char *nevra = ksig_rpm_package_nevra(package);
	const char *const *pattern = publication->options->patterns;

	if (!pattern)
		return true;
	for (; *pattern; pattern++)
		if (fnmatch(*pattern, nevra, 0) == 0)
			return true;
	return false;
}

/* The check reads the copy in the pool, which nobody else writes, so that what was checked is published. */
static bool take_file(repo_publication *publication, const char *path, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autofree char *sha256 = NULL;
	g_autofree char *pooled = NULL;

	if (!repo_pool_add(options->root, path, &sha256, &pooled, error))
		return false;
	g_autoptr(ksig_package) package = ksig_rpm_package_read(pooled, error);
	if (!package) {
		g_prefix_error(error, "%s: ", path);
		return false;
	}
	g_free(package->path);
	package->path = g_strdup(path);
	package->sha256 = g_steal_pointer(&sha256);
	if (package->module)
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: of module %s; without its modules.yaml dnf takes it for a plain package, "
			"and repositories of modules are not published here",
			path, package->module);
	g_autofree char *release = release_of(publication, package, error);
	if (!release)
		return false;
	g_autofree char *to = place_of(package, release, package->arch);
	const ksig_package *there = g_hash_table_lookup(publication->places, to);
	if (there && g_str_equal(there->sha256, package->sha256))
		return true;
	if (options->check && !options->check(pooled, package, options->check_data, error)) {
		g_prefix_error(error, "%s: ", path);
		return false;
	}
	return place(publication, package, to, error);
}

static bool scan(GPtrArray *files, const char *path, unsigned depth, GError **error)
{
	struct stat status;
	const char *name = NULL;

	if (stat(path, &status) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	if (!S_ISDIR(status.st_mode)) {
		g_autofree char *base = g_path_get_basename(path);
		if (strstr(base, "modules.yaml"))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: repositories of modules are not published here, and its "
					      "packages without it would be others to dnf",
					      path);
		if (depth == 0 || g_str_has_suffix(path, ".rpm"))
			g_ptr_array_add(files, g_strdup(path));
		return true;
	}
	if (depth > SCAN_LIMIT_DEPTH || files->len > KSIG_RPM_LIMIT_PACKAGES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too deep, or too many packages", path);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);
		if (*name != '.' && !scan(files, child, depth + 1, error))
			return false;
	}
	return true;
}

static bool take_sources(repo_publication *publication, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	for (const char *const *source = publication->options->sources; source && *source; source++)
		if (!scan(files, *source, 0, error))
			return false;
	g_ptr_array_sort(files, ksig_by_string);
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading packages", files->len);
	for (guint i = 0; i < files->len; i++) {
		ksig_progress_set(progress, i);
		if (!take_file(publication, g_ptr_array_index(files, i), error))
			return false;
	}
	return true;
}

/* Packages of another channel stand in the same places, and were checked when they came there. */
static bool take_channel(repo_publication *publication, GError **error)
{
	const struct ksig_repo_options *options = publication->options;

	if (!options->promote)
		return true;
	g_autofree char *name = repo_generation_current(options->root, options->promote, error);
	if (!name)
		return *error ? false
			      : ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no such channel",
					       options->promote);
	g_autoptr(GPtrArray) packages = repo_generation_packages(options->root, name, error);
	for (guint i = 0; packages && i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		if (wanted(publication, package) && !place(publication, package, package->path, error))
			return false;
	}
	return packages != NULL;
}

bool publication_plan(repo_publication *publication, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GError) reason = NULL;

	publication->current = repo_generation_current(options->root, options->channel, &reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	publication->before = repo_generation_packages(options->root, publication->current, error);
	publication->after = g_ptr_array_new_with_free_func(plan_free_package);
	publication->changes = g_ptr_array_new_with_free_func(plan_free_change);
	publication->places = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; publication->before && i < publication->before->len; i++) {
		const ksig_package *package = g_ptr_array_index(publication->before, i);
		ksig_package *copy = package_copy(package, package->path);
		g_ptr_array_add(publication->after, copy);
		g_hash_table_insert(publication->places, copy->path, copy);
	}
	if (!publication->before || !take_sources(publication, error) || !take_channel(publication, error) ||
	    !spread_noarch(publication, error))
		return false;
	return plan_leave(publication, error);
}
