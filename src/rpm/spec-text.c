/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that go into a spec which ksig writes. */
#include "rpm/rpm.h"

char *ksig_rpm_spec_text(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text ? text : "", "%", -1);

	return g_strjoinv("%%", parts);
}

char *ksig_rpm_spec_line(const char *text)
{
	return g_strdelimit(ksig_rpm_spec_text(text), "\r\n", ' ');
}

char *ksig_rpm_spec_day(int64_t seconds)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);

	return g_strdup_printf("%s %s %02d %04d", ksig_days[g_date_time_get_day_of_week(date) - 1],
			       ksig_months[g_date_time_get_month(date) - 1],
			       g_date_time_get_day_of_month(date), g_date_time_get_year(date));
}
