/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history, account: the two sides of one question, subsystem by subsystem. The changelog announces changes of
 * which no code was found; the code has changes that nobody explains. Where they meet, a person can tell in a
 * minute what took a day.
 */
#pragma once

#include "catalog/catalog.h"

/* What a subsystem's entries and remainders came to, between two revisions. */
struct ksig_account_row {
	char *subsystem;         /* the code's, or "[net]": the changelog's, which no entry ties to code */
	unsigned entries;        /* of the changelog */
	unsigned upstream;       /* of these told to patches of upstream */
	unsigned others;         /* … to changes without a candidate */
	unsigned open;           /* … to none */
	unsigned remainders;     /* unexplained changes that no entry is told to */
	int64_t lines;           /* which these add and remove */
	GPtrArray *told_to_none; /* const struct ksig_entry *: the open ones; NULL in the sum of all */
	GPtrArray *unannounced;  /* const struct ksig_patch *: the remainders; likewise */
};

struct ksig_account {
	GPtrArray *rows; /* struct ksig_account_row *, those with most open on both sides first */
	struct ksig_account_row all;
	GPtrArray *entries;     /* what the rows point to: struct ksig_entry *, … */
	GPtrArray *differences; /* … and struct ksig_difference * */
};
void ksig_history_account_free(struct ksig_account *account);
typedef struct ksig_account ksig_account;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_account, ksig_history_account_free)

/* The account of what OTHER has more than ONE, an earlier revision. */
ksig_account *ksig_history_account_make(ksig_catalog *catalog, const char *one, const char *other,
					GError **error);

/* An entry without code, and an unexplained change that it may be about: neither is told to anything else. */
struct ksig_likely_pair {
	char *subsystem;
	int64_t patch_id;
	int64_t entry_id;
	char *subject; /* the change's title */
	char *release;
	char *entry;
	char *why; /* the names that both have */
};
void ksig_history_likely_pair_free(struct ksig_likely_pair *pair);

/*
 * The likely pairs between ONE and OTHER: the entry names a function or a symbol that the change touches, and
 * that few others of these changes do. By subsystem, then by change. The index of names must be up to date
 * (ksig_history_names_update()).
 */
GPtrArray *ksig_history_likely_pairs(ksig_catalog *catalog, const char *one, const char *other,
				     GError **error);
