/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

void client_quarantine(ksig_client *client, const char *id, const char *why);
bool client_trial_set(ksig_client *client, const char *id, bool loading, GError **error);
/* ID is what is wanted from now on; what was before comes back if ID turns out bad, if OLD_IS_GOOD. */
void client_current_set(ksig_client *client, const char *id, bool old_is_good);
/* Whether the kernel had an oops in this boot under the patch on probation, which is quarantined then. */
bool client_probation_oops(ksig_client *client);
/* Ends a probation that lasted long enough; one in which the kernel had an oops ends in quarantine. */
void client_probation_end(ksig_client *client, gint64 now);
