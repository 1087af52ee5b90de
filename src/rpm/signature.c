/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of data by gpg, of packages by librpm, and the one judgement of both. */
#include "rpm/keyring-internal.h"
#include "rpm/package-internal.h"
#include "rpm/rpm.h"

#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>
#include <string.h>

enum {
	SIGNATURE_LIMIT_BYTES = 1 << 20,
	LIMIT_SIGNATURES = 16,
	SKEW_S = 24 * 60 * 60, /* of clocks, and of time zones that are set wrongly */
	TAG_OPENPGP = 278,     /* all signatures of packages by rpm 6, base64; rpm 4 has no name for it */
};

static void signature_free(gpointer data)
{
	ksig_signature *signature = data;

	g_free(signature->id);
	g_free(signature);
}

/* ---- the judgement ------------------------------------------------------------------------------- */

/* By OpenPGP's numbers (RFC 9580, 9.5), which GPGME and librpm use. */
static const char *hash_name(unsigned number)
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
	if (!signature->sound || !signature->hash)
		return KSIG_FAULT_UNSOUND;
	if (signature->key->revoked || by->revoked || primary->revoked)
		return KSIG_FAULT_REVOKED;
	if (!by->signs)
		return KSIG_FAULT_ROLE;
	if (is_over(by, now, signature->created) || is_over(primary, now, signature->created))
		return KSIG_FAULT_EXPIRED;
	if (signature->created + SKEW_S < by->created)
		return KSIG_FAULT_EARLY;
	if (signature->created > now + SKEW_S)
		return KSIG_FAULT_FUTURE;
	return signature->expires && now >= signature->expires ? KSIG_FAULT_OVER : KSIG_FAULT_NONE;
}

char *ksig_rpm_signature_dates(const ksig_signature *signature, gint64 now)
{
	g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(signature->created);
	g_autoptr(GDateTime) here = g_date_time_new_from_unix_utc(now);
	g_autofree char *made_text = made ? g_date_time_format(made, "%F %H:%M") : g_strdup("never");
	g_autofree char *here_text = g_date_time_format(here, "%F %H:%M");

	return g_strdup_printf("signed on %s UTC, but the clock here says %s", made_text, here_text);
}

