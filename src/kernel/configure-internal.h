/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration as a flavour asks for it. */
#pragma once

#include "kernel/kernel.h"

/* True if some Kconfig file below SOURCE defines NAME, however it is read in. */
bool kconfig_defines(const char *source, const char *name);

/* What kbuild makes of the base alone, without the flavour: OUTPUT/.config. */
bool configure_base(const struct ksig_configure_options *options, GError **error);
