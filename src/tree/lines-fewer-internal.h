/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long texts before they are compared. */
#pragma once

#include "tree/tree.h"

/* Lines FROM to TO, without it. */
struct lines_part {
	const struct ksig_lines *lines;
	uint32_t from, to;
};

/* Of PART, what a comparison with OTHER needs. */
struct lines_fewer {
	GString *text;
	GArray *numbers; /* uint32_t: of each of its lines, what number it has in the text; and of the end */
};

void lines_fewer_init(struct lines_fewer *fewer, const struct lines_part *part,
		      const struct lines_part *other);

/* RUNS of struct ksig_run, between the two as they are here, become those between the texts. */
void lines_fewer_widen(const struct lines_fewer *old_fewer, const struct lines_fewer *new_fewer,
		       GArray *runs);
void lines_fewer_clear(struct lines_fewer *fewer);
