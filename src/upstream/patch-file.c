/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches in files: quilt's series, folders of git format-patch, mailboxes. */
#include "upstream/header-internal.h"
#include "upstream/mail-internal.h"
#include "base/diff.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATCHES_LIMIT = 100000,
	STRIP_LIMIT = 9,
	SERIES_LIMIT_BYTES = 16 << 20,
	PATCH_LIMIT_BYTES = 64 << 20,
	MBOX_LIMIT_BYTES = 1 << 30,
};

void ksig_upstream_patch_file_free(struct ksig_patch_file *file)
{
	if (!file)
		return;
	g_free(file->name);
	g_bytes_unref(file->text);
	g_free(file);
}

static void add_patch(GPtrArray *patches, char *name, char *text, size_t length_bytes, int strip)
{
	struct ksig_patch_file *file = g_new0(struct ksig_patch_file, 1);

	file->name = name;
	file->text = ksig_mail_decode(text, length_bytes);
	file->strip = strip;
	g_ptr_array_add(patches, file);
}

/* DIRECTORY/NAME resolved, if it stays below DIRECTORY by its letters and through its links. */
static char *resolve_member(const char *directory, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	if (!ksig_path_is_safe(name)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is outside of it", directory, name);
		return NULL;
	}
	char root[PATH_MAX], resolved[PATH_MAX];
	if (!realpath(directory, root) || !realpath(path, resolved)) {
		if (errno == ENOENT)
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not there", directory, name);
		else
			ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	const size_t n = strlen(root);
	if (strncmp(resolved, root, n) != 0 || (resolved[n] != '/' && n > 1)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is a link out of it", directory, name);
		return NULL;
	}
	if (!g_file_test(resolved, G_FILE_TEST_IS_REGULAR)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not a regular file", directory, name);
		return NULL;
	}
	return g_strdup(resolved);
}

static bool read_member(GPtrArray *patches, const char *directory, const char *name, int strip,
			GError **error)
{
	size_t length;
	g_autofree char *path = resolve_member(directory, name, error);

	if (!path)
		return false;
	if (patches->len >= PATCHES_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d patches", directory,
				      PATCHES_LIMIT);
	char *text = ksig_file_read(path, PATCH_LIMIT_BYTES, &length, error);
	if (!text)
		return false;
	add_patch(patches, g_strdup(name), text, length, strip);
	return true;
}

/* The number of "-p0", "-p1" …; "-pab" is 1, too. */
static bool parse_strip(const char *word, int *out_strip)
{
	guint64 strip;

	if (!g_str_has_prefix(word, "-p"))
		return false;
	if (g_str_equal(word, "-pab"))
		strip = 1;
	else if (!g_ascii_string_to_unsigned(word + 2, 10, 0, STRIP_LIMIT, &strip, NULL))
		return false;
	*out_strip = (int) strip;
	return true;
}

/* One line of a series: "path [-pN] [# comment]"; SUSE's guards ("+needs_work path") leave a patch out. */
static bool read_series_line(GPtrArray *patches, const char *directory, char *line, unsigned number,
			     GError **error)
{
	int strip = 1;
	char *comment = line;

	/* A '#' begins a comment at the line's start or behind a blank. */
	while ((comment = strchr(comment, '#')) && comment > line && !g_ascii_isspace(comment[-1]))
		comment++;
	if (comment)
		*comment = '\0';
	g_strstrip(line);
	if (*line == '\0' || *line == '+' || *line == '-')
		return true;
	g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
	for (unsigned i = 1; words[i]; i++)
		if (*words[i] && !parse_strip(words[i], &strip))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/series:%u: \"%s\" is no -p level",
					      directory, number, words[i]);
	if (read_member(patches, directory, words[0], strip, error))
		return true;
	g_prefix_error(error, "%s/series:%u: ", directory, number);
	return false;
}

static bool read_series(GPtrArray *patches, const char *directory, const char *series, GError **error)
{
	g_autofree char *path = resolve_member(directory, series, error);
	size_t length = 0;
	g_autofree char *text = path ? ksig_file_read(path, SERIES_LIMIT_BYTES, &length, error) : NULL;
	unsigned number = 0;

	if (!text)
		return false;
	if (strlen(text) != length)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/%s: a NUL byte in it", directory, series);
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!read_series_line(patches, directory, line, ++number, error))
			return false;
	}
	return true;
}

/* What a file has to be called to be a patch of a folder without a series; a cover letter is none. */
static bool is_patch_name(const char *name)
{
	return *name != '.' && (g_str_has_suffix(name, ".patch") || g_str_has_suffix(name, ".diff")) &&
	       !g_str_has_suffix(name, "-cover-letter.patch");
}

