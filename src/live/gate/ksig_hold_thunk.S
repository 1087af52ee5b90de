/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/linkage.h>
	.text
SYM_FUNC_START(ksig_hold_thunk)
	sub $24, %rsp
	call ksig_hold_sleep
	add $24, %rsp
	RET
SYM_FUNC_END(ksig_hold_thunk)
