/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a source RPM or dist-git: digests checked, payload unpacked, tarball and changelogs found, %prep run
 * (prep.c). tree/srpm.c makes git objects of what it gives.
 */
#include "rpm/srpm-internal.h"
#include "rpm/dist-git-internal.h"
#include "rpm/metadata.h"
#include "rpm/package-header-internal.h"
#include "rpm/payload-internal.h"
#include "rpm/prep-internal.h"
#include "rpm/spec-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmts.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOTAL_LIMIT_BYTES ((int64_t) 8 << 30)
enum { FILES_LIMIT = 100000, SPEC_LIMIT_BYTES = 64 << 20 };

void ksig_rpm_srpm_free(ksig_srpm *srpm)
{
	if (!srpm)
		return;
	g_free(srpm->name);
	g_free(srpm->release);
	g_free(srpm->version_release);
	g_free(srpm->changelog);
	g_free(srpm->tarball);
	g_free(srpm->build_folder);
	g_free(srpm->stopped);
	g_free(srpm->said);
	if (srpm->patches)
		g_ptr_array_unref(srpm->patches);
	g_free(srpm);
}

/* ---- the header ---------------------------------------------------------------------------------- */

/* Who signed it does not matter here; that header and payload are whole does. */
static bool is_whole(const char *path)
{
	char *const paths[] = {(char *) path, NULL};
	rpmts ts = rpmtsCreate();

	rpmtsSetVSFlags(ts, RPMVSF_MASK_NOSIGNATURES);
	rpmtsSetVfyLevel(ts, RPMSIG_DIGEST_TYPE);
	const int failures = rpmcliVerifySignatures(ts, (ARGV_const_t) paths);
	rpmtsFree(ts);
	return failures == 0;
}

static Header read_header(const char *path, const char *copy, GError **error)
{
	Header header = NULL;
	FD_t fd = rpm_package_open(copy, error);

	if (!fd)
		return NULL;
	rpmts ts = rpmtsCreate();
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NOSIGNATURES);
	const rpmRC got = rpmReadPackageFile(ts, fd, copy, &header);
	Fclose(fd);
	rpmtsFree(ts);
	if ((got != RPMRC_OK && got != RPMRC_NOTTRUSTED && got != RPMRC_NOKEY) || !is_whole(copy))
		header = headerFree(header);
	if (!header)
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: not an RPM package, or a damaged one: its digests differ", path);
	return header;
}

/* The header's changelog as a spec has it, for specs that keep theirs elsewhere (%autochangelog). */
static char *changelog_of(Header header)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct rpmtd_s times, names, texts;

	headerGet(header, RPMTAG_CHANGELOGTIME, &times, HEADERGET_MINMEM);
	headerGet(header, RPMTAG_CHANGELOGNAME, &names, HEADERGET_MINMEM);
	headerGet(header, RPMTAG_CHANGELOGTEXT, &texts, HEADERGET_MINMEM);
	while (rpmtdNext(&times) >= 0 && rpmtdNext(&names) >= 0 && rpmtdNext(&texts) >= 0) {
		g_autoptr(GDateTime) day = g_date_time_new_from_unix_utc((gint64) rpmtdGetNumber(&times));
		g_autofree char *date = day ? g_date_time_format(day, "%a %b %d %Y") : g_strdup("");
		g_string_append_printf(text, "* %s %s\n%s\n\n", date, rpmtdGetString(&names),
				       rpmtdGetString(&texts));
	}
	rpmtdFreeData(&times);
	rpmtdFreeData(&names);
	rpmtdFreeData(&texts);
	return text->len > 0 ? g_strdup(text->str) : NULL;
}

static ksig_srpm *from_header(const char *path, const char *copy, GError **error)
{
	Header header = read_header(path, copy, error);

	if (!header)
		return NULL;
	g_autoptr(ksig_srpm) srpm = g_new0(ksig_srpm, 1);
	const bool source = headerIsSource(header);
	srpm->name = g_strdup(headerGetString(header, RPMTAG_NAME));
	srpm->release = g_strdup(headerGetString(header, RPMTAG_RELEASE));
	srpm->version_release = g_strdup_printf("%s-%s", headerGetString(header, RPMTAG_VERSION),
						srpm->release);
	srpm->changelog = changelog_of(header);
	srpm->build_time = (int64_t) headerGetNumber(header, RPMTAG_BUILDTIME);
	headerFree(header);
	if (!source || !srpm->name || !ksig_path_is_safe(srpm->version_release)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a source package", path);
		return NULL;
	}
	return g_steal_pointer(&srpm);
}

