/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Header blocks. */
#pragma once

#include "upstream/upstream.h"

/*
 * Reads the block at AT, an mbox "From " line before it included. Returns struct ksig_field pointers, empty
 * if there is no block: its first field has to be one that heads patches, as "net: fix it" looks like a
 * field, too. OUT_BODY: what follows.
 */
GPtrArray *ksig_fields_read(const char *at, const char *end, const char **out_body);

/* The value of field NAME (any case), or NULL. */
const char *ksig_fields_find(const GPtrArray *fields, const char *name);
