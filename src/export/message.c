/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subject, trailers, author and date of a step for git, mail and quilt; and what in a message would begin a
 * difference for patch(1) or git am is quoted.
 */
#include "export/message-internal.h"
#include "history/upstream-diff.h"

char *ksig_export_one_line(const char *text)
{
	g_autofree char *clean = ksig_utf8(text ? text : "", -1);

	return g_strstrip(g_strdelimit(g_steal_pointer(&clean), "\n\t\r", ' '));
}

char *ksig_export_subject(const struct ksig_link *link)
{
	g_autofree char *subject = ksig_export_one_line(link->patch->subject);
	const char *shown = *subject ? subject : "(no subject)";

	switch (link->whole ? KSIG_STEP_CARRY : link->step->action) {
	case KSIG_STEP_REWORK:
		return g_strdup_printf("Rework \"%s\"", shown);
	case KSIG_STEP_DROP:
		return g_strdup_printf("Drop \"%s\"", shown);
	default:
		return g_strdup(shown);
	}
}

static void append_trailer(GString *body, const char *name, const char *value)
{
	g_autofree char *line = ksig_export_one_line(value);

	if (*line)
		g_string_append_printf(body, "%s: %s\n", name, line);
}

/* Does LINE look like "Signed-off-by: somebody"? */
static bool is_trailer(const char *line)
{
	const size_t token = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return token > 0 && line[token] == ':' && line[token + 1] == ' ';
}

/* Trailers are one block: ours join those that the purpose ends with. */
static void append_purpose(GString *body, const char *purpose)
{
	g_autofree char *clean = ksig_utf8(purpose ? purpose : "", -1);

	g_strchomp(clean);
	while (*clean == '\n')
		memmove(clean, clean + 1, strlen(clean));
	if (!*clean)
		return;
	const char *last = strrchr(clean, '\n');
	const bool joins = last && is_trailer(last + 1);
	g_string_append_printf(body, "%s\n%s", clean, joins ? "" : "\n");
}

const char *ksig_export_source(const struct ksig_patch *patch)
{
	if (patch->source)
		return patch->source;
	return patch->kind == KSIG_PATCH_VENDOR ? "vendor" : "unknown";
}

char *ksig_export_body(const struct ksig_link *link)
{
	const struct ksig_patch *patch = link->patch;
	const enum ksig_step_action action = link->step->action;
	char confidence[KSIG_SHARE_BYTES];
	GString *body = g_string_new(NULL);

	if (link->whole)
		append_purpose(body, patch->purpose);
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, patch->id);
	append_trailer(body, "Patch", number);
	append_trailer(body, "Upstream-commit", patch->upstream);
	if (g_strcmp0(patch->candidate, patch->upstream) != 0)
		append_trailer(body, "Candidate", patch->candidate);
	append_trailer(body, "Source", ksig_export_source(patch));
	append_trailer(body, "Kind", ksig_catalog_patch_kind_name(patch->kind));
	if (patch->confidence >= 0)
		append_trailer(body, "Confidence",
			       g_ascii_formatd(confidence, sizeof confidence, "%.2f", patch->confidence));
	append_trailer(body, "Introduced-in", patch->revision);
	if (action == KSIG_STEP_REWORK)
		append_trailer(body, "Reworked-in", link->revision->label);
	if (action == KSIG_STEP_DROP)
		append_trailer(body, "Dropped-in", link->revision->label);
	return g_string_free(body, FALSE);
}

/* "3,5d" and "1,2c3" begin an ed script or a plain diff for patch(1), which skips blanks and X before. */
static bool is_ed_command(const char *line)
{
	const size_t numbers = strspn(line, "0123456789,");

	return numbers > 0 && strchr("acdi", line[numbers]) && line[numbers];
}

