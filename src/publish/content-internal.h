/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

struct publish_content {
	bool livepatch; /* a module that says so, or the folder of one, whatever the package is called */
	char *unsigned_first; /* a module that nobody signed; NULL: none */
	guint unsigned_count;
};
void publish_content_clear(struct publish_content *content);

/* Whether a package's file is a module of a kernel, however it is packed and spelled. */
bool publish_content_is_module(const char *name);

/* What the package file PATH carries; OUT is cleared by the caller, also after an error. */
bool publish_content_read(const char *path, struct publish_content *out, GError **error);
