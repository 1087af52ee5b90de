/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commits verified in a thread, in their order, while another program reads the same ones: one after the
 * other, that would take twice the time.
 */
#include "tree/tree.h"

struct ksig_verification {
	ksig_verifier *verifier; /* the thread's */
	const GPtrArray *commits;
	GThread *thread;
	GMutex lock; /* of what stands below */
	GCond told;
	guint good; /* so many are what they say */
	bool stopped;
	GError *reason; /* why the next one is not */
};

/* Keeps what was found of one commit; false: the last one. */
static bool tell(ksig_verification *verification, bool good, GError *reason)
{
	g_mutex_lock(&verification->lock);
	verification->good += good;
	verification->reason = reason;
	const bool goes_on = good && !verification->stopped;
	g_cond_signal(&verification->told);
	g_mutex_unlock(&verification->lock);
	return goes_on;
}

static gpointer verify_all(gpointer data)
{
	ksig_verification *verification = data;
	bool goes_on = true;

	for (guint i = 0; goes_on && i < verification->commits->len; i++) {
		GError *reason = NULL;
		const bool good = ksig_tree_verify_named(verification->verifier,
							 verification->commits->pdata[i], &reason);
		goes_on = tell(verification, good, reason);
	}
	return NULL;
}

ksig_verification *ksig_tree_verification_start(const ksig_store *store, const GPtrArray *commits)
{
	ksig_verification *verification = g_new0(ksig_verification, 1);

	g_mutex_init(&verification->lock);
	g_cond_init(&verification->told);
	verification->verifier = ksig_tree_verifier_new(store);
	verification->commits = commits;
	verification->thread = g_thread_new("verify", verify_all, verification);
	return verification;
}

bool ksig_tree_verification_wait(ksig_verification *verification, guint index, GError **error)
{
	g_mutex_lock(&verification->lock);
	while (verification->good <= index && !verification->reason)
		g_cond_wait(&verification->told, &verification->lock);
	const bool good = verification->good > index;
	if (!good)
		g_propagate_error(error, g_error_copy(verification->reason));
	g_mutex_unlock(&verification->lock);
	return good;
}

void ksig_tree_verification_free(ksig_verification *verification)
{
	if (!verification)
		return;
	g_mutex_lock(&verification->lock);
	verification->stopped = true;
	g_mutex_unlock(&verification->lock);
	g_thread_join(verification->thread);
	ksig_tree_verifier_free(verification->verifier);
	g_clear_error(&verification->reason);
	g_cond_clear(&verification->told);
	g_mutex_clear(&verification->lock);
	g_free(verification);
}
