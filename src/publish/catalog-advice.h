/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: what the workspace's catalog knows of a kernel that is published. */
#pragma once

#include "publish/publish.h"

/*
 * A ksig_publish_know_fn, DATA the workspace's folder: if a breakdown has the revision VERSION_RELEASE, or
 * one that it goes on from ("4.18.0-305.el8" of 4.18.0-305.el8.plus), the CVEs that it fixed, with the
 * commits.
 */
ksig_publish_know_fn ksig_publish_know_from_catalog;
