/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of packages, read and verified by librpm. */
#include "rpm/keyring-internal.h"
#include "rpm/package-header-internal.h"
#include "rpm/rpm.h"
#include "rpm/signature-internal.h"

#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>

enum {
	LIMIT_SIGNATURES = 16,
	/* rpm 4 calls them RPMTAG_PAYLOADDIGEST and RPMTAG_PAYLOADDIGESTALGO, rpm 6 otherwise. */
	TAG_PAYLOAD_DIGEST = 5092,
	TAG_PAYLOAD_DIGEST_ALGO = 5093,
};

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
	g_autoptr(ksig_held) held = ksig_file_hold(path, NULL);
	char *const paths[] = {held ? held->name : NULL, NULL};
	g_autoptr(GString) said = g_string_new(NULL);

	if (!held)
		return false;
	if (!keyring->ts) {
		keyring->ts = rpmtsCreate();
		rpmtsSetKeyring(keyring->ts, keyring->rpm);
		rpmtsSetVSFlags(keyring->ts, RPMVSF_DEFAULT);
		rpmtsSetVfyLevel(keyring->ts, RPMSIG_SIGNATURE_TYPE | RPMSIG_DIGEST_TYPE);
	}
	const int mask = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_NOTICE));
	rpmlogSetCallback(keep_log, said);
	const int failures = rpmcliVerifySignatures(keyring->ts, (ARGV_const_t) paths);
	ksig_rpm_library_mute();
	rpmlogSetMask(mask);
	g_string_replace(said, held->name, path, 0);
	g_strdelimit(said->str, "\n", ' ');
	if (out_said)
		*out_said = g_strdup(g_strstrip(said->str));
	return failures == 0;
}

struct taker {
	const ksig_keyring *keyring;
	GPtrArray *signatures;
	bool sound;
};

static void take(const void *packets, size_t length, void *data)
{
	const struct taker *taker = data;
	ksig_signature *signature = g_new0(ksig_signature, 1);
	pgpDigParams found = taker->signatures->len < LIMIT_SIGNATURES
				     ? rpm_signature_parse(packets, length, &signature->id)
				     : NULL;

	g_ptr_array_add(taker->signatures, signature);
	if (!found) {
		signature->id = g_strdup("(damaged)");
		return;
	}
	signature->key = ksig_rpm_keyring_find(taker->keyring, signature->id, &signature->subkey);
	signature->created = pgpDigParamsCreationTime(found);
	signature->hash = signature_hash_name(pgpDigParamsAlgo(found, PGPVAL_HASHALGO));
	signature->sound = taker->sound;
	pgpDigParamsFree(found);
}

/* A header vouches for its payload by a digest, which must be none that can be forged either; unless the
 * signature is of both.
 */
static const char *payload_hash(Header header)
{
	const uint64_t number = headerGetNumber(header, (rpmTag) TAG_PAYLOAD_DIGEST_ALGO);

	if (headerIsEntry(header, RPMTAG_SIGPGP) || headerIsEntry(header, RPMTAG_SIGGPG))
		return NULL;
	return headerIsEntry(header, (rpmTag) TAG_PAYLOAD_DIGEST) ? signature_hash_name((unsigned) number)
								  : "md5";
}

GPtrArray *ksig_rpm_keyring_package_signatures(ksig_keyring *keyring, const char *path, char **out_said,
					       GError **error)
{
	Header header = rpm_package_header(path, error);
	GPtrArray *signatures = header ? g_ptr_array_new_with_free_func(signature_free) : NULL;
	struct taker taker = {.keyring = keyring, .signatures = signatures};

	if (header) {
		taker.sound = rpm_verifies(keyring, path, out_said);
		rpm_package_signatures(header, take, &taker);
	}
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
		const enum ksig_fault fault = ksig_rpm_signature_judge(signature, signature_clock(), NULL);
		if (fault == KSIG_FAULT_UNKNOWN_KEY || fault == KSIG_FAULT_UNSOUND)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: not what a key of ours signed (it names key %s): %s", path,
					      signature->id,
					      said && *said ? said : ksig_rpm_fault_text(fault));
		if (fault)
			return signature_refuse(signature, fault, path, error);
	}
	return true;
}
