/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks through a pool for commits that name a carried one as fixed or reverted and are not carried; ranked
 * by what this vendor took of that sort, stable tags and CVEs.
 */
#include "history/missing-internal.h"

/* Candidates that name no commit: how much they count, for nobody says that they are needed. */
static const double UNNAMED = 0.6;

const char *ksig_history_missing_relation_name(enum ksig_missing_relation relation)
{
	static const char *const names[] = {"fixes", "reverts", "carries"};

	return names[relation];
}

void ksig_history_missing_free(struct ksig_missing *missing)
{
	if (!missing)
		return;
	g_free(missing->origin);
	g_free(missing->pool);
	g_free(missing->subject);
	g_free(missing->author);
	g_free(missing->date);
	g_free(missing->subsystem);
	g_free(missing);
}

static void format_id(const struct ksig_candidate *candidate, char *out_id)
{
	g_autofree char *hex = ksig_upstream_candidate_hex(candidate);

	g_strlcpy(out_id, hex ? hex : "", 2 * sizeof candidate->id + 1);
}

/* What a candidate names and who carries it. */
struct target {
	struct ksig_candidate_reference reference;
	const struct ksig_carried *carried;
};

/* The first of IDS, as written in a message, that is carried. */
static bool find_written(const struct missing_search *search, const GPtrArray *ids, bool reverts,
			 struct target *out_target)
{
	for (guint i = 0; ids && i < ids->len; i++) {
		const char *id = ids->pdata[i];
		g_autofree char *digits = g_strndup(id, 16);
		g_autofree char *padded = g_strdup_printf("%-16s", digits);
		out_target->reference.digits = (uint32_t) strlen(digits);
		out_target->reference.reverts = reverts;
		out_target->reference.prefix = g_ascii_strtoull(g_strdelimit(padded, " ", '0'), NULL, 16);
		out_target->carried = ksig_carried_find(search->carried, out_target->reference.prefix,
							out_target->reference.digits);
		if (out_target->carried)
			return true;
	}
	return false;
}

static bool find_in_message(const struct missing_search *search, uint32_t number, struct target *out_target)
{
	g_autoptr(ksig_header) header = ksig_upstream_pool_header(search->pool, search->store, number, NULL);

	return header && (find_written(search, header->fixes, false, out_target) ||
			  find_written(search, header->reverts, true, out_target));
}

/* The first of the candidate's references whose target is carried. */
static bool find_target(const struct missing_search *search, uint32_t number, struct target *out_target)
{
	const struct ksig_candidate *candidate = &search->pool->candidates[number];

	for (uint32_t i = 0; i < candidate->n_references; i++) {
		const struct ksig_candidate_reference *reference =
			&search->pool->references[candidate->first_reference + i];
		out_target->reference = *reference;
		out_target->carried = ksig_carried_find(search->carried, reference->prefix,
							reference->digits);
		if (out_target->carried)
			return true;
	}
	return search->options->read_messages && find_in_message(search, number, out_target);
}

static bool is_carried(const struct missing_search *search, const char *id)
{
	uint64_t prefix = 0;

	return ksig_carried_prefix(id, &prefix) && ksig_carried_find(search->carried, prefix, 16);
}

/* Is the candidate, or the commit that it was made from, carried or reported already? */
static bool is_known(struct missing_search *search, uint32_t number, const char *id, char **out_origin)
{
	if (is_carried(search, id) || g_hash_table_contains(search->seen, id))
		return true;
	/* a commit whose object is missing names no other: it is reported under its own id */
	g_autoptr(ksig_header) header = ksig_upstream_pool_header(search->pool, search->store, number, NULL);
	g_hash_table_add(search->seen, g_strdup(id));
	if (!header || !header->upstream)
		return false;
	*out_origin = g_strdup(header->upstream);
	return is_carried(search, header->upstream) ||
	       !g_hash_table_add(search->seen, g_strdup(header->upstream));
}

static char *subsystem_of(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	const struct ksig_candidate_file *first = &pool->files[candidate->first_file];

	return candidate->n_files > 0
		       ? ksig_tree_subsystem_of(ksig_upstream_pool_string(pool, first->new_path))
		       : g_strdup("");
}

