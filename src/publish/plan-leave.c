/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes in a publication: what is withdrawn, what is older than those to keep; and whether what stays
 * may.
 */
#include "publish/plan-leave-internal.h"

#include <fnmatch.h>

void plan_free_package(gpointer package)
{
	ksig_rpm_package_free(package);
}

void plan_free_change(gpointer data)
{
	struct ksig_repo_change *change = data;

	if (!change)
		return;
	ksig_rpm_package_free((ksig_package *) change->package);
	g_free(change);
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

void plan_note(repo_publication *publication, enum ksig_repo_verb verb, const ksig_package *package,
	       const char *why)
{
	struct ksig_repo_change *change = g_new0(struct ksig_repo_change, 1);

	change->verb = verb;
	change->package = package_copy(package, package->path);
	change->why = why;
	g_ptr_array_add(publication->changes, change);
}

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
	g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(plan_free_change);
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
			plan_note(publication, KSIG_REPO_DROP, package, "withdrawn");
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
	g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(plan_free_package);
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
		plan_note(publication, KSIG_REPO_DROP, package, "older than those to keep");
	}
	forget_brief(publication);
	g_hash_table_remove_all(publication->places);
	g_ptr_array_unref(publication->after);
	publication->after = g_steal_pointer(&left);
}

bool plan_leave(repo_publication *publication, GError **error)
{
	if (!withdraw(publication, error))
		return false;
	drop_old(publication);
	return check_kept(publication, error);
}
