/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel-internal.h"
#include "rpm/rpm.h"

/* A source package on its way through. */
struct plus {
	const struct ksig_plus_options *options;
	char *base;                  /* the source package, a copy of ksig's own */
	ksig_scratch *own;           /* the folder of it; of a dist-git, with its files */
	char *dist;                  /* NULL: RPM's own */
	char *work, *sources, *spec; /* SPEC: the one of the base */
	char *version;               /* "5.14.0-284.11.1.el9_2", the base's */
	char *spec_dist;             /* %dist that its spec takes from outside; NULL: none */
	char *stopped;               /* the command of the base's %prep that fails here; NULL: none */
	char *unseen;                /* … of the result's, if the base's has one too; NULL: none */
	ksig_spec_facts *facts;      /* of the base's spec */
	char *beside;                /* where what the base leaves out (NoSource) lies */
	GPtrArray *left_out;         /* of char *: paths in SOURCES of what was taken from there */
	char *tarball;
	char *made_of;      /* what is published with it */
	GPtrArray *configs; /* of char *: the vendor's configurations of this architecture */
	GPtrArray *decided; /* of struct ksig_option: those of the flavour that take effect */
	GPtrArray *droppable;
	GPtrArray *absent; /* of char *: options that its kernel does not have, and that the flavour can do
			      without */
	GPtrArray *idle; /* of char *: "FILE: A, B": of a variant's configuration, what has no effect there */
};

typedef struct plus plus_t;
enum { PLUS_PATCH_LINES_MIN = 10 };
