/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advisories made of what is published: what packages say of themselves, and what the caller knows. */
#include "publish/advise-internal.h"
#include "publish/advisory-match-internal.h"

#include <rpm/rpmlib.h>
#include <rpm/header.h>
#include <rpm/rpmts.h>
#include <time.h>

enum {
	ADVISE_LIMIT_LINES = 400, /* of a changelog, in a description */
	ADVISE_LIMIT_ENTRIES =
		50, /* of a changelog, where nothing is there to compare with: kernels have thousands */
};

/* ---- what a package says ------------------------------------------------------------------------- */

static Header read_header(const char *path, GError **error)
{
	Header header = NULL;
	const int there = ksig_file_open(path, error);

	if (there < 0)
		return NULL;
	FD_t fd = fdDup(there);
	close(there);
	if (!fd) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	rpmts ts = rpmtsCreate();
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NOSIGNATURES | RPMVSF_MASK_NODIGESTS);
	rpmReadPackageFile(ts, fd, path, &header);
	Fclose(fd);
	rpmtsFree(ts);
	if (!header)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not an RPM package", path);
	return header;
}

static char *entry_text(Header header, int i)
{
	struct rpmtd_s names, texts;

	if (!headerGet(header, RPMTAG_CHANGELOGNAME, &names, HEADERGET_MINMEM) ||
	    !headerGet(header, RPMTAG_CHANGELOGTEXT, &texts, HEADERGET_MINMEM))
		return NULL;
	const bool there = rpmtdSetIndex(&names, i) >= 0 && rpmtdSetIndex(&texts, i) >= 0;
	char *entry = there ? g_strdup_printf("%s\n%s", rpmtdGetString(&names), rpmtdGetString(&texts))
			    : NULL;

	rpmtdFreeData(&names);
	rpmtdFreeData(&texts);
	return entry;
}

/* The text of HEADER's changelog before the entry that OLD (NULL: none) begins with. */
static char *news_of(Header header, Header old)
{
	g_autofree char *last = old ? entry_text(old, 0) : NULL;
	const int limit = last ? ADVISE_LIMIT_ENTRIES : 1;
	GString *news = g_string_new(NULL);

	for (int i = 0; i < limit; i++) {
		g_autofree char *entry = entry_text(header, i);
		if (!entry || g_strcmp0(entry, last) == 0)
			break;
		g_string_append(news, strchr(entry, '\n') + 1);
		g_string_append_c(news, '\n');
	}
	return g_string_free(news, FALSE);
}

static void add_cves(ksig_advisory *advisory, const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("CVE-[0-9]{4}-[0-9]{4,}", G_REGEX_RAW, 0, NULL);
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autoptr(GMatchInfo) match = NULL;

	g_regex_match(regex, valid, 0, &match);
	while (g_match_info_matches(match)) {
		g_autofree char *cve = g_match_info_fetch(match, 0);
		ksig_publish_advisory_add_cve(advisory, cve);
		g_match_info_next(match, NULL);
	}
}

/* "livepatch-cve(CVE-2026-1)" among what it provides. */
static void add_provided(ksig_advisory *advisory, Header header)
{
	struct rpmtd_s provides;
	const char *name = NULL;

	if (!headerGet(header, RPMTAG_PROVIDENAME, &provides, HEADERGET_MINMEM))
		return;
	while ((name = rpmtdNextString(&provides)))
		if (g_str_has_prefix(name, "livepatch-cve("))
			add_cves(advisory, name);
	rpmtdFreeData(&provides);
}

static void add_news(ksig_advisory *advisory, const char *news)
{
	g_autofree char *valid = g_utf8_make_valid(news, -1);
	g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
	const guint length = g_strv_length(lines);

	for (guint i = 0; i < MIN(length, ADVISE_LIMIT_LINES); i++)
		if (*lines[i])
			ksig_publish_advisory_add_line(advisory, lines[i]);
	if (length > ADVISE_LIMIT_LINES) {
		g_autofree char *more = g_strdup_printf("(and %u more lines)", length - ADVISE_LIMIT_LINES);
		ksig_publish_advisory_add_line(advisory, more);
	}
	add_cves(advisory, news);
}

/* ---- one source package -------------------------------------------------------------------------- */

/* What of a source package is new. */
struct group {
	const char *source;
	GPtrArray *packages; /* of ksig_package; the first that is no source package speaks for all */
};

static void free_group(gpointer data)
{
	struct group *group = data;

	g_ptr_array_unref(group->packages);
	g_free(group);
}

static const ksig_package *speaker_of(const struct group *group)
{
	for (guint i = 0; i < group->packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(group->packages, i);
		if (!g_str_equal(package->arch, "src"))
			return package;
	}
	return g_ptr_array_index(group->packages, 0);
}

/* The newest version of PACKAGE that was there before. */
static const ksig_package *before(const ksig_package *package, GPtrArray *packages)
{
	const ksig_package *newest = NULL;

	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *other = g_ptr_array_index(packages, i);
		if (g_str_equal(other->name, package->name) && g_str_equal(other->arch, package->arch) &&
		    ksig_rpm_package_compare(other, package) < 0 &&
		    (!newest || ksig_rpm_package_compare(other, newest) > 0))
			newest = other;
	}
	return newest;
}

static void set_packages(ksig_advisory *advisory, const struct group *group)
{
	GPtrArray *patterns = g_ptr_array_new();

	for (guint i = 0; i < group->packages->len; i++)
		g_ptr_array_add(patterns, ksig_rpm_package_nevra(g_ptr_array_index(group->packages, i)));
	g_ptr_array_add(patterns, NULL);
	advisory->packages = (char **) g_ptr_array_free(patterns, FALSE);
}

