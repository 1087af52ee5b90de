/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One patch into the site: its details and list row as JavaScript data in shards, and its share of every
 * count that the pages show.
 */
#include "export/site-internal.h"

#include <errno.h>

/* What needs no look at the letters one by one: ASCII without control characters. */
#define PLAIN                                                                                                \
	"\n\t "                                                                                              \
	"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

enum { DIFF_LIMIT_BYTES = 256 * 1024 };

/* ksig_shown() leaves no other control characters. */
static void append_special(GString *json, char letter)
{
	if (letter == '\n' || letter == '\t')
		g_string_append(json, letter == '\n' ? "\\n" : "\\t");
	else if (letter == '<')
		g_string_append(json, "\\u003c");
	else {
		g_string_append_c(json, '\\');
		g_string_append_c(json, letter);
	}
}

void ksig_site_json(GString *json, const char *text)
{
	if (!text) {
		g_string_append(json, "null");
		return;
	}
	/* nearly all of a kernel is plain, and is not copied */
	const bool plain_text = !text[strspn(text, PLAIN)];
	g_autofree char *clean = plain_text ? NULL : ksig_shown(text, -1);
	g_string_append_c(json, '"');
	for (const char *at = plain_text ? text : clean; *at;) {
		const size_t plain = strcspn(at, "\"\\<\n\t");
		g_string_append_len(json, at, (gssize) plain);
		at += plain;
		if (*at)
			append_special(json, *at++);
	}
	g_string_append_c(json, '"');
}

bool ksig_site_write(const struct ksig_site *site, const char *name, const GString *content, GError **error)
{
	g_autofree char *path = g_build_filename(site->directory, name, NULL);
	FILE *stream = fopen(path, "w");

	if (!stream)
		return ksig_error_errno(error, errno, "%s", path);
	const bool written = fwrite(content->str, 1, content->len, stream) == content->len;
	if (fclose(stream) != 0 || !written)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}

static struct ksig_site_group *group_of(GHashTable *table, const char *name)
{
	struct ksig_site_group *group = g_hash_table_lookup(table, name);

	if (group)
		return group;
	group = g_new0(struct ksig_site_group, 1);
	group->name = g_strdup(name);
	group->index = (int) g_hash_table_size(table);
	g_hash_table_insert(table, group->name, group);
	return group;
}

static int position_of(GHashTable *positions, gconstpointer key)
{
	return key ? GPOINTER_TO_INT(g_hash_table_lookup(positions, key)) - 1 : -1;
}

static void remember_file(struct ksig_site *site, const char *path, int64_t id)
{
	GArray *ids = g_hash_table_lookup(site->files, path);

	if (!ids) {
		ids = g_array_new(FALSE, FALSE, sizeof id);
		g_hash_table_insert(site->files, ksig_shown(path, -1), ids);
	}
	if (ids->len == 0 || g_array_index(ids, int64_t, ids->len - 1) != id)
		g_array_append_val(ids, id);
}

/* ---- the details of a patch ---------------------------------------------------------------------- */

/* A patch on its way into the pages. */
struct entrant {
	struct ksig_site *site;
	const struct ksig_patch *patch;
	GString *json;
	GString *reworks; /* positions, joined by commas */
	GString *cves;    /* joined by blanks */
	char *subsystem;  /* of the file that it changes most */
	int64_t largest;
	int introduced;
	int dropped;
	char *reason;   /* why it was dropped */
	GString *mails; /* its steps */
	bool reworked;
};

/* The next of the differences that were asked for at the beginning, if this is the one. */
static GString *read_diff(struct ksig_site *site, const char *commit, GError **error)
{
	if (site->next_commit >= site->commits->len ||
	    !g_str_equal(site->commits->pdata[site->next_commit], commit))
		return ksig_history_commit_diff_text(site->store, commit, error);
	site->next_commit++;
	return ksig_history_diffs_next_text(site->diffs, error);
}

