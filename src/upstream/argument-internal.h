/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an upstream is called on the command line: [NAME=]KIND:PLACE[@FROM..TO]. */
#pragma once

#include "base/base.h"

typedef struct {
	char *name; /* before '=', or made from the place */
	char *kind; /* "git", "quilt", "mbox" */
	char *place;
	char *from;
	char *to;
} upstream_argument;

void upstream_argument_clear(upstream_argument *argument);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(upstream_argument, upstream_argument_clear)

bool argument_parse(const char *text, upstream_argument *argument, GError **error);

/* The argument as it can be given again from any folder. Free with g_free(). */
char *argument_absolute(const upstream_argument *argument);
