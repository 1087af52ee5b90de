/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changelog/changelog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fold_all(const GPtrArray *releases)
{
	for (unsigned i = 0; i < releases->len; i++) {
		const struct ksig_changelog_release *release = g_ptr_array_index(releases, i);
		for (unsigned k = 0; k < release->entries->len; k++) {
			const struct ksig_changelog_entry *entry = g_ptr_array_index(release->entries, k);
			g_autofree char *folded = ksig_changelog_fold(entry->subject);
			g_assert_nonnull(entry->text);
			g_assert_nonnull(folded);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int grammar = KSIG_GRAMMAR_RPM; grammar <= KSIG_GRAMMAR_DEBIAN; grammar++) {
		g_autoptr(GPtrArray) releases = ksig_changelog_parse(
			(const char *) data, size, (enum ksig_changelog_grammar) grammar, "fuzz", NULL);
		if (releases)
			fold_all(releases);
	}
	return 0;
}
