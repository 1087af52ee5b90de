/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpm/srpm-internal.h"

#include "rpm/metadata.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmts.h>

/* What is kept of the payload for the spec's sake: everything but archives and the very large. */
#define KEPT_FILE_LIMIT_BYTES ((int64_t) 128 << 20)
#define KEPT_TOTAL_LIMIT_BYTES ((int64_t) 1 << 30)
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

static Header read_header(const char *path, GError **error)
{
	Header header = NULL;
	FD_t fd = Fopen(path, "r.ufdio");

	if (!fd || Ferror(fd)) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path,
			       fd ? Fstrerror(fd) : "no memory");
		if (fd)
			Fclose(fd);
		return NULL;
	}
	rpmts ts = rpmtsCreate();
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NOSIGNATURES);
	const rpmRC got = rpmReadPackageFile(ts, fd, path, &header);
	Fclose(fd);
	rpmtsFree(ts);
	if ((got != RPMRC_OK && got != RPMRC_NOTTRUSTED && got != RPMRC_NOKEY) || !is_whole(path))
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

static ksig_srpm *from_header(const char *path, GError **error)
{
	Header header = read_header(path, error);

	if (!header)
		return NULL;
	g_autoptr(ksig_srpm) srpm = g_new0(ksig_srpm, 1);
	const bool source = headerIsSource(header);
	srpm->name = g_strdup(headerGetString(header, RPMTAG_NAME));
	srpm->release = g_strdup(headerGetString(header, RPMTAG_RELEASE));
	srpm->version_release = g_strdup_printf("%s-%s", headerGetString(header, RPMTAG_VERSION),
						srpm->release);
	srpm->changelog = changelog_of(header);
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

static bool write_entry(struct unpacking *unpacking, const char *name, size_t size_bytes, GError **error)
{
	g_autofree char *target = g_build_filename(unpacking->folder, name, NULL);
	g_autofree char *data = g_malloc(size_bytes + 1);
	const la_ssize_t got = archive_read_data(unpacking->payload, data, size_bytes);

	if (got < 0 || (size_t) got != size_bytes)
		return srpm_payload_error(error, unpacking->payload, unpacking->path);
	return ksig_file_write(target, data, (gssize) size_bytes, 0600, error);
}

static bool unpack_entry(struct unpacking *unpacking, struct archive_entry *entry, GError **error)
{
	const char *name = ksig_rpm_srpm_entry_name(entry);
	const int64_t size_bytes = archive_entry_size(entry);

	if (!name || archive_entry_filetype(entry) != AE_IFREG || ++unpacking->files > FILES_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: not the name of a plain file",
				      unpacking->path, archive_entry_pathname(entry));
	if (strstr(name, ".tar") || size_bytes > KEPT_FILE_LIMIT_BYTES)
		return true;
	unpacking->total_bytes += size_bytes;
	if (unpacking->total_bytes > KEPT_TOTAL_LIMIT_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than 1 GiB beside the tarballs",
				      unpacking->path);
	if (g_str_has_suffix(name, ".spec")) {
		g_free(unpacking->spec);
		unpacking->spec = g_build_filename(unpacking->folder, name, NULL);
	}
	return write_entry(unpacking, name, (size_t) size_bytes, error);
}

/* Writes what is not an archive to FOLDER; returns the path of the spec. */
static char *unpack(const char *path, const char *folder, GError **error)
{
	struct unpacking unpacking = {.path = path, .folder = folder};
	struct archive_entry *entry = NULL;
	int code = ARCHIVE_OK;
	bool good = true;

	unpacking.payload = ksig_rpm_srpm_payload(path, error);
	if (!unpacking.payload)
		return NULL;
	while (good && (code = archive_read_next_header(unpacking.payload, &entry)) != ARCHIVE_EOF)
		good = code == ARCHIVE_OK || code == ARCHIVE_WARN
			       ? unpack_entry(&unpacking, entry, error)
			       : srpm_payload_error(error, unpacking.payload, path);
	archive_read_free(unpacking.payload);
	if (good && !unpacking.spec)
		good = ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no spec in it", path);
	if (!good)
		g_clear_pointer(&unpacking.spec, g_free);
	return unpacking.spec;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* The text below %changelog as it stands in the spec, if it has releases there. */
static char *changelog_in(const char *spec_path)
{
	g_autofree char *text = ksig_file_read(spec_path, SPEC_LIMIT_BYTES, NULL, NULL);
	const char *begin = text ? strstr(text, "\n%changelog") : NULL;
	const char *line = begin ? strchr(begin + 1, '\n') : NULL;

	return line && strstr(line, "\n* ") ? g_strdup(line + 1) : NULL;
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

ksig_srpm *ksig_rpm_srpm_read(const char *path, const char *folder, GError **error)
{
	ksig_rpm_library_init();
	g_autoptr(ksig_srpm) srpm = from_header(path, error);
	g_autofree char *spec_path = srpm ? unpack(path, folder, error) : NULL;
	g_autoptr(ksig_spec) spec = spec_path ? ksig_spec_expand(spec_path, folder, srpm->release, error)
					      : NULL;

	if (!spec)
		return NULL;
	srpm->patches = ksig_prep_patches(spec, error);
	if (!srpm->patches)
		return NULL;
	srpm->tarball = tarball_of(spec);
	if (!srpm->tarball) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its spec names no tarball as a source", path);
		return NULL;
	}
	char *changelog = changelog_in(spec_path);
	if (changelog) {
		g_free(srpm->changelog);
		srpm->changelog = changelog;
	}
	return g_steal_pointer(&srpm);
}
