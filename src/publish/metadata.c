/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repository metadata by createrepo_c's library. What the repository before knew of a package is taken over.
 */
#include "publish/metadata-internal.h"
#include "publish/header-text-internal.h"
#include "publish/pool-internal.h"
#include "publish/readable-internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { LIMIT_CHANGELOGS = 10, ROOM_BYTES = 64 << 10 };

enum { XML_FILES = 3 };

/* Packages that are read from their files, by several threads. */
struct reading {
	const struct repo_metadata *metadata;
	cr_Package **packages; /* one a package of the metadata; NULL: known from before */
	GMutex lock;
	GError *error; /* the first */
};

static cr_Package *read_package(const struct repo_metadata *metadata, const ksig_package *package,
				GError **error)
{
	g_autofree char *path = repo_pool_path(metadata->root, package->sha256);
	GError *reason = NULL;
	struct stat status;

	if (stat(path, &status) != 0) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	cr_Package *parsed = cr_package_from_rpm_base(path, LIMIT_CHANGELOGS, CR_HDRR_NONE, &reason);
	if (!parsed) {
		ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, package->path);
		return NULL;
	}
	const struct cr_HeaderRangeStruct range = cr_get_header_byte_range(path, NULL);
	parsed->pkgId = cr_safe_string_chunk_insert(parsed->chunk, package->sha256);
	parsed->checksum_type = cr_safe_string_chunk_insert(parsed->chunk, "sha256");
	parsed->time_file = status.st_mtime;
	parsed->size_package = status.st_size;
	parsed->rpm_header_start = range.start;
	parsed->rpm_header_end = range.end;
	repo_header_text_clean(parsed);
	return parsed;
}

static void read_in_thread(gpointer item, gpointer data)
{
	struct reading *reading = data;
	const guint index = GPOINTER_TO_UINT(item) - 1;
	GError *error = NULL;

	reading->packages[index] = read_package(
		reading->metadata, g_ptr_array_index(reading->metadata->packages, index), &error);
	if (!error)
		return;
	g_mutex_lock(&reading->lock);
	if (reading->error)
		g_error_free(error);
	else
		reading->error = error;
	g_mutex_unlock(&reading->lock);
}

static bool read_new(struct reading *reading, GHashTable *known, GError **error)
{
	const GPtrArray *packages = reading->metadata->packages;
	GThreadPool *pool = g_thread_pool_new(read_in_thread, reading, (gint) g_get_num_processors(), TRUE,
					      NULL);

	for (guint i = 0; i < packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(packages, i);
		if (!known || !g_hash_table_contains(known, package->sha256))
			g_thread_pool_push(pool, GUINT_TO_POINTER(i + 1), NULL);
	}
	g_thread_pool_free(pool, FALSE, TRUE);
	if (!reading->error)
		return true;
	g_propagate_error(error, g_steal_pointer(&reading->error));
	return false;
}

/* ---- XML ----------------------------------------------------------------------------------------- */

static const struct {
	const char *type, *name;
	cr_XmlFileType xml;
} kinds[XML_FILES] = {
	{"primary", "primary.xml.gz", CR_XMLFILE_PRIMARY},
	{"filelists", "filelists.xml.gz", CR_XMLFILE_FILELISTS},
	{"other", "other.xml.gz", CR_XMLFILE_OTHER},
};

/* createrepo_c says that a file in FOLDER was not written, and not why. */
static bool not_written(const char *folder, GError *reason, const char *what, GError **error)
{
	struct statvfs disk;

	if (statvfs(folder, &disk) != 0 || disk.f_bavail * disk.f_frsize >= ROOM_BYTES)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_ENVIRONMENT, what);
	g_clear_error(&reason);
	return ksig_error_errno(error, ENOSPC, "%s", what);
}

struct xml_files {
	const char *folder;
	cr_XmlFile *file[XML_FILES];
	cr_ContentStat *stat[XML_FILES];
};

static void xml_files_clear(struct xml_files *files)
{
	for (int i = 0; i < XML_FILES; i++) {
		if (files->file[i])
			cr_xmlfile_close(files->file[i], NULL);
		cr_contentstat_free(files->stat[i], NULL);
	}
}

static bool xml_files_open(struct xml_files *files, const char *repodata, guint n_packages, GError **error)
{
	GError *reason = NULL;

	files->folder = repodata;
	for (int i = 0; i < XML_FILES; i++) {
		g_autofree char *path = g_build_filename(repodata, kinds[i].name, NULL);
		files->stat[i] = cr_contentstat_new(CR_CHECKSUM_SHA256, NULL);
		files->file[i] = cr_xmlfile_sopen(path, kinds[i].xml, CR_CW_GZ_COMPRESSION, files->stat[i],
						  &reason);
		if (!files->file[i] ||
		    cr_xmlfile_set_num_of_pkgs(files->file[i], n_packages, &reason) != CRE_OK)
			return not_written(repodata, reason, path, error);
	}
	return true;
}

