/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that name other commits, tickets and CVEs. An upstream id is said in many ways; where a patch says it
 * more than once, the plainest counts:
 *
 *   1  commit X upstream.   [ Upstream commit X ]   Upstream-commit: X      (stable, vendors, ksig itself)
 *      Source kernel commit: X                                             (xfsprogs)
 *      Upstream commit:, with git log's text of it below                   (Open vSwitch)
 *   2  Git-commit: X        Applied-Upstream: …, commit:X                   (SUSE, DEP-3)
 *   3  Origin: upstream, https://…/X                                        (DEP-3)
 *   4  (cherry picked from commit X)   (backported from commit X)           (git cherry-pick -x)
 *   5  commit X                                                             (alone on a line: CentOS Stream)
 *
 * X has at least 12 digits, and all 40 where nothing else than "commit" stands around it.
 *
 * Prose tells of other commits in the same words, and its lines break anywhere: "commit X upstream" counts
 * where no sentence can have led to it, "commit X" only at the message's beginning or below fields, with no
 * sentence that goes on ("This was broken by", "commit X").
 */
#include "upstream/header-scan-internal.h"
#include "upstream/header-commits-internal.h"
#include "upstream/header-internal.h"
#include "upstream/header-tickets-internal.h"
#include "upstream/header-words-internal.h"
#include "upstream/mime-internal.h"
#include "base/diff.h"

#include <string.h>

enum {
	UPSTREAM_DIGITS = 12, /* fewer name no commit of a history as long as a kernel's */
};

/* The first full id in TEXT, NULL if there is none. */
static const char *find_id(const char *text)
{
	while (*text) {
		const size_t n = ksig_header_hex_length(text);
		if (n == KSIG_HEADER_ID_DIGITS && !g_ascii_isalnum(text[n]))
			return text;
		text += n;
		/* The digits of a word are no id: skip to its end. */
		while (g_ascii_isalnum(*text))
			text++;
		while (*text && !g_ascii_isalnum(*text))
			text++;
	}
	return NULL;
}

static void take_id(struct ksig_header_scan *scan, unsigned rank, const char *id)
{
	if (!id || (scan->rank != 0 && scan->rank <= rank))
		return;
	g_free(scan->upstream);
	scan->upstream = g_ascii_strdown(id, (gssize) MIN(ksig_header_hex_length(id), KSIG_HEADER_ID_DIGITS));
	scan->rank = rank;
}

/* What may stand behind an id. */
enum ending { ENDING_LINE, ENDING_ALONE, ENDING_UPSTREAM, ENDING_ANY };

static bool ends_well(const char *rest, enum ending ending)
{
	if (ending == ENDING_ANY)
		return true;
	if (ending == ENDING_UPSTREAM) {
		if (g_ascii_strncasecmp(rest, " upstream", 9) != 0)
			return false;
		rest += 9;
		return rest[strspn(rest, " .,;:])")] == '\0' || g_str_has_prefix(rest, " (");
	}
	rest += strspn(rest, " .])");
	return *rest == '\0' || (ending == ENDING_LINE && g_str_has_prefix(rest, "(\""));
}

static bool is_id(const char *at, bool full)
{
	const size_t n = ksig_header_hex_length(at);

	return n >= (full ? (size_t) KSIG_HEADER_ID_DIGITS : (size_t) UPSTREAM_DIGITS) &&
	       n <= KSIG_HEADER_ID_DIGITS && !g_ascii_isalnum(at[n]);
}

/* Whether TEXT goes on with a line that is no prose: a blank one, "Author: …", a bracket. */
static bool ends_paragraph(const char *text)
{
	const char *at = text + strspn(text, " \t");
	const size_t name = strspn(at, G_CSET_a_2_z G_CSET_A_2_Z "-_");

	return *at == '\0' || *at == '\n' || (*at == '(' && at[1] != '"') || *at == '[' ||
	       (name > 0 && at[name] == ':') || g_str_has_prefix(at, "upstream-diff");
}

/* The line before a commit's id that vendors write without a colon. */
static bool is_bare_field(const char *line)
{
	static const char *const names[] = {"commit-author ", "jira ",   "cve ",
					    "cve-bf ",        "bugfix ", "subsystem-update "};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_has_prefix(line, names[i]))
			return true;
	return false;
}

