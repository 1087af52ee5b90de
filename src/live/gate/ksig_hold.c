// SPDX-License-Identifier: GPL-2.0
/* Holds up any transition: a thread whose stack the unwinder cannot vouch for, as long as this is loaded. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

void ksig_hold_thunk(void);
void ksig_hold_sleep(void);

static struct task_struct *thread;

void ksig_hold_sleep(void)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
}

static int hold(void *data)
{
	ksig_hold_thunk();
	return 0;
}

static int __init hold_init(void)
{
	thread = kthread_run(hold, NULL, "ksig_hold");
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit hold_exit(void)
{
	kthread_stop(thread);
}
module_init(hold_init);
module_exit(hold_exit);
MODULE_DESCRIPTION("holds up transitions of live patches, for tests");
MODULE_LICENSE("GPL");
