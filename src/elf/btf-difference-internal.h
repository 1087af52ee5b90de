/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "elf/btf-internal.h"

struct ksig_type_difference {
	const ksig_types *from, *to;
	GPtrArray *changes;  /* of struct ksig_type_change, by name */
	GHashTable *by_name; /* name -> struct ksig_type_change */
};
