/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a patch can be delivered live, as far as its text tells: where it stands in the tree, in what each
 * changed line stands, which words it has. What only a build tells is said to be so. The reasons are those
 * for which create-diff-object and objtool refuse, the ways out those of kpatch's patch author guide.
 */
#include "live/plan-internal.h"
#include "base/diff.h"
#include "live/plan.h"

#include <string.h>

static const struct {
	const char *prefix, *part, *suffix; /* all that are there have to fit */
	enum ksig_live_verdict verdict;
	const char *why;
} places[] = {
	{"Documentation/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{"tools/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{"samples/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{"scripts/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{"debian/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{"redhat/", NULL, NULL, KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, ".rst", KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, ".yaml", KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, ".dts", KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, ".dtsi", KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, "MAINTAINERS", KSIG_LIVE_NOTHING, NULL},
	{NULL, NULL, ".gitignore", KSIG_LIVE_NOTHING, NULL},
	{"arch/", "/boot/", NULL, KSIG_LIVE_REBOOT, "runs before the kernel does"},
	{"arch/", "/realmode/", NULL, KSIG_LIVE_REBOOT, "runs before the kernel does"},
	{"arch/", "/purgatory/", NULL, KSIG_LIVE_REBOOT, "runs outside of the kernel"},
	{"drivers/firmware/efi/libstub/", NULL, NULL, KSIG_LIVE_REBOOT, "runs before the kernel does"},
	{NULL, "/vdso/", NULL, KSIG_LIVE_REBOOT, "the vDSO runs in user space"},
	{"certs/", NULL, NULL, KSIG_LIVE_REBOOT, "keys are built into the kernel"},
	{NULL, NULL, ".S", KSIG_LIVE_REWORK, "assembly cannot be patched; way out: patch its C callers"},
	{NULL, NULL, ".rs", KSIG_LIVE_REWORK,
	 "no tool makes live patches of Rust; way out: patch its C callers"},
	{"arch/", "/lib/", ".c", KSIG_LIVE_REWORK,
	 "objects of lib/ are linked on demand and kpatch does not take them; way out: patch the callers"},
	{"lib/", NULL, ".c", KSIG_LIVE_REWORK,
	 "objects of lib/ are linked on demand and kpatch does not take them; way out: patch the callers"},
	{NULL, NULL, ".h", KSIG_LIVE_TRY,
	 "a header: all that includes it is compiled again, which a tree that was built once makes cheap"},
	{NULL, NULL, ".c", KSIG_LIVE_LIKELY, NULL},
	{NULL, NULL, "Kconfig", KSIG_LIVE_TRY, "what an option brings, only another build of the kernel has"},
	{NULL, NULL, "", KSIG_LIVE_TRY, "neither C nor a header: it changes how the kernel is built"},
};

/* What a changed line stands in: words of the line at the margin above it. */
static const struct {
	const char *word, *why;
	enum ksig_live_verdict verdict;
} surroundings[] = {
	{"__init", "init code has run already; way out: do its new work in a pre-patch callback",
	 KSIG_LIVE_REWORK},
	{"__exit", "exit code is not traced", KSIG_LIVE_REWORK},
	{"noinstr", "cannot be traced (noinstr); way out: patch its callers", KSIG_LIVE_REWORK},
	{"notrace", "cannot be traced (notrace); way out: patch its callers", KSIG_LIVE_REWORK},
	{"__always_inline", "is inlined: its callers are patched", KSIG_LIVE_TRY},
	{"inline", "is inlined: its callers are patched", KSIG_LIVE_TRY},
};

/* Words of a shown line, changed or not: what the function has that holds the change. */
static const struct {
	const char *word, *why;
	enum ksig_live_verdict verdict;
} neighbours[] = {
	{"random_once(", "the function has a once: its hidden static data may not be found again",
	 KSIG_LIVE_TRY},
	{"DO_ONCE", "the function has a once: its hidden static data may not be found again", KSIG_LIVE_TRY},
};

/* What a changed line says. */
static const struct {
	const char *word, *why;
	enum ksig_live_verdict verdict;
} sayings[] = {
	{"static_branch_", "a jump label whose key a live patch may not reach", KSIG_LIVE_TRY},
	{"static_key_", "a jump label whose key a live patch may not reach", KSIG_LIVE_TRY},
	{"static_call(", "a static call whose key a live patch may not reach", KSIG_LIVE_TRY},
	{"ALTERNATIVE(", "code that is patched at boot", KSIG_LIVE_TRY},
	{"DEFINE_PER_CPU", "per-CPU data cannot be added or changed; way out: a shadow variable",
	 KSIG_LIVE_REWORK},
	{"EXPORT_SYMBOL", "what is exported stays as it was", KSIG_LIVE_TRY},
	{"module_param", "parameters are set up when the kernel or module starts", KSIG_LIVE_TRY},
	{"_initcall(", "initcalls have run already; way out: a callback", KSIG_LIVE_REWORK},
	{"module_init(", "initcalls have run already; way out: a callback", KSIG_LIVE_REWORK},
	{"__ro_after_init", "data that is written at start; way out: a callback", KSIG_LIVE_REWORK},
};

static const char *const verdict_names[] = {
	[KSIG_LIVE_NOTHING] = "nothing", [KSIG_LIVE_LIKELY] = "live",   [KSIG_LIVE_TRY] = "try",
	[KSIG_LIVE_REWORK] = "rework",   [KSIG_LIVE_REBOOT] = "reboot",
};

const char *ksig_live_verdict_name(enum ksig_live_verdict verdict)
{
	return verdict_names[verdict];
}

void ksig_live_judgement_free(ksig_live_judgement *judgement)
{
	if (!judgement)
		return;
	g_ptr_array_unref(judgement->reasons);
	g_free(judgement);
}

/* Where the reading of a difference is. */
struct reader {
	ksig_live_judgement *judgement;
	const char *architecture;
	char *path;   /* of the file; NULL: outside of one */
	char *margin; /* the last line that begins at the margin: what the lines below it stand in */
	bool fresh;   /* that line is new itself: nothing exists that it could change */
	bool code;    /* the file is one that the kernel is compiled of */
	bool any_code;
};

static void object(struct reader *reader, enum ksig_live_verdict verdict, const char *what, const char *why)
{
	ksig_live_judgement *judgement = reader->judgement;
	g_autofree char *reason = g_strdup_printf("%s%s%s: %s", reader->path ? reader->path : "the patch",
						  what ? ": " : "", what ? what : "", why);

	judgement->verdict = MAX(judgement->verdict, verdict);
	for (guint i = 0; i < judgement->reasons->len; i++)
		if (g_str_equal(judgement->reasons->pdata[i], reason))
			return;
	if (judgement->reasons->len < LIVE_LIMIT_REASONS)
		g_ptr_array_add(judgement->reasons, g_steal_pointer(&reason));
}

static bool is_of_other_architecture(const struct reader *reader)
{
	g_autofree char *own = g_strdup_printf("arch/%s/", reader->architecture);

	return g_str_has_prefix(reader->path, "arch/") && strchr(reader->path + 5, '/') &&
	       !g_str_has_prefix(reader->path, own);
}

static void see_place(struct reader *reader)
{
	size_t i = 0;

	reader->code = false;
	if (is_of_other_architecture(reader))
		return;
	while ((places[i].prefix && !g_str_has_prefix(reader->path, places[i].prefix)) ||
	       (places[i].part && !strstr(reader->path, places[i].part)) ||
	       (places[i].suffix && !g_str_has_suffix(reader->path, places[i].suffix)))
		i++;
	if (places[i].verdict == KSIG_LIVE_NOTHING)
		return;
	reader->judgement->files++;
	reader->code = g_str_has_suffix(reader->path, ".c") || g_str_has_suffix(reader->path, ".h");
	reader->any_code |= reader->code || g_str_has_suffix(reader->path, ".S") ||
			    g_str_has_suffix(reader->path, ".rs");
	if (places[i].why)
		object(reader, places[i].verdict, NULL, places[i].why);
	reader->judgement->verdict = MAX(reader->judgement->verdict, places[i].verdict);
}

/* "static int __init foo(void)" is about "foo". */
static char *name_of(const char *margin)
{
	const char *end = strpbrk(margin, "([={");
	const char *start;

	if (!end)
		end = margin + strlen(margin);
	while (end > margin && g_ascii_isspace(end[-1]))
		end--;
	for (start = end; start > margin && (g_ascii_isalnum(start[-1]) || start[-1] == '_');)
		start--;
	return start < end ? g_strndup(start, (gsize) (end - start)) : NULL;
}

static bool has_word(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *found = strstr(text, word); found; found = strstr(found + 1, word))
		if ((found == text || (!g_ascii_isalnum(found[-1]) && found[-1] != '_')) &&
		    !g_ascii_isalnum(found[length]) && (found[length] != '_' || word[length - 1] == '_'))
			return true;
	return false;
}

/* "struct foo {", but not "struct foo *bar(…)" or "struct foo x = {". */
static bool opens_layout(const char *margin)
{
	const char *type = strstr(margin, "struct ");

	return (type || strstr(margin, "union ")) && !strpbrk(margin, "(=;") && strchr(margin, '{');
}

/* "static const struct file_operations x = {", "int sysctl_x = 5;" */
static bool is_data(const char *margin)
{
	const char *equals = strchr(margin, '=');
	const char *bracket = strchr(margin, '('),
		   *value = equals ? equals + 1 + strspn(equals + 1, " \t") : "";

	/* A table of pointers to functions has brackets before its value. */
	return equals && (!bracket || bracket > equals || *value == '{') && margin[0] != '#';
}

static void see_surroundings(struct reader *reader)
{
	const char *margin = reader->margin;
	g_autofree char *name = margin ? name_of(margin) : NULL;

	if (!margin || (reader->fresh && !has_word(margin, "__init")))
		return;
	if (opens_layout(margin)) {
		object(reader, KSIG_LIVE_REWORK, name,
		       "a data layout changes: what exists already has the old one; way out: a shadow "
		       "variable");
		return;
	}
	if (is_data(margin)) {
		object(reader, KSIG_LIVE_REWORK, name,
		       "data that exists already changes; way out: change it in a pre-patch callback");
		return;
	}
	if (g_str_has_prefix(margin, "SYSCALL_DEFINE") || g_str_has_prefix(margin, "COMPAT_SYSCALL_DEFINE")) {
		object(reader, KSIG_LIVE_REWORK, name,
		       "a system call: its wrappers do not compile to the same again; way out: "
		       "KPATCH_SYSCALL_DEFINE of kpatch-syscall.h");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(surroundings); i++)
		if (has_word(margin, surroundings[i].word)) {
			object(reader, surroundings[i].verdict, name, surroundings[i].why);
			return;
		}
}

static void see_words(struct reader *reader, const char *line)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sayings); i++)
		if (strstr(line, sayings[i].word))
			object(reader, sayings[i].verdict, NULL, sayings[i].why);
}