/* The step as a mail, for who takes the patch away. */
static bool take_away(struct entrant *entrant, const struct ksig_step *step, int position,
		      const GString *diff, GError **error)
{
	const struct ksig_site *site = entrant->site;
	const struct ksig_link link = {.step = step,
				       .patch = entrant->patch,
				       .revision = site->revisions->pdata[MAX(position, 0)],
				       .whole = step->action == KSIG_STEP_INTRODUCE};

	return ksig_site_add_mail(site, &link, diff, entrant->mails, error);
}

static bool add_diff(struct entrant *entrant, const struct ksig_step *step, int position, GError **error)
{
	if (!step->commit || step->action == KSIG_STEP_CARRY)
		return true;
	if (entrant->patch->kind == KSIG_PATCH_RELEASE) {
		g_string_append_printf(
			entrant->json,
			",\"note\":\"The difference between two releases: ksig show --diff %" G_GINT64_FORMAT
			" prints it.\"",
			entrant->patch->id);
		return true;
	}
	GString *diff = read_diff(entrant->site, step->commit, error);
	if (!diff)
		return false;
	if (!take_away(entrant, step, position, diff, error)) {
		g_string_free(diff, TRUE);
		return false;
	}
	if (diff->len <= DIFF_LIMIT_BYTES) {
		g_string_append(entrant->json, ",\"diff\":");
		ksig_site_json(entrant->json, diff->str);
	} else {
		g_string_append_printf(entrant->json,
				       ",\"note\":\"The difference has %" G_GSIZE_FORMAT
				       " bytes: ksig show --diff %" G_GINT64_FORMAT " prints it.\"",
				       diff->len, entrant->patch->id);
	}
	g_string_free(diff, TRUE);
	return true;
}

static bool add_step_files(struct entrant *entrant, const struct ksig_step *step, GError **error)
{
	g_autoptr(GPtrArray) files = ksig_catalog_step_files(entrant->site->catalog, step->id, error);

	if (entrant->patch->kind == KSIG_PATCH_RELEASE || step->action == KSIG_STEP_CARRY)
		return files != NULL; /* the patch's own step lists them; a release has half the kernel */
	for (guint i = 0; files && i < files->len; i++) {
		const struct ksig_step_file *file = files->pdata[i];
		const int64_t lines = file->added + file->removed;
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, file->path);
		g_string_append_printf(entrant->json, ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]",
				       file->added, file->removed);
		remember_file(entrant->site, file->path, entrant->patch->id);
		if (step->action == KSIG_STEP_INTRODUCE && lines >= entrant->largest) {
			entrant->largest = lines;
			g_free(entrant->subsystem);
			entrant->subsystem = ksig_tree_subsystem_of(file->path);
		}
	}
	return files != NULL;
}

static void note_drop(struct entrant *entrant, const struct ksig_step *step, int position)
{
	entrant->dropped = position;
	g_free(entrant->reason);
	entrant->reason = g_strdup(step->reason);
}

static void note_position(struct entrant *entrant, const struct ksig_step *step, int position)
{
	if (step->action == KSIG_STEP_INTRODUCE)
		entrant->introduced = position;
	else if (step->action == KSIG_STEP_DROP)
		note_drop(entrant, step, position);
	else if (step->action == KSIG_STEP_REWORK && (entrant->reworked = true))
		g_string_append_printf(entrant->reworks, "%s%d", entrant->reworks->len ? "," : "", position);
}

static bool add_steps(struct entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		steps = ksig_catalog_steps_of_patch(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, "\"steps\":[");
	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		const int position = position_of(entrant->site->by_id, &step->revision_id);
		note_position(entrant, step, position);
		g_string_append_printf(entrant->json, "%s{\"action\":\"%s\",\"revision\":%d,\"files\":[",
				       i ? "," : "", ksig_catalog_step_action_name(step->action), position);
		if (!add_step_files(entrant, step, error))
			return false;
		g_string_append_c(entrant->json, ']');
		if (step->reason) {
			g_string_append(entrant->json, ",\"reason\":");
			ksig_site_json(entrant->json, step->reason);
		}
		if (!add_diff(entrant, step, position, error))
			return false;
		g_string_append_c(entrant->json, '}');
	}
	g_string_append(entrant->json, "]");
	return steps != NULL;
}

