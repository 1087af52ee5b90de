/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The preprocessor, given text of strangers: no line that would have it open a file reaches it, however it is
 * written (comments between the words, lines that a '\\' continues, %: for #), but #include of a copy that
 * ksig wrote.
 */
#include "kmod/device-preprocess-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { PREPROCESS_TIMEOUT_MS = 60 * 1000 };

char *device_without_splices(const char *text)
{
	g_autoptr(GRegex) splice = g_regex_new("\\\\[ \\t\\v\\f\\r]*\\n", G_REGEX_RAW, 0, NULL);

	if (!strchr(text, '\\'))
		return g_strdup(text);
	return g_regex_replace_literal(splice, text, -1, 0, " ", 0, NULL);
}

/* The words of device_harmless() have one of these in them: a search for these takes a hundredth of the time.
 */
static bool may_open(const char *text)
{
	return strstr(text, "include") || strstr(text, "import") || strstr(text, "embed");
}

char *device_harmless(const char *text)
{
	char *spliced = device_without_splices(text);
	g_autoptr(GRegex) opens = g_regex_new(
		"^(?!#include \"ksig-[0-9]+\\.h\"$).*\\b(include|include_next|import|embed|"
		"__has_include|__has_include_next|__has_embed)\\b.*$",
		G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);

	if (!may_open(spliced))
		return spliced;
	char *harmless = g_regex_replace_literal(opens, spliced, -1, 0, DEVICE_ABSENT, 0, NULL);
	g_free(spliced);
	return harmless;
}

GString *device_preprocess(const GString *input, const char *folder, GError **error)
{
	const char *const argv[] = {"cc",   "-E", "-P", "-undef", "-nostdinc",
				    "-w",   "-x", "c",  "-",      folder ? "-iquote" : NULL,
				    folder, NULL};
	g_autofree char *harmless = device_harmless(input->str);
	const struct ksig_process_options options = {.input = harmless,
						     .input_length_bytes = strlen(harmless),
						     .timeout_ms = PREPROCESS_TIMEOUT_MS};
	GString *output = NULL;
	int status = 0;

	/* A condition that cannot be read is an error of one line; the others are there all the same. */
	return ksig_process_run(argv, &options, &status, &output, error) ? output : NULL;
}