static bool is_comment(const char *line)
{
	const char *text = line + strspn(line, " \t");

	return !*text || g_str_has_prefix(text, "/*") || g_str_has_prefix(text, "//") ||
	       (text[0] == '*' && (!text[1] || strchr(" /\t", text[1])));
}

/* LINE begins a definition, or ends one. */
static void see_margin(struct reader *reader, const char *line, bool fresh)
{
	if (line[0] == '}')
		g_clear_pointer(&reader->margin, g_free);
	if (!g_ascii_isalpha(line[0]) && line[0] != '_')
		return;
	/* A label is no definition. */
	if (line[strcspn(line, ":")] && !strpbrk(line, "(={;"))
		return;
	g_free(reader->margin);
	reader->margin = g_strdup(line);
	reader->fresh = fresh;
}

/* "	static int limit = 5;" within a function that exists: LINE is what it was. */
static void see_static(struct reader *reader, const char *line)
{
	const char *text = line + strspn(line, " \t");

	if (text == line || reader->fresh || !g_str_has_prefix(text, "static ") || has_word(text, "const") ||
	    !strchr(text, '='))
		return;
	object(reader, KSIG_LIVE_REWORK, NULL,
	       "a static variable keeps the value that it has, and gets no first value anew; way out: set it "
	       "in a "
	       "pre-patch callback");
}

