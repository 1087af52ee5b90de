/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a package's %prep does with patches is asked of the %prep itself: it runs, expanded by rpm, in a
 * sandbox, with the tarball unpacked as it does it and with tools in front of patch and git that note what
 * these are given. So its shell's conditions, functions and loops mean what they mean to rpmbuild. Its other
 * changes to the tree (configuration files, interpreters' names, renames) are left behind with the sandbox.
 */
#include "rpm/prep-internal.h"
#include "rpm/prep-calls-internal.h"
#include "rpm/prep-resources.h"
#include "rpm/sandbox-files-internal.h"
#include "rpm/sandbox-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest kernels' take a minute or two; what loops for want of a file would do so until the timeout. */
enum {
	PREP_CPU_S = 600,
	PREP_TIMEOUT_MS = 3600 * 1000,
	BLOCK_BYTES = 1 << 16,
	TRACE_LIMIT_BYTES = 256 << 20,
	SAID_LIMIT_BYTES = 16 << 20
};
#define PATCH_LIMIT_BYTES ((size_t) 1 << 30)

static const char tools_path[] = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
static const char *const tools[] = {"patch", "git", "hg", "make"};

struct run {
	const ksig_spec *spec;
	const char *folder; /* the package's files */
	char *place;        /* below it: what belongs to the run */
	int calls_fd;
	bool out_of_cpu;   /* it was ended as it did not end */
	GHashTable *known; /* digest of a file's text -> its name, as a Patch or Source line has it */
};

/* ---- the files of the package -------------------------------------------------------------------- */

/* The SHA-256 of the file at PATH, unpacked if it is compressed; NULL if it is not to be had. */
static char *digest_of_text(const char *path)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry = NULL;
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *block = g_malloc(BLOCK_BYTES);
	size_t total_bytes = 0;
	la_ssize_t got = -1;

	const bool opened = ksig_rpm_source_open(archive, path, &entry);
	if (opened && !entry)
		got = 0;
	while (opened && entry && (got = archive_read_data(archive, block, BLOCK_BYTES)) > 0) {
		g_checksum_update(checksum, (const guchar *) block, got);
		total_bytes += (size_t) got;
		if (total_bytes > PATCH_LIMIT_BYTES)
			got = -1;
	}
	archive_read_free(archive);
	return got == 0 ? g_strdup(g_checksum_get_string(checksum)) : NULL;
}

static void know(struct run *run, GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *path = g_build_filename(run->folder, name, NULL);
		g_autofree char *digest = strstr(name, ".tar") ? NULL : digest_of_text(path);
		if (digest && !g_hash_table_contains(run->known, digest))
			g_hash_table_insert(run->known, g_steal_pointer(&digest), (char *) name);
	}
}

/* ---- the run ------------------------------------------------------------------------------------- */

static char *place_of(const struct run *run, const char *name)
{
	return g_build_filename(run->place, name, NULL);
}

static bool lay_tools(const struct run *run, GError **error)
{
	g_autoptr(GBytes) script = g_resource_lookup_data(ksig_prep_get_resource(), "/ksig/rpm/prep-tool.sh",
							  G_RESOURCE_LOOKUP_FLAGS_NONE, error);

	for (size_t i = 0; i < G_N_ELEMENTS(tools) && script; i++) {
		g_autofree char *name = g_build_filename(run->place, "tools", tools[i], NULL);
		if (!ksig_file_write(name, g_bytes_get_data(script, NULL), (gssize) g_bytes_get_size(script),
				     0755, error))
			return false;
	}
	return script != NULL;
}

