/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live plan: new patches of a revision with CVEs, by the severity that the words of the fix let
 * guess, in order of worth. Whether one can be live is judge.c's.
 */
#include "live/plan-internal.h"
#include "live/plan.h"

#include <string.h>

static void item_free(struct ksig_live_plan_item *item)
{
	ksig_catalog_patch_free(item->patch);
	g_strfreev(item->cves);
	ksig_live_judgement_free(item->judgement);
	g_free(item);
}

static void add_cve(GPtrArray *list, const char *cve)
{
	for (guint i = 0; i < list->len; i++)
		if (g_str_equal(list->pdata[i], cve))
			return;
	g_ptr_array_add(list, g_strdup(cve));
}

/* What the patch itself names, and the changelog's entry about it. */
static char **cves_of(ksig_catalog *catalog, const struct ksig_difference *difference, GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references(catalog, difference->patch->id, error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) said = ksig_cves(difference->entry ? difference->entry : "");

	if (!references)
		return NULL;
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		if (g_str_equal(reference->kind, "cve"))
			add_cve(list, reference->value);
	}
	for (char **cve = said; *cve; cve++)
		add_cve(list, *cve);
	g_ptr_array_add(list, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

GString *live_patch_diff(ksig_catalog *catalog, const ksig_store *store, int64_t patch_id, GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(catalog, patch_id, error);
	GString *text = steps ? g_string_new(NULL) : NULL;

	for (guint i = 0; text && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (!step->commit ||
		    (step->action != KSIG_STEP_INTRODUCE && step->action != KSIG_STEP_REWORK))
			continue;
		GString *part = ksig_history_commit_diff_text(store, step->commit, error);
		if (!part) {
			g_string_free(text, TRUE);
			return NULL;
		}
		g_string_append_len(text, part->str, (gssize) part->len);
		g_string_free(part, TRUE);
	}
	return text;
}

static struct ksig_live_plan_item *make_item(ksig_catalog *catalog, const ksig_store *store,
					     struct ksig_difference *difference, char **cves,
					     const char *architecture, GError **error)
{
	const struct ksig_patch *patch = difference->patch;
	GString *diff = live_patch_diff(catalog, store, patch->id, error);

	if (!diff)
		return NULL;
	struct ksig_live_plan_item *item = g_new0(struct ksig_live_plan_item, 1);
	g_autofree char *words = g_strdup_printf("%s\n%s", patch->subject ? patch->subject : "",
						 patch->purpose ? patch->purpose : "");
	item->severity = ksig_history_severity_guess(words, &item->severity_word);
	item->judgement = ksig_live_judge(diff->str, architecture);
	item->cves = g_strdupv(cves);
	item->patch = g_steal_pointer(&difference->patch);
	g_string_free(diff, TRUE);
	return item;
}

static int compare(gint64 a, gint64 b)
{
	return (a > b) - (a < b);
}

/* What changes no code comes last: there is nothing to build. */
static int place_of(enum ksig_live_verdict verdict)
{
	return verdict == KSIG_LIVE_NOTHING ? KSIG_LIVE_REBOOT + 1 : (int) verdict;
}

static gint by_worth(gconstpointer a, gconstpointer b)
{
	const struct ksig_live_plan_item *x = *(void *const *) a, *y = *(void *const *) b;
	const int orders[] = {
		compare(place_of(x->judgement->verdict), place_of(y->judgement->verdict)),
		compare(y->severity, x->severity),
		compare(g_strv_length(y->cves), g_strv_length(x->cves)),
		compare(x->judgement->files, y->judgement->files),
		compare(x->judgement->lines, y->judgement->lines),
		compare(x->patch->id, y->patch->id),
	};

	for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
		if (orders[i])
			return orders[i];
	return 0;
}

/* The last revision but one, unless the caller names one. */
static char *running_revision(ksig_catalog *catalog, const char *given, GError **error)
{
	g_autoptr(GPtrArray) revisions = given ? NULL : ksig_catalog_revisions(catalog, error);

	if (given)
		return g_strdup(given);
	if (revisions && revisions->len < 2)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "two revisions are needed: the running and the newest");
	if (!revisions || revisions->len < 2)
		return NULL;
	return g_strdup(((const struct ksig_revision *) revisions->pdata[revisions->len - 2])->label);
}

static GPtrArray *differences_of(ksig_catalog *catalog, const struct ksig_live_plan_options *options,
				 GError **error)
{
	g_autofree char *running = running_revision(catalog, options->running, error);
	g_autoptr(ksig_revision)
		newest = running ? ksig_catalog_find_revision(catalog, options->newest, error) : NULL;

	return newest ? ksig_history_revisions_compare(catalog, running, newest->label, error) : NULL;
}

/* The folder below arch/ of the kernels that can have live patches, by that or by RPM's name. */
static const char *arch_folder(const char *name, GError **error)
{
	static const char *const folders[][2] = {{"x86", "x86_64"},
						 {"arm64", "aarch64"},
						 {"powerpc", "ppc64le"},
						 {"s390", "s390x"},
						 {"loongarch", "loongarch64"}};

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
		if (!name || g_str_equal(name, folders[i][0]) || g_str_equal(name, folders[i][1]))
			return folders[i][0];
	ksig_error_set(
		error, KSIG_ERROR_USAGE,
		"--arch: %s: not an architecture with live patches (x86, arm64, powerpc, s390, loongarch)",
		name);
	return NULL;
}

void ksig_live_plan_rest_clear(ksig_live_plan_rest *rest)
{
	g_clear_pointer(&rest->cves, g_ptr_array_unref);
}

/* What the changelog announced and no patch is known for may be the fix, or a part of it. */
static void note_rest(const struct ksig_difference *difference, ksig_live_plan_rest *rest)
{
	g_auto(GStrv)
		cves = ksig_cves(difference->kind == KSIG_DIFFERENCE_ANNOUNCED ? difference->entry : "");

	for (char **cve = cves; *cve; cve++)
		add_cve(rest->cves, *cve);
}

GPtrArray *ksig_live_plan(ksig_catalog *catalog, const ksig_store *store,
			  const struct ksig_live_plan_options *options, ksig_live_plan_rest *out_rest,
			  GError **error)
{
	const char *folder = arch_folder(options->architecture, error);
	g_autoptr(GPtrArray) differences = folder ? differences_of(catalog, options, error) : NULL;
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify) item_free);

	if (!differences)
		return NULL;
	*out_rest = (ksig_live_plan_rest){.cves = g_ptr_array_new_with_free_func(g_free)};
	for (guint i = 0; i < differences->len; i++) {
		struct ksig_difference *difference = differences->pdata[i];
		note_rest(difference, out_rest);
		if (difference->kind != KSIG_DIFFERENCE_ADDED)
			continue;
		if (difference->patch->kind == KSIG_PATCH_RELEASE) {
			out_rest->releases++;
			continue;
		}
		g_auto(GStrv) cves = cves_of(catalog, difference, error);
		if (!cves)
			return NULL;
		if (!*cves && !options->all)
			continue;
		struct ksig_live_plan_item *item = make_item(catalog, store, difference, cves, folder, error);
		if (!item)
			return NULL;
		g_ptr_array_add(items, item);
	}
	g_ptr_array_sort(items, by_worth);
	return g_steal_pointer(&items);
}
