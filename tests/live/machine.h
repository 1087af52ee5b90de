/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that is a folder: sysfs, procfs and the loading of modules are fakes, all above is real: keys,
 * packages, manifests, the index.
 */
#pragma once

#include "fixture.h"
#include "live/live.h"
#include "client/client.h"

#define NAME "kpatch-patch-6_1_0-54"
#define KERNEL_BUILD "18131f50b1871982b9e17a6de6743f41e747e6ea"

extern char *machine, *source, *trust; /* folders */
extern bool stall;                     /* what is loaded gets stuck in its transition */
extern bool stubborn;                  /* a stuck transition does not turn around either */
extern int load_errno;                 /* what loading gives; 0: it works */
extern int die_at;                     /* the process ends: 1 before the module is in, 2 after */

/* Makes the machine, its owner's policy, and the keys. */
void prepare(void);
void machine_free(void);

void put(const char *path, const char *text, gssize length);
char *get(const char *path);
bool is_there(const char *path);
void erase(const char *path);
/* /etc/ksig/live.conf; NULL: none. */
void configure(const char *lines);

/* Modules are gone, the kernel is as it was booted; ID: of the boot. */
void boot(const char *id);
ksig_client *open_client(void);

/* Revision N, by KEY, for the kernel BUILD. */
void publish(int n, const char *key, const char *build, gint64 minimum);
void publish_index(gint64 revision, const char *const *releases, const char *const *halted);
/* The same with TO in the place of FROM, which stands there once: what ksig would not write, but another may.
 */
void publish_otherwise(const char *from, const char *to);

void fetch(const char *wanted);
/* Applies ID; a refusal has to hold WORDS. */
void apply(const char *id, const char *words);
void rollback(const char *id, const char *words);
/* The same as the machine does it at boot, after boot(). */
void do_boot(const char *id);
/* At an orderly shutdown. */
void do_stop(void);
/* What the timer does: it has to say WORDS. */
void do_auto(const char *words);
/* Applies ID in a process that ends at die_at. */
void apply_and_die(const char *id, int point);
/* The trial began long ago. */
void age_trial(void);

void assert_status(const char *words, bool clean);
void assert_not_in_status(const char *words);
void assert_cve(const char *cve, const char *wanted);
