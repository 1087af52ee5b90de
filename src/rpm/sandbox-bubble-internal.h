/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bubblewrap, bwrap(1). */
#pragma once

#include "rpm/srpm-internal.h"
#include "rpm/rpm.h"
#include "rpm/sandbox-files-internal.h"

/*
 * bubblewrap's part. Why it does not work here, NULL if it does; the command that runs ARGV with FILES and
 * the seccomp filter in FILTER_FD; a namespace with FILES that stays while it is held, for a child to join.
 */
const GError *bubble_refusal(void);
GPtrArray *bubble_arguments(const struct ksig_sandbox_files *files, int filter_fd, const char *directory,
			    const char *const *argv);
struct bubble *bubble_hold(const struct ksig_sandbox_files *files, GError **error);
bool bubble_join(const struct bubble *bubble, GError **error);
void bubble_free(struct bubble *bubble);
bool bubble_keep_fd(
	void *fd); /* lets the program have the descriptor *FD: for ksig_process_options.confine */
