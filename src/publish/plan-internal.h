/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/publish.h"

typedef struct {
	const struct ksig_repo_options *options;
	char *current;       /* generation; NULL: none */
	char *next;          /* generation that is made */
	GPtrArray *before;   /* of ksig_package: what is there */
	GPtrArray *after;    /* of ksig_package: what will be there */
	GPtrArray *changes;  /* of struct ksig_repo_change; packages belong to it */
	GPtrArray *advised;  /* of ksig_advisory: those that were made for it; NULL: none */
	GHashTable *places;  /* path to ksig_package of after */
	ksig_scratch *aside; /* where the next generation is made */
} repo_publication;

void publication_clear(repo_publication *publication);

/* Reads what is there, takes in what is new, drops what is too old: before, after and changes. */
bool publication_plan(repo_publication *publication, GError **error);
