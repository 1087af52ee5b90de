/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expands a spec by librpm in a forked, sandboxed child: %dist from the release, %(…) made plain text; its
 * records (sources, patches, %prep) read on this side.
 */
#include "rpm/spec-internal.h"
#include "rpm/metadata.h"
#include "rpm/sandbox-files-internal.h"
#include "rpm/sandbox-internal.h"
#include "rpm/spec-older-internal.h"
#include "rpm/srpm-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <rpm/rpmbuild.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmspec.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPEC_LIMIT_BYTES = 64 << 20, ANSWER_LIMIT_BYTES = 16 << 20, SOURCES_LIMIT = 100000 };

void ksig_spec_free(ksig_spec *spec)
{
	if (!spec)
		return;
	g_ptr_array_unref(spec->sources);
	g_ptr_array_unref(spec->patches);
	g_free(spec->preamble);
	g_free(spec->prep);
	g_free(spec);
}

/* ---- the child ----------------------------------------------------------------------------------- */

/* ".el8_4" of "305.12.1.el8_4": the letters that begin a component, and what follows. */
static void define_distribution(const char *release)
{
	static const struct {
		const char *mark;
		const char *macro;
	} known[] = {{".el", "rhel"}, {".fc", "fedora"}};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		const char *dist = strstr(release, known[i].mark);
		if (!dist || !g_ascii_isdigit(dist[3]))
			continue;
		g_autofree char *number = g_strdup_printf("%d", atoi(dist + 3));
		rpmPushMacro(NULL, "dist", NULL, dist, RMIL_CMDLINE);
		rpmPushMacro(NULL, known[i].macro, NULL, number, RMIL_CMDLINE);
		return;
	}
}

static void define_folders(const char *folder)
{
	static const char *const names[] = {"_topdir", "_sourcedir", "_specdir", "_tmppath"};
	g_autofree char *build = g_build_filename(folder, KSIG_PREP_FOLDER, "build", NULL);

	rpmPushMacro(NULL, "_builddir", NULL, build, RMIL_CMDLINE);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		rpmPushMacro(NULL, names[i], NULL, folder, RMIL_CMDLINE);
}

