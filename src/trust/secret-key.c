/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secret keys: on file, or on a PKCS#11 token by its URI (RFC 7512). A token is reached as scripts/sign-file
 * of the kernel reaches it: by OpenSSL's provider where one is installed, else by the engine "pkcs11".
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "trust/secret-key-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <string.h>
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

/* The URI without its PIN, for messages. */
static char *without_pin(const char *uri)
{
	const char *query = strchr(uri, '?'), *pin = strstr(uri, ";pin-");
	const char *end = pin && (!query || pin < query) ? pin : query;

	return end ? g_strndup(uri, (gsize) (end - uri)) : g_strdup(uri);
}

static EVP_PKEY *from_provider(const char *uri)
{
	if (!OSSL_PROVIDER_try_load(NULL, "pkcs11", 1))
		return NULL;
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, UI_null(), NULL, NULL, NULL);
	EVP_PKEY *key = NULL;
	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return key;
}

/* UI_null(): a PIN that is not in the URI is an error, not a question to a terminal that a timer has not. */
static EVP_PKEY *from_engine(const char *uri)
{
	EVP_PKEY *key = NULL;
#ifndef OPENSSL_NO_ENGINE
	ENGINE_load_builtin_engines();
	ENGINE *engine = ENGINE_by_id("pkcs11");
	/* Quiet: else it prints the URI, PIN and all. */
	if (engine && ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 1) && ENGINE_init(engine)) {
		key = ENGINE_load_private_key(engine, uri, (UI_METHOD *) UI_null(), NULL);
		ENGINE_finish(engine);
	}
	ENGINE_free(engine);
#else
	(void) uri;
#endif
	return key;
}

static EVP_PKEY *from_token(const char *uri, GError **error)
{
	EVP_PKEY *key = from_provider(uri);

	if (!key)
		key = from_engine(uri);
	if (!key) {
		g_autofree char *name = without_pin(uri);
		g_autofree char *what = g_strdup_printf("%s: no such key, a wrong PIN, or neither OpenSSL's "
							"provider nor its engine \"pkcs11\"",
							name);
		trust_openssl_error(error, KSIG_ERROR_ENVIRONMENT, what);
	}
	return key;
}

EVP_PKEY *trust_secret_key_read(const char *name, GError **error)
{
	gsize length = 0;

	if (g_str_has_prefix(name, "pkcs11:"))
		return from_token(name, error);
	g_autofree char *data = ksig_file_read(name, TRUST_LIMIT_KEY_BYTES, &length, error);
	if (!data)
		return NULL;
	g_autoptr(BIO) bio = BIO_new_mem_buf(data, (int) length);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	explicit_bzero(data, length);
	if (!key)
		trust_openssl_error(error, KSIG_ERROR_INPUT, name);
	return key;
}
