/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which candidates an entry names: by its folded subject, with the tag as prefix, cut off, or bare; which
 * entries are this revision's; which changelog grammar a file has.
 */
#include "match/changelog-entries.h"

#include "match/changelog-known-internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	BARE_BYTES = 16, /* a subject without its prefix that is shorter names nothing by itself */
	BARE_WORDS = 3,
	TRUNCATED_BYTES = 32, /* a subject this long may be a longer one cut off */
	NAMED_LIMIT = 16,     /* candidates of one subject */
};

/* ---- subjects ------------------------------------------------------------------------------------ */

struct subject {
	char *folded;
	uint32_t candidate;
};

static void subject_clear(void *data)
{
	g_free(((struct subject *) data)->folded);
}

static int compare_subjects(const void *a, const void *b)
{
	const struct subject *left = a;
	const struct subject *right = b;
	const int order = strcmp(left->folded, right->folded);

	return order ? order : left->candidate < right->candidate ? -1 : left->candidate > right->candidate;
}

/* What stands behind the prefixes of SUBJECT: packagers call a subsystem otherwise than upstream does. */
static const char *bare_of(const char *subject)
{
	const char *at = subject;

	for (const char *colon = strstr(at, ": "); colon && strcspn(at, " ") == (size_t) (colon + 1 - at);
	     colon = strstr(at, ": "))
		at = colon + 2;
	return at;
}

/* The bare SUBJECT folded; NULL if too little is left of it to name a commit. */
static char *fold_bare(const char *subject)
{
	const char *bare = bare_of(subject);
	g_autofree char *folded = ksig_changelog_fold(bare);
	unsigned words = 1;

	for (const char *at = strchr(folded, ' '); at; at = strchr(at + 1, ' '))
		words++;
	return strlen(folded) >= BARE_BYTES && words >= BARE_WORDS ? g_steal_pointer(&folded) : NULL;
}

struct subjects {
	GArray *whole; /* struct subject */
	GArray *bare;  /* the same without prefixes */
};

static GArray *fold_subjects(const struct ksig_pool *pool, char *(*fold)(const char *) )
{
	GArray *subjects = g_array_new(FALSE, FALSE, sizeof(struct subject));

	g_array_set_clear_func(subjects, subject_clear);
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		const struct subject subject = {
			fold(ksig_upstream_pool_string(pool, pool->candidates[c].subject)), c};
		if (subject.folded)
			g_array_append_val(subjects, subject);
	}
	g_array_sort(subjects, compare_subjects);
	return subjects;
}

/* Whether ENTRY is SUBJECT, or SUBJECT cut off at the end. */
static bool is_subject(const char *entry, size_t length_bytes, const char *subject, bool cut)
{
	if (cut)
		return strncmp(entry, subject, length_bytes) == 0;
	return strcmp(entry, subject) == 0;
}

static GArray *find_subjects(const GArray *subjects, const char *folded, bool cut)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	const struct subject *list = (const struct subject *) subjects->data;
	const size_t length_bytes = strlen(folded);
	guint low = 0;
	guint high = subjects->len;

	while (low < high) {
		const guint middle = low + (high - low) / 2;
		if (strcmp(list[middle].folded, folded) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; length_bytes > 0 && low < subjects->len && found->len < NAMED_LIMIT; low++) {
		if (!is_subject(folded, length_bytes, list[low].folded, cut))
			break;
		g_array_append_val(found, list[low].candidate);
	}
	return found;
}

/* "[net] fix it" may be upstream's "net: fix it", which tells more, or its "fix it". */
static GArray *match_tagged(const GArray *subjects, const struct ksig_changelog_entry *entry)
{
	g_autofree char *subject = g_strdup_printf("%s: %s", entry->subsystem, entry->subject);
	g_autofree char *folded = ksig_changelog_fold(subject);

	return find_subjects(subjects, folded, false);
}

static GArray *match_cut(const GArray *subjects, const char *folded)
{
	GArray *found = find_subjects(subjects, folded, false);

	if (found->len > 0 || strlen(folded) < TRUNCATED_BYTES)
		return found;
	g_array_unref(found);
	return find_subjects(subjects, folded, true);
}

