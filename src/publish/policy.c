/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publish/policy.h"
#include "publish/content-internal.h"
#include "publish/live-gate.h"

bool ksig_publish_policy_check(const char *path, const ksig_package *package, void *data, GError **error)
{
	const struct ksig_publish_policy *policy = data;
	const bool source = g_str_equal(package->arch, "src");
	bool carries = false;

	if (!source && !publish_carries_livepatch(path, &carries, error))
		return false;
	const bool live = carries || g_str_has_prefix(package->name, "kpatch-patch-");
	if (policy->trust &&
	    !ksig_trust_check_package(policy->trust, live ? KSIG_ROLE_LIVEPATCH : KSIG_ROLE_KERNEL, path,
				      NULL, error))
		return false;
	if (!policy->trust && policy->keyring &&
	    !ksig_rpm_keyring_check_package(policy->keyring, path, error))
		return false;
	return !live || source ||
	       ksig_publish_live_gate(path, policy->trust, policy->keyring, policy->untested, error);
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