static void note_target(struct ksig_missing *missing, const struct target *target)
{
	missing->relation = target->reference.reverts ? KSIG_MISSING_REVERTS : KSIG_MISSING_FIXES;
	g_snprintf(missing->target, sizeof missing->target, "%016" G_GINT64_MODIFIER "x",
		   target->reference.prefix);
	missing->target[MIN(target->reference.digits, 16u)] = '\0';
	missing->patch_id = target->carried->patch_id;
}

static struct ksig_missing *describe(const struct missing_search *search, uint32_t number,
				     const struct target *target)
{
	const struct ksig_candidate *candidate = &search->pool->candidates[number];
	struct ksig_missing *missing = g_new0(struct ksig_missing, 1);
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(candidate->commit_time);

	format_id(candidate, missing->id);
	missing->pool = g_strdup(search->pool->name);
	missing->subject = g_strdup(ksig_upstream_pool_string(search->pool, candidate->subject));
	missing->author = g_strdup(ksig_upstream_pool_string(search->pool, candidate->author));
	missing->date = date ? g_date_time_format(date, "%Y-%m-%d") : NULL;
	missing->lacks = search->lacks;
	missing->from = search->pool;
	missing->candidate = number;
	missing->relation = KSIG_MISSING_CARRIES;
	if (target->carried)
		note_target(missing, target);
	missing->subsystem = subsystem_of(search->pool, candidate);
	missing->wanted = 1;
	missing->cc_stable = candidate->flags & KSIG_CANDIDATE_CC_STABLE;
	missing->cve = candidate->flags & KSIG_CANDIDATE_CVE;
	missing->syzbot = candidate->flags & KSIG_CANDIDATE_SYZBOT;
	return missing;
}

/* Is a candidate without a target of interest? One that names a commit which is not there is not. */
static bool counts_unnamed(const struct missing_search *search, const struct ksig_candidate *candidate)
{
	const uint32_t flags = KSIG_CANDIDATE_CC_STABLE | KSIG_CANDIDATE_CVE | KSIG_CANDIDATE_SYZBOT;

	return candidate->n_references == 0 &&
	       (search->unnamed == UNNAMED_ALL ||
		(search->unnamed == UNNAMED_FLAGGED && (candidate->flags & flags)));
}

/* The vendor's patch that the candidate is, where only those are asked for. */
static bool find_patch(const struct missing_search *search, const char *id,
		       const struct ksig_carried **out_patch)
{
	uint64_t prefix = 0;

	*out_patch = NULL;
	if (!search->having)
		return true;
	if (ksig_carried_prefix(id, &prefix))
		*out_patch = ksig_carried_find(search->having, prefix, 16);
	return *out_patch && (*out_patch)->patch_id > 0;
}

static bool has_words(const struct missing_search *search, const struct ksig_candidate *candidate)
{
	g_autofree char *words = search->subjects ? ksig_carried_words(search->pool, candidate) : NULL;

	return words && g_hash_table_contains(search->subjects, words);
}

/* ---- the vendor's habit -------------------------------------------------------------------------- */

static unsigned class_of(bool patch, bool reverts, bool cc_stable)
{
	return patch | reverts << 1 | cc_stable << 2;
}

/* Counts the candidate as taken or left, if it names what is carried, and the base does not have it. */
static void note_habit(struct missing_search *search, const struct ksig_candidate *candidate, const char *id,
		       const struct target *target)
{
	uint64_t prefix = 0;

	if (!target->carried)
		return;
	const struct ksig_carried *itself = ksig_carried_prefix(id, &prefix)
						    ? ksig_carried_find(search->carried, prefix, 16)
						    : NULL;
	const unsigned class = class_of(target->carried->patch_id > 0, target->reference.reverts,
					candidate->flags & KSIG_CANDIDATE_CC_STABLE);
	if (!itself)
		search->habit.left[class]++;
	else if (itself->patch_id > 0)
		search->habit.taken[class]++;
}

static void learn_wanted(const struct missing_search *search, double wanted[MISSING_CLASSES])
{
	static const double DOUBT = 4; /* examples of the average that each class starts with */
	double taken = 0.5;
	double all = 1;

	for (unsigned class = 0; class < MISSING_CLASSES; class ++) {
		taken += search->habit.taken[class];
		all += search->habit.taken[class] + search->habit.left[class];
	}
	const double rate = taken / all;
	for (unsigned class = 0; class < MISSING_CLASSES; class ++)
		wanted[class] = (search->habit.taken[class] / rate + DOUBT) /
				(search->habit.taken[class] + search->habit.left[class] + DOUBT);
}

