/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file between two trees. */
#pragma once

#include "assign/assign.h"

/*
 * The bytes of file FILE, which is open, with the parts up to and including PART applied. PART UINT32_MAX:
 * all, which is the vendor's file. False: the file does not exist at this point. A renamed file stands under
 * its old name until its owner is in: see compose_path().
 */
bool compose_file(const ksig_assignment *assignment, uint32_t file, uint32_t part, GString *out_bytes,
		  uint16_t *out_mode, git_oid *out_blob);

/* The name under which the file stands at this point. */
const char *compose_path(const ksig_assignment *assignment, uint32_t file, uint32_t part);
