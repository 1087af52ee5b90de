/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cmd.h"
#include "kmod/kmod.h"
#include "kmod/plan.h"

ksig_command_fn ksig_command_kmod_build, ksig_command_kmod_check, ksig_command_kmod_dependencies,
	ksig_command_kmod_devices, ksig_command_kmod_gate, ksig_command_kmod_kernels, ksig_command_kmod_link,
	ksig_command_kmod_list, ksig_command_kmod_matrix, ksig_command_kmod_new, ksig_command_kmod_plan,
	ksig_command_kmod_why;

/* The catalog of WORKSPACE; where there is none the words are those of kernels. */
ksig_catalog *ksig_command_kmod_catalog(const char *workspace, GError **error);

/* The modules in the files and folders ARGV[1…] (ksig_module); none is a usage error. */
GPtrArray *ksig_command_kmod_modules(int argc, char **argv, GError **error);

/* Says which builds have no job, since one that is left out of the data would be missed only much later. */
void ksig_command_kmod_say_left_out(const ksig_kmod_plan *plan);

/* ksig_kmod_kernels_read(), and says what was skipped. */
GPtrArray *ksig_command_kmod_kernels_read(const char *path, const char *stable, GError **error);

/* The kernels that NAMES say: files and folders are read, other words are labels of the catalog; none: all of
 * it. */
GPtrArray *ksig_command_kmod_kernels_named(const char *workspace, char **names, ksig_catalog **out_catalog,
					   GError **error);