static bool add_evidence(struct entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		evidence = ksig_catalog_evidence(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"evidence\":[");
	for (guint i = 0; evidence && i < evidence->len; i++) {
		const struct ksig_evidence *fact = evidence->pdata[i];
		char weight[G_ASCII_DTOSTR_BUF_SIZE];
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, fact->kind);
		g_string_append_c(entrant->json, ',');
		ksig_site_json(entrant->json, fact->text);
		g_string_append_printf(entrant->json, ",%s]",
				       g_ascii_formatd(weight, sizeof weight, "%.2f", fact->weight));
	}
	g_string_append(entrant->json, "]");
	return evidence != NULL;
}

static bool add_references(struct entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		references = ksig_catalog_references(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"references\":[");
	for (guint i = 0; references && i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		g_string_append(entrant->json, i ? ",[" : "[");
		ksig_site_json(entrant->json, reference->kind);
		g_string_append_c(entrant->json, ',');
		ksig_site_json(entrant->json, reference->value);
		g_string_append_c(entrant->json, ']');
		if (g_str_equal(reference->kind, "cve"))
			g_string_append_printf(entrant->cves, "%s%s", entrant->cves->len ? " " : "",
					       reference->value);
	}
	g_string_append(entrant->json, "]");
	return references != NULL;
}

static bool add_entries(struct entrant *entrant, GError **error)
{
	g_autoptr(GPtrArray)
		entries = ksig_catalog_entries_of_patch(entrant->site->catalog, entrant->patch->id, error);

	g_string_append(entrant->json, ",\"entries\":[");
	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		g_string_append(entrant->json, i ? "," : "");
		ksig_site_json(entrant->json, entry->text ? entry->text : entry->subject);
	}
	g_string_append(entrant->json, "]");
	return entries != NULL;
}

/* What the vendor did differently, where that was asked for and can be. */
static bool add_against(struct entrant *entrant, GError **error)
{
	const enum ksig_patch_kind kind = entrant->patch->kind;

	if (!entrant->site->bench ||
	    (kind != KSIG_PATCH_ADAPTED && kind != KSIG_PATCH_PARTIAL && !entrant->reworked))
		return true;
	g_autoptr(ksig_upstream_diff)
		diff = ksig_history_upstream_compare(entrant->site->bench, entrant->patch, error);
	if (!diff)
		return false;
	const bool fits = diff->text && strlen(diff->text) <= DIFF_LIMIT_BYTES;
	const char *const values[] = {ksig_history_upstream_state_name(diff->state), diff->with, diff->reason,
				      fits ? diff->text : NULL};
	g_string_append(entrant->json, ",\"against\":[");
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_string_append(entrant->json, i ? "," : "");
		ksig_site_json(entrant->json, values[i]);
	}
	g_string_append_c(entrant->json, ']');
	return true;
}

/* The ways to the patches before and behind it, and to its files. */
static bool add_ways(struct entrant *entrant, GError **error)
{
	const struct ksig_site *site = entrant->site;
	const guint at = (guint) site->n_patches;
	const int64_t *order = (const int64_t *) (void *) site->order->data;
	const bool known = at < site->order->len && order[at] == entrant->patch->id;

	if (known && at > 0)
		g_string_append_printf(entrant->json, ",\"previous\":%" G_GINT64_FORMAT, order[at - 1]);
	if (known && at + 1 < site->order->len)
		g_string_append_printf(entrant->json, ",\"next\":%" G_GINT64_FORMAT, order[at + 1]);
	g_string_append_printf(entrant->json, ",\"raw\":%s}", entrant->mails->len > 0 ? "true" : "false");
	return entrant->mails->len == 0 ||
	       ksig_site_write_raw(site, entrant->patch->id, entrant->mails, error);
}

