/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one new package must pass: no unsigned module if strict, the key's role (livepatch where it holds
 * one), the live gate; and a published package whose key does not count any more.
 */
#include "publish/package-check.h"
#include "publish/content-internal.h"
#include "publish/live-gate.h"
#include "parts.h"

static bool tell_unsigned(const struct ksig_publish_policy *policy, const ksig_package *package,
			  const struct publish_content *content, GError **error)
{
	if (!content->unsigned_count)
		return true;
	g_autofree char *nevra = ksig_rpm_package_nevra(package);
	g_autofree char *words = g_strdup_printf("%s: %s%s", nevra, content->unsigned_first,
						 content->unsigned_count > 1 ? ", and more" : "");
	if (policy->strict)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "unsigned module: %s", words);
	if (policy->unsigned_modules)
		g_ptr_array_add(policy->unsigned_modules, g_steal_pointer(&words));
	return true;
}

static bool look_inside(const struct ksig_publish_policy *policy, const char *path,
			const ksig_package *package, bool *out_livepatch, GError **error)
{
	struct publish_content content = {0};
	const bool good = publish_content_read(path, &content, error) &&
			  tell_unsigned(policy, package, &content, error);

	*out_livepatch = content.livepatch;
	publish_content_clear(&content);
	return good;
}

bool ksig_publish_policy_check(const char *path, const ksig_package *package, void *data, GError **error)
{
	const struct ksig_publish_policy *policy = data;
	const bool source = g_str_equal(package->arch, "src");
	bool carries = false;

	if (!source && !look_inside(policy, path, package, &carries, error))
		return false;
	const bool live = carries || g_str_has_prefix(package->name, "kpatch-patch-");
	if (policy->trust &&
	    !ksig_trust_check_package(policy->trust, live ? KSIG_ROLE_LIVEPATCH : KSIG_ROLE_KERNEL, path,
				      NULL, error))
		return false;
	if (!policy->trust && policy->keyring &&
	    !ksig_rpm_keyring_check_package(policy->keyring, path, error))
		return false;
	if (!live || source)
		return true;
#if KSIG_LIVE
	return ksig_publish_live_gate(path, policy->trust, policy->keyring, policy->untested, error);
#else
	return ksig_error_left_out(error, "what says whether a live patch was tested", "live");
#endif
}

bool ksig_publish_policy_keep(const ksig_package *package, void *data, GError **error)
{
	const struct ksig_publish_policy *policy = data;
	const char *id = package->key_id ? package->key_id : "";
	enum ksig_fault fault = KSIG_FAULT_NONE;

	if (policy->trust)
		fault = ksig_trust_key_fault(policy->trust, id);
	else if (policy->keyring)
		fault = ksig_rpm_keyring_key_fault(policy->keyring, id);
	return !fault || ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					"%s is published, signed by key %s, and %s: give that key as well, "
					"publish the package "
					"signed anew, or withdraw it",
					package->path, *id ? id : "(none)", ksig_rpm_fault_text(fault));
}
