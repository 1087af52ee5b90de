/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a publication changes: which packages come, where they stand, which go. */
#include "publish/plan-internal.h"
#include "rpm/metadata.h"
#include "publish/generation-internal.h"
#include "publish/pool-internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <sys/stat.h>

enum { SCAN_LIMIT_DEPTH = 32 };

static void free_package(gpointer package)
{
	ksig_rpm_package_free(package);
}

static void free_change(gpointer data)
{
	struct ksig_repo_change *change = data;

	if (!change)
		return;
	ksig_rpm_package_free((ksig_package *) change->package);
	g_free(change);
}

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

ksig_package *package_copy(const ksig_package *package, const char *path)
{
	ksig_package *copy = g_new0(ksig_package, 1);

	copy->name = g_strdup(package->name);
	copy->epoch = g_strdup(package->epoch);
	copy->version = g_strdup(package->version);
	copy->release = g_strdup(package->release);
	copy->arch = g_strdup(package->arch);
	copy->key_id = g_strdup(package->key_id);
	copy->sha256 = g_strdup(package->sha256);
	copy->source = g_strdup(package->source);
	copy->size_bytes = package->size_bytes;
	copy->path = g_strdup(path);
	return copy;
}

static void note(repo_publication *publication, enum ksig_repo_verb verb, const ksig_package *package,
		 const char *why)
{
	struct ksig_repo_change *change = g_new0(struct ksig_repo_change, 1);

	change->verb = verb;
	change->package = package_copy(package, package->path);
	change->why = why;
	g_ptr_array_add(publication->changes, change);
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
	note(publication, KSIG_REPO_DROP, there, "signed anew");
	g_free(there->sha256);
	g_free(there->key_id);
	there->sha256 = g_strdup(package->sha256);
	there->key_id = g_strdup(package->key_id);
	there->size_bytes = package->size_bytes;
	note(publication, KSIG_REPO_ADD, there, "signed anew");
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
	note(publication, KSIG_REPO_ADD, copy, "new");
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

/* ---- what goes ----------------------------------------------------------------------------------- */

static int by_line(gconstpointer a, gconstpointer b)
{
	const ksig_package *x = *(ksig_package *const *) a;
	const ksig_package *y = *(ksig_package *const *) b;
	g_autofree char *folder_x = g_path_get_dirname(x->path);
	g_autofree char *folder_y = g_path_get_dirname(y->path);
	int order = strcmp(folder_x, folder_y);

	if (order == 0)
		order = strcmp(x->name, y->name);
	if (order == 0)
		order = strcmp(x->arch, y->arch);
	return order ? order : -ksig_rpm_package_compare(x, y);
}

static bool same_line(const ksig_package *a, const ksig_package *b)
{
	g_autofree char *folder_a = g_path_get_dirname(a->path);
	g_autofree char *folder_b = g_path_get_dirname(b->path);

	return g_str_equal(a->name, b->name) && g_str_equal(a->arch, b->arch) &&
	       g_str_equal(folder_a, folder_b);
}

/* What comes and goes in one publication changes nothing. */
static void forget_brief(repo_publication *publication)
{
	g_autoptr(GHashTable) were = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) dropped = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(free_change);
	GPtrArray *changes = publication->changes;

	for (guint i = 0; i < publication->before->len; i++)
		g_hash_table_add(were, ((ksig_package *) publication->before->pdata[i])->path);
	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(changes, i);
		if (change->verb == KSIG_REPO_DROP)
			g_hash_table_add(dropped, change->package->path);
	}
	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(changes, i);
		const char *path = change->package->path;
		if (g_hash_table_contains(were, path) || !g_hash_table_contains(dropped, path)) {
			g_ptr_array_add(left, changes->pdata[i]);
			changes->pdata[i] = NULL;
		}
	}
	publication->changes = g_steal_pointer(&left);
	g_ptr_array_unref(changes);
}

static bool matches(const ksig_package *package, const char *pattern)
{
	g_autofree char *nevra = ksig_rpm_package_nevra(package);

	return fnmatch(pattern, nevra, 0) == 0;
}

/* What is withdrawn goes in any version; a pattern that matches nothing is a mistake. */
static bool withdraw(repo_publication *publication, GError **error)
{
	const char *const *pattern = publication->options->withdraw;

	for (; pattern && *pattern; pattern++) {
		const guint before = publication->after->len;
		for (guint i = publication->after->len; i-- > 0;) {
			ksig_package *package = g_ptr_array_index(publication->after, i);
			if (!matches(package, *pattern))
				continue;
			note(publication, KSIG_REPO_DROP, package, "withdrawn");
			g_hash_table_remove(publication->places, package->path);
			g_ptr_array_remove_index(publication->after, i);
		}
		if (publication->after->len == before)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: no package to withdraw matches", *pattern);
	}
	return true;
}

/* What stays has to be what a reader with the same keys takes, or the next look at it would find it wrong. */
static bool check_kept(const repo_publication *publication, GError **error)
{
	const struct ksig_repo_options *options = publication->options;
	g_autoptr(GHashTable) fresh = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < publication->changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(publication->changes, i);
		if (change->verb == KSIG_REPO_ADD)
			g_hash_table_add(fresh, change->package->path);
	}
	for (guint i = 0; options->keep_check && i < publication->after->len; i++) {
		const ksig_package *package = g_ptr_array_index(publication->after, i);
		if (!g_hash_table_contains(fresh, package->path) &&
		    !options->keep_check(package, options->check_data, error))
			return false;
	}
	return true;
}

static void drop_old(repo_publication *publication)
{
	const unsigned keep = publication->options->keep;
	g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(free_package);
	const ksig_package *first = NULL;
	unsigned versions = 0;

	g_ptr_array_sort(publication->after, by_line);
	for (guint i = 0; i < publication->after->len; i++) {
		ksig_package *package = g_ptr_array_index(publication->after, i);
		versions = first && same_line(first, package) ? versions + 1 : 1;
		first = package;
		if (keep == 0 || versions <= keep) {
			g_ptr_array_add(left, package_copy(package, package->path));
			first = g_ptr_array_index(left, left->len - 1);
			continue;
		}
		note(publication, KSIG_REPO_DROP, package, "older than those to keep");
	}
	forget_brief(publication);
	g_hash_table_remove_all(publication->places);
	g_ptr_array_unref(publication->after);
	publication->after = g_steal_pointer(&left);
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
	publication->after = g_ptr_array_new_with_free_func(free_package);
	publication->changes = g_ptr_array_new_with_free_func(free_change);
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
	if (!withdraw(publication, error))
		return false;
	drop_old(publication);
	return check_kept(publication, error);
}
