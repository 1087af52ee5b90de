/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/advisory.h"

/* Finds those of PACKAGES (which outlive it) that an advisory is about. */
typedef struct repo_matcher repo_matcher;
repo_matcher *repo_matcher_new(const GPtrArray *packages);
void repo_matcher_free(repo_matcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repo_matcher, repo_matcher_free)
GPtrArray *repo_matcher_find(const repo_matcher *matcher, const ksig_advisory *advisory);
