/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dnf and the rpm of this machine, asked as a client with certain keys: what they say is theirs. */
#include "publish/rehearse.h"
#include "publish/finding-internal.h"
#include "rpm/metadata.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MS = 600000, LIMIT_PACKAGE_BYTES = G_MAXINT32 };

struct rehearsal {
	const char *location;
	const char *url; /* LOCATION, as dnf is told it */
	const char *const *keys;
	const char *folder; /* scratch: configuration, caches, an install root, rpm's database */
	GPtrArray *findings;
};

/* The last line of what a program said; it names what was wrong. */
static char *last_line(const char *text)
{
	g_autofree char *stripped = g_strchomp(g_strdup(text));
	const char *line = strrchr(stripped, '\n');

	return g_strdup(line ? line + 1 : stripped);
}

/* "9/x86_64/" of each repository of a channel; "" of one that is a repository itself. */
static GPtrArray *prefixes(const char *location)
{
	static const char ending[] = "repodata/repomd.xml";
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GBytes) sums = ksig_rpm_fetch(location, "SHA256SUMS", KSIG_RPM_LIMIT_SMALL_BYTES, NULL);
	g_autofree char *text = sums ? g_strndup(g_bytes_get_data(sums, NULL), g_bytes_get_size(sums))
				     : g_strdup("");
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++) {
		const char *name = strstr(*line, "  ");
		if (name && ksig_path_is_safe(name + 2) && g_str_has_suffix(name, ending))
			g_ptr_array_add(found, g_strndup(name + 2, strlen(name + 2) - strlen(ending)));
	}
	if (!found->len)
		g_ptr_array_add(found, g_strdup(""));
	return found;
}

/* dnf cuts its lists at blanks and commas and reads no percent-escapes: what a PATH is called as its scratch
 * folder has it, by a link NAME. */
static char *url_of(const struct rehearsal *rehearsal, const char *name, const char *path, GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *link = g_build_filename(rehearsal->folder, name, NULL);

	if (symlink(absolute, link) != 0 && errno != EEXIST) {
		ksig_error_errno(error, errno, "%s", link);
		return NULL;
	}
	return g_strconcat("file://", link, NULL);
}

static bool configure(const struct rehearsal *rehearsal, const char *prefix, GError **error)
{
	g_autofree char *path = g_build_filename(rehearsal->folder, "dnf.conf", NULL);
	g_autoptr(GString) text = g_string_new("[main]\nplugins=0\nretries=1\n");

	for (const char *const *name = (const char *[]){"reposdir", "cachedir", "persistdir", "logdir", NULL};
	     *name; name++)
		g_string_append_printf(text, "%s=%s/%s\n", *name, rehearsal->folder, *name);
	g_string_append_printf(text, "[ksig]\nname=ksig\nbaseurl=%s/%s\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=",
			       rehearsal->url, prefix);
	for (const char *const *key = rehearsal->keys; *key; key++) {
		g_autofree char *name = g_strdup_printf("key-%zu", (size_t) (key - rehearsal->keys));
		g_autofree char *url = url_of(rehearsal, name, *key, error);
		if (!url)
			return false;
		g_string_append_printf(text, "%s ", url);
	}
	g_string_append_c(text, '\n');
	return ksig_file_write(path, text->str, (gssize) text->len, 0644, error);
}

static GString *dnf(const struct rehearsal *rehearsal, const char *const *words, GError **error)
{
	g_autofree char *conf = g_strconcat("--config=", rehearsal->folder, "/dnf.conf", NULL);
	g_autofree char *root = g_strconcat("--installroot=", rehearsal->folder, "/root", NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	const char *const first[] = {"dnf", "-y", "-q", conf, root, "--releasever=1", NULL};
	const char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
	const struct ksig_process_options options = {.environment = environment, .timeout_ms = TIMEOUT_MS};
	GString *output = NULL;

	for (const char *const *word = first; *word; word++)
		g_ptr_array_add(argv, (gpointer) *word);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer) *words);
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, &output, error) ? output
												   : NULL;
}

/* ---- rpm ----------------------------------------------------------------------------------------- */

