/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts as a chain of commits. */
#pragma once

#include "assign/assign.h"

/* One step of the chain as it was made. */
struct ksig_built_step {
	uint32_t part;
	git_oid commit; /* zero: it changes no file */
	GArray *files;  /* struct ksig_built_file */
};

struct ksig_built_file {
	uint32_t file; /* of the target */
	uint32_t added;
	uint32_t removed;
	uint16_t mode; /* 0: the file is not there after the step */
	git_oid blob;  /* what it is */
};

/*
 * Makes the chain in STORE, which the target is of: a commit a part that changes something, on top of PARENT.
 * MESSAGE gives the text.
 * The last tree is compared with the target's new tree; a difference is an error that names the path.
 */
typedef char *ksig_assign_message_fn(uint32_t part, void *data);
GPtrArray *ksig_assign_rebuild(ksig_store *store, const ksig_assignment *assignment, const git_oid *parent,
			       ksig_assign_message_fn *message, void *data, GError **error);
