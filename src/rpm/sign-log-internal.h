/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of signatures. */
#pragma once

#include "rpm/rpm.h"

typedef struct {
	char *path, *head_path;
	const struct ksig_signer *signer;
	ksig_lock *lock;
	GPtrArray *entries; /* of struct ksig_sign_entry */
	char *last_hash;
} sign_log;

/* Opens the log to add to it: the chain is checked, and an entry that a killed run announced is completed. */
bool sign_log_open(sign_log *log, const char *path, const struct ksig_signer *signer, GError **error);
void sign_log_clear(sign_log *log);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(sign_log, sign_log_clear)

/* Takes ENTRY over, whose number and time are set here. */
bool sign_log_add(sign_log *log, struct ksig_sign_entry *entry, GError **error);