static void look_at(struct missing_search *search, uint32_t number)
{
	const struct ksig_candidate *candidate = &search->pool->candidates[number];
	const struct ksig_carried *patch = NULL;
	g_autofree char *origin = NULL;
	struct target target = {.carried = NULL};
	char id[GIT_OID_HEXSZ + 1];

	format_id(candidate, id);
	if (!find_patch(search, id, &patch))
		return;
	const bool named = find_target(search, number, &target);
	note_habit(search, candidate, id, &target);
	if ((!named && !counts_unnamed(search, candidate)) || has_words(search, candidate) ||
	    is_known(search, number, id, &origin))
		return;
	const double confidence = (target.carried ? target.carried->confidence : UNNAMED) *
				  (patch ? patch->confidence : 1) *
				  ksig_upstream_presence_to_do(search->presence, search->pool, candidate);
	if (confidence < search->options->min_confidence)
		return;
	struct ksig_missing *missing = describe(search, number, &target);
	missing->confidence = confidence;
	missing->origin = g_steal_pointer(&origin);
	missing->fix_id = patch ? patch->patch_id : 0;
	g_ptr_array_add(search->found, missing);
}

static double pressing(const struct ksig_missing *missing)
{
	return missing->confidence * missing->wanted *
	       (1 + 0.3 * missing->cc_stable + 0.5 * missing->cve + 0.3 * missing->syzbot);
}

static gint by_pressing(gconstpointer a, gconstpointer b)
{
	const struct ksig_missing *one = *(const struct ksig_missing *const *) a;
	const struct ksig_missing *other = *(const struct ksig_missing *const *) b;

	if (pressing(one) != pressing(other))
		return pressing(one) > pressing(other) ? -1 : 1;
	return strcmp(one->id, other->id);
}

/* git, which read them into the pools, takes an object for what its name says. */
static bool verify(const struct missing_search *search, GError **error)
{
	g_autoptr(ksig_verifier) verifier = ksig_tree_verifier_new(search->store);
	bool good = ksig_upstream_presence_check(search->presence, error);

	for (guint i = 0; good && i < search->found->len; i++) {
		const struct ksig_missing *missing = search->found->pdata[i];
		good = ksig_tree_verify_named(verifier, missing->id, error);
	}
	return good;
}

bool missing_rank(struct missing_search *search, GError **error)
{
	double wanted[MISSING_CLASSES];

	learn_wanted(search, wanted);
	for (guint i = 0; i < search->found->len; i++) {
		struct ksig_missing *missing = search->found->pdata[i];
		if (missing->lacks == search->lacks && missing->relation != KSIG_MISSING_CARRIES)
			missing->wanted = wanted[class_of(missing->patch_id > 0,
							  missing->relation == KSIG_MISSING_REVERTS,
							  missing->cc_stable)];
	}
	g_ptr_array_sort(search->found, by_pressing);
	return verify(search, error);
}

void missing_look_through(struct missing_search *search, const struct ksig_pool *pool)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("looking through fixes", pool->n_candidates);

	search->pool = pool;
	for (uint32_t number = 0; number < pool->n_candidates; number++) {
		look_at(search, number);
		ksig_progress_set(progress, number + 1);
	}
}

GPtrArray *ksig_history_missing_find(ksig_catalog *catalog, const ksig_store *store,
				     const struct ksig_revision *revision, const GPtrArray *pools,
				     const struct ksig_missing_options *options, unsigned *out_unread,
				     GError **error)
{
	g_autoptr(GPtrArray)
		found = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_missing_free);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(ksig_presence) presence = ksig_upstream_presence_new(store, revision->tree, error);
	g_autoptr(GArray)
		carried = presence ? ksig_carried_load(catalog, store, revision, pools, out_unread, error)
				   : NULL;
	struct missing_search search = {.store = store,
					.lacks = revision->label,
					.carried = carried,
					.presence = presence,
					.seen = seen,
					.options = options,
					.found = found};

	if (!carried)
		return NULL;
	for (guint i = 0; i < pools->len; i++)
		missing_look_through(&search, pools->pdata[i]);
	return missing_rank(&search, error) ? g_steal_pointer(&found) : NULL;
}