static bool lay_folders(struct run *run, GError **error)
{
	static const char *const names[] = {"build", "calls", "tmp", "tools"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *folder = place_of(run, names[i]);
		if (!ksig_directory_make(folder, error))
			return false;
	}
	g_autofree char *calls = place_of(run, "calls");
	run->calls_fd = open(calls, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return run->calls_fd >= 0 || ksig_error_errno(error, errno, "%s", calls);
}

/* A spec that names its tools by their paths gets those that note. */
static char *tools_by_name(const char *script)
{
	g_autoptr(GRegex) paths = g_regex_new("(?<![\\w/.-])(?:/usr)?/bin/(patch|git|hg|make)(?![\\w.-])",
					      G_REGEX_RAW, 0, NULL);

	return g_regex_replace(paths, script, -1, 0, "\\1", 0, NULL);
}

/*
 * rpmbuild would stop at the first command that fails. Here the script goes on, as it lacks what only a build
 * has, and notes the first, behind which its standard error is not kept: what it did not get to patch is
 * asked about afterwards. Where a patch failed, that is the answer, and the rest is not worth the time.
 */
static char *script_of(const struct run *run)
{
	g_autofree char *prep = tools_by_name(run->spec->prep);

	return g_strdup_printf(
		"exec 2>\"$TMPDIR/said\"\nset -e\n%s\nset +e\n: >\"$TMPDIR/begun\"\n"
		"PATH=$KSIG_TOOLS:$KSIG_PATH\n"
		"trap '[ -s \"$TMPDIR/failed\" ] || printf %%s \"$BASH_COMMAND\" >\"$TMPDIR/failed\"; "
		"exec 2>&1; compgen -G \"$KSIG_CALLS/*/failed\" >/dev/null && exit 1' ERR\n"
		"set -E\nexec {BASH_XTRACEFD}>\"$TMPDIR/trace\"\nset -x\n%s\n"
		"set +x\n: >\"$TMPDIR/ended\"\n",
		run->spec->preamble, prep);
}

static bool run_script(struct run *run, GError **error)
{
	g_autofree char *build = place_of(run, "build");
	g_autofree char *calls = place_of(run, "calls");
	g_autofree char *tmp = place_of(run, "tmp");
	g_autofree char *path = place_of(run, "prep.sh");
	g_autofree char *script = script_of(run);
	g_autofree char *calls_variable = g_strconcat("KSIG_CALLS=", calls, NULL);
	g_autofree char *tmp_variable = g_strconcat("TMPDIR=", tmp, NULL);
	g_autofree char *home = g_strconcat("HOME=", tmp, NULL);
	g_autofree char *tools_variable = g_strconcat("KSIG_TOOLS=", run->place, "/tools", NULL);
	g_autofree char *path_variable = g_strconcat("KSIG_PATH=", tools_path, NULL);
	g_autofree char *start_path = g_strconcat("PATH=", tools_path, NULL);
	const char *const environment[] = {calls_variable,
					   tmp_variable,
					   home,
					   tools_variable,
					   path_variable,
					   start_path,
					   "LC_ALL=C.UTF-8",
					   "GIT_CONFIG_NOSYSTEM=1",
					   "GIT_ATTR_NOSYSTEM=1",
					   "TZ=UTC",
					   "RPM_BUILD_TIME=1000000000", /* rpmbuild's own from 4.20 on */
					   NULL};
	const char *const readable[] = {run->folder,
					"/usr",
					"/bin",
					"/sbin",
					"/lib",
					"/lib32",
					"/lib64",
					"/etc/alternatives",
					"/etc/ld.so.cache",
					"/etc/rpm",
					"/dev/urandom",
					NULL};
	const char *const writable[] = {build, calls, tmp, "/dev/null", "/dev/zero", NULL};
	const struct ksig_sandbox_files files = {.readable = readable, .writable = writable};
	const char *const argv[] = {"/bin/bash", "--noprofile", "--norc", path, NULL};
	const struct ksig_process_options options = {.directory = build,
						     .environment = environment,
						     .only_environment = true,
						     .timeout_ms = PREP_TIMEOUT_MS,
						     .cpu_limit_s = PREP_CPU_S,
						     .out_of_cpu = &run->out_of_cpu};
	int status = 0;
	g_autoptr(GError) reason = NULL;

	if (!ksig_file_write(path, script, -1, 0644, error))
		return false;
	if (ksig_sandbox_run(&files, argv, &options, &status, &reason) || run->out_of_cpu)
		return true;
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

/* ---- what it did --------------------------------------------------------------------------------- */

static bool is_named(GPtrArray *names, const char *name)
{
	return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

/* The file's name, if the package has one of it; else the name that it has for this text; else the file's. */
static void name_patch(const struct run *run, struct ksig_source_patch *patch, GHashTable *applied)
{
	g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) patch->text,
							      patch->length_bytes);
	const char *known = g_hash_table_lookup(run->known, patch->digest ? patch->digest : digest);
	const char *slash = strrchr(patch->name, '/');
	g_autofree char *base = ksig_utf8(slash ? slash + 1 : patch->name, -1);
	const bool own = is_named(run->spec->patches, base) || is_named(run->spec->sources, base);
	char *name = g_strdup(own || !known ? (*base ? base : "a patch") : known);

	g_strdelimit(name, "\n\t", ' ');
	g_free(patch->name);
	patch->name = name;
	g_hash_table_add(applied, name);
}

static char *read_note(const struct run *run, const char *name, size_t limit_bytes)
{
	g_autofree char *path = g_build_filename(run->place, "tmp", name, NULL);
	struct stat status;

	if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
		return NULL;
	return ksig_file_read(path, limit_bytes, NULL, NULL);
}

/* The last line of TEXT that says something. */
static char *last_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = g_strv_length(lines); i-- > 0;)
		if (*g_strstrip(lines[i]))
			return ksig_utf8(lines[i], -1);
	return NULL;
}

