/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cmd.h"
#include "rpm/rpm.h"

ksig_command_fn ksig_command_repo_publish, ksig_command_repo_rehearse, ksig_command_repo_verify;