static void scan_upstream(struct ksig_header_scan *scan, const char *line, const char *next)
{
	static const struct {
		const char *prefix;
		enum ending ending;
		unsigned rank;
	} forms[] = {
		{"commit ", ENDING_UPSTREAM, 1},
		{"upstream commit ", ENDING_LINE, 1},
		{"upstream commit: ", ENDING_ANY, 1},
		{"source kernel commit: ", ENDING_ANY, 1},
		{"mainline commit ", ENDING_LINE, 1},
		{"mainline: ", ENDING_LINE, 1},
		{"upstream-commit: ", ENDING_ANY, 1},
		{"upstream: commit ", ENDING_LINE, 1},
		{"upstream: ", ENDING_LINE, 1},
		{"this is upstream commit ", ENDING_LINE, 1},
		{"this is commit ", ENDING_UPSTREAM, 1},
		{"git-commit: ", ENDING_ANY, 2},
		{"cherry picked from commit ", ENDING_ANY, 4},
		{"cherry-picked from commit ", ENDING_ANY, 4},
		{"cherry picked from upstream commit ", ENDING_ANY, 4},
		{"cherry picked from ", ENDING_ANY, 4},
		{"backported from commit ", ENDING_ANY, 4},
		{"backported from upstream commit ", ENDING_ANY, 4},
		{"commit: ", ENDING_ALONE, 5},
		{"commit ", ENDING_ALONE, 5},
	};

	if (scan->in_prose && !strchr("[(", *line))
		return;
	line += strspn(line, " \t[(");
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		const size_t n = strlen(forms[i].prefix);
		if (g_ascii_strncasecmp(line, forms[i].prefix, n) != 0)
			continue;
		const char *id = line + n + strspn(line + n, " ");
		if (forms[i].ending == ENDING_ALONE && (scan->is_below_prose || !ends_paragraph(next)))
			continue;
		if (is_id(id, forms[i].ending == ENDING_ALONE) &&
		    ends_well(id + ksig_header_hex_length(id), forms[i].ending))
			take_id(scan, forms[i].rank, id);
	}
}

/* DEP-3's Origin:, Applied-Upstream: and SUSE's Patch-mainline:. */
static void scan_origin(struct ksig_header_scan *scan, const char *line)
{
	const char *at;

	if ((at = ksig_header_skip_word(line, "Applied-Upstream:")))
		take_id(scan, 2, find_id(at));
	else if ((at = ksig_header_skip_word(line, "Patch-mainline:")) && !scan->header->mainline)
		scan->header->mainline = g_strdup(at);
	if (!(at = ksig_header_skip_word(line, "Origin:")))
		return;
	if (!scan->header->origin)
		scan->header->origin = g_strdup(at);
	/* A commit of another distribution's tree is where the patch was found, not what it is. */
	if (g_ascii_strncasecmp(at, "vendor", 6) == 0 || g_ascii_strncasecmp(at, "other", 5) == 0)
		return;
	if (g_ascii_strncasecmp(at, "upstream", 8) == 0 || g_ascii_strncasecmp(at, "backport", 8) == 0 ||
	    strstr(at, "git.kernel.org/") || strstr(at, "github.com/torvalds/") ||
	    g_str_has_prefix(at, "commit"))
		take_id(scan, 3, find_id(at));
}

void ksig_header_scan_init(struct ksig_header_scan *scan, struct ksig_header *header)
{
	if (!header->fixes)
		header->fixes = g_ptr_array_new_with_free_func(g_free);
	if (!header->reverts)
		header->reverts = g_ptr_array_new_with_free_func(g_free);
	*scan = (struct ksig_header_scan){
		.header = header,
		.is_blank = true,
		.tickets = g_strv_builder_new(),
		.seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL),
	};
	for (unsigned i = 0; header->tickets && header->tickets[i]; i++)
		if (ksig_header_is_new(scan, "ticket ", header->tickets[i]))
			g_strv_builder_add(scan->tickets, header->tickets[i]);
}

/* "Date:   Mon Jan 16 09:00:00 2017 +0100" of a commit that the message quotes. */
static void scan_date(struct ksig_header *header, const char *line)
{
	const char *at = g_str_has_prefix(line, "Date:") ? line + strlen("Date:") : NULL;
	g_autofree char *iso = at ? ksig_mime_date(at) : NULL;
	g_autoptr(GDateTime) time = iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
	const int64_t seconds = time ? g_date_time_to_unix(time) : 0;

	if (seconds > 0 && (header->quoted_time == 0 || seconds < header->quoted_time))
		header->quoted_time = seconds;
}

/* "Cc: stable@vger.kernel.org", not unstable@example.org. */
static bool is_cc_stable(const char *line)
{
	const char *at = g_ascii_strncasecmp(line, "Cc:", 3) == 0 ? strcasestr(line, "stable@") : NULL;

	return at && strchr(" \t:<,\"", at[-1]);
}

