/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header of a package says, by librpm. */
#include "rpm/package-header-internal.h"
#include "rpm/metadata.h"
#include "rpm/rpm.h"

#include <errno.h>
#include <rpm/header.h>
#include <rpm/rpmds.h>
#include <rpm/rpmver.h>
#include <sys/stat.h>

void ksig_rpm_package_free(ksig_package *package)
{
	if (!package)
		return;
	g_free(package->name);
	g_free(package->epoch);
	g_free(package->version);
	g_free(package->release);
	g_free(package->arch);
	g_free(package->key_id);
	g_free(package->sha256);
	g_free(package->source);
	g_free(package->path);
	g_free(package->module);
	g_free(package);
}

static char *header_string(Header header, rpmTag tag)
{
	const char *value = headerGetString(header, tag);

	return g_strdup(value ? value : "");
}

static void take_key_id(const void *packets, size_t length, void *data)
{
	char **key_id = data;

	if (!*key_id)
		pgpDigParamsFree(rpm_signature_parse(packets, length, key_id));
}

static char *key_id_of(Header header)
{
	char *key_id = NULL;

	rpm_package_signatures(header, take_key_id, &key_id);
	return key_id;
}

/* "kernel-lt-6.12.9-1.el9" of "kernel-lt-6.12.9-1.el9.src.rpm"; of a source package its own name. */
static char *source_of(Header header)
{
	const char *file = headerGetString(header, RPMTAG_SOURCERPM);
	const char *end = file ? g_strrstr(file, ".src.rpm") : NULL;

	if (headerIsSource(header))
		return headerGetAsString(header, RPMTAG_NVR);
	if (!end && file)
		end = g_strrstr(file, ".nosrc.rpm");
	return end ? g_strndup(file, (gsize) (end - file)) : NULL;
}

static bool is_component(const char *string)
{
	return *string && !strchr(string, '/') && *string != '.' && *string != '-' &&
	       g_utf8_validate(string, -1, NULL) && strcspn(string, "\t\n ") == strlen(string);
}

static ksig_package *from_header(const char *path, Header header, GError **error)
{
	g_autoptr(ksig_package) package = g_new0(ksig_package, 1);

	package->path = g_strdup(path);
	package->name = header_string(header, RPMTAG_NAME);
	package->version = header_string(header, RPMTAG_VERSION);
	package->release = header_string(header, RPMTAG_RELEASE);
	package->epoch = g_strdup_printf("%" G_GUINT64_FORMAT, headerGetNumber(header, RPMTAG_EPOCH));
	package->arch = headerIsSource(header) ? g_strdup("src") : header_string(header, RPMTAG_ARCH);
	package->key_id = key_id_of(header);
	package->source = source_of(header);
	package->module = g_strdup(headerGetString(header, RPMTAG_MODULARITYLABEL));
	if (!is_component(package->name) || !is_component(package->version) ||
	    !is_component(package->release) || !is_component(package->arch)) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: a name, version, release or architecture that cannot be", path);
		return NULL;
	}
	return g_steal_pointer(&package);
}

ksig_package *ksig_rpm_package_read(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	Header header = rpm_package_header(path, error);
	ksig_package *package = header ? from_header(path, header, error) : NULL;
	headerFree(header);
	if (package)
		package->size_bytes = (uint64_t) status.st_size;
	return package;
}

char *ksig_rpm_package_nevra(const ksig_package *package)
{
	const bool epoch = !g_str_equal(package->epoch, "0");

	return g_strdup_printf("%s-%s%s%s-%s.%s", package->name, epoch ? package->epoch : "",
			       epoch ? ":" : "", package->version, package->release, package->arch);
}

char **ksig_rpm_package_files(const char *path, GError **error)
{
	Header header = rpm_package_header(path, error);
	rpmtd value = rpmtdNew();
	GPtrArray *names = g_ptr_array_new();
	const char *name = NULL;

	if (header && headerGet(header, RPMTAG_FILENAMES, value, HEADERGET_EXT))
		while ((name = rpmtdNextString(value)))
			g_ptr_array_add(names, g_strdup(name));
	rpmtdFreeData(value);
	rpmtdFree(value);
	g_ptr_array_add(names, NULL);
	char **list = (char **) g_ptr_array_free(names, FALSE);
	if (!header)
		g_clear_pointer(&list, g_strfreev);
	headerFree(header);
	return list;
}

char *ksig_rpm_package_header_sum(const char *path, GError **error)
{
	Header header = rpm_package_header(path, error);
	const char *sum = header ? headerGetString(header, RPMTAG_SHA256HEADER) : NULL;
	char *copy = g_strdup(sum);

	headerFree(header);
	return copy;
}

static bool says_kernel(const char *provided)
{
	return g_str_equal(provided, "installonlypkg(kernel)");
}

static bool is_image(const char *base)
{
	return g_str_equal(base, "vmlinuz") || g_str_has_prefix(base, "vmlinuz-");
}

/* Whether IS holds for one of the strings of TAG. */
static bool has_one(Header header, rpmTag tag, bool (*is)(const char *string))
{
	rpmtd value = rpmtdNew();
	const char *string = NULL;
	bool found = false;

	if (headerGet(header, tag, value, HEADERGET_MINMEM))
		while (!found && (string = rpmtdNextString(value)))
			found = is(string);
	rpmtdFreeData(value);
	rpmtdFree(value);
	return found;
}

bool ksig_rpm_package_is_kernel(const char *path)
{
	Header header = rpm_package_header(path, NULL);
	const bool is = header && !headerIsSource(header) &&
			(has_one(header, RPMTAG_PROVIDENAME, says_kernel) ||
			 has_one(header, RPMTAG_BASENAMES, is_image));

	headerFree(header);
	return is;
}

int ksig_rpm_package_compare(const ksig_package *a, const ksig_package *b)
{
	const guint64 epoch_a = g_ascii_strtoull(a->epoch, NULL, 10);
	const guint64 epoch_b = g_ascii_strtoull(b->epoch, NULL, 10);

	if (epoch_a != epoch_b)
		return epoch_a < epoch_b ? -1 : 1;
	const int by_version = rpmvercmp(a->version, b->version);
	return by_version ? by_version : rpmvercmp(a->release, b->release);
}

int ksig_rpm_release_compare(const char *a, const char *b)
{
	g_auto(GStrv) left = g_strsplit(a, "-", 2), right = g_strsplit(b, "-", 2);
	const int by_version = rpmvercmp(left[0] ? left[0] : "", right[0] ? right[0] : "");

	if (by_version || !left[0] || !right[0])
		return by_version;
	return rpmvercmp(left[1] ? left[1] : "", right[1] ? right[1] : "");
}
