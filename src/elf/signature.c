/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trailer of a signed module: PKCS#7, struct module_signature, "~Module signature appended~\n". */
#include "elf/elf.h"

#include <openssl/cms.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

static const char marker[] = "~Module signature appended~\n";
/* struct module_signature (include/linux/module_signature.h): id_type at 2, sig_len big-endian at 8. */
enum { TRAILER_BYTES = 12, TRAILER_TYPE = 2, TRAILER_LENGTH = 8, TYPE_PKCS7 = 2 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CMS_ContentInfo, CMS_ContentInfo_free)

static char *common_name(const X509_NAME *name)
{
	const int at = X509_NAME_get_index_by_NID((X509_NAME *) name, NID_commonName, -1);
	const X509_NAME_ENTRY *entry = at < 0 ? NULL : X509_NAME_get_entry(name, at);
	unsigned char *text = NULL;
	const int length = entry ? ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry)) : -1;

	if (length < 0)
		return NULL;
	char *result = ksig_utf8((const char *) text, length);
	OPENSSL_free(text);
	return result;
}

static void describe(const uint8_t *der, size_t length, struct ksig_module_signature *out)
{
	const uint8_t *cursor = der;
	g_autoptr(CMS_ContentInfo) cms = d2i_CMS_ContentInfo(NULL, &cursor, (long) length);
	STACK_OF(CMS_SignerInfo) *signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
	X509_ALGOR *digest = NULL;
	X509_NAME *issuer = NULL;
	const ASN1_OBJECT *object = NULL;

	if (!signers || sk_CMS_SignerInfo_num(signers) < 1)
		return;
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
	if (CMS_SignerInfo_get0_signer_id(signer, NULL, &issuer, NULL) == 1 && issuer)
		out->signer = common_name(issuer);
	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
	if (digest)
		X509_ALGOR_get0(&object, NULL, NULL, digest);
	const int nid = object ? OBJ_obj2nid(object) : NID_undef;
	if (nid != NID_undef)
		out->digest = g_ascii_strdown(OBJ_nid2sn(nid), -1);
}

bool ksig_elf_module_signature_read(const char *name, GBytes *data, struct ksig_module_signature *out,
				    GError **error)
{
	const size_t marker_length = sizeof(marker) - 1;
	gsize size = 0;
	const uint8_t *bytes = g_bytes_get_data(data, &size);

	*out = (struct ksig_module_signature){.module_length_bytes = size};
	if (size < marker_length || memcmp(bytes + size - marker_length, marker, marker_length) != 0)
		return true;
	size -= marker_length;
	if (size < TRAILER_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: signed, but with no room for a signature",
				      name);
	const uint8_t *trailer = bytes + size - TRAILER_BYTES;
	size -= TRAILER_BYTES;
	const uint8_t *field = trailer + TRAILER_LENGTH;
	const size_t length = (size_t) field[0] << 24 | (size_t) field[1] << 16 | (size_t) field[2] << 8 |
			      (size_t) field[3];
	if (trailer[TRAILER_TYPE] != TYPE_PKCS7)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a signature of type %u, not PKCS#7", name,
				      trailer[TRAILER_TYPE]);
	if (length == 0 || length > size)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a signature of %zu bytes where %zu are left", name, length,
				      (size_t) size);
	out->present = true;
	out->length_bytes = length;
	out->module_length_bytes = size - length;
	describe(bytes + size - length, length, out);
	return true;
}

void ksig_elf_module_signature_clear(struct ksig_module_signature *signature)
{
	g_clear_pointer(&signature->signer, g_free);
	g_clear_pointer(&signature->digest, g_free);
}