/* "Reported-by: syzbot+…@syzkaller.appspotmail.com", "Reported-and-tested-by: …". */
static bool is_syzbot_report(const char *line)
{
	return g_ascii_strncasecmp(line, "Reported-", 9) == 0 &&
	       (strcasestr(line, "syzbot") || strcasestr(line, "syzkaller"));
}

/* Whether LINE is no field, bracket or blank: what stands below it may be its sentence's end. */
static bool is_prose(const char *line)
{
	const size_t name = strspn(line, G_CSET_a_2_z G_CSET_A_2_Z "-_");

	return *line && !strchr("[(", *line) && !(name > 0 && line[name] == ':') && !is_bare_field(line);
}

void ksig_header_scan_line(struct ksig_header_scan *scan, const char *line, const char *next)
{
	struct ksig_header *header = scan->header;
	/* An indented line below a field goes on with it. */
	const bool is_indented = *line == ' ' || *line == '\t';

	line += strspn(line, " \t");
	scan_upstream(scan, line, next);
	ksig_header_scan_commits(scan, line);
	ksig_header_scan_tickets(scan, line);
	scan_origin(scan, line);
	scan_date(header, line);
	header->cc_stable = header->cc_stable || is_cc_stable(line);
	header->syzbot = header->syzbot || is_syzbot_report(line);
	scan->in_prose = is_prose(line) && (scan->in_prose || scan->is_blank || !is_indented);
	scan->is_blank = *line == '\0';
	if (!scan->is_blank)
		scan->is_below_prose = scan->in_prose;
}

/* "Upstream commit:", and TEXT begins with that commit as git log shows it: where its id is; else NULL. */
static const char *quoted_id(const char *line, const char *text)
{
	const char *at = text + strspn(text, " \t");

	line += strspn(line, " \t[(");
	if (g_ascii_strncasecmp(line, "upstream", 8) != 0 || !g_str_has_suffix(line, ":") ||
	    !g_str_has_prefix(at, "commit "))
		return NULL;
	at += strlen("commit ");
	return is_id(at, false) ? at : NULL;
}

/* Where LINE breaks off before a commit id that TEXT begins with; else NULL. */
static const char *broken_off(const char *line, const char *text)
{
	const size_t n = strlen(line);

	return n >= 6 && g_ascii_strcasecmp(line + n - 6, "commit") == 0 &&
			       ksig_header_hex_length(text) >= KSIG_HEADER_SHORT_ID_DIGITS
		       ? text
		       : NULL;
}

static void add_cves(struct ksig_header *header, const char *text)
{
	g_autofree char *known = header->cves ? g_strjoinv(" ", header->cves) : NULL;
	g_autofree char *all = g_strjoin(" ", known ? known : "", text, NULL);

	g_strfreev(header->cves);
	header->cves = ksig_cves(all);
}

void ksig_header_scan_text(struct ksig_header_scan *scan, const char *text)
{
	g_autoptr(GString) line = g_string_new(NULL);

	add_cves(scan->header, text);
	ksig_header_scan_reverts(scan, text);
	const char *const all = text;
	while (*text) {
		const size_t n = strcspn(text, "\n");
		g_string_append_len(line, text, (gssize) n);
		text += n + (text[n] == '\n');
		while (line->len > 0 && g_ascii_isspace(line->str[line->len - 1]))
			g_string_truncate(line, line->len - 1);
		const char *quoted = quoted_id(line->str, text);
		const char *rest = quoted ? quoted : broken_off(line->str, text);
		if (quoted)
			g_string_assign(line, "upstream commit:");
		if (rest) {
			g_string_append_c(line, ' ');
			text = rest;
			continue;
		}
		ksig_header_scan_line(scan, line->str, text);
		g_string_truncate(line, 0);
	}
	ksig_header_scan_blames(scan, all);
	ksig_header_add_tickets(scan, all);
}

void ksig_header_scan_end(struct ksig_header_scan *scan)
{
	struct ksig_header *header = scan->header;

	/* A quoted "commit X" below "This reverts": not what the patch is. */
	const bool is_reverted = scan->upstream &&
				 g_ptr_array_find_with_equal_func(header->reverts, scan->upstream,
								  g_str_equal, NULL);
	if (scan->upstream && !header->upstream && !is_reverted) {
		header->upstream = g_steal_pointer(&scan->upstream);
		header->upstream_rank = scan->rank;
	}
	g_free(scan->upstream);
	g_strfreev(header->tickets);
	header->tickets = g_strv_builder_end(scan->tickets);
	g_strv_builder_unref(scan->tickets);
	g_hash_table_unref(scan->seen);
}