/* What was said before the first command that failed had ended. */
static char *said_at(const struct run *run)
{
	g_autofree char *said = read_note(run, "said", SAID_LIMIT_BYTES);

	if (run->out_of_cpu)
		return g_strdup_printf("ended after %d s of processor time", PREP_CPU_S);
	return said ? last_line(said) : NULL;
}

/* The command that %prep did not come back from: the last one of its trace. */
static char *hung_at(const struct run *run)
{
	g_autofree char *trace = read_note(run, "trace", TRACE_LIMIT_BYTES);
	g_autofree char *line = trace ? last_line(trace) : NULL;

	return g_strdup(line ? line + strspn(line, "+ ") : "exit");
}

/* Where rpmbuild would have stopped. */
static char *stopped_at(const struct run *run)
{
	if (run->out_of_cpu)
		return hung_at(run);
	g_autofree char *failed = read_note(run, "failed", 65536);
	g_autofree char *ended = read_note(run, "ended", 16);
	char *shown = failed || !ended ? ksig_utf8(failed ? failed : "exit", -1) : NULL;

	return shown ? g_strdelimit(shown, "\n", ' ') : NULL;
}

/* Is COMMAND one of the package's own programs, which may be what patches? */
static bool is_own_program(const struct run *run, const char *command)
{
	static const char *const shells[] = {"sh ", "bash ", "/bin/sh ", "/bin/bash ", "perl ", "python3 "};

	for (size_t i = 0; i < G_N_ELEMENTS(shells); i++)
		if (g_str_has_prefix(command, shells[i]))
			command += strlen(shells[i]);
	command += strspn(command, "\"' ");
	return g_str_has_prefix(command, run->folder) || g_str_has_prefix(command, "$RPM_SOURCE_DIR") ||
	       g_str_has_prefix(command, "${RPM_SOURCE_DIR}");
}

/*
 * A Patch line that was not applied was excluded by the spec's own conditions, if its shell got that far:
 * nothing failed before, or its name came by, or the script does not have it.
 */