static bool xml_files_add(struct xml_files *files, cr_Package *package, GError **error)
{
	GError *reason = NULL;
	struct cr_XmlStruct xml = cr_xml_dump(package, &reason);
	const char *const chunks[XML_FILES] = {xml.primary, xml.filelists, xml.other};
	const bool is_xml = !reason && xml.primary;
	bool good = is_xml;

	for (int i = 0; good && i < XML_FILES; i++)
		good = cr_xmlfile_add_chunk(files->file[i], chunks[i], &reason) == CRE_OK;
	g_free(xml.primary);
	g_free(xml.filelists);
	g_free(xml.other);
	if (!is_xml) /* a name that XML cannot hold */
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, package->location_href);
	return good || not_written(files->folder, reason, package->location_href, error);
}

static bool xml_files_finish(struct xml_files *files, GError **error)
{
	GError *reason = NULL;

	for (int i = 0; i < XML_FILES; i++)
		if (cr_xmlfile_close(g_steal_pointer(&files->file[i]), &reason) != CRE_OK)
			return not_written(files->folder, reason, kinds[i].name, error);
	return true;
}

static bool write_packages(const struct repo_metadata *metadata, struct xml_files *files, GHashTable *known,
			   GError **error)
{
	g_autofree cr_Package **read = g_new0(cr_Package *, metadata->packages->len + 1);
	struct reading reading = {.metadata = metadata, .packages = read};
	bool good = read_new(&reading, known, error);

	for (guint i = 0; i < metadata->packages->len; i++) {
		const ksig_package *package = g_ptr_array_index(metadata->packages, i);
		cr_Package *found = read[i] ? read[i]
				    : known ? g_hash_table_lookup(known, package->sha256)
					    : NULL;
		if (good && found) {
			found->location_href = cr_safe_string_chunk_insert(
				found->chunk, package->path + strlen(metadata->prefix));
			good = xml_files_add(files, found, error);
		}
		if (read[i])
			cr_package_free(read[i]);
	}
	return good;
}

static cr_Metadata *load_old(const char *folder)
{
	cr_Metadata *old = NULL;

	if (!folder)
		return NULL;
	/* What is not there or not readable is read from the packages again. */
	old = cr_metadata_new(CR_HT_KEY_HASH, 0, NULL);
	if (cr_metadata_locate_and_load_xml(old, folder, NULL) == CRE_OK)
		return old;
	cr_metadata_free(old);
	return NULL;
}

/* ---- repomd.xml ---------------------------------------------------------------------------------- */

static bool add_record(cr_Repomd *repomd, const char *type, const char *path, cr_ContentStat *stat,
		       GError **error)
{
	GError *reason = NULL;
	cr_RepomdRecord *record = cr_repomd_record_new(type, path);

	if (stat)
		cr_repomd_record_load_contentstat(record, stat);
	if (cr_repomd_record_fill(record, CR_CHECKSUM_SHA256, &reason) != CRE_OK ||
	    cr_repomd_record_rename_file(record, &reason) != CRE_OK) {
		cr_repomd_record_free(record);
		g_autofree char *folder = g_path_get_dirname(path);
		return not_written(folder, reason, path, error);
	}
	cr_repomd_set_record(repomd, record);
	return true;
}

static bool add_updates(cr_Repomd *repomd, const struct repo_metadata *metadata, const char *repodata,
			GError **error)
{
	g_autofree char *path = g_build_filename(repodata, "updateinfo.xml.gz", NULL);
	GError *reason = NULL;

	if (!metadata->updates || !metadata->updates->updates)
		return true;
	char *xml = cr_xml_dump_updateinfo(metadata->updates, &reason);
	if (!xml)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, "updateinfo.xml");
	cr_ContentStat *stat = cr_contentstat_new(CR_CHECKSUM_SHA256, NULL);
	CR_FILE *file = cr_sopen(path, CR_CW_MODE_WRITE, CR_CW_GZ_COMPRESSION, stat, &reason);
	const bool good = file && cr_puts(file, xml, &reason) != CR_CW_ERR;
	const bool closed = file && cr_close(file, good ? &reason : NULL) == CRE_OK;
	g_free(xml);
	const bool added = good && closed && add_record(repomd, "updateinfo", path, stat, error);
	cr_contentstat_free(stat, NULL);
	return good && closed ? added : not_written(repodata, reason, path, error);
}

static bool add_comps(cr_Repomd *repomd, const struct repo_metadata *metadata, const char *repodata,
		      GError **error)
{
	g_autofree char *path = g_build_filename(repodata, "comps.xml", NULL);
	gsize length_bytes = 0;

	if (!metadata->comps)
		return true;
	g_autofree char *text = ksig_file_read(metadata->comps, KSIG_RPM_LIMIT_SMALL_BYTES, &length_bytes,
					       error);
	return text && ksig_file_write(path, text, (gssize) length_bytes, 0644, error) &&
	       add_record(repomd, "group", path, NULL, error);
}