/* ---- the payload --------------------------------------------------------------------------------- */

struct unpacking {
	const char *path;
	const char *folder;
	struct archive *payload;
	char *spec; /* path of the spec, once it was seen */
	int64_t total_bytes;
	unsigned files;
};

/* Scripts among the sources stay executable: %prep calls them. */
static bool write_entry(struct unpacking *unpacking, const char *name, bool executable, GError **error)
{
	g_autofree char *target = g_build_filename(unpacking->folder, name, NULL);
	const int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    executable ? 0700 : 0600);

	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", target);
	const int code = archive_read_data_into_fd(unpacking->payload, fd);
	const int errnum = archive_errno(unpacking->payload);
	if (close(fd) != 0)
		return ksig_error_errno(error, errno, "%s", target);
	if (code != ARCHIVE_OK && errnum == ENOSPC)
		return ksig_error_errno(error, errnum, "%s", target);
	return code == ARCHIVE_OK || srpm_payload_error(error, unpacking->payload, unpacking->path);
}

static bool unpack_entry(struct unpacking *unpacking, struct archive_entry *entry, GError **error)
{
	const char *name = ksig_rpm_srpm_entry_name(entry);
	const int64_t size_bytes = archive_entry_size(entry);

	if (!name || archive_entry_filetype(entry) != AE_IFREG || ++unpacking->files > FILES_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not the name of a plain file",
				      unpacking->path, archive_entry_pathname(entry));
	unpacking->total_bytes += size_bytes;
	if (unpacking->total_bytes > TOTAL_LIMIT_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than 8 GiB in it", unpacking->path);
	if (g_str_has_suffix(name, ".spec")) {
		g_free(unpacking->spec);
		unpacking->spec = g_build_filename(unpacking->folder, name, NULL);
	}
	return write_entry(unpacking, name, archive_entry_perm(entry) & S_IXUSR, error);
}

/* Writes all of COPY, which is PATH's, to FOLDER; returns the path of the spec. */
static char *unpack(const char *path, const char *copy, const char *folder, GError **error)
{
	struct unpacking unpacking = {.path = path, .folder = folder};
	struct archive_entry *entry = NULL;
	bool good = true;

	unpacking.payload = ksig_rpm_srpm_payload(copy, error);
	if (!unpacking.payload)
		return NULL;
	while (good && (good = ksig_rpm_payload_next(unpacking.payload, path, &entry, error)) && entry)
		good = unpack_entry(&unpacking, entry, error);
	archive_read_free(unpacking.payload);
	if (good && !unpacking.spec)
		good = ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no spec in it", path);
	if (!good)
		g_clear_pointer(&unpacking.spec, g_free);
	return unpacking.spec;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static bool has_releases(const char *text)
{
	return g_str_has_prefix(text, "* ") || strstr(text, "\n* ");
}

static char *text_of_file(const char *path)
{
	size_t length_bytes = 0;
	g_autofree char *bytes = ksig_file_read(path, SPEC_LIMIT_BYTES, &length_bytes, NULL);

	return bytes ? ksig_text_of_bytes(bytes, length_bytes) : NULL;
}

/* The text below %changelog as it stands in the spec, if it has releases there. */
static char *changelog_in(const char *spec_path)
{
	g_autofree char *text = text_of_file(spec_path);
	const char *begin = text ? strstr(text, "\n%changelog") : NULL;
	const char *line = begin ? strchr(begin + 1, '\n') : NULL;

	return line && has_releases(line) ? g_strdup(line + 1) : NULL;
}

/* From el9.5 on the older releases stand in a source of their own, "Source2: kernel.changelog". */
static char *changelog_among(const ksig_spec *spec, const char *folder)
{
	for (guint i = 0; i < spec->sources->len; i++) {
		const char *name = spec->sources->pdata[i];
		if (!g_str_has_suffix(name, ".changelog") && !g_str_equal(name, "changelog"))
			continue;
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *text = text_of_file(path);
		if (text && has_releases(text))
			return g_steal_pointer(&text);
	}
	return NULL;
}

/* The spec's own words first, as the newest; the header has them where the spec has none. */
static void join_changelogs(ksig_srpm *srpm, const ksig_spec *spec, const char *spec_path, const char *folder)
{
	g_autofree char *own = changelog_in(spec_path);
	g_autofree char *older = changelog_among(spec, folder);
	g_autofree char *header = g_steal_pointer(&srpm->changelog);
	const char *newer = own ? own : header;

	srpm->changelog = older ? g_strconcat(newer ? newer : "", "\n", older, NULL) : g_strdup(newer);
}

/* The kernel's own tarball: the first source that is called so, else the first tarball. */
static char *tarball_of(const ksig_spec *spec)
{
	const char *first = NULL;

	for (guint i = 0; i < spec->sources->len; i++) {
		const char *name = spec->sources->pdata[i];
		if (!strstr(name, ".tar"))
			continue;
		if (g_str_has_prefix(name, "linux-") || g_str_has_prefix(name, "kernel-"))
			return g_strdup(name);
		if (!first)
			first = name;
	}
	return g_strdup(first);
}

/* What the package leaves out (NoSource) may lie beside it, as its vendor's instructions say. */
static bool fetch_left_out(const char *path, const char *folder, GPtrArray *names, GError **error)
{
	g_autofree char *beside = g_path_get_dirname(path);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *target = g_build_filename(folder, names->pdata[i], NULL);
		g_autofree char *source = g_build_filename(beside, names->pdata[i], NULL);
		if (g_file_test(target, G_FILE_TEST_EXISTS))
			continue;
		if (!g_file_test(source, G_FILE_TEST_IS_REGULAR))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: no %s in it, and none beside it (in %s)", path,
					      (const char *) names->pdata[i], beside);
		if (!ksig_rpm_others_copy(beside, names->pdata[i], true, folder, error))
			return false;
	}
	return true;
}

