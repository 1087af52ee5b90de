/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signing a folder: each file in its own way, into another folder, with a log. */
#include "rpm/sign-log-internal.h"
#include "rpm/sign-module-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SIGN_LIMIT_DEPTH = 32,
	SIGN_LIMIT_BYTES = 1 << 30, /* of a module, a kernel, a file with a detached signature */
	SIGN_TIMEOUT_MS = 600000,
};

struct signing {
	const struct ksig_sign_options *options;
	sign_log log;
	ksig_rpm_sign_watch_fn *watch;
	void *watch_data;
};

static bool hash_file(const char *path, char **out_hash, GError **error)
{
	g_autofree char *text = NULL;
	gsize length_bytes = 0;

	text = ksig_file_read(path, G_MAXINT32, &length_bytes, error);
	if (!text)
		return false;
	*out_hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, length_bytes);
	return true;
}

/* ---- the kinds: each makes ASIDE from FROM ------------------------------------------------------- */

static bool copy(const char *from, const char *to, GError **error)
{
	g_autoptr(GFile) source = g_file_new_for_path(from);
	g_autoptr(GFile) target = g_file_new_for_path(to);
	g_autoptr(GError) reason = NULL;

	if (!g_file_copy(source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &reason))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", to, reason->message);
	return true;
}

static bool sign_rpm(const struct signing *signing, const char *from, const char *aside, GError **error)
{
	const struct ksig_signer *signer = &signing->options->signer;
	g_autofree char *gpg = g_find_program_in_path("gpg");
	g_autofree char *name = g_strdup_printf("_gpg_name %s", signer->key);
	g_autofree char *program = g_strdup_printf("__gpg %s", gpg ? gpg : "/usr/bin/gpg");
	g_autofree char *home = g_strdup_printf("_gpg_path %s", signer->home ? signer->home : "%{nil}");
	g_autofree char *home_variable = signer->home ? g_strdup_printf("GNUPGHOME=%s", signer->home) : NULL;
	const char *const environment[] = {home_variable, NULL};
	/* By rpm 6, --addsign leaves a signature that is there. */
	const char *const argv[] = {"rpmsign",
				    "--resign",
				    "--define",
				    name,
				    "--define",
				    program,
				    signer->home ? "--define" : aside,
				    signer->home ? home : NULL,
				    aside,
				    NULL};
	const struct ksig_process_options options = {.environment = environment,
						     .timeout_ms = SIGN_TIMEOUT_MS};

	if (!copy(from, aside, error) || !ksig_process_run(argv, &options, NULL, NULL, error))
		return false;
	g_autoptr(ksig_package) package = ksig_rpm_package_read(aside, error);
	if (package && !package->key_id)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: rpmsign ended well but signed nothing", from);
	return package != NULL;
}

static bool write_bytes(const char *path, GBytes *bytes, GError **error)
{
	return bytes && ksig_bytes_write(path, bytes, error);
}

static GBytes *read_bytes(const char *path, GError **error)
{
	gsize length_bytes = 0;
	char *text = ksig_file_read(path, SIGN_LIMIT_BYTES, &length_bytes, error);

	return text ? g_bytes_new_take(text, length_bytes) : NULL;
}

static bool sign_module(const struct signing *signing, const char *from, const char *aside, GError **error)
{
	const struct ksig_sign_options *options = signing->options;

	if (!options->sign_module)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: a module, but no key for modules given",
				      from);
	g_autoptr(GBytes) file = read_bytes(from, error);
	g_autoptr(GBytes) module = file ? sign_module_unpack(from, file, error) : NULL;
	g_autoptr(GBytes) done = module ? options->sign_module(module, options->sign_module_data, error)
					: NULL;
	g_autoptr(GBytes) packed = done ? sign_module_pack(from, done, error) : NULL;
	return write_bytes(aside, packed, error);
}

