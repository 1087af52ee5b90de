/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy's sentences, word by word, into keys with grants, allowances, minimums, revocations and hashes;
 * anything else is an error with its line.
 */
#pragma once

#include "trust/trust-internal.h"
#include "trust/trust.h"

/* Reads the policy's TEXT into TRUST; keys that it names are added without being loaded. */
bool trust_policy_parse(ksig_trust *trust, const char *what, const char *text, GError **error);
struct ksig_trust_key *trust_key_find(const ksig_trust *trust, const char *name);
void trust_key_free(struct ksig_trust_key *key);

/* One sentence, split into words; NULL: the line is empty. */
char **trust_words(const char *line);
bool trust_date_parse(const char *word, gint64 *out_time, GError **error);
char *trust_grant_to_string(const char *name, const struct ksig_grant *grant);
struct ksig_grant *trust_grant_parse(char **words, guint n_words, GError **error);
void trust_grant_free(struct ksig_grant *grant);
bool trust_name_is_good(const char *name);
