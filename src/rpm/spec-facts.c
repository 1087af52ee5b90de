/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpm makes of a spec: its packages, and what of their needs they do not meet among themselves. */
#include "rpm/spec-internal.h"

#include <rpm/rpmbuild.h>
#include <rpm/rpmds.h>
#include <rpm/rpmspec.h>
#include <string.h>

void ksig_rpm_spec_facts_free(ksig_spec_facts *facts)
{
	if (!facts)
		return;
	g_free(facts->name);
	g_free(facts->version);
	g_free(facts->release);
	g_free(facts->cut);
	g_ptr_array_unref(facts->packages);
	g_ptr_array_unref(facts->unmet);
	g_ptr_array_unref(facts->sources);
	g_free(facts);
}

/* ---- the child ------------------------------------------------------------------------------------ */

static GPtrArray *headers_of(rpmSpec spec)
{
	GPtrArray *headers = g_ptr_array_new();
	rpmSpecPkgIter iter = rpmSpecPkgIterInit(spec);
	rpmSpecPkg package = NULL;

	while ((package = rpmSpecPkgIterNext(iter)))
		g_ptr_array_add(headers, rpmSpecPkgHeader(package));
	rpmSpecPkgIterFree(iter);
	return headers;
}

/* Name to GPtrArray of rpmds: all that the packages provide, themselves included. */
static GHashTable *provides_of(GPtrArray *headers)
{
	GHashTable *table = g_hash_table_new(ksig_string_hash, g_str_equal);

	for (guint i = 0; i < headers->len; i++) {
		rpmds provides = rpmdsNew(headers->pdata[i], RPMTAG_PROVIDENAME, 0);
		rpmds one = rpmdsThis(headers->pdata[i], RPMTAG_PROVIDENAME, RPMSENSE_EQUAL);
		do {
			GPtrArray *found = g_hash_table_lookup(table, rpmdsN(one));
			if (!found) {
				found = g_ptr_array_new();
				g_hash_table_insert(table, g_strdup(rpmdsN(one)), found);
			}
			g_ptr_array_add(found, one);
		} while (rpmdsNext(provides) >= 0 && (one = rpmdsCurrent(provides)));
	}
	return table;
}

static bool is_met(GHashTable *provides, rpmds need)
{
	const GPtrArray *found = g_hash_table_lookup(provides, rpmdsN(need));

	for (guint i = 0; found && i < found->len; i++)
		if (rpmdsCompare(found->pdata[i], need))
			return true;
	return false;
}

static void say_unmet(GString *answer, Header header, GHashTable *provides)
{
	rpmds needs = rpmdsNew(header, RPMTAG_REQUIRENAME, 0);

	while (rpmdsNext(needs) >= 0) {
		if ((rpmdsFlags(needs) & RPMSENSE_RPMLIB) || is_met(provides, needs))
			continue;
		/* "R name = version" */
		g_autofree char *text = g_strdup_printf("%s\t%s", headerGetString(header, RPMTAG_NAME),
							rpmdsDNEVR(needs) + strlen("R "));
		spec_say(answer, "U", text);
	}
	rpmdsFree(needs);
}

/* What is allocated here goes with the child. */
static void say_facts(GString *answer, rpmSpec spec)
{
	g_autoptr(GPtrArray) headers = headers_of(spec);
	GHashTable *provides = provides_of(headers);
	Header source = rpmSpecSourceHeader(spec);

	spec_say_sources(answer, spec);
	spec_say(answer, "V", headerGetString(source, RPMTAG_VERSION));
	spec_say(answer, "R", headerGetString(source, RPMTAG_RELEASE));
	for (guint i = 0; i < headers->len; i++) {
		spec_say(answer, "N", headerGetString(headers->pdata[i], RPMTAG_NAME));
		say_unmet(answer, headers->pdata[i], provides);
	}
	spec_say(answer, "=", headerGetString(source, RPMTAG_NAME));
}

/* ---- this side ------------------------------------------------------------------------------------ */

static ksig_spec_facts *parse(const GString *answer, const char *path, GError **error)
{
	g_autoptr(ksig_spec_facts) facts = g_new0(ksig_spec_facts, 1);
	const char *reason = "the parser ended early: more than a minute or 4 GiB";

	facts->packages = g_ptr_array_new_with_free_func(g_free);
	facts->unmet = g_ptr_array_new_with_free_func(g_free);
	facts->sources = g_ptr_array_new_with_free_func(g_free);
	for (size_t at = 0; at < answer->len; at += strlen(answer->str + at) + 1) {
		const char *record = answer->str + at, *slash = strrchr(record, '/');
		const char *space = strchr(record, ' ');
		if (*record == '!')
			reason = record + 1;
		else if (*record == 'N' || *record == 'U')
			g_ptr_array_add(*record == 'N' ? facts->packages : facts->unmet,
					g_strdup(record + 1));
		else if ((*record == 'S' || *record == 'P') && space)
			g_ptr_array_add(facts->sources, g_strdup(slash ? slash + 1 : space + 1));
		else if (*record == 'V' && !facts->version)
			facts->version = g_strdup(record + 1);
		else if (*record == 'R' && !facts->release)
			facts->release = g_strdup(record + 1);
		else if (*record == '=' && !facts->name)
			facts->name = g_strdup(record + 1);
	}
	if (!facts->name || !facts->version || !facts->release) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason);
		return NULL;
	}
	return g_steal_pointer(&facts);
}

ksig_spec_facts *ksig_rpm_spec_facts(const char *path, const char *folder, const char *release,
				     const char *dist, GError **error)
{
	struct spec_question question = {.path = path,
					 .folder = folder,
					 .release = release,
					 .dist = dist,
					 .whole = true,
					 .say = say_facts};
	g_autoptr(GError) reason = NULL;
	g_autoptr(GString) answer = spec_ask(&question, error);
	ksig_spec_facts *facts = answer ? parse(answer, path, &reason) : NULL;

	if (facts || !answer)
		return facts;
	question.whole = false;
	g_string_free(g_steal_pointer(&answer), TRUE);
	answer = spec_ask(&question, error);
	facts = answer ? parse(answer, path, error) : NULL;
	if (facts)
		facts->cut = g_strdup(reason->message);
	return facts;
}
