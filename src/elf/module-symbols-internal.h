/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a module wants and what it offers. */
#pragma once

#include "elf/elf.h"

bool ksig_module_read_imports(ksig_module *module, const ksig_elf *elf, GError **error);
void ksig_module_read_exports(ksig_module *module, const ksig_elf *elf);
