/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A spec is a program: %(…) runs a shell, %{lua:…} opens files. The child that expands a stranger's spec
 * gives up, by seccomp(2), all that could harm: running programs, writing, the network, other processes. It
 * may read and compute; what it answers is data.
 */
#include "rpm/srpm-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 60 };
#define MEMORY_LIMIT_BYTES ((rlim_t) 4 << 30)

static const char *const denied[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"clone",
	"ptrace",
	"kill",
	"tkill",
	"process_vm_writev",
	"pidfd_send_signal",
	"pidfd_getfd",
	"socket",
	"socketpair",
	"connect",
	"bind",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"creat",
	"unlink",
	"unlinkat",
	"rename",
	"renameat",
	"renameat2",
	"link",
	"linkat",
	"symlink",
	"symlinkat",
	"mkdir",
	"mkdirat",
	"rmdir",
	"mknod",
	"mknodat",
	"chmod",
	"fchmod",
	"fchmodat",
	"chown",
	"fchown",
	"lchown",
	"fchownat",
	"truncate",
	"ftruncate",
	"fallocate",
	"utimensat",
	"setxattr",
	"lsetxattr",
	"fsetxattr",
	"removexattr",
	"lremovexattr",
	"fremovexattr",
	"mount",
	"umount2",
	"move_mount",
	"chroot",
	"pivot_root",
	"setns",
	"unshare",
	"bpf",
	"perf_event_open",
	"keyctl",
	"add_key",
	"memfd_create",
	"userfaultfd",
	"open_by_handle_at",
	"name_to_handle_at",
	"shmget",
	"msgget",
	"semget",
	"prctl",
};

/* These can do any of the above in ways that a filter cannot look into: not there, as on an old kernel. */
static const char *const absent[] = {"clone3", "openat2", "io_uring_setup", "io_uring_enter",
				     "io_uring_register"};

static int deny(scmp_filter_ctx filter, const char *name, int errnum)
{
	const int call = seccomp_syscall_resolve_name(name);

	return call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ERRNO(errnum), call, 0);
}

/* open(2) for anything but reading. */
static int deny_writing(scmp_filter_ctx filter)
{
	static const unsigned flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
	int code = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(flags) && code == 0; i++) {
		code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
					SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
		if (code == 0)
			code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
						SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
	}
	return code;
}

static int fill(scmp_filter_ctx filter)
{
	int code = deny_writing(filter);

	for (size_t i = 0; i < G_N_ELEMENTS(denied) && code == 0; i++)
		code = deny(filter, denied[i], EPERM);
	for (size_t i = 0; i < G_N_ELEMENTS(absent) && code == 0; i++)
		code = deny(filter, absent[i], ENOSYS);
	return code;
}

static void limit_resources(void)
{
	const struct rlimit seconds = {TIME_LIMIT_S, TIME_LIMIT_S};
	const struct rlimit bytes = {MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES};

	alarm(TIME_LIMIT_S);
	setrlimit(RLIMIT_CPU, &seconds);
	/* AddressSanitizer reserves terabytes that it never uses. */
	if (!KSIG_SANITIZED)
		setrlimit(RLIMIT_AS, &bytes);
}

bool ksig_sandbox_enter(GError **error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int code = filter ? fill(filter) : -ENOMEM;

	limit_resources();
	if (code == 0)
		code = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return code == 0 || ksig_error_errno(error, -code, "seccomp");
}
