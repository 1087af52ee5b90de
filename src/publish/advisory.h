/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: advisories about packages, as updateinfo.xml has them. */
#pragma once

#include "rpm/rpm.h"

struct ksig_advisory_reference {
	char *type, *id, *url; /* type: "cve", "bugzilla", "self", "other" */
};

typedef struct ksig_advisory {
	char *id, *title, *description;
	char *type;            /* "security", "bugfix", "enhancement" */
	char *severity;        /* "critical", "important", "moderate", "low"; NULL: none */
	char *issued;          /* "2026-01-31 00:00:00" */
	GPtrArray *references; /* of struct ksig_advisory_reference */
	char **packages;       /* patterns of NEVRAs: "kernel-lt-6.12.9-*" */
} ksig_advisory;

ksig_advisory *ksig_publish_advisory_new(const char *id);
void ksig_publish_advisory_free(ksig_advisory *advisory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_advisory, ksig_publish_advisory_free)
void ksig_publish_advisory_add_reference(ksig_advisory *advisory, const char *type, const char *id,
					 const char *url);
/* The reference that says that CVE is fixed; one that is there stays. */
void ksig_publish_advisory_add_cve(ksig_advisory *advisory, const char *cve);
/* One of the four words that updateinfo.xml knows; anything else is a usage error. */
bool ksig_publish_advisory_severity_check(const char *severity, GError **error);
/* A line of its description. */
void ksig_publish_advisory_add_line(ksig_advisory *advisory, const char *line);

/*
 * {"id": …, "title": …, "type": …, "severity": …, "issued": …, "description": …, "cves": [id, …],
 * "references": [{"type":, "id":, "url":}, …], "packages": [pattern, …]}, or an array of such.
 * Gives an array of ksig_advisory.
 */
GPtrArray *ksig_publish_advisories_load(const char *path, GError **error);