/* All NAMES in FOLDER, the package's files: of a dist-git they are copied already. */
static bool find_sources(const char *path, const char *folder, GPtrArray *names, GError **error)
{
	return g_file_test(path, G_FILE_TEST_IS_DIR) ? ksig_rpm_dist_git_check(path, folder, names, error)
						     : fetch_left_out(path, folder, names, error);
}

static bool read_spec(ksig_srpm *srpm, const char *path, const char *folder, const char *spec_path,
		      GError **error)
{
	g_autoptr(ksig_spec) spec = ksig_spec_expand(spec_path, folder, srpm->release, error);

	if (!spec)
		return false;
	srpm->tarball = tarball_of(spec);
	if (!srpm->tarball)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its spec names no tarball as a source",
				      path);
	join_changelogs(srpm, spec, spec_path, folder);
	return find_sources(path, folder, spec->sources, error) &&
	       find_sources(path, folder, spec->patches, error) && ksig_prep_run(spec, folder, srpm, error);
}

/* rpm's macros do not quote what they put into scripts: FOLDER by a name that needs none, which lasts as long
 * as OUT_SCRATCH. */
static char *plain_name(const char *folder, ksig_scratch **out_scratch, GError **error)
{
	static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._+-";

	if (strspn(folder, plain) == strlen(folder))
		return g_strdup(folder);
	*out_scratch = ksig_directory_temporary("/tmp", "ksig-package", error);
	g_autofree char *link = *out_scratch ? g_build_filename(*out_scratch, "it", NULL) : NULL;
	if (link && symlink(folder, link) != 0)
		ksig_error_errno(error, errno, "%s", link);
	else if (link)
		return g_steal_pointer(&link);
	return NULL;
}

ksig_srpm *ksig_rpm_srpm_read(const char *path, const char *copy, const char *folder_given, GError **error)
{
	ksig_rpm_library_init();
	g_autoptr(ksig_scratch) scratch = NULL;
	g_autofree char *folder = plain_name(folder_given, &scratch, error);
	if (!folder)
		return NULL;
	g_autofree char *spec_path = NULL;
	g_autoptr(ksig_srpm) srpm = g_file_test(path, G_FILE_TEST_IS_DIR)
					    ? dist_git_read(path, folder, &spec_path, error)
					    : from_header(path, copy, error);
	if (srpm && !spec_path)
		spec_path = unpack(path, copy, folder, error);

	if (!spec_path || !read_spec(srpm, path, folder, spec_path, error))
		return NULL;
	return g_steal_pointer(&srpm);
}
