/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules the newest kernel of each line would not load. */
#include "kmod/gate-judge-internal.h"
#include "kmod/gate-internal.h"
#include "kmod/gate-modules-internal.h"
#include "kmod/gate-solvable-internal.h"
#include "kmod/kernel-internal.h"

#include <solv/evr.h>
#include <string.h>

/* ---- lines of kernels ----------------------------------------------------------------------------- */

static void free_line(gpointer data)
{
	g_free(((struct gate_line *) data)->name);
	g_free(data);
}

static char *line_name(const char *package)
{
	const char *part = gate_part_of(package);

	return part ? g_strndup(package, strlen(package) - strlen(part)) : g_strdup(package);
}

static struct gate_line *find_line(GPtrArray *lines, const char *name)
{
	for (guint i = 0; i < lines->len; i++)
		if (g_str_equal(((struct gate_line *) lines->pdata[i])->name, name))
			return lines->pdata[i];
	return NULL;
}

GPtrArray *gate_lines(Pool *pool, const Queue *set)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(free_line);

	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		if (!gate_is_kernel(pool, solvable))
			continue;
		g_autofree char *name = line_name(gate_name(pool, solvable));
		struct gate_line *line = find_line(lines, name);
		if (!line) {
			line = g_new0(struct gate_line, 1);
			line->name = g_steal_pointer(&name);
			g_ptr_array_add(lines, line);
		}
		if (!line->evr || pool_evrcmp(pool, solvable->evr, line->evr, EVRCMP_COMPARE) > 0)
			line->evr = solvable->evr;
	}
	return lines;
}

bool gate_in_line(Pool *pool, Solvable *solvable, const struct gate_line *line)
{
	g_autofree char *name = gate_is_kernel(pool, solvable) ? line_name(gate_name(pool, solvable)) : NULL;

	return name && g_str_equal(name, line->name);
}

bool gate_is_newest(Pool *pool, Solvable *solvable, const struct gate_line *line)
{
	return solvable->evr == line->evr && gate_in_line(pool, solvable, line);
}

/* True if the packages of LINE's newest kernel alone give DEPENDENCY. */
static bool kernel_gives(Pool *pool, const Queue *set, const struct gate_line *line, Id dependency)
{
	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		if (gate_is_newest(pool, solvable, line) &&
		    solvable_matchesdep(solvable, SOLVABLE_PROVIDES, dependency, 0))
			return true;
	}
	return false;
}

static bool kernel_names_symbols(Pool *pool, const Queue *set, const struct gate_line *line)
{
	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(pool, set->elements[i]);
		Queue provides;
		bool found = false;
		if (!gate_is_newest(pool, solvable, line))
			continue;
		gate_dependencies(solvable, SOLVABLE_PROVIDES, &provides);
		for (int k = 0; k < provides.count && !found; k++)
			found = g_str_has_prefix(pool_dep2str(pool, provides.elements[k]), "kernel(");
		queue_free(&provides);
		if (found)
			return true;
	}
	return false;
}

/* The release of LINE's newest kernel, as EL names it: "5.14.0-362.el9.x86_64". */
static ksig_kmod_kernel *catalog_kernel(struct gate *gate, const Queue *set, const struct gate_line *line,
					char **out_label)
{
	const char *arch = "x86_64";

	for (int i = 0; i < set->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, set->elements[i]);
		if (gate_is_newest(gate->pool, solvable, line))
			arch = pool_id2str(gate->pool, solvable->arch);
	}
	*out_label = g_strdup_printf("%s.%s", pool_id2str(gate->pool, line->evr), arch);
	const char *const labels[] = {*out_label, NULL};
	g_autoptr(GPtrArray) found = gate->catalog ? ksig_kmod_kernels_open(gate->catalog, labels, NULL)
						   : NULL;
	if (!found)
		return NULL;
	g_ptr_array_set_free_func(found, NULL);
	return g_ptr_array_index(found, 0);
}

/* "kernel(NAME) = 0xCRC" against the catalog. */
static bool catalog_gives(const ksig_kmod_kernel *kernel, const char *text)
{
	const char *open = strchr(text, '('), *close = strchr(text, ')'), *equals = strstr(text, "0x");
	struct ksig_catalog_symbol symbol = {0};

	if (!open || !close || !equals)
		return false;
	g_autofree char *name = g_strndup(open + 1, (gsize) (close - open - 1));
	if (!ksig_kmod_kernel_find(kernel, name, &symbol))
		return false;
	const bool same = symbol.has_crc && symbol.crc == (uint32_t) g_ascii_strtoull(equals, NULL, 16);
	ksig_catalog_symbol_clear(&symbol);
	return same;
}

/* What there is to know of a line in a set of packages. */
typedef struct {
	const Queue *set;
	const struct gate_line *line;
	bool says;               /* its packages name symbols */
	ksig_kmod_kernel *known; /* else: the catalog's; NULL: it has none */
	char *label;
} judged_line;