static bool is_header(const char *line)
{
	static const char *const names[] = {"From", "Subject", "Date", "Content-", "To", "Cc", "MIME-"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool must_be_quoted(const char *line)
{
	static const char *const starts[] = {"diff",   "---",     "+++", "***",  "@@",
					     "Index:", "Prereq:", "#!",  "From "};
	const char *word = line + strspn(line, " \tX");

	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
		if (g_str_has_prefix(word, starts[i]))
			return true;
	return is_ed_command(word) || strstr(line, "8<") || strstr(line, ">8");
}

char *ksig_export_quoted(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *quoted = g_string_sized_new(strlen(text) + 16);
	bool at_start = true;

	/* only what stands before the first words is taken for the mail's headers */
	for (char **line = lines; *line; line++) {
		const bool header = at_start && is_header(*line);
		at_start = header || (at_start && !**line);
		g_string_append_printf(quoted, "%s%s%s", header || must_be_quoted(*line) ? "> " : "", *line,
				       line[1] ? "\n" : "");
	}
	return g_string_free(quoted, FALSE);
}

/* The words of TEXT between STOPS and blanks, joined by JOINT. */
static char *joined_words(const char *text, const char *stops, const char *joint)
{
	g_autofree char *line = ksig_export_one_line(text);
	g_auto(GStrv) words = g_strsplit_set(line, stops, -1);
	GString *joined = g_string_new(NULL);

	for (char **word = words; *word; word++)
		if (**word)
			g_string_append_printf(joined, "%s%s", joined->len ? joint : "", *word);
	return g_string_free(joined, FALSE);
}

/* Takes off both ends what git takes off a name: "Lad, Prabhakar" keeps its comma, "Muster," does not. */
static char *without_crud(char *name)
{
	static const char crud[] = " .,:;<>\"\\'";
	size_t length = strlen(name);

	while (length > 0 && strchr(crud, name[length - 1]))
		name[--length] = '\0';
	const size_t start = strspn(name, crud);
	memmove(name, name + start, length - MIN(start, length) + 1);
	return name;
}

char *ksig_export_author(const struct ksig_patch *patch)
{
	/* git-am takes a name with an "@" for an address, and the address for the name. */
	char *name = without_crud(joined_words(patch->author, " <>@", " "));

	if (strpbrk(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS) || !g_str_is_ascii(name))
		return name;
	g_free(name);
	return g_strdup("unknown");
}

char *ksig_export_author_quoted(const struct ksig_patch *patch)
{
	g_autofree char *name = ksig_export_author(patch);
	GString *quoted = g_string_new("\"");

	if (!strpbrk(name, "()<>[]:;@\\,.\"") || !g_str_is_ascii(name)) {
		g_string_free(quoted, TRUE);
		return g_steal_pointer(&name);
	}
	for (const char *at = name; *at; at++)
		g_string_append_printf(quoted, "%s%c", strchr("\"\\", *at) ? "\\" : "", *at);
	return g_string_free(g_string_append_c(quoted, '"'), FALSE);
}

char *ksig_export_email(const struct ksig_patch *patch)
{
	char *email = joined_words(patch->email, " <>\"\\(),;:", ".");

	if (*email)
		return email;
	g_free(email);
	return g_strdup("nobody-named@mail.invalid");
}

bool ksig_export_date(const char *date, int64_t *out_seconds, int *out_offset_minutes)
{
	static const int64_t LATEST = 4102444800; /* 2100-01-01 */
	g_autofree char *full = NULL;

	*out_seconds = 0;
	*out_offset_minutes = 0;
	if (!date)
		return false;
	full = strchr(date, 'T') ? g_strdup(date) : g_strconcat(date, "T00:00:00Z", NULL);
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(full, utc);
	if (!moment || g_date_time_to_unix(moment) < 0 || g_date_time_to_unix(moment) >= LATEST)
		return false;
	*out_seconds = g_date_time_to_unix(moment);
	*out_offset_minutes = (int) (g_date_time_get_utc_offset(moment) / G_TIME_SPAN_MINUTE);
	return true;
}

ksig_diffs *ksig_export_diffs(const ksig_store *store, const struct ksig_chain *chain, GError **error)
{
	g_autoptr(GPtrArray) commits = g_ptr_array_new();

	for (guint i = chain->first; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		if (link->step->commit)
			g_ptr_array_add(commits, link->step->commit);
	}
	return ksig_history_diffs_open(store, commits, KSIG_DIFFS_PATCH, error);
}