static void add_text(GString *json, const char *name, const char *text)
{
	g_string_append_printf(json, "\"%s\":", name);
	ksig_site_json(json, text);
	g_string_append_c(json, ',');
}

static void add_words(struct entrant *entrant)
{
	const struct ksig_patch *patch = entrant->patch;
	char confidence[KSIG_SHARE_BYTES], fit[KSIG_SHARE_BYTES];
	const char *shown = ksig_share(confidence, patch->confidence);

	g_string_append_printf(entrant->json, "\"%" G_GINT64_FORMAT "\":{", patch->id);
	add_text(entrant->json, "subject", patch->subject);
	add_text(entrant->json, "kind", ksig_catalog_patch_kind_name(patch->kind));
	g_string_append_printf(entrant->json, "\"confidence\":%s,\"fit\":%s,\"searched\":%s,",
			       shown ? shown : "null", patch->fit > 0 ? ksig_share(fit, patch->fit) : "null",
			       patch->unsearched ? "false" : "true");
	add_text(entrant->json, "source", patch->source);
	add_text(entrant->json, "upstream", patch->upstream);
	add_text(entrant->json, "candidate", patch->candidate);
	add_text(entrant->json, "member", patch->member);
	add_text(entrant->json, "author", patch->author);
	add_text(entrant->json, "date", patch->author_date);
	add_text(entrant->json, "purpose", patch->purpose);
}

/* Appends to the patch's shard, which is begun with its first patch. */
static bool put_detail(struct entrant *entrant, GError **error)
{
	const int number = (int) (entrant->patch->id / KSIG_SITE_DETAIL_SHARD);
	g_autofree char *path = g_strdup_printf("%s/data/patch-%d.js", entrant->site->directory, number);
	const bool first = g_hash_table_add(entrant->site->details, GINT_TO_POINTER(number + 1));
	FILE *stream = fopen(path, "a");

	if (!stream)
		return ksig_error_errno(error, errno, "%s", path);
	if (first)
		fprintf(stream, "ksigShard(\"patch-%d\",{", number);
	fprintf(stream, "%s\n", first ? "" : ",");
	const bool written = fwrite(entrant->json->str, 1, entrant->json->len, stream) == entrant->json->len;
	if (fclose(stream) != 0 || !written)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}

/* ---- the list ------------------------------------------------------------------------------------ */

bool ksig_site_end_list_shard(struct ksig_site *site, GError **error)
{
	g_autofree char *name = g_strdup_printf("data/list-%d.js", site->list_shards);
	g_autoptr(GString) text = g_string_new(NULL);

	if (site->rows->len == 0)
		return true;
	g_string_printf(text, "ksigShard(\"list-%d\",[%s\n]);\n", site->list_shards, site->rows->str);
	g_string_truncate(site->rows, 0);
	site->list_shards++;
	return ksig_site_write(site, name, text, error);
}

static bool put_row(struct entrant *entrant, int source, int subsystem, GError **error)
{
	struct ksig_site *site = entrant->site;
	const struct ksig_patch *patch = entrant->patch;
	g_autofree char *id = g_strndup(patch->upstream ? patch->upstream : "", 12);

	g_string_append_printf(site->rows, "%s\n[%" G_GINT64_FORMAT ",%d,%d,%d,", site->rows->len ? "," : "",
			       patch->id, patch->kind,
			       patch->confidence < 0 ? -1 : (int) (patch->confidence * 1000 + 0.5), source);
	ksig_site_json(site->rows, patch->subject);
	g_string_append_printf(site->rows, ",%d,%d,[%s],%d,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",",
			       entrant->introduced, entrant->dropped, entrant->reworks->str, subsystem,
			       patch->added, patch->removed);
	ksig_site_json(site->rows, id);
	g_string_append_c(site->rows, ',');
	ksig_site_json(site->rows, entrant->cves->str);
	if (entrant->reason) {
		g_string_append_c(site->rows, ',');
		ksig_site_json(site->rows, entrant->reason);
	}
	g_string_append_c(site->rows, ']');
	return site->n_patches % KSIG_SITE_LIST_SHARD != 0 || ksig_site_end_list_shard(site, error);
}