/* rpm's own macros that run a program to look at the machine. */
static void define_machine(void)
{
	static const char *const names[] = {"_smp_build_ncpus", "_smp_build_nthreads", "_smp_ncpus_max"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		rpmPushMacro(NULL, names[i], NULL, "1", RMIL_CMDLINE);
}

static int keep_error(rpmlogRec record, rpmlogCallbackData data)
{
	GString *last = data;

	if (rpmlogRecPriority(record) <= RPMLOG_ERR && last->len == 0)
		g_string_assign(last, rpmlogRecMessage(record));
	return 0;
}

static char *first_line(char *text)
{
	g_strstrip(text);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* What rpm says of the copy that is parsed at PATH: the caller names the spec. */
static const char *without_path(const char *said, const char *path)
{
	const size_t length = strlen(path);

	return g_str_has_prefix(said, path) && g_str_has_prefix(said + length, ": ") ? said + length + 2
										     : said;
}

void spec_say(GString *answer, const char *kind, const char *text)
{
	g_string_append_printf(answer, "%s%s", kind, text);
	g_string_append_c(answer, '\0');
}

void spec_say_sources(GString *answer, rpmSpec spec)
{
	rpmSpecSrcIter iter = rpmSpecSrcIterInit(spec);
	rpmSpecSrc source = NULL;

	while ((source = rpmSpecSrcIterNext(iter))) {
		g_autofree char *text = g_strdup_printf("%d %s", rpmSpecSrcNum(source),
							rpmSpecSrcFilename(source, 0));
		spec_say(answer, rpmSpecSrcFlags(source) & RPMBUILD_ISPATCH ? "P" : "S", text);
	}
	rpmSpecSrcIterFree(iter);
}

static void say_spec(GString *answer, rpmSpec spec)
{
	spec_say_sources(answer, spec);
	/* Before the first script rpm makes a folder in _builddir, from 4.20 on, and a file with the
	 * variables, from 6 on. */
	char *preamble = rpmExpand("mkdir -p \"%{_builddir}\" %{?builddir:\"%{builddir}\"}\n"
				   "%{?___build_pre_env:cat >\"%{builddir}/rpmbuild.env\" <<'KSIG-ENV'\n"
				   "%{___build_pre_env}\nKSIG-ENV\n}%{__spec_prep_pre}",
				   NULL);
	spec_say(answer, "^", preamble);
	free(preamble);
	const char *prep = rpmSpecGetSection(spec, RPMBUILD_PREP);
	spec_say(answer, "=", prep ? prep : "");
}

/* What the child answers: records that end in NUL, "S0 name", "P1 name", "^preamble", "=prep" last, or
 * "!reason". */
static GString *expand(const struct spec_question *question, const char *path, const char *text,
		       const ksig_sandbox *sandbox)
{
	GString *answer = g_string_new(NULL);
	g_autoptr(GString) reason = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	rpmlogSetCallback(keep_error, reason);
	if (!ksig_sandbox_enter(sandbox, &error)) {
		spec_say(answer, "!", error->message);
		return answer;
	}
	spec_older_macros(text);
	rpmSpec spec = rpmSpecParse(path, RPMSPEC_ANYARCH | RPMSPEC_FORCE, NULL);
	if (spec)
		question->say(answer, spec);
	else
		spec_say(answer, "!", without_path(first_line(reason->str), path));
	return answer;
}

static G_GNUC_NORETURN void run_child(int fd, const struct spec_question *question, const char *path,
				      const char *text, const ksig_sandbox *sandbox)
{
	define_folders(question->folder);
	define_distribution(question->release);
	if (question->dist)
		rpmPushMacro(NULL, "dist", NULL, question->dist, RMIL_CMDLINE);
	define_machine();
	clearenv();
	const GString *answer = expand(question, path, text, sandbox);
	size_t done = 0;
	while (done < answer->len) {
		const ssize_t written = write(fd, answer->str + done, answer->len - done);
		if (written <= 0)
			break;
		done += (size_t) written;
	}
	/* No clean-up: this is a copy of a process that goes on elsewhere. */
	_exit(0);
}

/* ---- this side ----------------------------------------------------------------------------------- */

static GString *read_answer(int fd, const char *path, GError **error)
{
	g_autoptr(GString) answer = g_string_new(NULL);
	char buffer[65536];
	ssize_t got = 0;

	while ((got = read(fd, buffer, sizeof buffer)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || answer->len + (size_t) got > ANSWER_LIMIT_BYTES) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: expands to more than %d bytes", path,
				       (int) ANSWER_LIMIT_BYTES);
			return NULL;
		}
		g_string_append_len(answer, buffer, got);
	}
	return g_steal_pointer(&answer);
}

static void put(GPtrArray *files, const char *record)
{
	char *name = NULL;
	const guint64 number = g_ascii_strtoull(record, &name, 10);
	const char *slash = strrchr(name, '/');

	if (files->len < SOURCES_LIMIT && *name == ' ') {
		g_autofree char *key = g_strdup_printf("%010" G_GUINT64_FORMAT " %s", number,
						       slash ? slash + 1 : name + 1);
		g_ptr_array_add(files, g_steal_pointer(&key));
	}
}

/* Sorts by number, then drops the numbers. */
static void settle(GPtrArray *files)
{
	g_ptr_array_sort(files, ksig_by_string);
	for (guint i = 0; i < files->len; i++) {
		char *key = files->pdata[i];
		files->pdata[i] = g_strdup(strchr(key, ' ') + 1);
		g_free(key);
	}
}