static bool fixes_cves(const ksig_advisory *advisory)
{
	for (guint i = 0; i < advisory->references->len; i++)
		if (g_str_equal(((struct ksig_advisory_reference *) advisory->references->pdata[i])->type,
				"cve"))
			return true;
	return false;
}

static void set_kind(ksig_advisory *advisory, const struct ksig_repo_advise *how, const char *name,
		     bool is_first)
{
	static const char *const words[] = {"security update", "bug fix update", "new package"};
	static const char *const types[] = {"security", "bugfix", "enhancement"};
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	const int kind = fixes_cves(advisory) ? 0 : is_first ? 2 : 1;

	advisory->type = g_strdup(types[kind]);
	/* What the caller says comes before what is known of the fixes. */
	if (kind != 0 || how->severity) {
		g_free(advisory->severity);
		advisory->severity = kind == 0 ? g_strdup(how->severity) : NULL;
	}
	advisory->title = g_strdup_printf("%s %s", name, words[kind]);
	advisory->issued = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
}

/* "kernel-lt" and "6.12.9-1.el9" of "kernel-lt-6.12.9-1.el9". */
static char *split_source(const char *source, const char **out_version_release)
{
	const char *at = source + strlen(source);

	for (int dashes = 0; at > source && dashes < 2;)
		if (*--at == '-')
			dashes++;
	*out_version_release = *at == '-' ? at + 1 : at;
	return g_strndup(source, (gsize) (at - source));
}

static bool fill(ksig_advisory *advisory, const struct group *group, GPtrArray *packages,
		 const struct ksig_repo_options *options, GError **error)
{
	const ksig_package *speaker = speaker_of(group), *old = before(speaker, packages);
	g_autofree char *path = ksig_publish_package_file(options->root, speaker);
	g_autofree char *old_path = old ? ksig_publish_package_file(options->root, old) : NULL;
	const char *version_release = NULL;
	g_autofree char *name = split_source(group->source, &version_release);
	Header header = read_header(path, error);
	Header old_header = header && old_path ? read_header(old_path, error) : NULL;
	const bool good = header && (!old_path || old_header);

	if (good) {
		g_autofree char *news = news_of(header, old_header);
		add_provided(advisory, header);
		add_news(advisory, news);
	}
	headerFree(header);
	headerFree(old_header);
	if (!good || (options->advise->know && !options->advise->know(advisory, name, version_release,
								      options->advise->know_data, error)))
		return false;
	set_packages(advisory, group);
	set_kind(advisory, options->advise, name, old == NULL);
	return true;
}

/* ---- all of them --------------------------------------------------------------------------------- */

/* The packages of CHANGES that come, without those that one of ADVISORIES is about, in order. */
static GPtrArray *untold(GPtrArray *changes, const GPtrArray *advisories)
{
	g_autoptr(GPtrArray) coming = g_ptr_array_new();
	g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
	GPtrArray *left = g_ptr_array_new();

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_repo_change *change = g_ptr_array_index(changes, i);
		if (change->verb == KSIG_REPO_ADD && change->package->source)
			g_ptr_array_add(coming, (gpointer) change->package);
	}
	g_autoptr(repo_matcher) matcher = repo_matcher_new(coming);
	for (guint i = 0; advisories && i < advisories->len; i++) {
		g_autoptr(GPtrArray) about = repo_matcher_find(matcher, g_ptr_array_index(advisories, i));
		for (guint k = 0; k < about->len; k++)
			g_hash_table_add(told, about->pdata[k]);
	}
	for (guint i = 0; i < coming->len; i++)
		if (!g_hash_table_contains(told, coming->pdata[i]))
			g_ptr_array_add(left, coming->pdata[i]);
	return left;
}

static void add_to_group(GPtrArray *groups, GHashTable *by_source, const ksig_package *package)
{
	struct group *group = g_hash_table_lookup(by_source, package->source);

	if (!group) {
		group = g_new0(struct group, 1);
		group->source = package->source;
		group->packages = g_ptr_array_new();
		g_hash_table_insert(by_source, package->source, group);
		g_ptr_array_add(groups, group);
	}
	g_ptr_array_add(group->packages, (gpointer) package);
}

static GPtrArray *groups_of(GPtrArray *changes, const GPtrArray *advisories)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);
	g_autoptr(GHashTable) by_source = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) coming = untold(changes, advisories);

	for (guint i = 0; i < coming->len; i++)
		add_to_group(groups, by_source, g_ptr_array_index(coming, i));
	return groups;
}

static void free_advisory(gpointer advisory)
{
	ksig_publish_advisory_free(advisory);
}

GPtrArray *repo_advise(const struct ksig_repo_options *options, GPtrArray *changes, GPtrArray *packages,
		       GError **error)
{
	g_autoptr(GPtrArray) groups = groups_of(changes, options->advisories);
	g_autoptr(GPtrArray) advisories = g_ptr_array_new_with_free_func(free_advisory);

	for (guint i = 0; i < groups->len; i++) {
		const struct group *group = g_ptr_array_index(groups, i);
		ksig_advisory *advisory = ksig_publish_advisory_new(group->source);
		g_ptr_array_add(advisories, advisory);
		if (!fill(advisory, group, packages, options, error))
			return NULL;
	}
	return g_steal_pointer(&advisories);
}