static bool sign_kernel(const struct signing *signing, const char *from, const char *aside, GError **error)
{
	const struct ksig_sign_options *o = signing->options;
	const bool token = g_str_has_prefix(o->kernel_key, "pkcs11:");
	const char *const argv[] = {"sbsign",
				    "--key",
				    o->kernel_key,
				    "--cert",
				    o->kernel_certificate,
				    "--output",
				    aside,
				    from,
				    token ? "--engine" : NULL,
				    "pkcs11",
				    NULL};
	const struct ksig_process_options options = {.timeout_ms = SIGN_TIMEOUT_MS};

	return ksig_process_run(argv, &options, NULL, NULL, error);
}

/* The file itself stays as it is; ASIDE is the signature. */
static bool sign_detached(const struct signing *signing, const char *from, const char *aside, GError **error)
{
	g_autoptr(GBytes) data = read_bytes(from, error);
	g_autoptr(GBytes) signature = data ? ksig_rpm_signer_sign(&signing->options->signer, data, error)
					   : NULL;

	return write_bytes(aside, signature, error);
}

static bool is_kernel(const struct signing *signing, const char *base)
{
	return signing->options->kernel_key &&
	       (g_str_has_prefix(base, "vmlinuz") || g_str_has_suffix(base, ".efi"));
}

struct kind {
	const char *name;
	bool (*sign)(const struct signing *, const char *, const char *, GError **);
};

static struct kind kind_of(const struct signing *signing, const char *file)
{
	g_autofree char *base = g_path_get_basename(file);

	if (g_str_has_suffix(base, ".rpm"))
		return (struct kind){"rpm", sign_rpm};
	if (sign_module_is(base))
		return (struct kind){"module", sign_module};
	if (is_kernel(signing, base))
		return (struct kind){"kernel", sign_kernel};
	return (struct kind){"detached", sign_detached};
}

static const char *key_of(const struct signing *signing, const struct kind *kind)
{
	const struct ksig_sign_options *options = signing->options;

	if (g_str_equal(kind->name, "module"))
		return options->module_certificate ? options->module_certificate : "(unnamed)";
	return g_str_equal(kind->name, "kernel") ? options->kernel_certificate : options->signer.key;
}

/* ---- one file ------------------------------------------------------------------------------------ */

/* The entry that says FILE was made of what is there now, if what it made is still there. */
static const struct ksig_sign_entry *find_done(const struct signing *signing, const char *file,
					       const char *before, const char *result)
{
	for (guint i = signing->log.entries->len; i-- > 0;) {
		const struct ksig_sign_entry *entry = g_ptr_array_index(signing->log.entries, i);
		g_autofree char *after = NULL;
		if (!g_str_equal(entry->file, file))
			continue;
		if (!g_str_equal(entry->before, before) || access(result, F_OK) != 0 ||
		    !hash_file(result, &after, NULL))
			return NULL;
		return g_str_equal(after, entry->after) ? entry : NULL;
	}
	return NULL;
}

/* The file, as it is, before a signature of it says that it is there. */
static bool put_plain(const char *from, const char *to, GError **error)
{
	g_autofree char *plain = g_strndup(to, strlen(to) - strlen(".asc"));
	g_autofree char *aside = g_strconcat(plain, ".unfinished", NULL);
	const bool good = copy(from, aside, error) && ksig_file_place(aside, plain, error);

	if (!good)
		unlink(aside);
	return good;
}

static bool put_in_place(const struct kind *kind, const char *from, const char *aside, const char *to,
			 GError **error)
{
	return (!g_str_equal(kind->name, "detached") || put_plain(from, to, error)) &&
	       ksig_file_place(aside, to, error);
}