static void judge_clear(judged_line *judge)
{
	g_clear_pointer(&judge->known, ksig_kmod_kernel_free);
	g_clear_pointer(&judge->label, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(judged_line, judge_clear)

static judged_line judge_of(struct gate *gate, const Queue *set, const struct gate_line *line)
{
	judged_line judge = {.set = set, .line = line, .says = kernel_names_symbols(gate->pool, set, line)};

	if (!judge.says)
		judge.known = catalog_kernel(gate, set, line, &judge.label);
	return judge;
}

/* "kernel(NAME) = 0xCRC" as libsolv keeps it. */
static Id dependency_of(Pool *pool, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, " = ", 2);
	const Id name = pool_str2id(pool, parts[0], 1);

	return parts[1] ? pool_rel2id(pool, name, pool_str2id(pool, parts[1], 1), REL_EQ, 1) : name;
}

/* The symbols that MODULE wants and the kernel alone does not give. */
static GPtrArray *unmet(struct gate *gate, const judged_line *judge, Solvable *module)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	const GPtrArray *wanted = gate_wanted(gate, module);

	for (guint i = 0; wanted && i < wanted->len; i++) {
		const char *text = g_ptr_array_index(wanted, i);
		const bool met = judge->says ? kernel_gives(gate->pool, judge->set, judge->line,
							    dependency_of(gate->pool, text))
					     : judge->known && catalog_gives(judge->known, text);
		if (!met)
			g_ptr_array_add(out, g_strdup(text));
	}
	return out;
}

static void add_loss(struct gate *gate, const judged_line *judge, Solvable *module, GPtrArray *wanted)
{
	struct ksig_kmod_loss *loss = g_new0(struct ksig_kmod_loss, 1);

	loss->package = g_strdup(pool_solvable2str(gate->pool, module));
	loss->kernel = g_strdup(pool_id2str(gate->pool, judge->line->evr));
	loss->wanted = g_ptr_array_ref(wanted);
	loss->reason =
		judge->says || judge->known
			? g_strdup_printf("%u of its symbols are not what the new kernel gives", wanted->len)
			: g_strdup_printf("the new kernel's packages name no symbols, and the catalog has no "
					  "kernel %s",
					  judge->label);
	g_ptr_array_add(gate->losses, loss);
}

static Solvable *installed_as(struct gate *gate, Id name)
{
	for (Id p = 2; p < gate->pool->nsolvables; p++) {
		Solvable *solvable = pool_id2solvable(gate->pool, p);
		if (solvable->repo == gate->installed && solvable->name == name)
			return solvable;
	}
	return NULL;
}

/*
 * True if users of LINE have MODULE: the kernel that they had served it, or no kernel did that says what it
 * gives. Without any kernel before, all are asked.
 */
static bool had(struct gate *gate, const Queue *before, GPtrArray *lines, const char *line, Solvable *module)
{
	Solvable *old = installed_as(gate, module->name);
	bool here = false, anywhere = false, silent = false;

	for (guint i = 0; old && i < lines->len; i++) {
		g_auto(judged_line) judge = judge_of(gate, before, lines->pdata[i]);
		g_autoptr(GPtrArray) wanted = unmet(gate, &judge, old);
		const bool is_it = g_str_equal(judge.line->name, line);
		anywhere |= wanted->len == 0;
		here |= is_it && wanted->len == 0;
		silent |= is_it && !judge.says && !judge.known;
	}
	return old && (lines->len == 0 || here || (silent && !anywhere));
}

static void judge_line(struct gate *gate, const Queue *before, const Queue *after,
		       const struct gate_line *line)
{
	g_autoptr(GPtrArray) lines = gate_lines(gate->pool, before);
	g_auto(judged_line) judge = judge_of(gate, after, line);

	for (int i = 0; i < after->count; i++) {
		Solvable *solvable = pool_id2solvable(gate->pool, after->elements[i]);
		if (!gate_wanted(gate, solvable))
			continue;
		g_autoptr(GPtrArray) wanted = unmet(gate, &judge, solvable);
		if (wanted->len > 0 && had(gate, before, lines, line->name, solvable))
			add_loss(gate, &judge, solvable, wanted);
	}
}

static void installed_set(struct gate *gate, Queue *out)
{
	queue_init(out);
	for (Id p = 2; p < gate->pool->nsolvables; p++)
		if (gate->pool->solvables[p].repo == gate->installed)
			queue_push(out, p);
}

void gate_judge(struct gate *gate, const Queue *after, GPtrArray *lines)
{
	Queue before;

	installed_set(gate, &before);
	for (guint i = 0; i < lines->len; i++)
		judge_line(gate, &before, after, lines->pdata[i]);
	queue_free(&before);
}
