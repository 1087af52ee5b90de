/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of roles and refusals, and trust_refuse(), through which every refusal goes. Names that steps touch
 * are catalog/step-names.c (stored) and history/step-names.c (found).
 */
#include "trust/refusal-internal.h"

#include <openssl/err.h>

static const char *const roles[] = {
	[KSIG_ROLE_KERNEL] = "kernel",
	[KSIG_ROLE_LIVEPATCH] = "livepatch",
	[KSIG_ROLE_MODULE] = "module",
	[KSIG_ROLE_REPOSITORY] = "repository",
};

static const char *const refusals[] = {
	[KSIG_REFUSAL_NONE] = "accepted",
	[KSIG_REFUSAL_UNSIGNED] = "unsigned",
	[KSIG_REFUSAL_TAMPERED] = "tampered",
	[KSIG_REFUSAL_UNKNOWN_KEY] = "unknown-key",
	[KSIG_REFUSAL_ROLE] = "wrong-role",
	[KSIG_REFUSAL_SCOPE] = "out-of-scope",
	[KSIG_REFUSAL_KEY_EXPIRED] = "key-expired",
	[KSIG_REFUSAL_KEY_REVOKED] = "key-revoked",
	[KSIG_REFUSAL_NOT_ALLOWED] = "provider-not-allowed",
	[KSIG_REFUSAL_BUILD_ID] = "other-kernel",
	[KSIG_REFUSAL_EXPIRED] = "expired",
	[KSIG_REFUSAL_REPLAYED] = "replayed",
	[KSIG_REFUSAL_PATCH_REVOKED] = "patch-revoked",
	[KSIG_REFUSAL_DAMAGED] = "damaged",
	[KSIG_REFUSAL_WEAK_HASH] = "weak-hash",
};

const char *ksig_trust_role_name(enum ksig_role role)
{
	return roles[role];
}

bool ksig_trust_role_parse(const char *name, enum ksig_role *out_role, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
		if (g_str_equal(roles[i], name)) {
			*out_role = (enum ksig_role) i;
			return true;
		}
	return ksig_error_set(error, KSIG_ERROR_USAGE,
			      "%s: kernel, livepatch, module or repository expected as a role", name);
}

const char *ksig_trust_refusal_name(enum ksig_refusal refusal)
{
	return refusals[refusal];
}

void ksig_trust_verdict_clear(struct ksig_trust_verdict *verdict)
{
	g_clear_pointer(&verdict->key, g_free);
	g_clear_pointer(&verdict->provider, g_free);
	g_clear_pointer(&verdict->subject, g_free);
	verdict->refusal = KSIG_REFUSAL_NONE;
}

bool trust_refuse(struct ksig_trust_verdict *out, enum ksig_refusal refusal, GError **error,
		  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	if (out)
		out->refusal = refusal;
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s", message);
}

bool trust_openssl_error(GError **error, enum ksig_error code, const char *what)
{
	const unsigned long reason = ERR_peek_last_error();
	const char *text = reason ? ERR_reason_error_string(reason) : NULL;

	ERR_clear_error();
	return ksig_error_set(error, code, "%s: %s", what, text ? text : "not understood");
}
