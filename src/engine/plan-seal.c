/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of a plan, its order and its hashes. */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool name_is_good(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	return name && *name && *name != '.' && *name != '-' && strlen(name) <= 200 &&
	       strspn(name, allowed) == strlen(name);
}

static bool check_job(const struct ksig_job *job, GError **error)
{
	if (!name_is_good(job->name))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a job's name has letters, digits and ._+- only",
				      job->name ? job->name : "(no name)");
	if (job->class_name && !name_is_good(job->class_name))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: class %s: letters, digits and ._+- expected", job->name,
				      job->class_name);
	if (!(job->argv && job->argv[0]) && !(job->source && job->target))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: neither argv nor source and target to run", job->name);
	for (char **entry = job->environment; entry && *entry; entry++)
		if (!strchr(*entry, '=') || **entry == '=')
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: environment %s: NAME=VALUE expected", job->name, *entry);
	return true;
}

static GHashTable *jobs_by_name(const ksig_plan *plan, GError **error)
{
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < plan->jobs->len; i++) {
		struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		if (!check_job(job, error))
			return NULL;
		if (!g_hash_table_insert(by_name, job->name, job)) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: two jobs of that name", job->name);
			return NULL;
		}
	}
	return g_steal_pointer(&by_name);
}

static bool needs_are_in(const struct ksig_job *job, GHashTable *names)
{
	for (char **need = job->needs; need && *need; need++)
		if (!g_hash_table_contains(names, *need))
			return false;
	return true;
}

static bool needs_exist(const ksig_plan *plan, GHashTable *by_name, GError **error)
{
	for (guint i = 0; i < plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		for (char **need = job->needs; need && *need; need++)
			if (!g_hash_table_contains(by_name, *need))
				return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: needs %s, no such job",
						      job->name, *need);
	}
	return true;
}

/* Sorts the jobs so that needs come first and equals keep their order. Rounds are as many as the plan is
 * deep. */
static bool order_jobs(ksig_plan *plan, GError **error)
{
	g_autoptr(GHashTable) placed = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) ordered = g_ptr_array_new();

	while (ordered->len < plan->jobs->len) {
		const guint before = ordered->len;
		const struct ksig_job *left = NULL;
		for (guint i = 0; i < plan->jobs->len; i++) {
			struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
			if (g_hash_table_contains(placed, job->name))
				continue;
			left = job;
			if (!needs_are_in(job, placed))
				continue;
			g_hash_table_add(placed, job->name);
			g_ptr_array_add(ordered, job);
		}
		if (ordered->len == before)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: needs itself, by way of others",
					      left->name);
	}
	for (guint i = 0; i < ordered->len; i++)
		plan->jobs->pdata[i] = ordered->pdata[i];
	return true;
}

/* ---- hashes -------------------------------------------------------------------------------------- */

static bool hash_file(const char *path, char **out_hash, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	const int fd = ksig_file_open(path, error);
	guint8 buffer[65536];
	ssize_t got = 0;

	if (fd < 0)
		return false;
	while ((got = read(fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			g_checksum_update(checksum, buffer, got);
	const int errnum = errno;
	close(fd);
	if (got < 0)
		return ksig_error_errno(error, errnum, "%s", path);
	*out_hash = g_strdup(g_checksum_get_string(checksum));
	return true;
}

/* Every string with its kind and its length, so that no two jobs write the same bytes. */
static void add(GChecksum *checksum, const char *kind, const char *value)
{
	g_autofree char *head = g_strdup_printf("%s %zu\n", kind, strlen(value));

	g_checksum_update(checksum, (const guchar *) head, -1);
	g_checksum_update(checksum, (const guchar *) value, -1);
}

static void add_all(GChecksum *checksum, const char *kind, char **values)
{
	for (; values && *values; values++)
		add(checksum, kind, *values);
}

static bool add_file(GChecksum *checksum, const char *kind, const char *path, GHashTable *files,
		     GError **error)
{
	const char *known = g_hash_table_lookup(files, path);

	if (!known) {
		char *hash = NULL;
		if (!hash_file(path, &hash, error))
			return false;
		g_hash_table_insert(files, g_strdup(path), hash);
		known = hash;
	}
	g_autofree char *base = g_path_get_basename(path);
	add(checksum, kind, base);
	add(checksum, "content", known);
	return true;
}

static bool hash_job(struct ksig_job *job, GHashTable *by_name, GHashTable *files, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	add(checksum, "ksig-job", "1");
	add_all(checksum, "argv", job->argv);
	add_all(checksum, "environment", job->environment);
	for (char **input = job->inputs; input && *input; input++)
		if (!add_file(checksum, "input", *input, files, error))
			return false;
	if (job->source && !add_file(checksum, "source", job->source, files, error))
		return false;
	if (job->target)
		add(checksum, "target", job->target);
	for (char **need = job->needs; need && *need; need++) {
		const struct ksig_job *needed = g_hash_table_lookup(by_name, *need);
		add(checksum, "need", *need);
		add(checksum, "hash", needed->hash);
	}
	g_free(job->hash);
	job->hash = g_strdup(g_checksum_get_string(checksum));
	return true;
}

static void hash_plan(ksig_plan *plan)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	add(checksum, "ksig-plan", plan->name);
	for (guint i = 0; i < plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		add(checksum, "name", job->name);
		add(checksum, "job", job->hash);
	}
	g_free(plan->hash);
	plan->hash = g_strdup(g_checksum_get_string(checksum));
}

bool ksig_engine_plan_seal(ksig_plan *plan, GError **error)
{
	g_autoptr(GHashTable) by_name = jobs_by_name(plan, error);
	g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	if (!by_name || !needs_exist(plan, by_name, error) || !order_jobs(plan, error)) {
		g_prefix_error(error, "plan %s: ", plan->name);
		return false;
	}
	for (guint i = 0; i < plan->jobs->len; i++) {
		struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		if (!hash_job(job, by_name, files, error)) {
			g_prefix_error(error, "plan %s: %s: ", plan->name, job->name);
			return false;
		}
	}
	hash_plan(plan);
	return true;
}
