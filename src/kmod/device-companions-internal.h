/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes with an id. */
#pragma once

#include "kmod/devices.h"

/*
 * The lines of its sources outside of tables of ids, for device_companions(). SETTINGS: device_settings(),
 * by which conditions leave lines out; NULL: all lines.
 */
GPtrArray *device_lines(const char *folder, const ksig_recipe *recipe, const char *settings, GError **error);

/*
 * The lines (char *, "FILE:LINE: TEXT") of UPSTREAM (device_lines()) that name the hardware of DEVICE and
 * that VENDOR's lines do not have. DRIVEN: the vendor's devices; a word that their rows use is not DEVICE's
 * own.
 */
GPtrArray *device_companions(const struct ksig_device *device, const GPtrArray *driven,
			     const GPtrArray *upstream, const GPtrArray *vendor);
