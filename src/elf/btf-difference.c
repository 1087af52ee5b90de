/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which named types differ between two kernels, and how: by their own definition, not by what they contain.
 */
#include "elf/btf-difference-internal.h"
#include "elf/btf-record-internal.h"
#include "elf/btf-text-internal.h"

#include <bpf/btf.h>
#include <string.h>

void ksig_elf_type_change_free(struct ksig_type_change *change)
{
	if (!change)
		return;
	g_free(change->name);
	g_clear_pointer(&change->changes, g_ptr_array_unref);
	g_free(change);
}

/* The definition of type ID, all that counts for the layout, as one string. */
static char *definition(const ksig_types *types, uint32_t id)
{
	const struct btf_type *record = ksig_types_record(types, id);
	g_autoptr(GPtrArray) members = NULL;
	GString *text = g_string_new(NULL);

	if (record && btf_is_typedef(record)) {
		ksig_types_write(types, record->type, text, 0);
		return g_string_free(text, FALSE);
	}
	members = ksig_types_members(types, id);
	g_string_append_printf(text, "%u;", record ? record->size : 0);
	for (guint i = 0; i < members->len; i++) {
		const struct ksig_type_member *member = g_ptr_array_index(members, i);
		g_string_append_printf(text, "%s %s@%u:%u=%" G_GINT64_FORMAT ";", member->type, member->name,
				       member->offset_bits, member->bits, member->value);
	}
	return g_string_free(text, FALSE);
}

/* The ids in IDS, of TYPES, whose definition none of OTHER_IDS has; *OUT_ID: the first. */
static bool has_other(const ksig_types *types, const GArray *ids, GHashTable *other, uint32_t *out_id)
{
	for (guint i = 0; i < ids->len; i++) {
		const uint32_t id = g_array_index(ids, uint32_t, i);
		g_autofree char *text = definition(types, id);
		if (g_hash_table_contains(other, text))
			continue;
		*out_id = id;
		return true;
	}
	return false;
}

static GHashTable *definitions(const ksig_types *types, const GArray *ids)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < ids->len; i++)
		g_hash_table_add(set, definition(types, g_array_index(ids, uint32_t, i)));
	return set;
}

static const struct ksig_type_member *find_member(const GPtrArray *members, const char *name)
{
	for (guint i = 0; i < members->len; i++) {
		const struct ksig_type_member *member = g_ptr_array_index(members, i);
		if (g_str_equal(member->name, name))
			return member;
	}
	return NULL;
}

static char *place_of(const struct ksig_type_member *member)
{
	if (member->bits || member->offset_bits % 8)
		return g_strdup_printf("%u bits %u", member->offset_bits / 8, member->offset_bits % 8);
	return g_strdup_printf("%u", member->offset_bits / 8);
}

