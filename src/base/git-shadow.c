/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stranger's repository, read through one of ksig's own: see base.h. */
#include "base/git-kinds-internal.h"
#include "base/git-owner-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL_FILE_BYTES = 65536, CONFIG_BYTES = 1 << 20 };

/* What git receives is on the disk before a reference says so; as a pack it takes one sync, not one an
 * object. */
static const char own_config[] =
	"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfilemode = true\n"
	"\tlogAllRefUpdates = true\n\talternateRefsCommand = true\n\tfsync = committed\n"
	"[receive]\n\tunpackLimit = 1\n";

/* What is read, or written to, where the repository has it. */
static const char *const shared[] = {"objects", "refs", "packed-refs", "logs", "shallow"};

static bool is_folder(const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* The one line of the file NAME in FOLDER behind PREFIX, as a path from FOLDER; NULL if there is none. */
static char *read_path(const char *folder, const char *name, const char *prefix)
{
	g_autofree char *file = g_build_filename(folder, name, NULL);
	g_autofree char *text = g_file_test(file, G_FILE_TEST_IS_REGULAR)
					? ksig_file_read(file, SMALL_FILE_BYTES, NULL, NULL)
					: NULL;

	if (!text || !g_str_has_prefix(text, prefix))
		return NULL;
	return g_canonicalize_filename(g_strstrip(text + strlen(prefix)), folder);
}

/* The git directory of REPOSITORY, a work tree, a linked one, or a bare repository; NULL: it is none. */
static char *find_git_dir(const char *repository)
{
	g_autofree char *absolute = realpath(repository, NULL);
	char *linked = absolute ? read_path(absolute, ".git", "gitdir: ") : NULL;

	if (linked || !absolute)
		return linked;
	if (is_folder(absolute, ".git"))
		return g_build_filename(absolute, ".git", NULL);
	g_autofree char *head = g_build_filename(absolute, "HEAD", NULL);
	if (g_file_test(head, G_FILE_TEST_EXISTS) &&
	    (is_folder(absolute, "objects") || g_file_test(head, G_FILE_TEST_IS_REGULAR)))
		return g_steal_pointer(&absolute);
	return NULL;
}

/* What this program cannot read is said; its config is looked at as text, no value of it is used. */
static bool check_format(const char *repository, const char *common, GError **error)
{
	g_autofree char *config = g_build_filename(common, "config", NULL);
	g_autofree char *text = g_file_test(config, G_FILE_TEST_IS_REGULAR)
					? ksig_file_read(config, CONFIG_BYTES, NULL, NULL)
					: NULL;
	g_autoptr(GRegex) sha256 = g_regex_new("^\\s*objectformat\\s*=\\s*sha256",
					       G_REGEX_RAW | G_REGEX_MULTILINE | G_REGEX_CASELESS, 0, NULL);

	if (text && g_regex_match(sha256, text, 0, NULL))
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: its objects have SHA-256 ids; ksig reads repositories with SHA-1 ids",
			repository);
	if (is_folder(common, "reftable"))
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: its references are in a reftable; git refs migrate --ref-format=files makes "
			"them files",
			repository);
	return true;
}

static bool put_link(const char *place, const char *common, const char *name, GError **error)
{
	g_autofree char *link = g_build_filename(place, name, NULL);
	g_autofree char *target = g_build_filename(common, name, NULL);
	g_autofree char *present = g_file_read_link(link, NULL);

	/* git would make the folder, were there no link. */
	if (g_strcmp0(present, target) == 0 || (!present && !g_file_test(target, G_FILE_TEST_EXISTS)))
		return true;
	/* What git made here while the repository had none: ksig's own. */
	if (!present && g_file_test(link, G_FILE_TEST_IS_DIR) && !ksig_directory_remove(link, error))
		return false;
	if ((unlink(link) != 0 && errno != ENOENT) || (symlink(target, link) != 0 && errno != EEXIST))
		return ksig_error_errno(error, errno, "%s", link);
	return true;
}

static bool put_text(const char *place, const char *name, const char *text, GError **error)
{
	g_autofree char *path = g_build_filename(place, name, NULL);
	g_autofree char *present = ksig_file_read(path, SMALL_FILE_BYTES, NULL, NULL);

	return g_strcmp0(present, text) == 0 || ksig_file_write(path, text, -1, 0644, error);
}

static char *read_head(const char *git_dir, GError **error)
{
	g_autofree char *head = g_build_filename(git_dir, "HEAD", NULL);
	struct stat status;

	if (stat(head, &status) != 0 && (errno == ENOENT || errno == ELOOP)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a git repository: HEAD: %s", git_dir,
			       g_strerror(errno));
		return NULL;
	}
	return ksig_file_read(head, SMALL_FILE_BYTES, NULL, error);
}

static bool fill(const char *place, const char *git_dir, const char *common, GError **error)
{
	g_autofree char *text = read_head(git_dir, error);

	for (size_t i = 0; i < G_N_ELEMENTS(shared) && text; i++)
		if (!put_link(place, common, shared[i], error))
			return false;
	return text && put_text(place, "config", own_config, error) && put_text(place, "HEAD", text, error);
}

char *ksig_git_shadow(const char *repository, const char *folder, char **out_common, GError **error)
{
	g_autofree char *git_dir = find_git_dir(repository);
	g_autofree char *common = git_dir ? read_path(git_dir, "commondir", "") : NULL;

	if (git_dir && !common)
		common = g_strdup(git_dir);
	if (!git_dir || !is_folder(common, "objects")) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a git repository", repository);
		return NULL;
	}
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, git_dir, -1);
	g_autofree char *place = g_build_filename(folder, digest, NULL);
	if (!git_kinds_check(repository, git_dir, common, error) ||
	    !git_owner_check(repository, git_dir, common, error) ||
	    !check_format(repository, common, error) || !ksig_directory_make(place, error) ||
	    !fill(place, git_dir, common, error))
		return NULL;
	if (out_common)
		*out_common = g_steal_pointer(&common);
	return g_steal_pointer(&place);
}
