/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel module. */
#pragma once

#include "elf/elf.h"

/* Fill the module's parts from its sections. */
bool ksig_module_read_info(ksig_module *module, const ksig_elf *elf, GError **error);
