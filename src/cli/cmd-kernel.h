/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cmd.h"

ksig_command_fn ksig_command_kernel_boot;
ksig_command_fn ksig_command_kernel_build;
ksig_command_fn ksig_command_kernel_bump;
ksig_command_fn ksig_command_kernel_check;
ksig_command_fn ksig_command_kernel_config;
ksig_command_fn ksig_command_kernel_list;
