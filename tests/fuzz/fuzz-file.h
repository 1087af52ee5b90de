/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For what reads files: the bytes as the file NAME in a folder of this process, that goes with it. */
#pragma once

#include "base/base.h"

#include <stdlib.h>

static char *fuzz_folder;

static void fuzz_clean_up(void)
{
	ksig_directory_remove(fuzz_folder, NULL);
	g_free(fuzz_folder);
}

/* The file NAME in the folder FOLDER of that folder ("": itself); to g_free(). */
static inline char *fuzz_file_in(const char *folder, const char *name, const void *data, size_t size)
{
	if (!fuzz_folder) {
		fuzz_folder = ksig_directory_temporary(NULL, "ksig-fuzz", NULL);
		g_assert_nonnull(fuzz_folder);
		atexit(fuzz_clean_up);
	}
	char *path = g_build_filename(fuzz_folder, folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_assert_true(ksig_directory_make(parent, NULL));
	/* Written over, without a sync. */
	g_assert_true(
		g_file_set_contents_full(path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	return path;
}

static inline char *fuzz_file(const char *name, const void *data, size_t size)
{
	return fuzz_file_in("", name, data, size);
}
