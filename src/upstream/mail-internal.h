/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies of mail. */
#pragma once

#include "upstream/upstream.h"

/* The mail TEXT (taken over) with its transfer encodings undone, so that its diff can be read. */
GBytes *ksig_mail_decode(char *text, size_t length_bytes);
