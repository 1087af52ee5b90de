/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a changed spec is what it should be, as rpm understands it. */
#pragma once

#include "kernel/plus-internal.h"
#include "kernel/kernel-internal.h"

/*
 * Has rpm parse the changed spec at PATH. A package of the base's without its like, a need that nothing meets
 * any more and a release that is not newer are input errors.
 */
bool plus_verify_spec(const struct plus *plus, const char *path, GError **error);

/*
 * Runs the %prep of the source package SRPM that was made, in the sandbox: all patches have to apply, the
 * flavour's PATCHES (file names, NULL-ended) among them, and it has to come to its end if the base's does.
 * OUT_STOPPED: the command at which it stopped; NULL: none. Free with g_free().
 */
bool plus_verify_prep(const struct plus *plus, const char *srpm, const char *const *patches,
		      char **out_stopped, GError **error);