static void see_neighbour(struct reader *reader, const char *line)
{
	for (size_t i = 0; reader->code && i < G_N_ELEMENTS(neighbours); i++)
		if (!reader->fresh && strstr(line, neighbours[i].word))
			object(reader, neighbours[i].verdict, NULL, neighbours[i].why);
}

static void see_change(struct reader *reader, const char *line, char sign)
{
	reader->judgement->lines++;
	if (!reader->code || is_comment(line))
		return;
	if (sign == '-')
		see_static(reader, line);
	see_words(reader, line);
	see_surroundings(reader);
}

static void see_hunk(struct reader *reader, const char *context)
{
	g_clear_pointer(&reader->margin, g_free);
	if (*context)
		see_margin(reader, context, false);
}

static void see_file(struct reader *reader, const char *path)
{
	const char *slash = strchr(path, '/');

	g_free(reader->path);
	reader->path = g_strndup(slash ? slash + 1 : path, strcspn(slash ? slash + 1 : path, "\t\r"));
	g_clear_pointer(&reader->margin, g_free);
	see_place(reader);
}

static const char counts[] = "a hunk has not the lines that its @@ line says";

static void see_body(struct reader *reader, const char *line, char sign)
{
	/* Added lines that begin a definition are what the lines below them stand in, too. */
	see_margin(reader, line, sign == '+');
	if (sign != ' ')
		see_change(reader, line, sign);
	see_neighbour(reader, line);
}

