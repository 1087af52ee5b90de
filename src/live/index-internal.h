/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/index.h"

/* Switches FOLDER to INDEX and its SIGNATURE at once. */
bool live_index_publish(const char *folder, GBytes *index, GBytes *signature, GError **error);
