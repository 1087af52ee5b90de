/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a source package is read: a sandboxed child expands the spec; this side makes sense of what it says. */
#pragma once

#include "rpm/rpm.h"

#if defined(__SANITIZE_ADDRESS__)
#define KSIG_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KSIG_SANITIZED 1
#endif
#endif
#ifndef KSIG_SANITIZED
#define KSIG_SANITIZED 0
#endif

/* The files that a sandbox leaves: NULL-ended lists of paths, with all that is below a folder. */
struct ksig_sandbox_files {
	const char *const *readable;
	const char *const *writable; /* not NULL: it may run programs too */
};

/*
 * A sandbox for a child that is forked and goes on by itself: made ready before the fork (of FILES, which it
 * keeps), entered by the child for good. It is bubblewrap's, or, where that is not to be had, Landlock's;
 * where neither works it is an environment error, unless KSIG_SANDBOX=none in the environment waives it.
 */
typedef struct ksig_sandbox ksig_sandbox;
ksig_sandbox *ksig_sandbox_new(const struct ksig_sandbox_files *files, GError **error);
bool ksig_sandbox_enter(const ksig_sandbox *sandbox, GError **error);
void ksig_sandbox_free(ksig_sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_sandbox, ksig_sandbox_free)

/* Runs ARGV, in the folder that OPTIONS name, as ksig_process_run() does, with no more than FILES. */
bool ksig_sandbox_run(const struct ksig_sandbox_files *files, const char *const *argv,
		      const struct ksig_process_options *options, int *out_status, GError **error);

/* Landlock's part: closes files to this process; its version, less than 1: there is none. */
bool ksig_sandbox_files(const struct ksig_sandbox_files *files, GError **error);
int ksig_sandbox_landlock_version(void);

/*
 * bubblewrap's part. Why it does not work here, NULL if it does; the command that runs ARGV with FILES and
 * the seccomp filter in FILTER_FD; a namespace with FILES that stays while it is held, for a child to join.
 */
const GError *bubble_refusal(void);
GPtrArray *bubble_arguments(const struct ksig_sandbox_files *files, int filter_fd, const char *directory,
			    const char *const *argv);
struct bubble *bubble_hold(const struct ksig_sandbox_files *files, GError **error);
bool bubble_join(const struct bubble *bubble, GError **error);
void bubble_free(struct bubble *bubble);
bool bubble_keep_fd(
	void *fd); /* lets the program have the descriptor *FD: for ksig_process_options.confine */

/* Below the folder of the package's files: what belongs to the run of its %prep. */
#define KSIG_PREP_FOLDER ".ksig-prep"

/* A spec as rpm's parser expands it. */
typedef struct ksig_spec {
	GPtrArray
		*sources; /* char *: file names in the order of their numbers; NULL where a number has none */
	GPtrArray *patches; /* char * */
	char *preamble;     /* what rpm puts before each script: its variables */
	char *prep;         /* the script of %prep */
} ksig_spec;

struct rpmSpec_s;

/* What a child that has a spec parsed is asked. */
struct spec_question {
	const char *path, *folder; /* the spec, and where its sources are */
	const char *release;       /* of what distribution: "305.el8" */
	const char *dist;          /* %dist; NULL: what RELEASE ends in */
	bool whole;                /* also what follows %prep */
	void (*say)(GString *answer, struct rpmSpec_s *spec);
};

/* Its answer: records that end in NUL, the first letter says of what kind; "!reason" if there is none. */
GString *spec_ask(const struct spec_question *question, GError **error);
void spec_say(GString *answer, const char *kind, const char *text);
/* "S0 name" and "P1 name" for each source and patch. */
void spec_say_sources(GString *answer, struct rpmSpec_s *spec);

/*
 * TEXT, a spec for an older rpm, as this one reads it, NULL where TEXT is no text; and the macros that it
 * then needs, for the process that parses it.
 */
char *spec_older_text(const char *text);
void spec_older_macros(const char *text);

/*
 * Expands the spec at PATH, whose sources are in FOLDER, for the distribution that RELEASE ("305.el8") comes
 * from. What stands below %prep is not looked at.
 */
ksig_spec *ksig_spec_expand(const char *path, const char *folder, const char *release, GError **error);
void ksig_spec_free(ksig_spec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_spec, ksig_spec_free)

/*
 * Runs the %prep of SPEC in a sandbox of files below FOLDER, where the package's files are, and fills SRPM's
 * patches with what it had patching tools do. A Patch line that it did not get to is an error.
 */
bool ksig_prep_run(const ksig_spec *spec, const char *folder, ksig_srpm *srpm, GError **error);

/* The dist-git folder PATH as a source package's: its files are copied to FOLDER, OUT_SPEC is the spec there.
 */
ksig_srpm *dist_git_read(const char *path, const char *folder, char **out_spec, GError **error);

/* libarchive's complaint about the payload of PATH. Returns false. */
bool srpm_payload_error(GError **error, struct archive *payload, const char *path);
