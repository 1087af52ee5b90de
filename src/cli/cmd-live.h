/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: the verbs of "ksig live", one cmd-live-<verb>.c each; cmd-live.c has their table. */
#pragma once

#include "cli/cmd.h"
#include "live/live.h"

ksig_command_fn ksig_command_live_build;
ksig_command_fn ksig_command_live_client;
ksig_command_fn ksig_command_live_inspect;
ksig_command_fn ksig_command_live_manifest;
ksig_command_fn ksig_command_live_package;
ksig_command_fn ksig_command_live_test;
ksig_command_fn ksig_command_live_plan;
