/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this Slurm takes at once, in its own words, and which of its refusals pass by themselves. */
#include "engine/slurm-limits-internal.h"

enum { LIMIT_TIMEOUT_MS = 60000, LIMIT_OUTPUT_BYTES = 16 << 20 };

static GString *ask(const char *const *argv)
{
	const struct ksig_process_options options = {.timeout_ms = LIMIT_TIMEOUT_MS,
						     .output_limit_bytes = LIMIT_OUTPUT_BYTES};
	GString *output = NULL;

	/* What does not answer (no accounting, an older Slurm) names no limit. */
	return ksig_process_run(argv, &options, NULL, &output, NULL) ? output : NULL;
}

/* "MaxArraySize            = 1001" */
static guint64 array_size(void)
{
	const char *const argv[] = {"scontrol", "show", "config", NULL};
	g_autoptr(GString) output = ask(argv);
	const char *at = output ? strstr(output->str, "\nMaxArraySize") : NULL;
	const char *value = at ? strchr(at, '=') : NULL;

	return value ? g_ascii_strtoull(value + 1, NULL, 10) : SLURM_NO_LIMIT;
}

/* A line an association of this user's, "" where it has none; the lowest, since sbatch may take any. */
static guint64 submit_limit(void)
{
	g_autofree char *user = g_strdup_printf("user=%s", g_get_user_name());
	const char *const argv[] = {"sacctmgr",     "--noheader", "--parsable2",          "show",
				    "associations", user,         "format=MaxSubmitJobs", NULL};
	g_autoptr(GString) output = ask(argv);
	g_auto(GStrv) lines = g_strsplit(output ? output->str : "", "\n", -1);
	guint64 lowest = SLURM_NO_LIMIT;

	for (char **line = lines; *line; line++)
		if (g_ascii_isdigit(**line))
			lowest = MIN(lowest, g_ascii_strtoull(*line, NULL, 10));
	return lowest;
}

bool slurm_limits_ask(struct slurm_limits *limits, GError **error)
{
	limits->array = array_size();
	limits->submitted = submit_limit();
	if (limits->array == 0)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "this Slurm takes no job arrays (MaxArraySize = 0)");
	if (limits->submitted == 0)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "this Slurm takes no jobs of %s (MaxSubmitJobs = 0)",
				      g_get_user_name());
	return true;
}

bool slurm_refusal_is_final(const GError *reason)
{
	/* src/common/slurm_errno.c: what no waiting changes. */
	static const char *const finals[] = {"Invalid partition name",
					     "Invalid account",
					     "Invalid qos",
					     "Invalid feature",
					     "Access/permission denied",
					     "User's group not permitted",
					     "Requested node configuration is not available",
					     "Memory specification can not be satisfied",
					     "CPU count specification invalid",
					     "Job size limit",
					     "unrecognized option",
					     "invalid option",
					     "not installed (looked for in PATH)"};

	for (size_t i = 0; i < G_N_ELEMENTS(finals); i++)
		if (strstr(reason->message, finals[i]))
			return true;
	return false;
}