static GArray *match(const struct subjects *subjects, const struct ksig_changelog_entry *entry)
{
	g_autofree char *folded = ksig_changelog_fold(entry->subject);
	GArray *found = entry->subsystem ? match_tagged(subjects->whole, entry) : NULL;

	if (found && found->len > 0)
		return found;
	g_clear_pointer(&found, g_array_unref);
	found = match_cut(subjects->whole, folded);
	g_autofree char *bare = found->len == 0 ? fold_bare(entry->subject) : NULL;
	if (!bare)
		return found;
	g_array_unref(found);
	return find_subjects(subjects->bare, bare, false);
}

/* ---- entries ------------------------------------------------------------------------------------- */

static void add_match(ksig_entry_set *set, const struct ksig_entry_match *match)
{
	g_array_append_val(set->matches, *match);
	for (guint c = 0; c < match->candidates->len; c++)
		set->named[g_array_index(match->candidates, uint32_t, c)] = (uint8_t) match->candidates->len;
}

enum { HASH_DIGITS = 7 };

/* Where the first number of LABEL begins; the commit that a label may be has none. */
static const char *version_in(const char *label)
{
	const size_t length_bytes = strlen(label);

	if (length_bytes >= HASH_DIGITS && strspn(label, "0123456789abcdef") == length_bytes)
		return label + length_bytes;
	return label + strcspn(label, "0123456789");
}

/* Whether REST, what follows a number of a version, does not go on with it: "" or ".el9", but not ".1". */
static bool ends_version(const char *rest)
{
	return rest[0] == '\0' || !g_ascii_isdigit(rest[1]);
}

/*
 * Whether the kernel called LABEL is RELEASE or a later one: "v252-14" is the release "252-14.el9", and
 * "4.18.0-305.el8.src" is later than "4.18.0-304.el8"; "v252" is older than all of its releases.
 */
static bool has_release(const char *label, const char *release)
{
	const char *one = version_in(label);
	const char *other = version_in(release);

	while (*one && *other) {
		char *end = NULL;
		const guint64 have = g_ascii_strtoull(one, &end, 10);
		const guint64 asked = g_ascii_strtoull(other, (char **) &other, 10);
		if (have != asked)
			return have > asked;
		if (ends_version(other))
			return true;
		one = ends_version(end) ? "" : end + 1;
		other++;
	}
	return false;
}

/* The number of the newest release that the kernel called LABEL has in it. */
static bool find_release(const GPtrArray *releases, const char *label, guint *out_number)
{
	for (guint r = 0; r < releases->len; r++) {
		const struct ksig_changelog_release *release = releases->pdata[r];
		if (release->label && has_release(label, release->label)) {
			*out_number = r;
			return true;
		}
	}
	return false;
}

/* Those of releases that are newer than NEWEST are about later revisions. */
static void add_matches(ksig_entry_set *set, const struct subjects *subjects, const known_entries *known,
			int64_t base_id, guint newest)
{
	for (guint r = set->releases->len; r-- > newest;) {
		const struct ksig_changelog_release *release = set->releases->pdata[r];
		for (guint e = 0; e < release->entries->len; e++) {
			const struct ksig_changelog_entry *entry = release->entries->pdata[e];
			const struct ksig_entry *old = known_entries_find(known, entry);
			struct ksig_entry_match one = {
				.release = release, .entry = entry, .position = (int) e};
			if (old && (old->patch_id || old->revision_id == base_id))
				continue; /* told already, or about what the base has in it */
			one.candidates = match(subjects, entry);
			one.entry_id = old ? old->id : 0;
			add_match(set, &one);
		}
	}
}

static void match_clear(void *data)
{
	g_array_unref(((struct ksig_entry_match *) data)->candidates);
}

void ksig_match_entries_free(ksig_entry_set *set)
{
	if (!set)
		return;
	g_clear_pointer(&set->releases, g_ptr_array_unref);
	g_array_unref(set->matches);
	g_free(set->named);
	g_free(set->gap_from);
	g_free(set->gap_to);
	g_free(set);
}

/* "linux (6.1.192-2) bookworm-security; urgency=high" is how Debian's begin. */
static enum ksig_changelog_grammar grammar_of(const char *text)
{
	return g_regex_match_simple("^\\s*[a-z0-9][a-z0-9+.-]* \\([^)\\s]+\\) [^;\\n]+;", text, G_REGEX_RAW,
				    0)
		       ? KSIG_GRAMMAR_DEBIAN
		       : KSIG_GRAMMAR_RPM;
}

