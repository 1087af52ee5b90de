/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made by bench/calibrate; see docs/method.md. One number a feature, in the order of enum feature. */
#include "breakdown/model-internal.h"

const struct model model_default = {
	.alone =
		{
			-2.6043F, 2.0903F,  0.0097F,  -0.0712F, 1.2305F,  1.1740F,  -0.1782F,
			-0.5528F, 0.1712F,  -0.3616F, 3.5527F,  -0.7268F, -2.4005F, 1.0825F,
			-0.0311F, -0.7054F, -1.6027F, -1.1849F, 0.2025F,  -2.1130F,
		},
	.together =
		{
			-3.8452F, -3.7802F, 0.6158F, -2.5626F, 2.6266F,  1.9719F,  -0.2779F, -0.4366F,
			0.8424F,  -0.4593F, 2.7675F, -0.7643F, 0.4445F,  1.1812F,  -0.2607F, 0.7695F,
			-0.6666F, -0.6369F, 1.3561F, -1.6869F, 2.3035F,  -0.8951F, 4.5407F,  0.0030F,
			-0.0123F, -1.0009F, 0.5584F, 0.7031F,  -0.0947F, 1.7906F,  -1.4215F, 1.5935F,
			-0.0349F, 2.4586F,  0.8947F, -0.3829F, 1.8814F,  3.2945F,  -1.1228F, -4.1298F,
			-1.8200F, 0.6630F,  0.1735F, 0.1894F,  -3.2891F, -0.3085F, -0.0254F, 2.1297F,
			-0.1237F, 0.7005F,
		},
};