static gint64 clock_now(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

enum ksig_fault ksig_rpm_keyring_key_fault(const ksig_keyring *keyring, const char *id)
{
	ksig_signature signature = {.created = clock_now(), .hash = "sha256", .sound = true};

	signature.key = ksig_rpm_keyring_find(keyring, id, &signature.subkey);
	return ksig_rpm_signature_judge(&signature, clock_now(), NULL);
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

static bool refuse(const ksig_signature *signature, enum ksig_fault fault, const char *what, GError **error)
{
	if (fault == KSIG_FAULT_UNKNOWN_KEY)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: signed by an unknown key %s", what,
				      signature->id);
	if (fault == KSIG_FAULT_FUTURE) {
		g_autofree char *dates = ksig_rpm_signature_dates(signature, clock_now());
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
		const enum ksig_fault fault = ksig_rpm_signature_judge(signature, clock_now(), NULL);
		if (fault)
			refuse(signature, fault, what, first ? NULL : &first);
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

/* ---- data ---------------------------------------------------------------------------------------- */

/* Whether the key is over or revoked is judged here, by the clock that the caller has. */
static bool is_sound(gpgme_signature_t found)
{
	const gpgme_err_code_t code = gpgme_err_code(found->status);

	return code == GPG_ERR_NO_ERROR || code == GPG_ERR_KEY_EXPIRED || code == GPG_ERR_CERT_REVOKED ||
	       code == GPG_ERR_SIG_EXPIRED;
}

static GPtrArray *collect(ksig_keyring *keyring, GError **error)
{
	gpgme_verify_result_t result = gpgme_op_verify_result(keyring->context);
	GPtrArray *signatures = g_ptr_array_new_with_free_func(signature_free);

	for (gpgme_signature_t found = result ? result->signatures : NULL; found; found = found->next) {
		ksig_signature *signature = g_new0(ksig_signature, 1);
		signature->id = g_ascii_strdown(found->fpr ? found->fpr : "", -1);
		signature->key = ksig_rpm_keyring_find(keyring, signature->id, &signature->subkey);
		signature->created = (gint64) found->timestamp;
		signature->expires = (gint64) found->exp_timestamp;
		signature->hash = hash_name((unsigned) found->hash_algo);
		signature->sound = is_sound(found);
		g_ptr_array_add(signatures, signature);
	}
	if (signatures->len)
		return signatures;
	g_ptr_array_unref(signatures);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no signature");
	return NULL;
}

static GPtrArray *verify(ksig_keyring *keyring, gpgme_data_t signature, gpgme_data_t text, gpgme_data_t plain,
			 GError **error)
{
	const gpgme_error_t got = gpgme_op_verify(keyring->context, signature, text, plain);

	if (!got)
		return collect(keyring, error);
	openpgp_error(error, got, KSIG_ERROR_NEGATIVE, "no signature");
	return NULL;
}

static bool begin(ksig_keyring *keyring, GBytes *signature, gsize limit, GError **error)
{
	if (g_bytes_get_size(signature) > limit)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "a signature of more than %" G_GSIZE_FORMAT " bytes", limit);
	return keyring_import(keyring, error);
}

GPtrArray *ksig_rpm_keyring_signatures(ksig_keyring *keyring, GBytes *data, GBytes *signature, GError **error)
{
	g_autoptr(gpgme_data_auto) text = openpgp_data_of(data);
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(signature);

	return begin(keyring, signature, SIGNATURE_LIMIT_BYTES, error)
		       ? verify(keyring, mark, text, NULL, error)
		       : NULL;
}

GPtrArray *ksig_rpm_keyring_stream_signatures(ksig_keyring *keyring, int fd, GBytes *signature,
					      GError **error)
{
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(signature);
	gpgme_data_t text = NULL;

	if (!begin(keyring, signature, SIGNATURE_LIMIT_BYTES, error))
		return NULL;
	const gpgme_error_t got = gpgme_data_new_from_fd(&text, fd);
	GPtrArray *signatures = got ? NULL : verify(keyring, mark, text, NULL, error);
	if (got)
		openpgp_error(error, got, KSIG_ERROR_ENVIRONMENT, "gpg");
	gpgme_data_release(text);
	return signatures;
}

GPtrArray *ksig_rpm_keyring_text_signatures(ksig_keyring *keyring, GBytes *text, GBytes **out_plain,
					    GError **error)
{
	g_autoptr(gpgme_data_auto) mark = openpgp_data_of(text);
	gpgme_data_t plain = NULL;

	if (!begin(keyring, text, 64 * SIGNATURE_LIMIT_BYTES, error) || gpgme_data_new(&plain))
		return NULL;
	GPtrArray *signatures = verify(keyring, mark, NULL, plain, error);
	g_autoptr(GBytes) bytes = openpgp_data_to_bytes(plain);
	if (signatures)
		*out_plain = g_steal_pointer(&bytes);
	return signatures;
}

bool ksig_rpm_keyring_check_data(ksig_keyring *keyring, GBytes *data, GBytes *signature,
				 char **out_fingerprint, GError **error)
{
	g_autoptr(GPtrArray) signatures = ksig_rpm_keyring_signatures(keyring, data, signature, error);

	if (!signatures || !ksig_rpm_signatures_check(signatures, NULL, "data", error))
		return false;
	for (guint i = 0; out_fingerprint && i < signatures->len; i++) {
		const ksig_signature *found = g_ptr_array_index(signatures, i);
		if (!ksig_rpm_signature_judge(found, clock_now(), NULL)) {
			*out_fingerprint = g_strdup(found->id);
			break;
		}
	}
	return true;
}

/* ---- packages ------------------------------------------------------------------------------------ */

/* librpm's lines about one package, for our message. */
static int keep_log(rpmlogRec record, rpmlogCallbackData data)
{
	g_string_append(data, rpmlogRecMessage(record));
	return 0;
}

/*
 * rpmReadPackageFile() is content with an unsigned package and does not look at the payload;
 * rpmcliVerifySignatures() with a verification level that wants both is not.
 */
static bool rpm_verifies(ksig_keyring *keyring, const char *path, char **out_said)
{
	char *const paths[] = {(char *) path, NULL};
	g_autoptr(GString) said = g_string_new(NULL);
	rpmts ts = rpmtsCreate();

	rpmtsSetKeyring(ts, keyring->rpm);
	rpmtsSetVSFlags(ts, RPMVSF_DEFAULT);
	rpmtsSetVfyLevel(ts, RPMSIG_SIGNATURE_TYPE | RPMSIG_DIGEST_TYPE);
	const int mask = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_NOTICE));
	rpmlogSetCallback(keep_log, said);
	const int failures = rpmcliVerifySignatures(ts, (ARGV_const_t) paths);
	ksig_rpm_library_mute();
	rpmlogSetMask(mask);
	rpmtsFree(ts);
	g_strdelimit(said->str, "\n", ' ');
	if (out_said)
		*out_said = g_strdup(g_strstrip(said->str));
	return failures == 0;
}

