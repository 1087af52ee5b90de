/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a key may vouch for a role, a name and a date. */
#include "trust/judge-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <string.h>

gint64 ksig_trust_time(const ksig_trust *trust)
{
	return trust->now ? trust->now : g_get_real_time() / G_USEC_PER_SEC;
}

static bool in_scope(const struct ksig_grant *grant, const char *subject)
{
	if (!grant->patterns[0] || !subject)
		return true;
	for (char **pattern = grant->patterns; *pattern; pattern++)
		if (g_pattern_match_simple(*pattern, subject))
			return true;
	return false;
}

static char *roles_of(const struct ksig_trust_key *key)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < key->grants->len; i++) {
		const struct ksig_grant *grant = g_ptr_array_index(key->grants, i);
		if (!strstr(text->str, ksig_trust_role_name(grant->role)))
			g_string_append_printf(text, "%s%s", i ? " and " : "",
					       ksig_trust_role_name(grant->role));
	}
	return g_strdup(text->len ? text->str : "no");
}

/* The grant that fits best: right role, then scope, then date; what is missing goes to OUT_REFUSAL. */
static const struct ksig_grant *find_grant(const struct ksig_trust_key *key, enum ksig_role role,
					   const char *subject, gint64 now, enum ksig_refusal *out_refusal)
{
	enum ksig_refusal refusal = KSIG_REFUSAL_ROLE;

	for (guint i = 0; i < key->grants->len; i++) {
		const struct ksig_grant *grant = g_ptr_array_index(key->grants, i);
		if (grant->role != role)
			continue;
		if (!in_scope(grant, subject))
			refusal = refusal == KSIG_REFUSAL_KEY_EXPIRED ? refusal : KSIG_REFUSAL_SCOPE;
		else if (grant->until && now >= grant->until)
			refusal = KSIG_REFUSAL_KEY_EXPIRED;
		else
			return grant;
	}
	*out_refusal = refusal;
	return NULL;
}

static bool refuse_grant(const struct ksig_trust_key *key, enum ksig_refusal refusal, enum ksig_role role,
			 const char *what, const char *subject, struct ksig_trust_verdict *out,
			 GError **error)
{
	g_autofree char *roles = roles_of(key);

	if (refusal == KSIG_REFUSAL_ROLE)
		return trust_refuse(out, refusal, error, "%s: signed by key %s, a %s key; a %s key is needed",
				    what, key->name, roles, ksig_trust_role_name(role));
	if (refusal == KSIG_REFUSAL_SCOPE)
		return trust_refuse(out, refusal, error,
				    "%s: %s is not among the names that key %s may sign as a %s key", what,
				    subject, key->name, ksig_trust_role_name(role));
	return trust_refuse(out, refusal, error, "%s: what the policy granted to key %s as a %s key is over",
			    what, key->name, ksig_trust_role_name(role));
}

bool trust_judge(const ksig_trust *trust, const struct ksig_trust_key *key, enum ksig_role role,
		 const char *what, const char *subject, struct ksig_trust_verdict *out, GError **error)
{
	const gint64 now = ksig_trust_time(trust);
	enum ksig_refusal refusal = KSIG_REFUSAL_NONE;

	if (out) {
		g_free(out->key);
		out->key = g_strdup(key->name);
	}
	if (key->revoked)
		return trust_refuse(out, KSIG_REFUSAL_KEY_REVOKED, error,
				    "%s: signed by key %s, which is revoked", what, key->name);
	if (key->expires && now >= key->expires)
		return trust_refuse(out, KSIG_REFUSAL_KEY_EXPIRED, error,
				    "%s: signed by key %s, which has expired", what, key->name);
	const struct ksig_grant *grant = find_grant(key, role, subject, now, &refusal);
	if (!grant)
		return refuse_grant(key, refusal, role, what, subject, out, error);
	if (out) {
		g_free(out->provider);
		out->provider = g_strdup(grant->provider);
		out->refusal = KSIG_REFUSAL_NONE;
	}
	return true;
}
