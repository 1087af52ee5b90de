/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust/trust-internal.h"

#include <rpm/rpmcli.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
#include <string.h>

static inline void package_fd_close(FD_t *fd)
{
	if (*fd)
		Fclose(*fd);
}
static inline void package_ts_free(rpmts *ts)
{
	rpmtsFree(*ts);
}
static inline void package_header_free(Header *header)
{
	headerFree(*header);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FD_t, package_fd_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rpmts, package_ts_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Header, package_header_free)

/* What librpm has to say while it verifies goes to a string, never to our output. */
static int collect_log(rpmlogRec record, rpmlogCallbackData data)
{
	g_string_append(data, rpmlogRecMessage(record));
	return 0;
}

/* Reads the header without believing it: rpmReadPackageFile() accepts unsigned and altered packages. */
static bool read_header(rpmts ts, const char *path, Header *out_header, GError **error)
{
	g_auto(FD_t) fd = Fopen(path, "r.ufdio");

	if (!fd || Ferror(fd))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: cannot be opened", path);
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES);
	const rpmRC status = rpmReadPackageFile(ts, fd, path, out_header);
	return (status == RPMRC_OK && *out_header) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not an RPM package, or a damaged one", path);
}

/* The id of the key that the header's signature names, as hex; NULL: the header is not signed. */
static char *signer_id(Header header)
{
	static const rpmTagVal tags[] = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER};
	struct rpmtd_s value;

	for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
		pgpDigParams parameters = NULL;
		char *id = NULL;
		if (!headerGet(header, tags[i], &value, HEADERGET_MINMEM))
			continue;
		if (pgpPrtParams(value.data, value.count, PGPTAG_SIGNATURE, &parameters) == 0) {
			GString *text = g_string_new(NULL);
			for (int j = 0; j < 8; j++)
				g_string_append_printf(text, "%02x", pgpDigParamsSignID(parameters)[j]);
			id = g_string_free(text, FALSE);
		}
		pgpDigParamsFree(parameters);
		rpmtdFreeData(&value);
		if (id)
			return id;
	}
	return NULL;
}

/* A keyring of one key (with its subkeys): all signatures of a package then have to be of that key. */
static rpmKeyring keyring_of(const struct ksig_trust_key *key, GError **error)
{
	uint8_t *packet = NULL;
	size_t length = 0;

	g_autofree char *armoured = ksig_file_read(key->path, TRUST_LIMIT_KEY_BYTES, NULL, error);
	if (!armoured)
		return NULL;
	if (pgpParsePkts(armoured, &packet, &length) != PGPARMOR_PUBKEY) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: an armoured OpenPGP key expected", key->path);
		return NULL;
	}
	rpmKeyring keyring = rpmKeyringNew();
	rpmPubkey main_key = rpmPubkeyNew(packet, length);
	int count = 0;
	free(packet);
	if (main_key) {
		rpmPubkey *subkeys = rpmGetSubkeys(main_key, &count);
		rpmKeyringAddKey(keyring, main_key);
		for (int i = 0; i < count; i++) {
			rpmKeyringAddKey(keyring, subkeys[i]);
			rpmPubkeyFree(subkeys[i]);
		}
		free(subkeys);
		rpmPubkeyFree(main_key);
	}
	return keyring;
}

static bool verify(rpmts ts, const char *path, const struct ksig_trust_key *key, struct ksig_verdict *out,
		   GError **error)
{
	g_autoptr(GString) log = g_string_new(NULL);
	char *const paths[] = {(char *) path, NULL};
	rpmKeyring keyring = keyring_of(key, error);

	if (!keyring)
		return false;
	rpmtsSetVSFlags(ts, 0);
	rpmtsSetVfyLevel(ts, RPMSIG_SIGNATURE_TYPE | RPMSIG_DIGEST_TYPE);
	rpmtsSetKeyring(ts, keyring);
	rpmKeyringFree(keyring);
	const int verbosity = rpmlogSetMask(RPMLOG_UPTO(RPMLOG_NOTICE));
	rpmlogSetCallback(collect_log, log);
	const int bad = rpmcliVerifySignatures(ts, paths);
	rpmlogSetCallback(NULL, NULL);
	rpmlogSetMask(verbosity);
	if (!bad)
		return true;
	g_strdelimit(log->str, "\n", ' ');
	return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error, "%s: not what key %s signed (%s)", path,
			    key->name, g_strstrip(log->str));
}

static char *subject_of(Header header)
{
	g_autofree char *text = headerGetAsString(header, RPMTAG_NEVR);
	const char *colon = strchr(text ? text : "", ':');
	const char *epochless = text;

	/* The epoch is no part of a file's name, nor of what people write into a policy. */
	if (colon) {
		g_autofree char *nvr = headerGetAsString(header, RPMTAG_NVR);
		return g_strdup(nvr);
	}
	return g_strdup(epochless);
}

bool ksig_trust_check_package(ksig_trust *trust, enum ksig_role role, const char *path,
			      struct ksig_verdict *out, GError **error)
{
	static gsize once;

	if (g_once_init_enter(&once)) {
		rpmReadConfigFiles(NULL, NULL);
		g_once_init_leave(&once, 1);
	}
	g_auto(rpmts) ts = rpmtsCreate();
	g_auto(Header) header = NULL;
	if (!read_header(ts, path, &header, error)) {
		if (out)
			out->refusal = KSIG_REFUSAL_DAMAGED;
		return false;
	}
	g_autofree char *subject = subject_of(header);
	g_autofree char *id = signer_id(header);
	if (out) {
		g_free(out->subject);
		out->subject = g_strdup(subject);
	}
	if (!id)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error, "%s: not signed; a %s key is needed",
				    path, ksig_role_name(role));
	const struct ksig_trust_key *key = trust_key_by_id(trust, id);
	if (!key)
		return trust_refuse(out, KSIG_REFUSAL_UNKNOWN_KEY, error,
				    "%s: signed by key %s, which the policy does not name", path, id);
	return trust_judge(trust, key, role, path, subject, out, error) && verify(ts, path, key, out, error);
}
