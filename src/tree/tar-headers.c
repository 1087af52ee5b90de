/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers before a member of a tar archive, read beside libarchive, which follows some of them in another
 * order than GNU tar, and passes over others: where what they say is not what it made of them, the member is
 * refused.
 */
#include "tree/tar-headers-internal.h"

enum {
	BLOCK = 512,
	MODE_AT = 100,
	MODE_LENGTH = 8,
	SIZE_AT = 124,
	SIZE_LENGTH = 12,
	KIND_AT = 156,
	MAGIC_AT = 257,
	PREFIX_AT = 345,
};

/* NULL is what is not said. */
struct said {
	char *path;
	char *link;
	char *size;
};

struct ksig_tar_headers {
	struct said global;
	struct said own;
	char *long_path; /* GNU tar's */
	char *long_link;
	char *sparse_path;
	bool extended; /* there was a header of type x */
	bool sparse;
};

static void clear(char **text)
{
	g_clear_pointer(text, g_free);
}

static void said_clear(struct said *said)
{
	clear(&said->path);
	clear(&said->link);
	clear(&said->size);
}

static void forget_member(ksig_tar_headers *headers)
{
	said_clear(&headers->own);
	clear(&headers->long_path);
	clear(&headers->long_link);
	clear(&headers->sparse_path);
	headers->extended = false;
	headers->sparse = false;
}

ksig_tar_headers *ksig_tar_headers_new(void)
{
	return g_new0(ksig_tar_headers, 1);
}

void ksig_tar_headers_free(ksig_tar_headers *headers)
{
	if (!headers)
		return;
	forget_member(headers);
	said_clear(&headers->global);
	g_free(headers);
}

static bool refuse(GError **error, const char *reason)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s", reason);
}

/* ---- records of pax ------------------------------------------------------------------------------ */

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool set(char **to, const char *value)
{
	g_free(*to);
	*to = g_strdup(value);
	return true;
}

/* What libarchive follows and GNU tar does not. */
static bool is_of_one_reader(const char *key)
{
	return g_str_equal(key, "SCHILY.realsize") || g_str_equal(key, "SUN.holesdata");
}

/* Versions before 1.0 have their maps in the header itself; GNU tar wrote those up to 2006. */
static bool take_sparse(ksig_tar_headers *headers, const char *key, const char *value, GError **error)
{
	static const char *const numbers[] = {"major", "minor", "realsize", NULL};
	const char *name = key + strlen("GNU.sparse.");

	headers->sparse = true;
	if (g_str_equal(name, "name"))
		return set(&headers->sparse_path, value);
	if (!g_strv_contains(numbers, name))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "a sparse file of a version that is not known, with %s", key);
	return is_number(value) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "an extended header whose %s is no number", key);
}

static bool take_record(ksig_tar_headers *headers, bool global, const char *key, const char *value,
			GError **error)
{
	struct said *said = global ? &headers->global : &headers->own;

	if (g_str_equal(key, "path"))
		return set(&said->path, value);
	if (g_str_equal(key, "linkpath"))
		return set(&said->link, value);
	if (g_str_equal(key, "size"))
		return is_number(value) ? set(&said->size, value)
					: refuse(error, "an extended header whose size is no number");
	if (is_of_one_reader(key) ||
	    (global && g_str_has_prefix(key, "GNU.") && !g_str_equal(key, "GNU.volume.label")))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s header with %s, which readers of tar understand differently",
				      global ? "a global" : "an extended", key);
	return !g_str_has_prefix(key, "GNU.sparse.") || take_sparse(headers, key, value, error);
}

/* "LENGTH KEY=VALUE\n", at AT; the length counts itself. 0 if there is no such record in what is LEFT. */
static size_t record_length(const char *at, size_t left)
{
	size_t length = 0;
	size_t digits = 0;

	for (; digits < left && g_ascii_isdigit(at[digits]) && length <= left; digits++)
		length = length * 10 + (size_t) (at[digits] - '0');
	return digits > 0 && length > digits + 1 && length <= left && at[digits] == ' ' &&
			       at[length - 1] == '\n'
		       ? length
		       : 0;
}

static bool is_name(const char *key)
{
	return g_str_equal(key, "path") || g_str_equal(key, "linkpath") || g_str_has_prefix(key, "GNU.");
}