static void take(const ksig_keyring *keyring, GPtrArray *signatures, const void *packets, size_t length,
		 bool sound)
{
	pgpDigParams found = NULL;

	if (signatures->len >= LIMIT_SIGNATURES ||
	    pgpPrtParams(packets, length, PGPTAG_SIGNATURE, &found) != 0 || !found) {
		g_ptr_array_add(signatures, g_new0(ksig_signature, 1));
		((ksig_signature *) signatures->pdata[signatures->len - 1])->id = g_strdup("(damaged)");
		return;
	}
	const uint8_t *id = pgpDigParamsSignID(found);
	ksig_signature *signature = g_new0(ksig_signature, 1);
	GString *text = g_string_new(NULL);
	for (int i = 0; i < 8; i++)
		g_string_append_printf(text, "%02x", id[i]);
	signature->id = g_string_free(text, FALSE);
	signature->key = ksig_rpm_keyring_find(keyring, signature->id, &signature->subkey);
	signature->created = pgpDigParamsCreationTime(found);
	signature->hash = hash_name(pgpDigParamsAlgo(found, PGPVAL_HASHALGO));
	signature->sound = sound;
	g_ptr_array_add(signatures, signature);
	pgpDigParamsFree(found);
}

static void take_tag(const ksig_keyring *keyring, GPtrArray *signatures, Header header, rpmTag tag,
		     bool sound)
{
	rpmtd value = rpmtdNew();

	if (headerGet(header, tag, value, HEADERGET_MINMEM)) {
		const char *text = NULL;
		if (rpmtdType(value) == RPM_BIN_TYPE)
			take(keyring, signatures, value->data, value->count, sound);
		while (rpmtdType(value) == RPM_STRING_ARRAY_TYPE && (text = rpmtdNextString(value))) {
			gsize length = 0;
			g_autofree guchar *packets = g_base64_decode(text, &length);
			take(keyring, signatures, packets, length, sound);
		}
	}
	rpmtdFreeData(value);
	rpmtdFree(value);
}

/* A header vouches for its payload by a digest, which must be none that can be forged either; unless the
 * signature is of both.
 */
static const char *payload_hash(Header header)
{
	const uint64_t number = headerGetNumber(header, RPMTAG_PAYLOADDIGESTALGO);

	if (headerIsEntry(header, RPMTAG_SIGPGP) || headerIsEntry(header, RPMTAG_SIGGPG))
		return NULL;
	return headerIsEntry(header, RPMTAG_PAYLOADDIGEST) ? hash_name((unsigned) number) : "md5";
}

GPtrArray *ksig_rpm_keyring_package_signatures(ksig_keyring *keyring, const char *path, char **out_said,
					       GError **error)
{
	static const rpmTag tags[] = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG,
				      (rpmTag) TAG_OPENPGP};
	Header header = rpm_package_header(path, error);
	GPtrArray *signatures = header ? g_ptr_array_new_with_free_func(signature_free) : NULL;
	const bool sound = header && rpm_verifies(keyring, path, out_said);

	for (size_t i = 0; header && i < G_N_ELEMENTS(tags); i++)
		take_tag(keyring, signatures, header, tags[i], sound);
	const char *hash = header ? payload_hash(header) : NULL;
	for (guint i = 0; hash && ksig_rpm_hash_is_weak(hash) && i < signatures->len; i++)
		((ksig_signature *) signatures->pdata[i])->hash = hash;
	headerFree(header);
	return signatures;
}

bool ksig_rpm_keyring_check_package(ksig_keyring *keyring, const char *path, GError **error)
{
	g_autofree char *said = NULL;
	g_autoptr(GPtrArray) signatures = ksig_rpm_keyring_package_signatures(keyring, path, &said, error);

	if (!signatures)
		return false;
	if (!signatures->len)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not signed", path);
	for (guint i = 0; i < signatures->len; i++) {
		const ksig_signature *signature = g_ptr_array_index(signatures, i);
		const enum ksig_fault fault = ksig_rpm_signature_judge(signature, clock_now(), NULL);
		if (fault == KSIG_FAULT_UNKNOWN_KEY || fault == KSIG_FAULT_UNSOUND)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: not what a key of ours signed (it names key %s): %s", path,
					      signature->id,
					      said && *said ? said : ksig_rpm_fault_text(fault));
		if (fault)
			return refuse(signature, fault, path, error);
	}
	return true;
}
