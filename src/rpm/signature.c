/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one judgement of signatures, whatever read them: of data, of packages. */
#include "rpm/signature-internal.h"

enum { SKEW_S = 24 * 60 * 60 }; /* of clocks, and of time zones that are set wrongly */

void signature_free(gpointer data)
{
	ksig_signature *signature = data;

	g_free(signature->id);
	g_free(signature);
}

const char *signature_hash_name(unsigned number)
{
	static const char *const names[] = {
		[1] = "md5",     [2] = "sha1",    [3] = "ripemd160", [8] = "sha256",   [9] = "sha384",
		[10] = "sha512", [11] = "sha224", [12] = "sha3-256", [14] = "sha3-512"};

	return number && number < G_N_ELEMENTS(names) && names[number] ? names[number]
	       : number                                                ? "other"
								       : NULL;
}

bool ksig_rpm_hash_is_weak(const char *name)
{
	return !g_str_has_prefix(name, "sha2") && !g_str_has_prefix(name, "sha3") &&
	       !g_str_has_prefix(name, "sha5");
}

const char *ksig_rpm_fault_text(enum ksig_fault fault)
{
	static const char *const texts[] = {
		[KSIG_FAULT_NONE] = "good",
		[KSIG_FAULT_UNKNOWN_KEY] = "its key is not among those that may sign",
		[KSIG_FAULT_WEAK_HASH] = "its hash can be forged",
		[KSIG_FAULT_UNSOUND] = "it does not fit",
		[KSIG_FAULT_REVOKED] = "its key is revoked",
		[KSIG_FAULT_ROLE] = "its key is not for signing",
		[KSIG_FAULT_EXPIRED] = "its key has expired",
		[KSIG_FAULT_EARLY] = "it is older than its key",
		[KSIG_FAULT_OVER] = "it has expired",
		[KSIG_FAULT_FUTURE] = "it is dated in the future",
	};

	return texts[fault];
}

static bool is_over(const struct ksig_subkey *subkey, gint64 now, gint64 signed_at)
{
	return subkey->expires && (now >= subkey->expires || signed_at >= subkey->expires);
}

enum ksig_fault ksig_rpm_signature_judge(const ksig_signature *signature, gint64 now, const char *const *weak)
{
	const struct ksig_subkey *by = signature->subkey;
	const struct ksig_subkey *primary = signature->key ? g_ptr_array_index(signature->key->subkeys, 0)
							   : NULL;

	if (!primary)
		return KSIG_FAULT_UNKNOWN_KEY;
	if (signature->hash && ksig_rpm_hash_is_weak(signature->hash) &&
	    !(weak && g_strv_contains(weak, signature->hash)))
		return KSIG_FAULT_WEAK_HASH;
	if (signature->key->revoked || by->revoked || primary->revoked)
		return KSIG_FAULT_REVOKED;
	if (!by->signs)
		return KSIG_FAULT_ROLE;
	if (is_over(by, now, signature->created) || is_over(primary, now, signature->created))
		return KSIG_FAULT_EXPIRED;
	if (signature->created > now + SKEW_S)
		return KSIG_FAULT_FUTURE;
	if (signature->expires && now >= signature->expires)
		return KSIG_FAULT_OVER;
	/* Not before: to rpm-sequoia a signature is unsound for any of the above as well. */
	if (!signature->sound || !signature->hash)
		return KSIG_FAULT_UNSOUND;
	return signature->created + SKEW_S < by->created ? KSIG_FAULT_EARLY : KSIG_FAULT_NONE;
}

char *ksig_rpm_signature_dates(const ksig_signature *signature, gint64 now)
{
	g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(signature->created);
	g_autoptr(GDateTime) here = g_date_time_new_from_unix_utc(now);
	g_autofree char *made_text = made ? g_date_time_format(made, "%F %H:%M") : g_strdup("never");
	g_autofree char *here_text = g_date_time_format(here, "%F %H:%M");

	return g_strdup_printf("signed on %s UTC, but the clock here says %s", made_text, here_text);
}

gint64 signature_clock(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

enum ksig_fault ksig_rpm_keyring_key_fault(const ksig_keyring *keyring, const char *id)
{
	ksig_signature signature = {.created = signature_clock(), .hash = "sha256", .sound = true};

	signature.key = ksig_rpm_keyring_find(keyring, id, &signature.subkey);
	return ksig_rpm_signature_judge(&signature, signature_clock(), NULL);
}

static const char *primary_of(const ksig_signature *signature)
{
	const struct ksig_subkey *primary = signature->key ? g_ptr_array_index(signature->key->subkeys, 0)
							   : NULL;

	return primary ? primary->fingerprint : signature->id;
}

static bool is_allowed(const char *fingerprint, const char *const *allowed)
{
	if (!allowed || !*allowed)
		return true;
	for (; *allowed; allowed++)
		if (g_ascii_strcasecmp(*allowed, fingerprint) == 0)
			return true;
	return false;
}

bool signature_refuse(const ksig_signature *signature, enum ksig_fault fault, const char *what,
		      GError **error)
{
	if (fault == KSIG_FAULT_UNKNOWN_KEY)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: signed by an unknown key %s", what,
				      signature->id);
	if (fault == KSIG_FAULT_FUTURE) {
		g_autofree char *dates = ksig_rpm_signature_dates(signature, signature_clock());
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", what, dates);
	}
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: wrong signature of key %s%s%s: %s", what,
			      signature->id, signature->hash ? " over " : "",
			      signature->hash ? signature->hash : "", ksig_rpm_fault_text(fault));
}

/* One that counts is enough; without one, the first reason is told. */
bool ksig_rpm_signatures_check(const GPtrArray *signatures, const char *const *allowed, const char *what,
			       GError **error)
{
	g_autoptr(GError) first = NULL;

	for (guint i = 0; i < signatures->len; i++) {
		const ksig_signature *signature = g_ptr_array_index(signatures, i);
		const enum ksig_fault fault = ksig_rpm_signature_judge(signature, signature_clock(), NULL);
		if (fault)
			signature_refuse(signature, fault, what, first ? NULL : &first);
		else if (is_allowed(primary_of(signature), allowed))
			return true;
		else
			ksig_error_set(first ? NULL : &first, KSIG_ERROR_NEGATIVE,
				       "%s: signed by key %s, which the list of signers does not name", what,
				       primary_of(signature));
	}
	if (!first)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no signature", what);
	g_propagate_error(error, g_steal_pointer(&first));
	return false;
}
