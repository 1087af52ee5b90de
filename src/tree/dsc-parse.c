/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of a .dsc (its first paragraph, inside a signature or not; Checksums-Sha256) and of
 * debian/patches/series. What is done with them is dsc.c's.
 */
#include "tree/dsc-parse-internal.h"
#include "tree/tree-internal.h"

static void file_free(void *data)
{
	struct ksig_dsc_file *file = data;

	g_free(file->name);
	g_free(file->sha256);
	g_free(file);
}

void ksig_dsc_free(struct ksig_dsc *dsc)
{
	if (!dsc)
		return;
	g_free(dsc->format);
	g_free(dsc->source);
	g_free(dsc->version);
	if (dsc->files)
		g_ptr_array_unref(dsc->files);
	g_free(dsc);
}

/* The paragraph inside a clear-text signature, or TEXT itself. */
static const char *skip_armor(const char *text)
{
	if (!g_str_has_prefix(text, "-----BEGIN PGP SIGNED MESSAGE-----"))
		return text;
	const char *blank = strstr(text, "\n\n");
	return blank ? blank + 2 : text + strlen(text);
}

/* The fields of the first paragraph, names in lower case; what continues a line keeps its newlines. */
static GHashTable *parse_fields(const char *text)
{
	GHashTable *fields = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(skip_armor(text), "\n", -1);
	g_autofree char *name = NULL;
	g_autoptr(GString) value = g_string_new(NULL);

	for (char **line = lines;; line++) {
		const bool continues = *line && ((*line)[0] == ' ' || (*line)[0] == '\t');
		if (continues) {
			g_string_append_printf(value, "\n%s", g_strstrip(*line));
			continue;
		}
		if (name)
			g_hash_table_replace(fields, g_steal_pointer(&name), g_strdup(value->str));
		const char *colon = *line ? strchr(*line, ':') : NULL;
		if (!colon)
			break;
		g_autofree char *raw_name = g_strndup(*line, (gsize) (colon - *line));
		name = g_ascii_strdown(raw_name, -1);
		g_autofree char *first = g_strstrip(g_strdup(colon + 1));
		g_string_assign(value, first);
	}
	return fields;
}

static bool is_digest(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static struct ksig_dsc_file *parse_file(const char *line)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
	guint64 size_bytes = 0;

	if (g_strv_length(words) != 3 || !is_digest(words[0]) || strchr(words[2], '/') ||
	    !ksig_path_is_safe(words[2]) ||
	    !g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXINT64, &size_bytes, NULL))
		return NULL;
	struct ksig_dsc_file *file = g_new0(struct ksig_dsc_file, 1);
	file->sha256 = g_strdup(words[0]);
	file->size_bytes = size_bytes;
	file->name = g_strdup(words[2]);
	return file;
}

static bool parse_files(struct ksig_dsc *dsc, const char *value, const char *name, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(value ? value : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		if (!**line)
			continue;
		struct ksig_dsc_file *file = parse_file(*line);
		if (!file)
			return ksig_error_set(
				error, KSIG_ERROR_INPUT,
				"%s: Checksums-Sha256: \"%s\": digest, size and file name expected", name,
				*line);
		g_ptr_array_add(dsc->files, file);
	}
	if (dsc->files->len == 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no Checksums-Sha256 field", name);
	return true;
}

/* deb-version(7) */
static bool is_version(const char *text)
{
	return text && *text && strlen(text) <= 256 &&
	       strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".+~:-") == strlen(text);
}

struct ksig_dsc *ksig_dsc_parse(const char *text, const char *name, GError **error)
{
	g_autoptr(GHashTable) fields = parse_fields(text);
	g_autoptr(ksig_dsc) dsc = g_new0(struct ksig_dsc, 1);

	dsc->format = g_strdup(g_hash_table_lookup(fields, "format"));
	dsc->source = g_strdup(g_hash_table_lookup(fields, "source"));
	dsc->version = g_strdup(g_hash_table_lookup(fields, "version"));
	dsc->files = g_ptr_array_new_with_free_func(file_free);
	if (!dsc->format || !dsc->source || !is_version(dsc->version)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no Format, Source or proper Version field",
			       name);
		return NULL;
	}
	if (!parse_files(dsc, g_hash_table_lookup(fields, "checksums-sha256"), name, error))
		return NULL;
	return g_steal_pointer(&dsc);
}

GPtrArray *ksig_series_parse(const char *text, const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		/* The name ends at white space; what follows are options, which dpkg-source ignores. */
		(*line)[strcspn(*line, " \t\r")] = '\0';
		if (!**line || **line == '#')
			continue;
		if (!ksig_path_is_safe(*line)) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not a path that stays inside", name,
				       *line);
			return NULL;
		}
		g_ptr_array_add(names, g_strdup(*line));
	}
	return g_steal_pointer(&names);
}
