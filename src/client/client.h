/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client: live patches on a machine. It loads one only if trust accepts it, watches it, and can go back.
 */
#pragma once

#include "base/base.h"

/* The kernel's doors, so that tests can stand behind them: give 0 or a negative errno. */
struct ksig_client_kernel {
	int (*load)(const char *path, void *data);
	int (*unload)(const char *name, void *data);
	int (*write)(const char *path, const char *value, void *data); /* to a file of sysfs */
	void *data;
};

struct ksig_client_options {
	const char *root;                        /* "" or a folder that stands for / */
	const char *trust;                       /* NULL: /etc/ksig/trust */
	const struct ksig_client_kernel *kernel; /* NULL: libkmod */
	unsigned deadline_s;                     /* of a transition; 0: 60 */
	unsigned probation_s;                    /* until a new patch counts as good; 0: 600 */
};

typedef struct ksig_client ksig_client;
/* Opens the state below ROOT/var/lib/ksig-live, alone: a second client waits for nothing and is refused. */
ksig_client *ksig_client_open(const struct ksig_client_options *options, GError **error);
void ksig_client_free(ksig_client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_client, ksig_client_free)

/* Takes the kernel's package, if trust accepts it as that of the running kernel. */
bool ksig_client_vouch(ksig_client *client, const char *package, GError **error);

/*
 * Looks at SOURCE (a folder or http(s) URL with index.json or repodata/, the folder of one patch, a package
 * file; NULL: those of live.conf) and takes what is meant for this machine into the store. OUT_ID: the newest
 * that fits, NULL if there is none.
 */
bool ksig_client_fetch(ksig_client *client, const char *source, char **out_id, GError **error);

/* What the timer does: takes from the sources of live.conf, and applies what is due by its policy. OUT_SAID:
 * what was done, or why nothing; to g_free(). */
bool ksig_client_auto(ksig_client *client, char **out_said, GError **error);

/* Copies the verified SOURCE to FOLDER, for machines without a network. */
bool ksig_client_mirror(ksig_client *client, const char *source, const char *folder, GError **error);

/* Applies patch ID of the store; NULL: the newest for the running kernel that live.conf and the index leave.
 */
bool ksig_client_apply(ksig_client *client, const char *id, GError **error);

/* At boot, before the network: judges how the last boot ended, then applies what was confirmed or is on
 * probation. */
bool ksig_client_boot(ksig_client *client, GError **error);
/* At an orderly shutdown: the patch on probation did not bring the machine down; it goes on after the boot.
 */
bool ksig_client_stop(ksig_client *client, GError **error);

/* Goes back to ID (of the store); NULL: to the kernel as it was booted. */
bool ksig_client_rollback(ksig_client *client, const char *id, GError **error);

/* Goes back to the kernel as it was booted if ID is what is applied or wanted, as when its package goes. */
bool ksig_client_leave(ksig_client *client, const char *id, GError **error);

/* Takes ID out of quarantine: it may be applied again. */
bool ksig_client_release(ksig_client *client, const char *id, GError **error);

/* Ends a transition that cannot end by itself, if the manifest permits it. The words have to be said. */
bool ksig_client_force(ksig_client *client, const char *words, GError **error);

/* One machine's state, as JSON (docs/live.md); to g_free(). OUT_CLEAN: nothing open, expired, stalled,
 * quarantined. */
char *ksig_client_status(ksig_client *client, bool *out_clean, GError **error);
/* The same as a node-exporter textfile. */
char *ksig_client_metrics(ksig_client *client, GError **error);
/* "live ID", "kernel", "open", "reboot KERNEL" or "unknown", for one CVE; to g_free(). */
char *ksig_client_cve(ksig_client *client, const char *cve, GError **error);
/* One JSON object a line, oldest first; "" if there is none. */
char *ksig_client_history(ksig_client *client, GError **error);
