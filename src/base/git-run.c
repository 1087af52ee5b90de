/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that runs git: see base.h. */
#include "base/base.h"

/*
 * What a repository, a user or a machine can say to git through files and variables, it does not hear. The
 * keys that a repository's own config may name a program in are set here as well, for the repositories that
 * ksig made itself are not the only ones: git receive-pack is run in the one that is written to.
 */
static const char *const settings[] = {
	"core.hooksPath=/dev/null",
	"core.fsmonitor=false",
	"core.attributesFile=/dev/null",
	"core.excludesFile=/dev/null",
	"core.pager=cat",
	"core.editor=false",
	"core.askPass=",
	"core.sshCommand=false",
	"core.gitProxy=",
	"core.quotePath=false",
	"core.alternateRefsCommand=true",
	"credential.helper=",
	"diff.external=",
	"gpg.program=false",
	"gc.auto=0",
	"gc.autoDetach=false",
	"maintenance.auto=false",
	"receive.autogc=false",
	"core.fsync=committed",
	"protocol.ext.allow=never",
	"safe.directory=*",
};

static const char *const environment[] = {
	"HOME=/nonexistent",
	"XDG_CONFIG_HOME=/nonexistent",
	"LC_ALL=C",
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_CONFIG_SYSTEM=/dev/null",
	"GIT_ATTR_NOSYSTEM=1",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ASKPASS=false",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_NO_REPLACE_OBJECTS=1",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_PAGER=cat",
	"GIT_EDITOR=false",
	"GIT_ADVICE=0",
	"GIT_CEILING_DIRECTORIES=/",
};

/* Of the caller's environment, what git needs to run at all, and to reach a network where it may. */
static const char *const kept[] = {"PATH",         "TMPDIR",          "http_proxy",
				   "https_proxy",  "no_proxy",        "SSL_CERT_FILE",
				   "SSL_CERT_DIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS"};

static GPtrArray *command(const char *const *arguments)
{
	GPtrArray *argv = g_ptr_array_new();

	g_ptr_array_add(argv, (gpointer) "git");
	g_ptr_array_add(argv, (gpointer) "--no-pager");
	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
		g_ptr_array_add(argv, (gpointer) "-c");
		g_ptr_array_add(argv, (gpointer) settings[i]);
	}
	for (; *arguments; arguments++)
		g_ptr_array_add(argv, (gpointer) *arguments);
	g_ptr_array_add(argv, NULL);
	return argv;
}

static char **variables(const struct ksig_process_options *options)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (size_t i = 0; i < G_N_ELEMENTS(environment); i++)
		g_strv_builder_add(builder, environment[i]);
	g_strv_builder_add(builder,
			   options->git_protocols ? options->git_protocols : "GIT_ALLOW_PROTOCOL=none");
	for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
		const char *value = g_getenv(kept[i]);
		g_autofree char *entry = value ? g_strconcat(kept[i], "=", value, NULL) : NULL;
		if (entry)
			g_strv_builder_add(builder, entry);
	}
	for (const char *const *entry = options->environment; entry && *entry; entry++)
		g_strv_builder_add(builder, *entry);
	return g_strv_builder_end(builder);
}

bool ksig_git_run(const char *const *arguments, const struct ksig_process_options *options, int *out_status,
		  GString **out_output, GError **error)
{
	struct ksig_process_options own = options ? *options : (struct ksig_process_options){0};
	g_autoptr(GPtrArray) argv = command(arguments);
	g_auto(GStrv) all = variables(&own);

	own.environment = (const char *const *) all;
	own.only_environment = true;
	return ksig_process_run((const char *const *) argv->pdata, &own, out_status, out_output, error);
}

ksig_process *ksig_git_start(const char *const *arguments, const struct ksig_process_options *options,
			     GError **error)
{
	struct ksig_process_options own = options ? *options : (struct ksig_process_options){0};
	g_autoptr(GPtrArray) argv = command(arguments);
	g_auto(GStrv) all = variables(&own);

	own.environment = (const char *const *) all;
	own.only_environment = true;
	return ksig_process_start((const char *const *) argv->pdata, &own, error);
}
