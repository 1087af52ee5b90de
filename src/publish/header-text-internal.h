/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpm/metadata.h"

/*
 * Makes XML of what a package says to people (summary, description, changelog, who made it): what XML cannot
 * hold goes. Names of files and of what is provided or required are left: those that XML cannot hold are
 * refused when it is written.
 */
void repo_header_text_clean(cr_Package *package);
