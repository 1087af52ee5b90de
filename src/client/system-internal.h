/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"
#include "live/manifest.h"

/* What the machine says of itself. */

char *client_system_file(const ksig_client *client, const char *path); /* NULL: not there */
char *client_running_build_id(const ksig_client *client, GError **error);
char *client_boot_id(const ksig_client *client);
/* The taint bits of the kernel, as include/linux/panic.h numbers them; 0 if not known. */
gint64 client_taint(const ksig_client *client);
bool client_patch_is_there(const ksig_client *client, const char *name);
char *client_release(const ksig_client *client);
bool client_kill_switch(const ksig_client *client);
bool client_signatures_enforced(const ksig_client *client);
/* Names below /sys/kernel/livepatch; never NULL. */
GPtrArray *client_loaded_patches(const ksig_client *client);
/* Whether /sys/kernel/livepatch/NAME/FILE reads 1. */
bool client_patch_flag(const ksig_client *client, const char *name, const char *file);
bool client_patch_write(const ksig_client *client, const char *name, const char *file, const char *value,
			GError **error);
bool client_module_is_loaded(const ksig_client *client, const char *name);
char *client_module_build_id(const ksig_client *client, const char *name);
/* Tasks that hold up the transition of NAME: "PID COMM STATE: in FUNCTION (stack …)"; to g_free(). */
char *client_stalled(const ksig_client *client, bool enabling, const ksig_live_manifest *manifest);

extern const struct ksig_client_kernel client_libkmod;
