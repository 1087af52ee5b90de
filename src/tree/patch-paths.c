/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a patch may touch. More than it does is harmless, less is not: so every line that GNU patch or
 * git could take a name from counts, wherever it stands, in each way that it could be read.
 */
#include "tree/patch-paths-internal.h"

/* NAME without its first STRIP components, as -pSTRIP counts them; NULL if it has no more than that. */
static const char *stripped(const char *name, unsigned strip)
{
	for (; strip > 0; strip--) {
		name = strchr(name, '/');
		if (!name)
			return NULL;
		while (*name == '/')
			name++;
	}
	return name;
}

/* True if PATH has a component that git takes for its own folder. */
static bool names_repository(const char *path)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);

	for (char **name = names; *name; name++)
		if (g_ascii_strcasecmp(*name, ".git") == 0)
			return true;
	return false;
}

struct paths {
	GHashTable *set;
	char *repository; /* the first name with a .git in it, or NULL */
};

static void add(struct paths *paths, const char *name, unsigned strip)
{
	const char *path = stripped(name, strip);

	if (path && ksig_path_is_safe(path))
		g_hash_table_add(paths->set, g_strdup(path));
	else if (path && !paths->repository && names_repository(path))
		paths->repository = g_strdup(path);
}

/* The name that TEXT begins with: quoted as in C, up to a tab, up to white space, or all of the line. */
static void add_names(struct paths *paths, const char *text, unsigned strip)
{
	if (text[0] == '"') {
		const char *end = strrchr(text + 1, '"');
		g_autofree char *quoted = end ? g_strndup(text + 1, (gsize) (end - text - 1)) : NULL;
		g_autofree char *name = quoted ? g_strcompress(quoted) : NULL;
		if (name)
			add(paths, name, strip);
		return;
	}
	static const char *const ends[] = {"\t\r", " \t\r", "\r"};
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *name = g_strndup(text, strcspn(text, ends[i]));
		add(paths, name, strip);
	}
}

static void add_line(struct paths *paths, const char *line, unsigned strip)
{
	static const struct {
		const char *prefix;
		unsigned fewer; /* names that git writes without a/ and b/ */
	} kinds[] = {
		{"--- ", 0},         {"+++ ", 0},       {"*** ", 0},       {"Index: ", 0},
		{"rename from ", 1}, {"rename to ", 1}, {"copy from ", 1}, {"copy to ", 1},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_has_prefix(line, kinds[i].prefix))
			continue;
		const char *text = line + strlen(kinds[i].prefix);
		add_names(paths, text, strip);
		if (kinds[i].fewer > 0 && strip > 0)
			add_names(paths, text, strip - 1);
	}
}

/* "diff --git a/x b/x": the names of a change of mode or of an empty file, which has no other line. */
static void add_git_line(struct paths *paths, const char *line, unsigned strip)
{
	if (!g_str_has_prefix(line, "diff --git "))
		return;
	const char *text = line + strlen("diff --git ");
	add_names(paths, text, strip);
	for (const char *space = text; (space = strchr(space, ' ')); space++)
		add_names(paths, space + 1, strip);
	/* Both names are the same but for their prefix, and may have spaces. */
	const size_t length_bytes = strlen(text);
	if (length_bytes % 2 == 1 && text[length_bytes / 2] == ' ') {
		g_autofree char *name = g_strndup(text, length_bytes / 2);
		add(paths, name, strip);
	}
}

GHashTable *ksig_patch_paths(const char *text, size_t length_bytes, unsigned strip, char **out_repository)
{
	struct paths paths = {g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL), NULL};
	const char *end = text + length_bytes;

	for (const char *line = text; line < end;) {
		const char *newline = memchr(line, '\n', (size_t) (end - line));
		const char *next = newline ? newline + 1 : end;
		if (strchr("-+*Irdc", *line)) {
			g_autofree char *copy = g_strndup(line, (gsize) ((newline ? newline : end) - line));
			add_line(&paths, copy, strip);
			add_git_line(&paths, copy, strip);
		}
		line = next;
	}
	if (out_repository)
		*out_repository = g_steal_pointer(&paths.repository);
	g_free(paths.repository);
	return paths.set;
}