static bool sign(const struct ksig_signer *signer, const char *repodata, const char *xml, GError **error)
{
	g_autofree char *path = g_build_filename(repodata, "repomd.xml.asc", NULL);
	g_autoptr(GBytes) data = g_bytes_new_static(xml, strlen(xml));
	gsize length_bytes = 0;

	if (!signer->key)
		return true;
	g_autoptr(GBytes) signature = ksig_rpm_signer_sign(signer, data, error);
	if (!signature)
		return false;
	const char *text = g_bytes_get_data(signature, &length_bytes);
	return ksig_file_write(path, text, (gssize) length_bytes, 0644, error);
}

static bool write_repomd(const struct repo_metadata *metadata, cr_Repomd *repomd, const char *repodata,
			 GError **error)
{
	g_autofree char *path = g_build_filename(repodata, "repomd.xml", NULL);
	GError *reason = NULL;

	cr_repomd_set_revision(repomd, metadata->revision);
	cr_repomd_sort_records(repomd);
	g_autofree char *xml = cr_xml_dump_repomd(repomd, &reason);
	if (!xml)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_ENVIRONMENT, path);
	return ksig_file_write(path, xml, -1, 0644, error) && sign(metadata->signer, repodata, xml, error);
}

static char *record_path(cr_Repomd *repomd, const struct repo_metadata *metadata, const char *type)
{
	const cr_RepomdRecord *record = cr_repomd_get_record(repomd, type);

	return record ? g_build_filename(metadata->folder, record->location_href, NULL) : NULL;
}

static bool is_readable(cr_Repomd *repomd, const struct repo_metadata *metadata, GError **error)
{
	g_autofree char *updates = record_path(repomd, metadata, "updateinfo");
	g_autofree char *groups = record_path(repomd, metadata, "group");
	g_autofree char *primary = record_path(repomd, metadata, "primary");
	g_autofree char *filelists = record_path(repomd, metadata, "filelists");
	g_autofree char *other = record_path(repomd, metadata, "other");

	return repo_packages_are_readable(primary, filelists, other, metadata->packages->len, error) &&
	       repo_is_readable(updates, groups, error);
}

static bool write_all(const struct repo_metadata *metadata, struct xml_files *files, cr_Repomd *repomd,
		      const char *repodata, GError **error)
{
	g_autoptr(cr_Metadata) old = load_old(metadata->old_folder);

	if (!xml_files_open(files, repodata, metadata->packages->len, error) ||
	    !write_packages(metadata, files, old ? cr_metadata_hashtable(old) : NULL, error) ||
	    !xml_files_finish(files, error))
		return false;
	for (int i = 0; i < XML_FILES; i++) {
		g_autofree char *path = g_build_filename(repodata, kinds[i].name, NULL);
		if (!add_record(repomd, kinds[i].type, path, files->stat[i], error))
			return false;
	}
	return add_updates(repomd, metadata, repodata, error) &&
	       add_comps(repomd, metadata, repodata, error) && is_readable(repomd, metadata, error) &&
	       write_repomd(metadata, repomd, repodata, error);
}

bool repo_metadata_write(const struct repo_metadata *metadata, GError **error)
{
	g_autofree char *repodata = g_build_filename(metadata->folder, "repodata", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	struct xml_files files = {0};

	ksig_rpm_library_init();
	if (!ksig_directory_make(repodata, error))
		return false;
	const bool good = write_all(metadata, &files, repomd, repodata, error);
	xml_files_clear(&files);
	return good;
}

char *repo_metadata_find(const char *folder, const char *type, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "repodata", "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();

	ksig_rpm_library_init();
	if (!g_file_test(path, G_FILE_TEST_EXISTS) || !ksig_rpm_parse_repomd(path, repomd, path, error))
		return NULL;
	const cr_RepomdRecord *record = cr_repomd_get_record(repomd, type);
	return record && record->location_href && ksig_path_is_safe(record->location_href)
		       ? g_build_filename(folder, record->location_href, NULL)
		       : NULL;
}

GPtrArray *repo_metadata_files(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "repodata", "repomd.xml", NULL);
	g_autoptr(cr_Repomd) repomd = cr_repomd_new();
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	ksig_rpm_library_init();
	if (!ksig_rpm_parse_repomd(path, repomd, path, error))
		return NULL;
	for (GSList *item = repomd->records; item; item = item->next) {
		const cr_RepomdRecord *record = item->data;
		if (record->location_href && ksig_path_is_safe(record->location_href))
			g_ptr_array_add(names, g_path_get_basename(record->location_href));
	}
	return g_steal_pointer(&names);
}
