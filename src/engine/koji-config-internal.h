/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the koji command line. */
#pragma once

#include "engine/koji-internal.h"
#include "engine/engine-internal.h"

/* Section PROFILE of /etc/koji.conf, /etc/koji.conf.d, ~/.koji/config and ~/.koji/config.d, later ones
 * winning. */
bool koji_config_load(const char *profile, struct koji_config *config, GError **error);
void koji_config_clear(struct koji_config *config);
