/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was imported before, under refs/ksig/imports/KEY: a git tree with the kernel ("tree") and, as blobs,
 * its label, changelog and the names of its patches. One reference is one atomic step, and keeps the objects.
 */
#include "tree/recall-internal.h"
#include "tree/digest-internal.h"

ksig_scratch *ksig_import_scratch(const ksig_store *store, GError **error)
{
	g_autofree char *work = g_build_filename(ksig_tree_store_workspace(store), "work", NULL);

	return ksig_directory_make(work, error) ? ksig_directory_temporary(work, "import", error) : NULL;
}

char *ksig_import_copy(const char *path, const char *sha256, const char *folder, GError **error)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *copy = g_build_filename(folder, name, NULL);
	g_autofree char *digest = ksig_file_copy(path, copy, error) ? ksig_digest_file(copy, error) : NULL;

	if (digest && g_str_equal(digest, sha256))
		return g_steal_pointer(&copy);
	if (digest)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: it changed while it was read", path);
	return NULL;
}

char *ksig_import_key(const char *kind, const char *const *digests)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	for (; *digests; digests++) {
		g_checksum_update(checksum, (const guchar *) *digests, -1);
		g_checksum_update(checksum, (const guchar *) "\n", 1);
	}
	return g_strdup_printf("refs/ksig/imports/%s/%s", kind, g_checksum_get_string(checksum));
}

/* The text of the blob NAME of RECORD, or NULL if it has none. */
static char *read_text(git_repository *repository, const git_tree *record, const char *name)
{
	const git_tree_entry *entry = git_tree_entry_byname(record, name);
	g_autoptr(git_blob) blob = NULL;

	if (!entry || git_blob_lookup(&blob, repository, git_tree_entry_id(entry)) < 0)
		return NULL;
	return g_strndup(git_blob_rawcontent(blob), (gsize) git_blob_rawsize(blob));
}

static enum ksig_changelog_format parse_format(const char *name)
{
	if (g_strcmp0(name, "rpm") == 0)
		return KSIG_CHANGELOG_RPM;
	return g_strcmp0(name, "debian") == 0 ? KSIG_CHANGELOG_DEBIAN : KSIG_CHANGELOG_NONE;
}

static const char *format_name(enum ksig_changelog_format format)
{
	switch (format) {
	case KSIG_CHANGELOG_RPM:
		return "rpm";
	case KSIG_CHANGELOG_DEBIAN:
		return "debian";
	case KSIG_CHANGELOG_NONE:
		break;
	}
	return NULL;
}

static void fill(struct ksig_kernel *kernel, git_repository *repository, const git_tree *record)
{
	g_autofree char *format = read_text(repository, record, "format");
	g_autofree char *patches = read_text(repository, record, "patches");
	g_autofree char *built = read_text(repository, record, "built");
	g_auto(GStrv) names = g_strsplit(patches ? patches : "", "\n", -1);
	char *label = read_text(repository, record, "label");

	if (label) {
		g_free(kernel->label);
		kernel->label = label;
	}
	g_free(kernel->changelog);
	kernel->changelog = read_text(repository, record, "changelog");
	kernel->changelog_format = parse_format(format);
	kernel->built = built ? g_ascii_strtoll(built, NULL, 10) : 0;
	for (char **name = names; *name; name++)
		if (**name)
			g_ptr_array_add(kernel->patches, g_strdup(*name));
}

bool ksig_import_recall(ksig_store *store, const char *key, struct ksig_kernel *kernel, bool *out_found,
			GError **error)
{
	git_repository *repository = ksig_tree_store_repository(store);
	g_autoptr(git_odb) odb = NULL;
	g_autoptr(git_tree) record = NULL;
	git_oid id;

	*out_found = false;
	int code = git_reference_name_to_id(&id, repository, key);
	if (code == GIT_ENOTFOUND)
		return true;
	if (code == 0)
		code = git_tree_lookup(&record, repository, &id);
	if (code == 0)
		code = git_repository_odb(&odb, repository);
	if (code < 0 && code != GIT_ENOTFOUND)
		return ksig_tree_git_error(error, code, "%s: %s", ksig_tree_store_path(store), key);
	const git_tree_entry *tree = record ? git_tree_entry_byname(record, "tree") : NULL;
	/* Somebody removed objects: then it is imported again. */
	if (!tree || !git_odb_exists(odb, git_tree_entry_id(tree)))
		return true;
	git_oid_cpy(&kernel->tree, git_tree_entry_id(tree));
	fill(kernel, repository, record);
	*out_found = true;
	return true;
}

static int put_text(git_treebuilder *builder, git_repository *repository, const char *name, const char *text)
{
	git_oid id;

	if (!text)
		return 0;
	const int code = git_blob_create_from_buffer(&id, repository, text, strlen(text));
	return code < 0 ? code : git_treebuilder_insert(NULL, builder, name, &id, GIT_FILEMODE_BLOB);
}

static char *join(GPtrArray *names)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(text, "%s\n", (const char *) names->pdata[i]);
	return g_string_free(text, FALSE);
}

static int write_record(git_repository *repository, const struct ksig_kernel *kernel, git_oid *out_id)
{
	g_autoptr(git_treebuilder) builder = NULL;
	g_autofree char *patches = join(kernel->patches);
	g_autofree char *built = g_strdup_printf("%" G_GINT64_FORMAT, kernel->built);
	int code = git_treebuilder_new(&builder, repository, NULL);

	if (code == 0)
		code = git_treebuilder_insert(NULL, builder, "tree", &kernel->tree, GIT_FILEMODE_TREE);
	if (code == 0)
		code = put_text(builder, repository, "label", kernel->label);
	if (code == 0)
		code = put_text(builder, repository, "changelog", kernel->changelog);
	if (code == 0)
		code = put_text(builder, repository, "format", format_name(kernel->changelog_format));
	if (code == 0)
		code = put_text(builder, repository, "patches", patches);
	if (code == 0 && kernel->built > 0)
		code = put_text(builder, repository, "built", built);
	return code < 0 ? code : git_treebuilder_write(out_id, builder);
}

bool ksig_import_remember(ksig_store *store, const char *key, const struct ksig_kernel *kernel,
			  GError **error)
{
	git_repository *repository = ksig_tree_store_repository(store);
	g_autoptr(git_reference) reference = NULL;
	git_oid id;
	int code = write_record(repository, kernel, &id);

	if (code == 0)
		code = git_reference_create(&reference, repository, key, &id, 1, NULL);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: %s", ksig_tree_store_path(store), key);
	return true;
}
