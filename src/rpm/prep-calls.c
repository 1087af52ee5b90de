/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools in front of patch and git noted while %prep ran. The package could write to that folder:
 * links are not followed, sizes are bounded, and a command is taken only if each of its words is one that is
 * known.
 */
#include "rpm/prep-calls-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORD_LIMIT_BYTES = 65536, CALLS_LIMIT = 100000, STRIP_LIMIT = 100 };
#define TEXT_LIMIT_BYTES ((off_t) 1 << 30)

static char *read_at(int folder_fd, const char *name, off_t limit_bytes, size_t *out_length_bytes)
{
	const int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	g_autofree char *data = NULL;
	struct stat status;
	size_t have = 0;
	ssize_t got = 0;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= limit_bytes) {
		data = g_malloc((size_t) status.st_size + 1);
		while (have < (size_t) status.st_size &&
		       (got = read(fd, data + have, (size_t) status.st_size - have)) > 0)
			have += (size_t) got;
		data[have] = '\0';
	}
	if (fd >= 0)
		close(fd);
	if (out_length_bytes)
		*out_length_bytes = have;
	return g_steal_pointer(&data);
}

/* ---- commands ------------------------------------------------------------------------------------ */

static bool is_number_after(const char *word, const char *option)
{
	const char *number = g_str_has_prefix(word, option) ? word + strlen(option) : NULL;

	return number && g_ascii_isdigit(*number) && strspn(number, "0123456789") == strlen(number) &&
	       strlen(number) <= 3;
}

static bool is_one_of(const char *word, const char *const *known)
{
	return g_strv_contains(known, word);
}

static bool is_patch_word(const char *word)
{
	static const char *const known[] = {"-E",        "--remove-empty-files",
					    "-l",        "--ignore-whitespace",
					    "-N",        "--forward",
					    "-R",        "--reverse",
					    "--binary",  "-c",
					    "--context", "-n",
					    "--normal",  "--posix",
					    NULL};

	return is_number_after(word, "-p") || is_number_after(word, "-F") || is_one_of(word, known);
}

static bool is_git_word(const char *word)
{
	static const char *const known[] = {"-R",
					    "--reverse",
					    "--ignore-whitespace",
					    "--ignore-space-change",
					    "--unidiff-zero",
					    "--recount",
					    "--inaccurate-eof",
					    "--binary",
					    "--allow-binary-replacement",
					    "--allow-overlap",
					    "--allow-empty",
					    NULL};
	static const char *const prefixes[] = {"--exclude=", "--include=", "--whitespace="};

	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(word, prefixes[i]))
			return true;
	if (g_str_has_prefix(word, "--directory="))
		return ksig_path_is_safe(word + strlen("--directory="));
	return is_number_after(word, "-p") || is_number_after(word, "-C") || is_one_of(word, known);
}

static GPtrArray *split_words(const char *data, size_t length_bytes)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (size_t at = 0; at < length_bytes; at += strlen(data + at) + 1)
		g_ptr_array_add(words, g_strdup(data + at));
	return words;
}

/* How PATCH is applied again: the same tool with the same options, and never asking anybody. */
static bool set_command(struct ksig_source_patch *patch, GPtrArray *words, GError **error)
{
	static const char *const by_patch[] = {"patch",           "-s", "-f", "--no-backup-if-mismatch",
					       "--reject-file=-", NULL};
	static const char *const by_git[] = {"git", "apply", "--whitespace=nowarn", NULL};
	const char *tool = words->len > 0 ? words->pdata[0] : "";
	const char *command = words->len > 1 ? words->pdata[1] : "";
	const bool git = g_str_equal(tool, "git") && g_str_equal(command, "apply");
	if (g_str_equal(tool, "git") && g_str_equal(command, "am"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%%prep changes the tree by `git … am`, which takes mails, and it is "
				      "none (git format-patch writes such)");
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	for (const char *const *word = git ? by_git : by_patch; *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	for (guint i = git ? 2 : 1; i < words->len; i++) {
		char *word = words->pdata[i];
		if (!(git ? is_git_word(word) : is_patch_word(word)) ||
		    (!git && !g_str_equal(tool, "patch"))) {
			g_autofree char *shown = ksig_utf8(word, -1);
			g_autofree char *shown_tool = ksig_utf8(tool, -1);
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%%prep changes the tree by `%s … %s`, which is not followed",
					      shown_tool, shown);
		}
		g_ptr_array_add(argv, g_strdup(word));
		if (is_number_after(word, "-p"))
			patch->strip = (unsigned) MIN(strtoul(word + 2, NULL, 10), STRIP_LIMIT);
		else if (g_str_has_prefix(word, "--directory=")) {
			g_free(patch->directory); /* the last counts, as with git */
			patch->directory = g_strdup(word + strlen("--directory="));
		}
	}
	g_ptr_array_add(argv, NULL);
	patch->argv = (char **) g_ptr_array_steal(argv, NULL);
	return true;
}

/* ---- calls --------------------------------------------------------------------------------------- */

/* GNU patch without -p takes the last component, unless the folders are there; git's default is 1. */
static struct ksig_source_patch *read_call(int call_fd, GError **error)
{
	struct ksig_source_patch *patch = g_new0(struct ksig_source_patch, 1);
	size_t words_bytes = 0;
	g_autofree char *words = read_at(call_fd, "command", WORD_LIMIT_BYTES, &words_bytes);
	g_autoptr(GPtrArray) list = split_words(words ? words : "", words_bytes);

	patch->strip = 1;
	patch->text = read_at(call_fd, "text", TEXT_LIMIT_BYTES, &patch->length_bytes);
	patch->name = read_at(call_fd, "name", WORD_LIMIT_BYTES, NULL);
	patch->folder = read_at(call_fd, "folder", WORD_LIMIT_BYTES, NULL);
	patch->digest = read_at(call_fd, "digest", WORD_LIMIT_BYTES, NULL);
	if (!patch->text || !patch->name || !patch->folder || !words) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%%prep: what it patched was not noted");
		g_clear_pointer(&patch, ksig_rpm_source_patch_free);
	} else if (!set_command(patch, list, error)) {
		const char *slash = strrchr(patch->name, '/');
		g_autofree char *shown = ksig_utf8(slash ? slash + 1 : patch->name, -1);
		g_prefix_error(error, "%s: ", shown);
		g_clear_pointer(&patch, ksig_rpm_source_patch_free);
	} else {
		g_strchomp(patch->folder);
		if (patch->digest)
			g_strchomp(patch->digest);
		patch->failed = faccessat(call_fd, "failed", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	return patch;
}

GPtrArray *prep_calls_read(int calls_fd, GError **error)
{
	g_autoptr(GPtrArray) patches = g_ptr_array_new_with_free_func(ksig_rpm_source_patch_free);

	for (unsigned i = 0; i < CALLS_LIMIT; i++) {
		g_autofree char *name = g_strdup_printf("%06u", i);
		const int fd = openat(calls_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return g_steal_pointer(&patches);
		struct ksig_source_patch *patch = read_call(fd, error);
		if (fd >= 0)
			close(fd);
		if (!patch)
			return NULL;
		g_ptr_array_add(patches, patch);
	}
	ksig_error_set(error, KSIG_ERROR_INPUT, "%%prep: patches more than %d times", (int) CALLS_LIMIT);
	return NULL;
}