static ksig_spec *parse_answer(const GString *answer, const char *path, GError **error)
{
	g_autoptr(ksig_spec) spec = g_new0(ksig_spec, 1);
	const char *reason = "the parser ended early: more than a minute or 4 GiB";

	spec->sources = g_ptr_array_new_with_free_func(g_free);
	spec->patches = g_ptr_array_new_with_free_func(g_free);
	for (size_t at = 0; at < answer->len; at += strlen(answer->str + at) + 1) {
		const char *record = answer->str + at;
		if (*record == '!')
			reason = record + 1;
		else if (*record == '^')
			spec->preamble = g_strdup(record + 1);
		else if (*record == '=')
			spec->prep = g_strdup(record + 1);
		else
			put(*record == 'P' ? spec->patches : spec->sources, record + 1);
	}
	if (!spec->prep || !spec->preamble) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason);
		return NULL;
	}
	settle(spec->sources);
	settle(spec->patches);
	return g_steal_pointer(&spec);
}

static GString *ask_child(const struct spec_question *question, const char *path, const char *text,
			  GError **error)
{
	const char *const readable[] = {question->folder, "/usr/lib/rpm", "/etc/rpm", NULL};
	const struct ksig_sandbox_files files = {.readable = readable};
	g_autoptr(ksig_sandbox) sandbox = ksig_sandbox_new(&files, error);
	int fds[2];

	if (!sandbox)
		return NULL;
	if (pipe2(fds, O_CLOEXEC) != 0) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	const pid_t child = fork();
	if (child == 0) {
		close(fds[0]);
		run_child(fds[1], question, path, text, sandbox);
	}
	close(fds[1]);
	if (child < 0) {
		close(fds[0]);
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	GString *answer = read_answer(fds[0], path, error);
	close(fds[0]);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return answer;
}

/* How much of TEXT is parsed: a changelog never, and what follows %prep only if it is asked for. */
static size_t length_to_parse(const char *text, bool whole)
{
	const char *prep = g_str_has_prefix(text, "%prep") ? text : strstr(text, "\n%prep");
	const char *end = !whole && prep ? strstr(prep, "\n%build") : NULL;

	end = end ? end : strstr(!whole && prep ? prep : text, "\n%changelog");
	return end ? (size_t) (end - text) + 1 : strlen(text);
}

/*
 * The part of TEXT that is parsed, with %(…) made plain text, (…): the sandbox would refuse to run it. Red
 * Hat's kernel specs since 4.18 have one, a regular expression for their scriptlets. A name that needs such
 * an expansion is then not found in the package, which is said.
 */
static GString *text_to_parse(const char *text, bool whole)
{
	const size_t length_bytes = length_to_parse(text, whole);
	GString *result = g_string_sized_new(length_bytes + 64);

	for (size_t i = 0; i < length_bytes; i++) {
		if (text[i] == '%' && text[i + 1] == '(')
			continue;
		/* Of %%( the second is no beginning. */
		if (text[i] == '%' && text[i + 1] == '%' && i + 1 < length_bytes)
			g_string_append_c(result, text[i++]);
		g_string_append_c(result, text[i]);
	}
	return result;
}

GString *spec_ask(const struct spec_question *question, GError **error)
{
	g_autofree char *text = ksig_file_read(question->path, SPEC_LIMIT_BYTES, NULL, error);
	g_autofree char *plain_path = g_build_filename(question->folder, ".ksig.spec", NULL);

	ksig_rpm_library_init();
	if (!text)
		return NULL;
	g_autofree char *older = spec_older_text(text);
	g_autoptr(GString) plain = text_to_parse(older ? older : text, question->whole);
	if (!ksig_file_write(plain_path, plain->str, (gssize) plain->len, 0600, error))
		return NULL;
	return ask_child(question, plain_path, plain->str, error);
}

ksig_spec *ksig_spec_expand(const char *path, const char *folder, const char *release, GError **error)
{
	const struct spec_question question = {
		.path = path, .folder = folder, .release = release, .say = say_spec};
	g_autoptr(GString) answer = spec_ask(&question, error);

	return answer ? parse_answer(answer, path, error) : NULL;
}