static GPtrArray *parse(const struct ksig_kernel *kernel, const char *path, GError **error)
{
	size_t length_bytes = 0;

	if (kernel->changelog)
		return ksig_changelog_parse(kernel->changelog, strlen(kernel->changelog),
					    kernel->changelog_format == KSIG_CHANGELOG_DEBIAN
						    ? KSIG_GRAMMAR_DEBIAN
						    : KSIG_GRAMMAR_RPM,
					    kernel->argument, error);
	g_autofree char *bytes = ksig_file_read(path, KSIG_CHANGELOG_BYTES, &length_bytes, error);
	if (!bytes)
		return NULL;
	g_autofree char *text = ksig_text_of_bytes(bytes, length_bytes);
	return ksig_changelog_parse(text, strlen(text), grammar_of(text), path, error);
}

static bool base_of(ksig_catalog *catalog, int64_t *out_id, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);

	if (revisions && revisions->len > 0)
		*out_id = ((const struct ksig_revision *) revisions->pdata[0])->id;
	return revisions != NULL;
}

static bool add_release(ksig_catalog *catalog, const struct ksig_changelog_release *release,
			int64_t revision_id, GError **error)
{
	for (guint e = 0; e < release->entries->len; e++) {
		const struct ksig_changelog_entry *entry = release->entries->pdata[e];
		struct ksig_entry row = {.revision_id = revision_id,
					 .release = release->label,
					 .date = release->date,
					 .position = (int) e,
					 .subject = entry->subject,
					 .subsystem = entry->subsystem,
					 .author = entry->author,
					 .text = entry->text};
		if (!ksig_catalog_add_entry(catalog, &row, error))
			return false;
	}
	return true;
}

bool ksig_match_entries_record_base(ksig_catalog *catalog, const struct ksig_kernel *kernel, const char *path,
				    int64_t revision_id, GError **error)
{
	guint newest = 0;

	if (!kernel->changelog && !path)
		return true;
	g_autoptr(GPtrArray) releases = parse(kernel, path, error);
	if (!releases)
		return false;
	/* One that the base does not bring itself may say of all revisions what they did. */
	if (!kernel->changelog && !find_release(releases, kernel->label, &newest))
		return true;
	for (guint r = releases->len; r-- > newest;)
		if (!add_release(catalog, releases->pdata[r], revision_id, error))
			return false;
	return true;
}

/* Whether the changelog has the kernel's own release (the first, if it is the kernel's own changelog), and
 * its day. */
static void note_release(ksig_entry_set *set, const struct ksig_kernel *kernel, bool has_older, guint newest)
{
	if (newest >= set->releases->len)
		return;
	const struct ksig_changelog_release *release = set->releases->pdata[newest];
	set->lacks_kernel = !kernel->changelog && has_older && !has_release(release->label, kernel->label);
	if (kernel->changelog || (has_older && !set->lacks_kernel))
		set->date = release->date;
}

ksig_entry_set *ksig_match_entries_collect(ksig_catalog *catalog, const struct ksig_pool *pool,
					   const struct ksig_kernel *kernel, const char *path, GError **error)
{
	g_autoptr(ksig_entry_set) set = g_new0(ksig_entry_set, 1);
	g_autoptr(GArray) whole = NULL;
	g_autoptr(GArray) bare = NULL;
	g_autoptr(GPtrArray) entries = NULL;
	g_autoptr(known_entries) known = NULL;
	const char *from = NULL, *to = NULL;
	int64_t base_id = 0;
	guint newest = 0;

	set->matches = g_array_new(FALSE, FALSE, sizeof(struct ksig_entry_match));
	g_array_set_clear_func(set->matches, match_clear);
	if (!kernel->changelog && !path)
		return NULL;
	set->releases = parse(kernel, path, error);
	entries = set->releases && base_of(catalog, &base_id, error) ? ksig_catalog_entries(catalog, 0, error)
								     : NULL;
	if (!entries)
		return NULL;
	set->named = g_new0(uint8_t, pool->n_candidates + 1);
	whole = fold_subjects(pool, ksig_changelog_fold);
	bare = fold_subjects(pool, fold_bare);
	const bool has_older = find_release(set->releases, kernel->label, &newest);
	note_release(set, kernel, has_older, newest);
	known = known_entries_new(entries, set->releases, newest);
	add_matches(set, &(struct subjects){whole, bare}, known, base_id, newest);
	set->vanished = known_entries_vanished(known);
	if (known_entries_gap(known, &from, &to)) {
		set->gap_from = g_strdup(from);
		set->gap_to = g_strdup(to);
	}
	return g_steal_pointer(&set);
}