static bool rpmkeys(const struct rehearsal *rehearsal, const char *verb, const char *path, GError **error)
{
	g_autofree char *database = g_strconcat("--dbpath=", rehearsal->folder, "/rpmdb", NULL);
	const char *const argv[] = {"rpmkeys", database, verb, path, NULL};
	const struct ksig_process_options options = {.timeout_ms = TIMEOUT_MS};
	g_autoptr(GString) output = NULL;
	int status = 0;

	if (!ksig_process_run(argv, &options, &status, &output, error))
		return false;
	return status == 0 ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s", output->len ? output->str : "refused");
}

static void import_keys(const struct rehearsal *rehearsal)
{
	for (const char *const *key = rehearsal->keys; *key; key++) {
		g_autoptr(GError) reason = NULL;
		if (!rpmkeys(rehearsal, "--import", *key, &reason)) {
			g_autofree char *line = last_line(reason->message);
			repo_finding(rehearsal->findings, false, "rpmkeys", *key, line);
		}
	}
}

static void check_package(const struct rehearsal *rehearsal, const char *prefix, const char *path)
{
	g_autofree char *below = g_strconcat(rehearsal->location, "/", prefix, NULL);
	g_autoptr(GError) reason = NULL;
	g_autofree char *file = ksig_rpm_fetch_path(below, path, LIMIT_PACKAGE_BYTES, rehearsal->folder,
						    &reason);
	const bool good = file && rpmkeys(rehearsal, "--checksig", file, &reason);
	g_autofree char *line = good ? NULL : last_line(reason->message);

	repo_finding(rehearsal->findings, good, "rpmkeys", path, line);
}

/* ---- a repository -------------------------------------------------------------------------------- */

/*
 * Where the repository at PREFIX has the package that dnf has from URL: below where dnf was told that it is,
 * or below the same name of the generation that the packages are said to be in.
 */
static const char *path_of(const struct rehearsal *rehearsal, const char *prefix, const char *url)
{
	g_autofree char *base = g_strconcat(rehearsal->url, "/", prefix, NULL);
	g_autofree char *named = g_strconcat("/", prefix, NULL);
	const char *found = *prefix ? g_strrstr(url, named) : NULL;

	if (g_str_has_prefix(url, base))
		return url + strlen(base) + strspn(url + strlen(base), "/");
	return found ? found + strlen(named) : url;
}

static bool ask(const struct rehearsal *rehearsal, const char *prefix, GError **error)
{
	const char *const make[] = {"--refresh", "makecache", NULL};
	const char *const list[] = {"-C", "repoquery", "--latest-limit=1", "--location", NULL};
	const char *const subject = *prefix ? prefix : rehearsal->location;
	g_autoptr(GError) reason = NULL;

	if (!configure(rehearsal, prefix, error))
		return false;
	g_autoptr(GString) made = dnf(rehearsal, make, &reason);
	g_autoptr(GString) listed = made ? dnf(rehearsal, list, &reason) : NULL;
	if (!listed) {
		g_autofree char *line = last_line(reason->message);
		repo_finding(rehearsal->findings, false, "dnf", subject, line);
		return true;
	}
	repo_finding(rehearsal->findings, true, "dnf", subject, NULL);
	g_auto(GStrv) paths = g_strsplit(listed->str, "\n", 0);
	for (char **path = paths; *path; path++)
		if (**path)
			check_package(rehearsal, prefix, path_of(rehearsal, prefix, *path));
	return true;
}

bool ksig_publish_rehearse(const char *location, const char *const *keys, GPtrArray *findings, GError **error)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "ksig-rehearse", error);
	g_autofree char *program = g_find_program_in_path("dnf");
	struct rehearsal rehearsal = {
		.location = location, .keys = keys, .folder = folder, .findings = findings};
	g_autofree char *url = !folder                   ? NULL
			       : strstr(location, "://") ? g_strdup(location)
							 : url_of(&rehearsal, "channel", location, error);

	rehearsal.url = url;
	if (!folder || !url)
		return false;
	if (!program)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "dnf: not installed (looked for in PATH)");
	g_autoptr(GPtrArray) found = prefixes(location);
	import_keys(&rehearsal);
	for (guint i = 0; i < found->len; i++)
		if (!ask(&rehearsal, found->pdata[i], error))
			return false;
	return true;
}