static void say(struct ksig_type_change *change, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(struct ksig_type_change *change, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(change->changes, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

static void compare_member(struct ksig_type_change *change, const struct ksig_type_member *old,
			   const struct ksig_type_member *new, bool enumeration)
{
	g_autofree char *old_place = place_of(old);
	g_autofree char *new_place = place_of(new);

	if (enumeration) {
		if (old->value != new->value)
			say(change, "%s from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, old->name,
			    old->value, new->value);
		return;
	}
	if (!g_str_equal(old->type, new->type) || old->bits != new->bits) {
		say(change, "member %s from %s to %s", old->name, old->type, new->type);
		change->root = true;
	} else if (old->offset_bits != new->offset_bits) {
		say(change, "member %s moved from %s to %s", old->name, old_place, new_place);
	}
}

static void compare_members(struct ksig_type_change *change, const GPtrArray *before, const GPtrArray *after,
			    bool enumeration)
{
	const char *what = enumeration ? "value" : "member";

	for (guint i = 0; i < after->len; i++) {
		const struct ksig_type_member *member = g_ptr_array_index(after, i);
		g_autofree char *place = enumeration ? g_strdup_printf("%" G_GINT64_FORMAT, member->value)
						     : place_of(member);
		if (find_member(before, member->name))
			continue;
		say(change, "%s %s added at %s%s%s", what, member->name, place, *member->type ? ": " : "",
		    member->type);
		change->root = true;
	}
	for (guint i = 0; i < before->len; i++) {
		const struct ksig_type_member *member = g_ptr_array_index(before, i);
		const struct ksig_type_member *other = find_member(after, member->name);
		if (other) {
			compare_member(change, member, other, enumeration);
			continue;
		}
		say(change, "%s %s gone%s%s", what, member->name, *member->type ? ": " : "", member->type);
		change->root = true;
	}
}

static void compare_typedefs(struct ksig_type_change *change, const ksig_type_difference *difference,
			     uint32_t from, uint32_t to)
{
	g_autofree char *before = definition(difference->from, from);
	g_autofree char *after = definition(difference->to, to);

	say(change, "from %s to %s", before, after);
	change->root = true;
}

static void compare(struct ksig_type_change *change, const ksig_type_difference *difference, uint32_t from,
		    uint32_t to)
{
	const struct btf_type *before = ksig_types_record(difference->from, from);
	const struct btf_type *after = ksig_types_record(difference->to, to);

	if (btf_is_typedef(before) || btf_is_typedef(after)) {
		compare_typedefs(change, difference, from, to);
		return;
	}
	if (before->size != after->size)
		say(change, "size from %u to %u", before->size, after->size);
	g_autoptr(GPtrArray) old = ksig_types_members(difference->from, from);
	g_autoptr(GPtrArray) new = ksig_types_members(difference->to, to);
	const bool enumeration = btf_is_any_enum(before);
	compare_members(change, old, new, enumeration);
	if (enumeration)
		change->root = true;
}

static struct ksig_type_change *change_new(const char *name)
{
	struct ksig_type_change *change = g_new0(struct ksig_type_change, 1);

	change->name = g_strdup(name);
	change->changes = g_ptr_array_new_with_free_func(g_free);
	return change;
}

static void compare_name(ksig_type_difference *difference, const char *name, const GArray *from,
			 const GArray *to)
{
	uint32_t before = 0, after = 0;

	g_autoptr(GHashTable) old = definitions(difference->from, from);
	g_autoptr(GHashTable) new = definitions(difference->to, to);
	const bool lost = has_other(difference->from, from, new, &before);
	const bool gained = has_other(difference->to, to, old, &after);
	if (!lost && !gained)
		return;
	struct ksig_type_change *change = change_new(name);
	compare(change, difference, lost ? before : g_array_index(from, uint32_t, 0),
		gained ? after : g_array_index(to, uint32_t, 0));
	if (change->changes->len == 0)
		say(change, "one of several definitions came or went");
	g_ptr_array_add(difference->changes, change);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_type_change *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void compare_all(ksig_type_difference *difference)
{
	GHashTableIter iterator;
	gpointer name, ids;

	g_hash_table_iter_init(&iterator, difference->from->named);
	while (g_hash_table_iter_next(&iterator, &name, &ids)) {
		const GArray *other = g_hash_table_lookup(difference->to->named, name);
		if (other) {
			compare_name(difference, name, ids, other);
			continue;
		}
		struct ksig_type_change *change = change_new(name);
		say(change, "gone");
		change->root = true;
		g_ptr_array_add(difference->changes, change);
	}
}

ksig_type_difference *ksig_elf_type_difference_new(const ksig_types *from, const ksig_types *to)
{
	ksig_type_difference *difference = g_new0(ksig_type_difference, 1);

	difference->from = from;
	difference->to = to;
	difference->changes = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_type_change_free);
	difference->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	compare_all(difference);
	g_ptr_array_sort(difference->changes, by_name);
	for (guint i = 0; i < difference->changes->len; i++) {
		struct ksig_type_change *change = g_ptr_array_index(difference->changes, i);
		g_hash_table_insert(difference->by_name, change->name, change);
	}
	return difference;
}

void ksig_elf_type_difference_free(ksig_type_difference *difference)
{
	if (!difference)
		return;
	g_clear_pointer(&difference->by_name, g_hash_table_unref);
	g_clear_pointer(&difference->changes, g_ptr_array_unref);
	g_free(difference);
}

const GPtrArray *ksig_elf_type_difference_changes(const ksig_type_difference *difference)
{
	return difference->changes;
}
