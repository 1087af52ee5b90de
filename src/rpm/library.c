/* SPDX-License-Identifier: GPL-2.0-or-later */
/* librpm and its neighbours: started once, silent, and their errors as ours. */
#include "rpm/metadata.h"
#include "rpm/rpm.h"

#include <gpgme.h>

#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>

/* librpm speaks to standard error of its own accord; what matters comes back as a result. */
static int drop_log(rpmlogRec record, rpmlogCallbackData data)
{
	(void) record;
	(void) data;
	return 0;
}

static void drop_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
	(void) domain;
	(void) level;
	(void) message;
	(void) data;
}

void ksig_rpm_library_mute(void)
{
	rpmlogSetCallback(drop_log, NULL);
}

void ksig_rpm_library_init(void)
{
	static gsize done;

	if (!g_once_init_enter(&done))
		return;
	rpmReadConfigFiles(NULL, NULL);
	ksig_rpm_library_mute();
	g_log_set_handler("C_CREATEREPOLIB", G_LOG_LEVEL_MASK, drop_message, NULL);
	cr_xml_dump_init();
	cr_package_parser_init();
	gpgme_check_version(NULL);
	g_once_init_leave(&done, 1);
}

char *ksig_rpm_dist(void)
{
	ksig_rpm_library_init();
	char *dist = rpmExpand("%{?dist}", NULL);
	char *copy = g_strdup(dist ? dist : "");

	free(dist);
	return copy;
}

bool ksig_rpm_library_error(GError **error, GError *reason, enum ksig_error code, const char *what)
{
	ksig_error_set(error, code, "%s: %s", what, reason ? reason->message : "unknown error");
	g_clear_error(&reason);
	return false;
}
