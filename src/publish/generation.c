/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generations: folders that never change, one after the other, and the links that name the newest. */
#include "publish/generation-internal.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

static const char list_name[] = ".packages";

char *repo_generation_path(const char *root, const char *name)
{
	return g_build_filename(root, "generations", name, NULL);
}

/* The number in "CHANNEL-000012"; -1 if it is not such a name. */
static gint64 number_of(const char *name, const char *channel)
{
	const size_t length = strlen(channel);
	char *end = NULL;

	if (strncmp(name, channel, length) != 0 || name[length] != '-' || !g_ascii_isdigit(name[length + 1]))
		return -1;
	const guint64 number = g_ascii_strtoull(name + length + 1, &end, 10);
	return *end || number > G_MAXINT32 ? -1 : (gint64) number;
}

char *repo_generation_current(const char *root, const char *channel, GError **error)
{
	g_autofree char *link_path = g_build_filename(root, channel, NULL);
	g_autofree char *target = g_file_read_link(link_path, NULL);

	if (!target) {
		if (access(link_path, F_OK) == 0)
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a channel (a link to a generation)",
				       link_path);
		return NULL;
	}
	g_autofree char *name = g_path_get_basename(target);
	if (number_of(name, channel) < 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: links to %s, not to a generation of it",
			       link_path, target);
		return NULL;
	}
	return g_steal_pointer(&name);
}

/* Of one channel: a longer name has a higher number. */
static int newest_first(gconstpointer a, gconstpointer b)
{
	const char *one = *(const char *const *) a, *other = *(const char *const *) b;
	const size_t length = strlen(one), other_length = strlen(other);

	return length != other_length ? (length < other_length ? 1 : -1) : strcmp(other, one);
}

GPtrArray *repo_generation_list(const char *root, const char *channel, guint count)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folder = g_build_filename(root, "generations", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name = NULL;

	while (dir && (name = g_dir_read_name(dir)))
		if (number_of(name, channel) >= 0)
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, newest_first);
	if (names->len > count)
		g_ptr_array_set_size(names, (gint) count);
	return names;
}

gint64 repo_generation_last(const char *root, const char *channel)
{
	g_autoptr(GPtrArray) names = repo_generation_list(root, channel, 1);

	return names->len ? number_of(names->pdata[0], channel) : 0;
}

char *repo_generation_next(const char *root, const char *channel, gint64 above)
{
	return g_strdup_printf("%s-%06" G_GINT64_FORMAT, channel,
			       MAX(above, repo_generation_last(root, channel)) + 1);
}

/* ---- what is in one ------------------------------------------------------------------------------ */

/* A line a package: sha256, size, name, epoch, version, release, arch, key id or "-", place. */
enum { LIST_FIELDS = 9 };

bool repo_generation_write_packages(const char *folder, GPtrArray *packages, GError **error)
{
	g_autofree char *path = g_build_filename(folder, list_name, NULL);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *p = g_ptr_array_index(packages, i);
		g_string_append_printf(text, "%s\t%" G_GUINT64_FORMAT "\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
				       p->sha256, p->size_bytes, p->name, p->epoch, p->version, p->release,
				       p->arch, p->key_id ? p->key_id : "-", p->path);
	}
	return ksig_file_write(path, text->str, (gssize) text->len, 0644, error);
}

static ksig_package *package_of_line(const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", LIST_FIELDS + 1);

	if (g_strv_length(fields) != LIST_FIELDS || strlen(fields[0]) != 64 || !ksig_path_is_safe(fields[8]))
		return NULL;
	ksig_package *package = g_new0(ksig_package, 1);
	package->sha256 = g_strdup(fields[0]);
	package->size_bytes = g_ascii_strtoull(fields[1], NULL, 10);
	package->name = g_strdup(fields[2]);
	package->epoch = g_strdup(fields[3]);
	package->version = g_strdup(fields[4]);
	package->release = g_strdup(fields[5]);
	package->arch = g_strdup(fields[6]);
	package->key_id = g_str_equal(fields[7], "-") ? NULL : g_strdup(fields[7]);
	package->path = g_strdup(fields[8]);
	return package;
}

static void free_package(gpointer package)
{
	ksig_rpm_package_free(package);
}

GPtrArray *repo_generation_packages(const char *root, const char *name, GError **error)
{
	g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(free_package);
	g_autofree char *folder = name ? repo_generation_path(root, name) : NULL;
	g_autofree char *path = name ? g_build_filename(folder, list_name, NULL) : NULL;
	g_autofree char *text = name ? ksig_file_read(path, KSIG_RPM_LIMIT_METADATA_BYTES, NULL, error)
				     : g_strdup("");
	char *rest = NULL;

	if (!text)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		ksig_package *package = package_of_line(line);
		if (!package || packages->len >= KSIG_RPM_LIMIT_PACKAGES) {
			ksig_rpm_package_free(package);
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: line %u: not a package's line", path,
				       packages->len + 1);
			return NULL;
		}
		g_ptr_array_add(packages, package);
	}
	return g_steal_pointer(&packages);
}

/* ---- the switch ---------------------------------------------------------------------------------- */

char *repo_generation_switch(const char *root, const char *channel, const char *folder, const char *name,
			     GError **error)
{
	g_autofree char *place = repo_generation_path(root, name);
	g_autofree char *link_path = g_build_filename(root, channel, NULL);
	g_autofree char *aside = g_strdup_printf("%s/.%s.link", root, channel);
	g_autofree char *target = g_build_filename("generations", name, NULL);

	/* All of it is on the disk before a reader can be led to it. */
	if (!ksig_directory_sync(root, error))
		return NULL;
	if (g_rename(folder, place) != 0) {
		ksig_error_errno(error, errno, "%s", place);
		return NULL;
	}
	unlink(aside);
	if (symlink(target, aside) != 0 || g_rename(aside, link_path) != 0) {
		ksig_error_errno(error, errno, "%s", link_path);
		return NULL;
	}
	return ksig_directory_sync(root, error) ? g_strdup(name) : NULL;
}

bool repo_generation_prune(const char *root, const char *channel, guint keep, GError **error)
{
	g_autoptr(GPtrArray) names = repo_generation_list(root, channel, G_MAXINT);
	g_autofree char *current = repo_generation_current(root, channel, error);

	if (!current)
		return false;
	for (guint i = keep; i < names->len; i++) {
		g_autofree char *path = repo_generation_path(root, names->pdata[i]);
		if (!g_str_equal(names->pdata[i], current) && !ksig_directory_remove(path, error))
			return false;
	}
	return true;
}