/* ---- figures ------------------------------------------------------------------------------------- */

static void add_html_row(GString *rows, int64_t so_far, const struct ksig_patch *patch, const char *reason)
{
	char confidence[KSIG_SHARE_BYTES];
	const char *shown = ksig_share(confidence, patch->confidence);

	if (so_far > KSIG_SITE_ROWS)
		return;
	g_string_append_printf(rows,
			       "<tr><td class=\"number\"><a href=\"patch.html#%" G_GINT64_FORMAT
			       "\">%" G_GINT64_FORMAT "</a></td>"
			       "<td><span class=\"kind kind-%s\">%s</span></td><td class=\"number "
			       "less\">%s</td><td class=\"less\">",
			       patch->id, patch->id, ksig_catalog_patch_kind_name(patch->kind),
			       ksig_catalog_patch_kind_name(patch->kind), shown ? shown : "");
	ksig_site_escape(rows, patch->source ? patch->source : "");
	g_string_append_printf(
		rows, "</td><td class=\"subject\"><a href=\"patch.html#%" G_GINT64_FORMAT "\">", patch->id);
	ksig_site_escape(rows, patch->subject);
	g_string_append(rows, "</a>");
	if (reason) {
		g_string_append(rows, "<span class=\"why\">");
		ksig_site_escape(rows, reason);
		g_string_append(rows, "</span>");
	}
	g_string_append(rows, "</td></tr>\n");
}

static struct ksig_site_revision *figures_at(const struct ksig_site *site, int position)
{
	if (position < 0 || (guint) position >= site->figures->len)
		return NULL;
	return &g_array_index(site->figures, struct ksig_site_revision, position);
}

/* Those of CVES, joined by blanks, that are not there yet. */
static void add_cves(GString *to, const char *cves)
{
	g_auto(GStrv) names = g_strsplit(cves, " ", -1);

	for (char **name = names; *name; name++)
		if (**name && !strstr(to->str, *name))
			g_string_append_printf(to, "%s%s", to->len ? " " : "", *name);
}

static void count_in_revisions(struct entrant *entrant)
{
	const struct ksig_site *site = entrant->site;
	struct ksig_site_revision *introduced = figures_at(site, entrant->introduced);
	struct ksig_site_revision *dropped = figures_at(site, entrant->dropped);
	g_auto(GStrv) reworks = g_strsplit(entrant->reworks->str, ",", -1);

	if (introduced) {
		introduced->kinds[entrant->patch->kind]++;
		add_cves(introduced->cves, entrant->cves->str);
		introduced->lines[entrant->patch->kind] += entrant->patch->added + entrant->patch->removed;
		add_html_row(introduced->introduced_rows, ++introduced->introduced, entrant->patch, NULL);
	}
	if (dropped)
		add_html_row(dropped->dropped_rows, ++dropped->dropped, entrant->patch, entrant->reason);
	for (char **rework = reworks; *rework && **rework; rework++) {
		struct ksig_site_revision *reworked = figures_at(site, atoi(*rework));
		if (reworked)
			add_html_row(reworked->reworked_rows, ++reworked->reworked, entrant->patch, NULL);
	}
}

/* How long the patch was upstream before the revision took it, in classes of growing width. */
static void count_age(struct entrant *entrant)
{
	static const int days[KSIG_SITE_AGES - 1] = {30, 91, 182, 365, 730, 1461};
	const struct ksig_site_revision *figures = figures_at(entrant->site, entrant->introduced);
	int64_t taken = 0;
	int64_t made = 0;
	int offset = 0;
	int age = 0;

	if (!figures || !ksig_export_date(figures->revision->date, &taken, &offset) ||
	    !ksig_export_date(entrant->patch->commit_date, &made, &offset))
		return;
	while (age < KSIG_SITE_AGES - 1 && (taken - made) / 86400 >= days[age])
		age++;
	entrant->site->ages[age]++;
}

