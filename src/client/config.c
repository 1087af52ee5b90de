/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/ksig/live.conf: a key file with one group, [live]. What is not understood is an error: a policy half
 * read would be a policy not meant. */
#include "client/config-internal.h"
#include "live/manifest.h"

#include <string.h>

enum { LIMIT_DAYS = 3650, LIMIT_SECONDS = 86400, MINUTES_A_DAY = 24 * 60, DAYS_A_WEEK = 7 };

static const char *const keys[] = {
	"source", "apply", "hold-back-days",   "cut-off",           "window",
	"pin",    "block", "deadline-seconds", "probation-seconds", "test-needed",
};

void client_config_clear(struct client_config *config)
{
	g_strfreev(config->sources);
	g_strfreev(config->windows);
	g_strfreev(config->blocked);
	g_free(config->pin);
}

/* ---- windows: "Sat,Sun 02:00-05:00" -------------------------------------------------------------- */

struct window {
	bool on[DAYS_A_WEEK]; /* the day on which it opens */
	int from, to;         /* minutes; TO may lie on the next day */
};

static bool parse_days(char **names, struct window *window)
{
	for (; *names; names++) {
		size_t day = 0;
		while (day < DAYS_A_WEEK && g_ascii_strcasecmp(ksig_days[day], *names) != 0)
			day++;
		if (day == DAYS_A_WEEK)
			return false;
		window->on[day] = true;
	}
	return true;
}

static bool parse_minute(const char *text, int *out_minute)
{
	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789:") != 5)
		return false;
	const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
	*out_minute = hour * 60 + minute;
	return minute < 60 && *out_minute <= MINUTES_A_DAY;
}

static bool parse_window(const char *text, struct window *window, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 3);
	const guint n_words = g_strv_length(words);
	g_auto(GStrv) names = g_strsplit(n_words == 2 ? words[0] : "Mon,Tue,Wed,Thu,Fri,Sat,Sun", ",", -1);
	g_auto(GStrv) times = g_strsplit(n_words ? words[n_words - 1] : "", "-", -1);

	if (n_words <= 2 && g_strv_length(times) == 2 && parse_days(names, window) &&
	    parse_minute(times[0], &window->from) && parse_minute(times[1], &window->to))
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT, "window: %s: such as Sat,Sun 02:00-05:00 expected",
			      text);
}

static bool is_open(const struct window *window, GDateTime *time)
{
	const int minute = g_date_time_get_hour(time) * 60 + g_date_time_get_minute(time);
	const int day = g_date_time_get_day_of_week(time) - 1, before = (day + 6) % 7;

	if (window->from < window->to)
		return window->on[day] && minute >= window->from && minute < window->to;
	return (window->on[day] && minute >= window->from) || (window->on[before] && minute < window->to);
}

bool client_window_is_open(const struct client_config *config, GDateTime *time)
{
	bool open = !config->windows || !config->windows[0];

	for (char **text = config->windows; text && *text && !open; text++) {
		struct window window = {0};
		open = parse_window(*text, &window, NULL) && is_open(&window, time);
	}
	return open;
}

static bool check_windows(const struct client_config *config, GError **error)
{
	for (char **text = config->windows; text && *text; text++) {
		struct window window = {0};
		if (!parse_window(*text, &window, error))
			return false;
	}
	return true;
}

/* ---- the file ------------------------------------------------------------------------------------ */

static bool take_number(GKeyFile *file, const char *key, gint64 most, gint64 *out, GError **error)
{
	g_autofree char *text = g_key_file_get_string(file, "live", key, NULL);
	guint64 number = 0;

	if (text && !g_ascii_string_to_unsigned(text, 10, 0, (guint64) most, &number, NULL))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a number up to %" G_GINT64_FORMAT " expected", key, most);
	*out = (gint64) number;
	return true;
}

/* One of two words; neither said is FIRST. */
static bool take_word(GKeyFile *file, const char *key, const char *first, const char *second,
		      bool *out_second, GError **error)
{
	g_autofree char *text = g_key_file_get_string(file, "live", key, NULL);

	*out_second = g_strcmp0(text, second) == 0;
	return !text || *out_second || g_str_equal(text, first) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s or %s expected", key, first, second);
}

static bool take_cut_off(GKeyFile *file, gint64 *out, GError **error)
{
	g_autofree char *text = g_key_file_get_string(file, "live", "cut-off", NULL);
	g_autofree char *iso = text && strlen(text) == 10 ? g_strconcat(text, "T00:00:00Z", NULL) : NULL;
	g_autoptr(GDateTime) date = iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;

	if (text && !date)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "cut-off: a date such as 2027-01-31 expected");
	*out = date ? g_date_time_to_unix(date) : 0;
	return true;
}

static bool check_keys(GKeyFile *file, GError **error)
{
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
	g_auto(GStrv) said = g_key_file_get_keys(file, "live", NULL, NULL);

	for (char **group = groups; *group; group++)
		if (!g_str_equal(*group, "live"))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "[%s]: [live] expected", *group);
	for (char **key = said; key && *key; key++) {
		size_t i = 0;
		while (i < G_N_ELEMENTS(keys) && !g_str_equal(keys[i], *key))
			i++;
		if (i == G_N_ELEMENTS(keys))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not known; %s?", *key,
					      ksig_nearest(*key, keys, G_N_ELEMENTS(keys)));
	}
	return true;
}

static bool take_all(GKeyFile *file, struct client_config *config, GError **error)
{
	config->sources = g_key_file_get_string_list(file, "live", "source", NULL, NULL);
	config->windows = g_key_file_get_string_list(file, "live", "window", NULL, NULL);
	config->blocked = g_key_file_get_string_list(file, "live", "block", NULL, NULL);
	config->pin = g_key_file_get_string(file, "live", "pin", NULL);
	return check_keys(file, error) && check_windows(config, error) &&
	       take_word(file, "apply", "automatic", "manual", &config->manual, error) &&
	       take_word(file, "test-needed", "no", "yes", &config->test_needed, error) &&
	       take_number(file, "hold-back-days", LIMIT_DAYS, &config->hold_back_days, error) &&
	       take_number(file, "deadline-seconds", LIMIT_SECONDS, &config->deadline_s, error) &&
	       take_number(file, "probation-seconds", LIMIT_SECONDS, &config->probation_s, error) &&
	       take_cut_off(file, &config->cut_off, error);
}

bool client_config_parse(struct client_config *config, const char *what, const char *text, gsize length,
			 GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) reason = NULL;

	/* GLib takes no text for an error of the caller's. */
	if (!length)
		return true;
	if (!g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &reason))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", what, reason->message);
	if (take_all(file, config, error))
		return true;
	g_prefix_error(error, "%s: ", what);
	return false;
}

bool client_config_load(struct client_config *config, const char *path, GError **error)
{
	gsize length = 0;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	g_autofree char *text = ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, &length, error);
	return text && client_config_parse(config, path, text, length, error);
}
