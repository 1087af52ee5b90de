/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thing that was looked at in a repository: good or not, and why. */
#include "publish/finding-internal.h"

void repo_finding_free(gpointer data)
{
	struct ksig_repo_finding *finding = data;

	g_free(finding->check);
	g_free(finding->subject);
	g_free(finding->message);
	g_free(finding);
}

void repo_finding(GPtrArray *findings, bool good, const char *check, const char *subject, const char *message)
{
	struct ksig_repo_finding *finding = g_new0(struct ksig_repo_finding, 1);

	finding->good = good;
	finding->check = g_strdup(check);
	finding->subject = g_strdup(subject);
	finding->message = g_strdup(message);
	g_ptr_array_add(findings, finding);
}