static void count(struct entrant *entrant, struct ksig_site_group *subsystem, struct ksig_site_group *source)
{
	struct ksig_site *site = entrant->site;
	const int64_t lines = entrant->patch->added + entrant->patch->removed;
	struct ksig_site_patch *kept = g_new0(struct ksig_site_patch, 1);

	/* the way from release to release is not the vendor's doing */
	if (entrant->patch->kind != KSIG_PATCH_RELEASE) {
		subsystem->patches++;
		subsystem->lines += lines;
		source->patches++;
		source->lines += lines;
		if (entrant->patch->kind != KSIG_PATCH_VENDOR &&
		    entrant->patch->kind != KSIG_PATCH_UNEXPLAINED)
			subsystem->explained += lines;
	}
	site->kinds[entrant->patch->kind]++;
	site->lines[entrant->patch->kind] += lines;
	count_in_revisions(entrant);
	count_age(entrant);
	kept->id = entrant->patch->id;
	kept->introduced = entrant->introduced;
	kept->dropped = entrant->dropped;
	kept->subject = g_strdup(entrant->patch->subject);
	g_hash_table_insert(site->patches, &kept->id, kept);
}

static bool enter(struct entrant *entrant, GError **error)
{
	struct ksig_site *site = entrant->site;

	add_words(entrant);
	if (!add_steps(entrant, error) || !add_evidence(entrant, error) || !add_references(entrant, error) ||
	    !add_entries(entrant, error) || !add_against(entrant, error) || !add_ways(entrant, error) ||
	    !put_detail(entrant, error))
		return false;
	struct ksig_site_group *subsystem = group_of(site->subsystems, entrant->subsystem ? entrant->subsystem
											  : "(no line left)");
	struct ksig_site_group *source = group_of(site->sources, ksig_export_source(entrant->patch));
	site->n_patches++;
	count(entrant, subsystem, source);
	ksig_progress_set(site->progress, (uint64_t) site->n_patches);
	return put_row(entrant, source->index, subsystem->index, error);
}

bool ksig_site_add_announced_cves(const struct ksig_site *site, GError **error)
{
	g_autoptr(GRegex) form = g_regex_new("CVE-[0-9]{4}-[0-9]{4,}", 0, 0, error);
	g_autoptr(GPtrArray) entries = form ? ksig_catalog_entries(site->catalog, 0, error) : NULL;

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		struct ksig_site_revision *figures = figures_at(
			site, position_of(site->by_id, &entry->revision_id));
		g_autoptr(GMatchInfo) match = NULL;
		if (!figures || !entry->text || !strstr(entry->text, "CVE-"))
			continue;
		for (g_regex_match(form, entry->text, 0, &match); g_match_info_matches(match);
		     g_match_info_next(match, NULL)) {
			g_autofree char *cve = g_match_info_fetch(match, 0);
			add_cves(figures->cves, cve);
		}
	}
	return entries != NULL;
}

bool ksig_site_add_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	struct entrant entrant = {.site = data,
				  .patch = patch,
				  .json = g_string_new(NULL),
				  .reworks = g_string_new(NULL),
				  .cves = g_string_new(NULL),
				  .mails = g_string_new(NULL),
				  .introduced = -1,
				  .dropped = -1};
	const bool done = enter(&entrant, error);

	g_string_free(entrant.json, TRUE);
	g_string_free(entrant.reworks, TRUE);
	g_string_free(entrant.cves, TRUE);
	g_string_free(entrant.mails, TRUE);
	g_free(entrant.subsystem);
	g_free(entrant.reason);
	return done;
}