static bool read_records(ksig_tar_headers *headers, bool global, const char *at, size_t left, GError **error)
{
	while (left > 0) {
		const size_t length = record_length(at, left);
		const char *space = length ? memchr(at, ' ', length) : NULL;
		g_autofree char *record = space ? g_strndup(space + 1, length - (size_t) (space - at) - 2)
						: NULL;
		char *equal = record ? strchr(record, '=') : NULL;
		if (!equal || equal == record)
			return refuse(error, "an extended header that is damaged");
		*equal = '\0';
		/* Values of other keys may be bytes. */
		if (is_name(record) && memchr(at, '\0', length))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "an extended header whose %s has a NUL", record);
		if (!take_record(headers, global, record, equal + 1, error))
			return false;
		at += length;
		left -= length;
	}
	return true;
}

/* ---- headers ------------------------------------------------------------------------------------- */

/* An octal number, which ends at a blank or a NUL. */
static bool read_number(const uint8_t *field, size_t length, uint64_t *out_number)
{
	char text[SIZE_LENGTH + 1] = {0};

	memcpy(text, field, length);
	const char *digits = text + strspn(text, " ");
	const size_t count = strspn(digits, "01234567");
	*out_number = g_ascii_strtoull(digits, NULL, 8);
	return count > 0 && (!digits[count] || digits[count] == ' ');
}

/* Above eight gigabytes GNU tar writes sizes in bytes. */
static bool is_size(const uint8_t *block)
{
	uint64_t number = 0;

	return block[SIZE_AT] == 0x80 || read_number(block + SIZE_AT, SIZE_LENGTH, &number);
}

static bool read_extended(ksig_tar_headers *headers, const char *body, size_t size, GError **error)
{
	if (headers->extended)
		return refuse(error, "two extended headers of one member");
	headers->extended = true;
	return read_records(headers, false, body, size, error);
}

static bool read_long(char **to, const char *body, size_t size)
{
	g_free(*to);
	*to = g_strndup(body, size);
	return true;
}

/* GNU tar takes what stands before the name of a volume for that name's. */
static bool pass_volume(const ksig_tar_headers *headers, size_t size, GError **error)
{
	return (size == 0 && !headers->extended && !headers->long_path && !headers->long_link) ||
	       refuse(error, "the name of a volume between a member and its headers");
}

static bool read_header(ksig_tar_headers *headers, char kind, const char *body, size_t size, GError **error)
{
	switch (kind) {
	case 'g':
		return read_records(headers, true, body, size, error);
	case 'L':
		return read_long(&headers->long_path, body, size);
	case 'K':
		return read_long(&headers->long_link, body, size);
	case 'V':
		return pass_volume(headers, size, error);
	default:
		return read_extended(headers, body, size, error);
	}
}

/* The header of the member itself, behind those that only add to it. */
static const uint8_t *read_headers(ksig_tar_headers *headers, const uint8_t *bytes, size_t length,
				   GError **error)
{
	size_t at = 0;
	uint64_t size = 0;

	while (length - at >= BLOCK) {
		const uint8_t *block = bytes + at;
		if (!block[KIND_AT] || !strchr("xXgLKV", block[KIND_AT]))
			return block;
		at += BLOCK;
		if (!read_number(block + SIZE_AT, SIZE_LENGTH, &size) || size > length - at) {
			refuse(error, "an extended header whose size is damaged");
			return NULL;
		}
		if (!read_header(headers, (char) block[KIND_AT], (const char *) bytes + at, size, error))
			return NULL;
		at += MIN(length - at, (size + BLOCK - 1) / BLOCK * BLOCK);
	}
	refuse(error, "extended headers without a member");
	return NULL;
}

/* ---- what was made of them ----------------------------------------------------------------------- */

static bool differs(GError **error, const char *what, const char *said, const char *taken)
{
	g_autofree char *one = ksig_utf8(said, -1);
	g_autofree char *other = ksig_utf8(taken ? taken : "none", -1);

	return ksig_error_set(
		error, KSIG_ERROR_INPUT,
		"%s: a member that readers of tar understand differently: its headers say %s %s", other, what,
		*one ? one : "that is empty");
}

/*
 * Of one name in one header readers agree, but libarchive composes its letters and their marks, and would
 * have it in the locale's character set.
 */
static bool is_plain(const char *name, const char *other)
{
	return name && *name && !other;
}