/* What `git format-patch` wrote, by name. */
static bool read_folder(GPtrArray *patches, const char *directory, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(directory, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	if (!folder)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a folder that can be read",
				      directory);
	for (const char *name; (name = g_dir_read_name(folder));)
		if (is_patch_name(name))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, ksig_by_string);
	for (unsigned i = 0; i < names->len; i++)
		if (!read_member(patches, directory, g_ptr_array_index(names, i), 1, error))
			return false;
	if (names->len == 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: neither a series nor *.patch or *.diff in it", directory);
	return true;
}

GPtrArray *ksig_upstream_patch_files_of_quilt(const char *directory, GError **error)
{
	g_autoptr(GPtrArray)
		patches = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_patch_file_free);
	static const char *const names[] = {"series", "series.conf"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *series = g_build_filename(directory, names[i], NULL);
		if (!g_file_test(series, G_FILE_TEST_EXISTS))
			continue;
		return read_series(patches, directory, names[i], error) ? g_steal_pointer(&patches) : NULL;
	}
	return read_folder(patches, directory, error) ? g_steal_pointer(&patches) : NULL;
}

/* "From ID Mon Sep 17 00:00:00 2001": a mail begins. A message's own "From here on" does not read so. */
static bool is_mail_start(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t) (end - at));
	g_autofree char *line = NULL;
	int hour, minute, year;

	if (end - at < 5 || memcmp(at, "From ", 5) != 0)
		return false;
	const size_t length = (size_t) ((newline ? newline : end) - at);
	if (length > 1000)
		return false;
	line = g_strndup(at + 5, length - 5);
	const char *clock = strchr(line, ':');
	return clock && clock - line >= 3 &&
	       sscanf(clock - 2, "%2d:%2d:%*2d %4d", &hour, &minute, &year) == 3 && year >= 1970;
}

/* mboxrd writes one '>' more before every ">…>From ". */
static bool is_escaped(const char *at, const char *end)
{
	const char *from = at;

	while (from < end && *from == '>')
		from++;
	return from > at && end - from >= 5 && memcmp(from, "From ", 5) == 0;
}

/* The mail at AT … END as text of its own: CRLF is LF if its first line says so, ">From " is "From ". */
static char *copy_mail(const char *at, const char *end, size_t *out_length)
{
	const char *newline = memchr(at, '\n', (size_t) (end - at));
	const bool has_cr = newline && newline > at && newline[-1] == '\r';
	GString *mail = g_string_sized_new((size_t) (end - at));

	for (const char *next; at < end; at = next) {
		newline = memchr(at, '\n', (size_t) (end - at));
		next = newline ? newline + 1 : end;
		at += is_escaped(at, next);
		if (has_cr && newline && newline > at && newline[-1] == '\r') {
			g_string_append_len(mail, at, newline - 1 - at);
			g_string_append_c(mail, '\n');
		} else {
			g_string_append_len(mail, at, next - at);
		}
	}
	*out_length = mail->len;
	return g_string_free(mail, FALSE);
}

/* Adds mail NUMBER if there is a diff in it: letters around patches are none. */
static bool add_mail(GPtrArray *patches, const char *at, const char *end, unsigned number, const char *path,
		     GError **error)
{
	size_t length;

	if (end - at > PATCH_LIMIT_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: mail %u: larger than the limit of %d bytes", path, number,
				      PATCH_LIMIT_BYTES);
	char *text = copy_mail(at, end, &length);
	add_patch(patches, g_strdup_printf("mbox:%u", number), text, length, 1);
	const struct ksig_patch_file *file = g_ptr_array_index(patches, patches->len - 1);
	gsize size;
	const char *data = g_bytes_get_data(file->text, &size);
	if (ksig_header_find_diff(data, data + size) == data + size)
		g_ptr_array_remove_index(patches, patches->len - 1);
	return true;
}

/* Where the mail after AT begins: a "From " line behind a blank one. END if AT's is the last. */
static const char *find_next_mail(const char *at, const char *end)
{
	while ((at = memmem(at, (size_t) (end - at), "\nFrom ", 6))) {
		const bool is_behind_blank = at[-1] == '\n' || (at[-1] == '\r' && at[-2] == '\n');
		if (is_behind_blank && is_mail_start(at + 1, end))
			return at + 1;
		at++;
	}
	return end;
}

GPtrArray *ksig_upstream_patch_files_of_mbox(const char *path, GError **error)
{
	g_autoptr(GPtrArray)
		patches = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_patch_file_free);
	size_t length;
	g_autofree char *text = ksig_file_read(path, MBOX_LIMIT_BYTES, &length, error);
	unsigned number = 0;

	if (!text)
		return NULL;
	const char *end = text + length;
	if (!is_mail_start(text, end)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a mailbox (\"From ID DATE\" expected first)",
			       path);
		return NULL;
	}
	for (const char *at = text, *next; at < end; at = next) {
		next = find_next_mail(at + 5, end);
		if (patches->len >= PATCHES_LIMIT) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d mails", path,
				       PATCHES_LIMIT);
			return NULL;
		}
		if (!add_mail(patches, at, next, ++number, path, error))
			return NULL;
	}
	return g_steal_pointer(&patches);
}
