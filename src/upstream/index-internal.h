/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fingerprint index: a pool of a git upstream as one memory-mapped file, WORKSPACE/index/KEY.idx.
 *
 * It is a cache: built from git, rebuilt when it is damaged, of another version or of another machine's byte
 * order, extended when its upstream has moved on. It is written aside and renamed, so a reader never sees
 * half.
 */
#pragma once

#include "upstream/pool.h"
#include "upstream/upstream.h"

/*
 * Maps PATH into OUT_POOL and says which commit it reaches (OUT_TO, 41 bytes). False without error where it
 * is absent or not usable: it is then to be built.
 */
bool ksig_index_map(const char *path, struct ksig_pool *out_pool, char *out_to);
void ksig_index_unmap(struct ksig_pool *pool);

bool ksig_index_write(const char *path, const struct ksig_pool *pool, const char *to, GError **error);
