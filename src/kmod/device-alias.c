/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the initialiser of a struct pci_device_id, macros expanded, to a modalias; which modalias covers
 * which. */
#include "kmod/device-alias-internal.h"
#include "kmod/device-number-internal.h"

#include <string.h>

enum field { VENDOR, DEVICE, SUBVENDOR, SUBDEVICE, CLASS, CLASS_MASK, DRIVER_DATA, OVERRIDE_ONLY, FIELDS };
enum { ALIAS_LIMIT_BYTES = 128 };
static const uint32_t any_id = 0xffffffff;

static const char *const field_names[FIELDS] = {"vendor", "device",     "subvendor",   "subdevice",
						"class",  "class_mask", "driver_data", "override_only"};

/* ---- initialisers -------------------------------------------------------------------------------- */

/* TEXT cut at the commas that stand in no parentheses and no braces. */
static char **split(const char *text)
{
	GPtrArray *parts = g_ptr_array_new();
	const char *start = text;
	int depth = 0;

	for (const char *at = text;; at++) {
		depth += *at == '(' || *at == '{';
		depth -= *at == ')' || *at == '}';
		if (*at && (*at != ',' || depth > 0))
			continue;
		g_ptr_array_add(parts, g_strstrip(g_strndup(start, (gsize) (at - start))));
		start = at + 1;
		if (!*at)
			break;
	}
	g_ptr_array_add(parts, NULL);
	return (char **) g_ptr_array_free(parts, FALSE);
}

static bool read_number(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	if (!device_number(text, &value))
		return false;
	*out = (uint32_t) value;
	return true;
}

/* ".device = (0x1002)": the field and where its value starts. */
static bool read_designator(const char *part, enum field *out_field, const char **out_value)
{
	const char *name = part + 1, *equals = strchr(part, '=');
	const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

	for (enum field i = 0; equals && i < FIELDS; i++)
		if (strlen(field_names[i]) == length && strncmp(field_names[i], name, length) == 0) {
			*out_field = i;
			*out_value = equals + 1;
			return true;
		}
	return false;
}

static char *without_braces(const char *text)
{
	g_autofree char *copy = g_strstrip(g_strdup(text));
	const size_t length = strlen(copy);

	if (length < 2 || copy[0] != '{' || copy[length - 1] != '}')
		return g_steal_pointer(&copy);
	copy[length - 1] = '\0';
	return g_strdup(copy + 1);
}

/*
 * As C fills a structure: a designator moves, a plain value takes the next field. driver_data may be
 * anything, and the class too where nothing of it counts ("{ PCI_DEVICE(v, d), board }" sets it by mistake).
 */
static bool read_fields(const char *expanded, uint32_t *fields)
{
	g_autofree char *body = without_braces(expanded);
	g_auto(GStrv) parts = split(body);
	bool class_is_known = true;
	enum field next = VENDOR;

	for (char **part = parts; *part; part++) {
		const char *value = *part;
		if (!**part)
			continue;
		if (**part == '.' && !read_designator(*part, &next, &value))
			return false;
		const bool known = next < FIELDS && read_number(value, &fields[next]);
		if (next >= FIELDS || (!known && next != DRIVER_DATA && next != CLASS))
			return false;
		class_is_known &= known || next != CLASS;
		next++;
	}
	return class_is_known || fields[CLASS_MASK] == 0;
}

static void add_id(GString *out, const char *name, uint32_t value)
{
	if (value == any_id)
		g_string_append_printf(out, "%s*", name);
	else
		g_string_append_printf(out, "%s%08X", name, value);
}

static void add_class(GString *out, const char *name, uint32_t class_id, uint32_t mask, unsigned shift)
{
	if (((mask >> shift) & 0xff) == 0xff)
		g_string_append_printf(out, "%s%02X", name, (class_id >> shift) & 0xff);
	else
		g_string_append_printf(out, "%s*", name);
}

char *device_alias(const char *expanded, bool *out_is_end)
{
	uint32_t fields[FIELDS] = {0};
	GString *out = NULL;

	*out_is_end = false;
	if (!read_fields(expanded, fields))
		return NULL;
	*out_is_end = !fields[VENDOR] && !fields[DEVICE] && !fields[SUBVENDOR] && !fields[CLASS_MASK];
	if (*out_is_end || fields[OVERRIDE_ONLY])
		return NULL;
	out = g_string_sized_new(ALIAS_LIMIT_BYTES);
	g_string_append(out, "pci:");
	add_id(out, "v", fields[VENDOR]);
	add_id(out, "d", fields[DEVICE]);
	add_id(out, "sv", fields[SUBVENDOR]);
	add_id(out, "sd", fields[SUBDEVICE]);
	add_class(out, "bc", fields[CLASS], fields[CLASS_MASK], 16);
	add_class(out, "sc", fields[CLASS], fields[CLASS_MASK], 8);
	add_class(out, "i", fields[CLASS], fields[CLASS_MASK], 0);
	if (out->str[out->len - 1] != '*')
		g_string_append_c(out, '*');
	return g_string_free(out, FALSE);
}

/* ---- compared ------------------------------------------------------------------------------------ */

const struct ksig_device *device_covering(const char *alias, const GPtrArray *others)
{
	const struct ksig_device *found = NULL;

	for (guint i = 0; i < others->len; i++) {
		const struct ksig_device *other = g_ptr_array_index(others, i);
		if (other->alias && g_pattern_match_simple(other->alias, alias) &&
		    (!found || other->how == KSIG_DEVICE_DRIVEN))
			found = other;
	}
	return found;
}

bool device_is_covered(const char *alias, const GPtrArray *others)
{
	return device_covering(alias, others) != NULL;
}

/* OTHER is of the devices of ALIAS, which is of any class, and of one class. */
static bool is_of_a_class(const char *other, const char *alias)
{
	static const char any[] = "bc*sc*i*";
	const char *class_part = strstr(other, "bc");
	g_autofree char *ids = class_part ? g_strndup(other, (gsize) (class_part - other)) : NULL;
	g_autofree char *pattern = ids ? g_strconcat(ids, any, NULL) : NULL;

	return pattern && g_str_has_suffix(alias, any) && g_pattern_match_simple(pattern, alias);
}

bool device_is_met(const char *alias, const GPtrArray *others)
{
	for (guint i = 0; i < others->len; i++) {
		const struct ksig_device *other = g_ptr_array_index(others, i);
		if (other->how == KSIG_DEVICE_DRIVEN && other->alias &&
		    (g_pattern_match_simple(alias, other->alias) || is_of_a_class(other->alias, alias)))
			return true;
	}
	return false;
}