static void see_line(struct reader *reader, struct ksig_diff *diff, const char *line, const char *next)
{
	switch (ksig_diff_see(diff, line, strlen(line))) {
	case KSIG_DIFF_OLD_FILE:
		if (next && g_str_has_prefix(next, "+++ "))
			see_file(reader, g_str_has_prefix(next, "+++ /dev/null") ? line + 4 : next + 4);
		break;
	case KSIG_DIFF_HUNK:
		see_hunk(reader, diff->context);
		break;
	case KSIG_DIFF_CONTEXT:
	case KSIG_DIFF_REMOVED:
	case KSIG_DIFF_ADDED:
		if (reader->path && *line)
			see_body(reader, line + 1, *line);
		break;
	case KSIG_DIFF_CUT:
	case KSIG_DIFF_SURPLUS:
		object(reader, KSIG_LIVE_REWORK, NULL, counts);
		break;
	default:
		break;
	}
}

ksig_live_judgement *ksig_live_judge(const char *diff, const char *architecture)
{
	ksig_live_judgement *judgement = g_new0(ksig_live_judgement, 1);
	struct reader reader = {.judgement = judgement, .architecture = architecture};
	g_auto(GStrv) lines = g_strsplit(diff, "\n", -1);
	struct ksig_diff state = {0};

	judgement->reasons = g_ptr_array_new_with_free_func(g_free);
	for (char **line = lines; *line && (**line || line[1]); line++)
		see_line(&reader, &state, *line, line[1]);
	if (ksig_diff_in_hunk(&state))
		object(&reader, KSIG_LIVE_REWORK, NULL, counts);
	if (judgement->verdict != KSIG_LIVE_NOTHING && !reader.any_code)
		judgement->verdict = KSIG_LIVE_REBOOT;
	g_free(reader.path);
	g_free(reader.margin);
	return judgement;
}