static bool check_excluded(const struct run *run, const ksig_srpm *srpm, GHashTable *applied, GError **error)
{
	if (!srpm->stopped)
		return true;
	g_autofree char *trace = read_note(run, "trace", TRACE_LIMIT_BYTES);
	for (guint i = 0; i < run->spec->patches->len; i++) {
		const char *name = run->spec->patches->pdata[i];
		if (g_hash_table_contains(applied, name) || !strstr(run->spec->prep, name) ||
		    (trace && strstr(trace, name)))
			continue;
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%%prep did not come to %s: `%s` failed before it%s%s", name,
				      srpm->stopped, srpm->said ? ": " : "", srpm->said ? srpm->said : "");
	}
	if (srpm->patches->len == 0 && is_own_program(run, srpm->stopped))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%%prep: `%s` failed, and nothing was patched%s%s", srpm->stopped,
				      srpm->said ? ": " : "", srpm->said ? srpm->said : "");
	return true;
}

/* Without rpm's own preamble %prep would lack its variables, and might patch nothing for want of them. */
static bool check_begun(const struct run *run, GError **error)
{
	g_autofree char *begun = read_note(run, "begun", 16);

	if (begun || run->out_of_cpu)
		return true;
	g_autofree char *said = said_at(run);
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%%prep: what rpm has before it failed%s%s",
			      said ? ": " : "", said ? said : "");
}

static bool take_calls(const struct run *run, ksig_srpm *srpm, GError **error)
{
	g_autoptr(GHashTable) applied = g_hash_table_new(ksig_string_hash, g_str_equal);

	if (!check_begun(run, error))
		return false;
	srpm->stopped = stopped_at(run);
	srpm->said = srpm->stopped ? said_at(run) : NULL;
	srpm->patches = prep_calls_read(run->calls_fd, error);
	if (!srpm->patches)
		return false;
	for (guint i = 0; i < srpm->patches->len; i++)
		name_patch(run, srpm->patches->pdata[i], applied);
	for (guint i = 0; i < srpm->patches->len; i++) {
		const struct ksig_source_patch *patch = srpm->patches->pdata[i];
		if (!patch->failed)
			continue;
		/* Applied again, by whoever takes it, it says why. */
		g_ptr_array_set_size(srpm->patches, (int) i + 1);
		return true;
	}
	return check_excluded(run, srpm, applied, error);
}

/* Where the folder is a link, the kernel tells %prep what it leads to; in bubblewrap's namespace it is no
 * link. */
static void settle_folders(const struct run *run, ksig_srpm *srpm)
{
	g_autofree char *build = place_of(run, "build");
	const size_t length = strlen(build);

	for (guint i = 0; i < srpm->patches->len; i++) {
		struct ksig_source_patch *patch = srpm->patches->pdata[i];
		if (!g_str_has_prefix(patch->folder, build) ||
		    (patch->folder[length] && patch->folder[length] != '/'))
			continue;
		char *real = g_strconcat(srpm->build_folder, patch->folder + length, NULL);
		g_free(patch->folder);
		patch->folder = real;
	}
}

static bool run_all(struct run *run, ksig_srpm *srpm, GError **error)
{
	know(run, run->spec->patches);
	know(run, run->spec->sources);
	if (!lay_folders(run, error) || !lay_tools(run, error) || !run_script(run, error) ||
	    !take_calls(run, srpm, error))
		return false;
	g_autofree char *build = place_of(run, "build");
	srpm->build_folder = realpath(build, NULL);
	if (!srpm->build_folder)
		return ksig_error_errno(error, errno, "%s", build);
	settle_folders(run, srpm);
	return true;
}

bool ksig_prep_run(const ksig_spec *spec, const char *folder, ksig_srpm *srpm, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autofree char *place = g_build_filename(folder, KSIG_PREP_FOLDER, NULL);
	struct run run = {.spec = spec, .folder = folder, .place = place, .calls_fd = -1, .known = known};
	const bool good = run_all(&run, srpm, error);

	if (run.calls_fd >= 0)
		close(run.calls_fd);
	return good;
}
