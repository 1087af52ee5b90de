/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one question before a live patch is loaded: kernel vouched for, manifest signed and current, digest,
 * build id, provider allowed, index, package and module signature.
 */
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <string.h>

static bool check_kernel(ksig_trust *trust, const struct ksig_trust_evidence *evidence, char **out_provider,
			 struct ksig_trust_verdict *out, GError **error)
{
	if (!evidence->kernel_package)
		return trust_refuse(out, KSIG_REFUSAL_UNSIGNED, error,
				    "running kernel: no package that vouches for it is known");
	if (!ksig_trust_check_package(trust, KSIG_ROLE_KERNEL, evidence->kernel_package, out, error))
		return false;
	if (!evidence->kernel_build_id || !evidence->running_build_id ||
	    !g_str_equal(evidence->kernel_build_id, evidence->running_build_id))
		return trust_refuse(out, KSIG_REFUSAL_BUILD_ID, error,
				    "%s: holds the kernel with build id %s, but %s runs",
				    evidence->kernel_package,
				    evidence->kernel_build_id ? evidence->kernel_build_id : "(none)",
				    evidence->running_build_id ? evidence->running_build_id : "(none)");
	*out_provider = g_strdup(out->provider);
	return true;
}

static bool check_digest(const struct ksig_trust_evidence *evidence, const struct ksig_document *manifest,
			 const char *digest, struct ksig_trust_verdict *out, GError **error)
{
	const char *wanted = g_hash_table_lookup(manifest->files, evidence->module_name);

	if (!wanted)
		return trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
				    "%s: not among the files of manifest %s", evidence->module_name,
				    manifest->name);
	return g_str_equal(wanted, digest) ||
	       trust_refuse(out, KSIG_REFUSAL_TAMPERED, error,
			    "%s: not the module that key %s signed manifest %s for", evidence->module_name,
			    out->key, manifest->name);
}

static bool check_patch(ksig_trust *trust, const struct ksig_trust_evidence *evidence,
			const struct ksig_document *manifest, struct ksig_trust_verdict *out, GError **error)
{
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, evidence->module);

	if (!check_digest(evidence, manifest, digest, out, error))
		return false;
	if (ksig_trust_patch_is_revoked(trust, manifest))
		return trust_refuse(out, KSIG_REFUSAL_PATCH_REVOKED, error,
				    "%s: the policy revokes this patch", manifest->name);
	if (!manifest->build_id || !g_str_equal(manifest->build_id, evidence->running_build_id))
		return trust_refuse(out, KSIG_REFUSAL_BUILD_ID, error,
				    "%s: made for the kernel with build id %s, but %s runs", manifest->name,
				    manifest->build_id ? manifest->build_id : "(none)",
				    evidence->running_build_id);
	return true;
}

static bool check_index(ksig_trust *trust, const struct ksig_trust_evidence *evidence,
			const struct ksig_document *manifest, struct ksig_trust_verdict *out, GError **error)
{
	struct ksig_trust_verdict verdict = {0};

	if (!evidence->index)
		return true;
	g_autoptr(ksig_document) index = ksig_trust_open_document(
		trust, KSIG_ROLE_REPOSITORY, "livepatch-index", "index", evidence->index,
		evidence->index_signature, evidence->seen_index, &verdict, error);
	bool good = index != NULL;
	if (!good)
		out->refusal = verdict.refusal;
	else if (!g_str_equal(index->provider, manifest->provider))
		good = trust_refuse(out, KSIG_REFUSAL_SCOPE, error,
				    "%s: of provider %s, in the repository of %s", manifest->name,
				    manifest->provider, index->provider);
	else if (manifest->revision < index->minimum_revision)
		good = trust_refuse(out, KSIG_REFUSAL_REPLAYED, error,
				    "%s: revision %" G_GINT64_FORMAT
				    ", the repository's minimum is %" G_GINT64_FORMAT,
				    manifest->name, manifest->revision, index->minimum_revision);
	ksig_trust_verdict_clear(&verdict);
	return good;
}

static bool check_files(ksig_trust *trust, const struct ksig_trust_evidence *evidence,
			struct ksig_trust_verdict *out, GError **error)
{
	struct ksig_trust_verdict verdict = {0};
	bool good = true;

	if (evidence->patch_package)
		good = ksig_trust_check_package(trust, KSIG_ROLE_LIVEPATCH, evidence->patch_package, &verdict,
						error);
	if (good && evidence->module_signature_needed)
		good = ksig_trust_check_module(trust, evidence->module_name, evidence->module_name,
					       evidence->module, &verdict, error);
	if (!good)
		out->refusal = verdict.refusal;
	ksig_trust_verdict_clear(&verdict);
	return good;
}

bool ksig_trust_accept(ksig_trust *trust, const struct ksig_trust_evidence *evidence,
		       struct ksig_trust_verdict *out, GError **error)
{
	struct ksig_trust_verdict own = {0}, *verdict = out ? out : &own;
	g_autofree char *provider = NULL;
	bool good = check_kernel(trust, evidence, &provider, verdict, error);

	g_autoptr(ksig_document)
		manifest = good ? ksig_trust_open_document(trust, KSIG_ROLE_LIVEPATCH, "livepatch-manifest",
							   "manifest", evidence->manifest,
							   evidence->manifest_signature, evidence->seen_patch,
							   verdict, error)
				: NULL;
	good = manifest && check_patch(trust, evidence, manifest, verdict, error);
	if (good && !ksig_trust_may_patch(trust, manifest->provider, provider))
		good = trust_refuse(verdict, KSIG_REFUSAL_NOT_ALLOWED, error,
				    "%s: the policy does not let %s (key %s) patch kernels of %s",
				    manifest->name, manifest->provider, verdict->key, provider);
	good = good && check_index(trust, evidence, manifest, verdict, error) &&
	       check_files(trust, evidence, verdict, error);
	ksig_trust_verdict_clear(&own);
	return good;
}