static bool sign_file(struct signing *signing, const char *file, GError **error)
{
	const struct kind kind = kind_of(signing, file);
	g_autofree char *from = g_build_filename(signing->options->from, file, NULL);
	g_autofree char *name = g_strconcat(file, g_str_equal(kind.name, "detached") ? ".asc" : "", NULL);
	g_autofree char *to = g_build_filename(signing->options->to, name, NULL);
	g_autofree char *aside = g_strconcat(to, ".unfinished", NULL);
	g_autofree char *folder = g_path_get_dirname(to);
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;

	if (!ksig_directory_make(folder, error) || !hash_file(from, &before, error))
		return false;
	const struct ksig_sign_entry *done = find_done(signing, file, before, to);
	if (done) {
		if (signing->watch)
			signing->watch(done, false, signing->watch_data);
		return true;
	}
	if (!kind.sign(signing, from, aside, error) || !hash_file(aside, &after, error)) {
		unlink(aside);
		return false;
	}
	struct ksig_sign_entry *entry = g_new0(struct ksig_sign_entry, 1);
	entry->file = g_strdup(file);
	entry->kind = g_strdup(kind.name);
	entry->key = g_strdup(key_of(signing, &kind));
	entry->before = g_steal_pointer(&before);
	entry->after = g_steal_pointer(&after);
	if (!sign_log_add(&signing->log, entry, error) || !put_in_place(&kind, from, aside, to, error))
		return false;
	if (signing->watch)
		signing->watch(entry, true, signing->watch_data);
	return true;
}

/* ---- the folder ---------------------------------------------------------------------------------- */

static const char *other_kind(mode_t mode)
{
	return S_ISLNK(mode) ? "a symbolic link" : "no file";
}

/* The files of ROOT below BELOW, and what is neither a file nor a folder. */
static bool list_files(GPtrArray *files, GPtrArray *others, const char *root, const char *below,
		       unsigned depth, GError **error)
{
	g_autofree char *folder = g_build_filename(root, below, NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name = NULL;

	if (!dir || depth > SIGN_LIMIT_DEPTH)
		return dir ? ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too deep", folder)
			   : ksig_error_errno(error, errno, "%s", folder);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *file = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *path = g_build_filename(root, file, NULL);
		struct stat status;
		if (lstat(path, &status) != 0)
			return ksig_error_errno(error, errno, "%s", path);
		if (S_ISDIR(status.st_mode) && !list_files(files, others, root, file, depth + 1, error))
			return false;
		if (S_ISREG(status.st_mode))
			g_ptr_array_add(files, g_steal_pointer(&file));
		else if (others && !S_ISDIR(status.st_mode))
			g_ptr_array_add(others, g_strdup_printf("%s: %s", file, other_kind(status.st_mode)));
	}
	return true;
}

static bool check_options(const struct ksig_sign_options *options, GError **error)
{
	/* It becomes part of a macro of RPM. */
	if (!options->signer.key || strpbrk(options->signer.key, "%{}\n\\\""))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a name for a key",
				      options->signer.key ? options->signer.key : "(none)");
	if (options->signer.home && strpbrk(options->signer.home, "%{}\n\\\""))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a folder for gpg",
				      options->signer.home);
	if (!options->kernel_key != !options->kernel_certificate)
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "a kernel is signed with a key and a certificate");
	return true;
}

bool ksig_rpm_sign_folder(const struct ksig_sign_options *options, ksig_rpm_sign_watch_fn *watch, void *data,
			  GError **error)
{
	struct signing signing = {.options = options, .watch = watch, .watch_data = data};
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *log_path = options->log ? g_strdup(options->log)
						 : g_build_filename(options->to, "signing.log", NULL);

	if (!check_options(options, error) || !ksig_directory_make(options->to, error) ||
	    !list_files(files, options->left_out, options->from, "", 0, error))
		return false;
	g_ptr_array_sort(files, ksig_by_string);
	bool good = sign_log_open(&signing.log, log_path, &options->signer, error);
	for (guint i = 0; good && i < files->len; i++)
		good = sign_file(&signing, g_ptr_array_index(files, i), error);
	sign_log_clear(&signing.log);
	return good;
}
