/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client.h"
#include "client/config-internal.h"
#include "client/state-internal.h"
#include "trust/trust.h"

enum {
	CLIENT_DEADLINE_S = 60,
	CLIENT_PROBATION_S = 600,
	CLIENT_POLL_MS = 50,
	CLIENT_LIMIT_PATCHES = 1000,
	CLIENT_LIMIT_TASKS = 20,
	CLIENT_LIMIT_HISTORY_BYTES = 4 << 20,
	CLIENT_MEMORY_SPARE_KIB = 8 << 10,
};

struct ksig_client {
	char *root, *folder;
	struct ksig_client_kernel kernel;
	gint64 deadline_us, probation_s;
	ksig_trust *trust;
	ksig_lock *lock;
	struct client_state state;
	struct client_config config;
};
