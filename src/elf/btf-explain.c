/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a function's CRC changed. A CRC is made of the function's prototype with every type that it can reach
 * written out (scripts/genksyms), so a walk over the types from the prototype meets what changed; the nearest
 * is the one that says most.
 */
#include "elf/btf-difference-internal.h"
#include "elf/btf-record-internal.h"
#include "elf/btf-text-internal.h"

#include <bpf/btf.h>
#include <string.h>

/* A walk of the types in order of distance: QUEUE holds ids, PARENT the id that led to each. */
struct walk {
	GArray *queue;
	GHashTable *parent;
	uint32_t current;
};

static void visit(uint32_t id, void *data)
{
	struct walk *walk = data;

	if (id == 0 || g_hash_table_contains(walk->parent, GUINT_TO_POINTER(id)))
		return;
	g_hash_table_insert(walk->parent, GUINT_TO_POINTER(id), GUINT_TO_POINTER(walk->current));
	g_array_append_val(walk->queue, id);
}

/* "sk_buff -> net_device": the named types on the way to ID. */
static char *path_to(const ksig_types *types, const struct walk *walk, uint32_t id)
{
	GString *path = g_string_new(NULL);

	while (id != 0) {
		const struct btf_type *record = ksig_types_record(types, id);
		g_autofree char *key = record ? ksig_types_key(types, record) : NULL;
		if (key) {
			g_string_prepend(path, path->len > 0 ? " -> " : "");
			g_string_prepend(path, key);
		}
		id = GPOINTER_TO_UINT(g_hash_table_lookup(walk->parent, GUINT_TO_POINTER(id)));
	}
	return g_string_free(path, FALSE);
}

static void take(ksig_type_difference *difference, struct walk *walk, uint32_t id,
		 struct ksig_symbol_reason *reason)
{
	const struct btf_type *record = ksig_types_record(difference->from, id);
	g_autofree char *key = record ? ksig_types_key(difference->from, record) : NULL;
	const struct ksig_type_change *change = key ? g_hash_table_lookup(difference->by_name, key) : NULL;

	if (!change || !change->root)
		return;
	if (reason->roots->len == 0)
		reason->path = path_to(difference->from, walk, id);
	for (guint i = 0; i < reason->roots->len; i++)
		if (g_str_equal(g_ptr_array_index(reason->roots, i), key))
			return;
	g_ptr_array_add(reason->roots, g_steal_pointer(&key));
}

static void find_roots(ksig_type_difference *difference, uint32_t function, struct ksig_symbol_reason *reason)
{
	struct walk walk = {.queue = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
			    .parent = g_hash_table_new(g_direct_hash, g_direct_equal)};

	visit(function, &walk);
	for (guint i = 0; i < walk.queue->len; i++) {
		walk.current = g_array_index(walk.queue, uint32_t, i);
		take(difference, &walk, walk.current, reason);
		ksig_types_neighbours(difference->from, walk.current, visit, &walk);
	}
	g_array_unref(walk.queue);
	g_hash_table_unref(walk.parent);
}

struct ksig_symbol_reason *ksig_elf_type_difference_explain(ksig_type_difference *difference,
							    const char *name)
{
	struct ksig_symbol_reason *reason = g_new0(struct ksig_symbol_reason, 1);
	const uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(difference->from->functions, name));

	reason->roots = g_ptr_array_new_with_free_func(g_free);
	reason->before = ksig_elf_types_prototype(difference->from, name);
	reason->after = ksig_elf_types_prototype(difference->to, name);
	if (!reason->before || !reason->after) {
		reason->fate = KSIG_SYMBOL_UNKNOWN;
		return reason;
	}
	find_roots(difference, id, reason);
	reason->fate = reason->roots->len > 0 ? KSIG_SYMBOL_TYPES : KSIG_SYMBOL_SAME;
	if (!g_str_equal(reason->before, reason->after)) {
		reason->fate = KSIG_SYMBOL_PROTOTYPE;
		return reason;
	}
	g_clear_pointer(&reason->before, g_free);
	g_clear_pointer(&reason->after, g_free);
	return reason;
}

void ksig_elf_symbol_reason_free(struct ksig_symbol_reason *reason)
{
	if (!reason)
		return;
	g_free(reason->before);
	g_free(reason->after);
	g_free(reason->path);
	g_clear_pointer(&reason->roots, g_ptr_array_unref);
	g_free(reason);
}