/* RANKS (NULL: not said): the first that is said counts. */
static bool agrees(const char *const *ranks, size_t n_ranks, const char *what, const char *taken,
		   GError **error)
{
	for (size_t i = 0; i < n_ranks; i++)
		if (ranks[i])
			return g_strcmp0(ranks[i], taken) == 0 || differs(error, what, ranks[i], taken);
	return true;
}

static bool check_path(const ksig_tar_headers *headers, struct archive_entry *entry, GError **error)
{
	const char *const ranks[] = {headers->sparse_path, headers->own.path, headers->global.path,
				     headers->long_path};
	const char *bytes = archive_entry_pathname(entry);
	const char *taken = bytes ? bytes : archive_entry_pathname_utf8(entry);

	if (headers->sparse_path || !is_plain(headers->own.path, headers->long_path))
		return agrees(ranks, G_N_ELEMENTS(ranks), "path", taken, error);
	archive_entry_copy_pathname(entry, headers->own.path);
	return true;
}

static bool check_link(const ksig_tar_headers *headers, char kind, struct archive_entry *entry,
		       GError **error)
{
	const char *const ranks[] = {headers->own.link, headers->global.link, headers->long_link};
	const char *hard = archive_entry_hardlink(entry);
	const char *taken = hard ? hard : archive_entry_symlink(entry);

	if (kind != '1' && kind != '2')
		return !taken || refuse(error, "a link that by its kind is none");
	if (!taken || !*taken)
		return refuse(error, "a link without a target");
	if (!is_plain(headers->own.link, headers->long_link))
		return agrees(ranks, G_N_ELEMENTS(ranks), "target", taken, error);
	archive_entry_copy_link(entry, headers->own.link);
	return true;
}

static bool check_size(const ksig_tar_headers *headers, char kind, struct archive_entry *entry,
		       GError **error)
{
	const char *said = headers->own.size ? headers->own.size : headers->global.size;

	if (!said)
		return true;
	if ((kind && !strchr("07", kind)) || archive_entry_filetype(entry) != AE_IFREG)
		return refuse(error, "an extended header with the size of what is no file");
	/* Of a sparse file it is the size of what the archive has of it. */
	if (headers->sparse && headers->own.size)
		return true;
	return g_ascii_strtoull(said, NULL, 10) == (guint64) archive_entry_size(entry) ||
	       differs(error, "size", said, archive_entry_pathname(entry));
}

/* A folder by the slash behind its name is one where the kind is a file's. */
static bool check_kind(const ksig_tar_headers *headers, const uint8_t *block, struct archive_entry *entry,
		       GError **error)
{
	const char kind = (char) block[KIND_AT];

	if (kind == 'A')
		return refuse(error, "a list of rights of Solaris, which GNU tar takes for a file");
	if (archive_entry_filetype(entry) == AE_IFDIR && kind && !strchr("05D", kind))
		return refuse(error, "a folder by its name, and something else by its kind");
	if (headers->sparse && memcmp(block + MAGIC_AT, "ustar", 6) != 0)
		return refuse(error, "a sparse file in a header of another format");
	return (kind != 'S' && !headers->sparse) || archive_entry_sparse_reset(entry) > 0 ||
	       refuse(error, "a sparse file without a map");
}

static bool check_fields(const uint8_t *block, GError **error)
{
	const char *magic = (const char *) block + MAGIC_AT;
	uint64_t mode = 0;

	if (!is_size(block) || !read_number(block + MODE_AT, MODE_LENGTH, &mode))
		return refuse(error, "a header whose size or mode is no number");
	return !block[PREFIX_AT] || memcmp(magic, "ustar", 5) != 0 || memcmp(magic, "ustar", 6) == 0 ||
	       memcmp(magic, "ustar  ", 8) == 0 || refuse(error, "a header that is of no format of tar");
}

bool ksig_tar_headers_check(ksig_tar_headers *headers, const uint8_t *bytes, size_t length,
			    struct archive_entry *entry, GError **error)
{
	forget_member(headers);
	const uint8_t *block = read_headers(headers, bytes, length, error);
	if (!block)
		return false;
	const char kind = (char) block[KIND_AT];
	return check_fields(block, error) && check_kind(headers, block, entry, error) &&
	       check_path(headers, entry, error) && check_link(headers, kind, entry, error) &&
	       check_size(headers, kind, entry, error);
}
