/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/live-internal.h"

#include <json-glib/json-glib.h>

enum {
	CLIENT_DEADLINE_S = 60,
	CLIENT_PROBATION_S = 600,
	CLIENT_POLL_MS = 50,
	CLIENT_LIMIT_PATCHES = 1000,
	CLIENT_LIMIT_TASKS = 20,
	CLIENT_MEMORY_SPARE_KIB = 8 << 10,
};

/*
 * What is on disk, in one file, so that it is old or new as a whole. A patch goes loading -> probation ->
 * confirmed; what is in one of the first two when a boot ends without a word is quarantined.
 */
struct client_state {
	char *current;    /* id that is to be applied at boot; NULL: none */
	char *trial;      /* id that is loading or on probation; NULL: none */
	char *trial_boot; /* boot id of that */
	bool loading;
	gint64 trial_since;
	GHashTable *seen;       /* "index PROVIDER" and "patch NAME" to gint64 * */
	GHashTable *quarantine; /* id to why */
};

struct ksig_live_client {
	char *root, *folder;
	struct ksig_live_kernel kernel;
	gint64 deadline_us, probation_s;
	ksig_trust *trust;
	ksig_lock *lock;
	struct client_state state;
};

/* client-state.c */
bool client_state_load(ksig_live_client *client, GError **error);
bool client_state_save(ksig_live_client *client, GError **error);
void client_state_clear(struct client_state *state);
gint64 client_seen(const ksig_live_client *client, const char *kind, const char *name);
void client_see(ksig_live_client *client, const char *kind, const char *name, gint64 revision);
/* Adds a line to the history; what cannot be written is said nowhere else. */
void client_record(ksig_live_client *client, const char *what, const char *id, const char *detail);

/* client-store.c */
char *client_path(const ksig_live_client *client, const char *first, ...) G_GNUC_NULL_TERMINATED;
char *client_store(const ksig_live_client *client, const char *id, const char *file);
ksig_live_manifest *client_manifest(const ksig_live_client *client, const char *id, GError **error);
/* Manifests in the store that are for build id BUILD, newest last. */
GPtrArray *client_manifests(const ksig_live_client *client, const char *build);
bool client_id_is_good(const char *id);
/* Whether trust accepts the patch in the store. SEEN: revisions below are refused; module signature as the
 * kernel. */
bool client_accepts(ksig_live_client *client, const char *id, gint64 seen, GError **error);
GBytes *client_read(const char *path, size_t limit_bytes, GError **error);
/* The build id of the kernel image in a package; the package is not verified here. (client-kernel.c) */
char *client_package_build_id(const char *package, GError **error);

/* client-system.c: what the machine says of itself */
char *client_system_file(const ksig_live_client *client, const char *path); /* NULL: not there */
char *client_running_build_id(const ksig_live_client *client, GError **error);
char *client_boot_id(const ksig_live_client *client);
char *client_release(const ksig_live_client *client);
bool client_kill_switch(const ksig_live_client *client);
bool client_signatures_enforced(const ksig_live_client *client);
/* Names below /sys/kernel/livepatch; never NULL. */
GPtrArray *client_loaded_patches(const ksig_live_client *client);
/* Whether /sys/kernel/livepatch/NAME/FILE reads 1. */
bool client_patch_flag(const ksig_live_client *client, const char *name, const char *file);
bool client_patch_write(const ksig_live_client *client, const char *name, const char *file, const char *value,
			GError **error);
bool client_module_is_loaded(const ksig_live_client *client, const char *name);
char *client_module_build_id(const ksig_live_client *client, const char *name);
/* Tasks that hold up the transition of NAME: "PID COMM STATE: in FUNCTION (stack …)"; to g_free(). */
char *client_stalled(const ksig_live_client *client, bool enabling, const ksig_live_manifest *manifest);

extern const struct ksig_live_kernel client_libkmod;
