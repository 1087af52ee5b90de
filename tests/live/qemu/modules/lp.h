/* SPDX-License-Identifier: GPL-2.0 */
/* A live patch of one function; the file that includes it says which, and what it does. */
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#define LIVEPATCH(object, old, new)                                                                          \
	static struct klp_func funcs[] = {{.old_name = old, .new_func = new}, {}};                           \
	static struct klp_object objs[] = {{.name = object, .funcs = funcs}, {}};                            \
	static struct klp_patch patch = {.mod = THIS_MODULE, .objs = objs, .replace = true};                 \
	static int lp_init(void)                                                                             \
	{                                                                                                    \
		return klp_enable_patch(&patch);                                                             \
	}                                                                                                    \
	static void lp_exit(void)                                                                            \
	{                                                                                                    \
	}                                                                                                    \
	module_init(lp_init);                                                                                \
	module_exit(lp_exit);                                                                                \
	MODULE_LICENSE("GPL");                                                                               \
	MODULE_INFO(livepatch, "Y")
