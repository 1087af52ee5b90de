/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tools in front of patch and git noted while %prep ran. */
#pragma once

#include "rpm/srpm-internal.h"

/* The calls noted in the folder at CALLS_FD, in order: struct ksig_source_patch *, whose folders are still
 * absolute. */
GPtrArray *prep_calls_read(int calls_fd, GError **error);
