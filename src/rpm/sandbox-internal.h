/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A spec is a program. */
#pragma once

#include "rpm/srpm-internal.h"
#include "rpm/rpm.h"
#include "rpm/sandbox-files-internal.h"

/*
 * A sandbox for a child that is forked and goes on by itself: made ready before the fork (of FILES, which it
 * keeps), entered by the child for good. It is bubblewrap's; where that is not to be had it is an environment
 * error, unless KSIG_SANDBOX in the environment says landlock or none.
 */
typedef struct ksig_sandbox ksig_sandbox;
ksig_sandbox *ksig_sandbox_new(const struct ksig_sandbox_files *files, GError **error);
bool ksig_sandbox_enter(const ksig_sandbox *sandbox, GError **error);
void ksig_sandbox_free(ksig_sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_sandbox, ksig_sandbox_free)

/* Runs ARGV, in the folder that OPTIONS name, as ksig_process_run() does, with no more than FILES. */
bool ksig_sandbox_run(const struct ksig_sandbox_files *files, const char *const *argv,
		      const struct ksig_process_options *options, int *out_status, GError **error);
