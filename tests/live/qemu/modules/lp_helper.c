// SPDX-License-Identifier: GPL-2.0
/* Something to patch: a function whose answer can be read, and one that a thread sleeps in for ever. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>

static noinline int helper_value(void)
{
	barrier();
	return 42;
}

static noinline void stall_here(void)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
}

static int sleeper(void *data)
{
	stall_here();
	return 0;
}

static int get_value(char *buffer, const struct kernel_param *param)
{
	return sprintf(buffer, "%d\n", helper_value());
}
static const struct kernel_param_ops ops = {.get = get_value};
module_param_cb(value, &ops, NULL, 0444);

static struct task_struct *thread;

static int helper_init(void)
{
	thread = kthread_run(sleeper, NULL, "lp_sleeper");
	return PTR_ERR_OR_ZERO(thread);
}
static void helper_exit(void)
{
	kthread_stop(thread);
}
module_init(helper_init);
module_exit(helper_exit);
MODULE_LICENSE("GPL");
