/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signature of a recipe's revision: of its tag, or of the commit where it is one. What is signed is the
 * object without its signature, as git verify-tag and verify-commit take it.
 */
#include "kmod/source-git-internal.h"
#include "rpm/rpm.h"

#include <string.h>

enum { GIT_TIMEOUT_MS = 10 * 60 * 1000 };
static const char armour[] = "-----BEGIN PGP SIGNATURE-----";

/* The object REVISION of KIND ("tag", "commit") as git has it; NULL: it is of another kind. */
static char *read_object(const char *git_dir, const char *kind, const char *revision)
{
	const char *const argv[] = {"--git-dir", git_dir, "cat-file", kind, revision, NULL};
	const struct ksig_process_options options = {.timeout_ms = GIT_TIMEOUT_MS};
	GString *output = NULL;

	return ksig_git_run(argv, &options, NULL, &output, NULL) ? g_string_free(output, FALSE) : NULL;
}

/* The first line of OBJECT's head that begins with KEY ("tag "), without it; to g_free(). */
static char *head_line(const char *object, const char *key)
{
	for (const char *at = object; *at && *at != '\n';) {
		const size_t length = strcspn(at, "\n");
		if (g_str_has_prefix(at, key))
			return g_strndup(at + strlen(key), length - strlen(key));
		at += length + (at[length] == '\n');
	}
	return NULL;
}

/* A tag's signature stands at its end. */
static bool split_tag(const char *object, GBytes **out_data, GBytes **out_signature)
{
	const char *start = strstr(object, armour);

	if (!start || (start > object && start[-1] != '\n'))
		return false;
	*out_data = g_bytes_new(object, (gsize) (start - object));
	*out_signature = g_bytes_new(start, strlen(start));
	return true;
}

/* A commit's is a line of its head, "gpgsig …", with the lines behind it that begin with a blank. */
static bool split_commit(const char *object, GBytes **out_data, GBytes **out_signature)
{
	g_autoptr(GString) data = g_string_new(NULL), signature = g_string_new(NULL);
	bool head = true, inside = false;

	for (const char *at = object; *at;) {
		const size_t length = strcspn(at, "\n") + (strchr(at, '\n') ? 1 : 0);
		head = head && *at != '\n';
		inside = head && (g_str_has_prefix(at, "gpgsig ") || (inside && *at == ' '));
		const size_t skipped = *at == ' ' ? 1 : strlen("gpgsig ");
		if (inside)
			g_string_append_len(signature, at + skipped, (gssize) (length - skipped));
		else
			g_string_append_len(data, at, (gssize) length);
		at += length;
	}
	if (signature->len == 0)
		return false;
	*out_data = g_bytes_new(data->str, data->len);
	*out_signature = g_bytes_new(signature->str, signature->len);
	return true;
}

/* A signed tag under another name is another release. */
static bool is_named(const char *tag, const char *revision)
{
	g_autofree char *name = head_line(tag, "tag ");
	g_autofree char *reference = g_strconcat("refs/tags/", name, NULL);

	return name && (g_str_equal(name, revision) || g_str_equal(reference, revision) ||
			g_regex_match_simple("^[0-9a-f]{40}$", revision, G_REGEX_RAW, 0));
}

static bool split(const struct ksig_kmod_build *build, const char *git_dir, GBytes **out_data,
		  GBytes **out_signature, GError **error)
{
	const char *revision = build->recipe->source_revision;
	g_autofree char *tag = read_object(git_dir, "tag", revision);
	g_autofree char *commit = tag ? NULL : read_object(git_dir, "commit", revision);

	if (!tag && !commit)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no revision %s of %s in it",
				      build->source, revision, build->recipe->source_url);
	if (tag && !is_named(tag, revision))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: the tag %s was made under another name",
				      build->source, revision);
	return (tag ? split_tag(tag, out_data, out_signature)
		    : split_commit(commit, out_data, out_signature)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: the %s %s is not signed, and the recipe has a key", build->source,
			      tag ? "tag" : "commit", revision);
}

bool ksig_kmod_source_check_revision(const struct ksig_kmod_build *build, GError **error)
{
	const char *const keys[] = {build->recipe->source_key, NULL};
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-source", error);
	g_autofree char *git_dir = scratch ? ksig_git_shadow(build->source, scratch, NULL, error) : NULL;
	g_autoptr(GBytes) data = NULL, signature = NULL;
	g_autoptr(ksig_keyring) keyring = NULL;

	if (!git_dir || !split(build, git_dir, &data, &signature, error) ||
	    !(keyring = ksig_rpm_keyring_new(keys, error)))
		return false;
	if (ksig_rpm_keyring_check_data(keyring, data, signature, NULL, error))
		return true;
	g_prefix_error(error, "%s: revision %s: ", build->source, build->recipe->source_revision);
	return false;
}
