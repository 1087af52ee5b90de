/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A spec is a program: %(…) runs a shell, %{lua:…} opens files, %prep is a script. The child that reads a
 * stranger's spec sees the package's files and rpm's macros, and gives up, by seccomp(2), all that could
 * harm: running programs, writing, the network, other processes. It may read and compute; what it answers is
 * data. The child that runs a stranger's %prep may run programs too, and write to a folder of its own.
 */
#include "rpm/sandbox-internal.h"
#include "rpm/sandbox-bubble-internal.h"
#include "rpm/sandbox-files-internal.h"
#include "rpm/srpm-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 60, RUN_LIMIT_S = 3600, LAST_CAPABILITY = 63 };
#define MEMORY_LIMIT_BYTES ((rlim_t) 4 << 30)

/* Refused to both. */
static const char *const denied_always[] = {
	"ptrace",
	"kill",
	"tkill",
	"tgkill",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_open",
	"pidfd_getfd",
	"pidfd_send_signal",
	"socket",
	"connect",
	"bind",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"mount",
	"umount2",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"fspick",
	"mount_setattr",
	"chroot",
	"pivot_root",
	"setns",
	"unshare",
	"bpf",
	"perf_event_open",
	"keyctl",
	"add_key",
	"request_key",
	"userfaultfd",
	"open_by_handle_at",
	"name_to_handle_at",
	"shmget",
	"shmat",
	"msgget",
	"semget",
	"mq_open",
	"setsid",
	"setpgid",
	"syslog",
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"reboot",
	"swapon",
	"swapoff",
	"quotactl",
	"acct",
	"settimeofday",
	"clock_settime",
	"adjtimex",
	"clock_adjtime",
	"sethostname",
	"setdomainname",
	"iopl",
	"ioperm",
	"fanotify_init",
	"setpriority",
	"ioprio_set",
	"sched_setattr",
};

/*
 * Landlock does not look at these. They are refused to the one that only reads; a %prep is told that they are
 * done: no owner, mode, attribute or time that it sets outlives it.
 */
static const char *const attributes[] = {
	"setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
	"chmod",    "fchmod",    "fchmodat",  "fchmodat2",   "chown",        "fchown",
	"lchown",   "fchownat",  "utime",     "utimes",      "futimesat",    "utimensat",
};

/* Refused to the one that only reads. */
static const char *const denied_to_reader[] = {
	"execve",   "execveat",  "fork",      "vfork",        "clone",     "socketpair", "creat",
	"unlink",   "unlinkat",  "rename",    "renameat",     "renameat2", "link",       "linkat",
	"symlink",  "symlinkat", "mkdir",     "mkdirat",      "rmdir",     "mknod",      "mknodat",
	"truncate", "ftruncate", "fallocate", "memfd_create", "prctl",
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

static int deny_all(scmp_filter_ctx filter, const char *const *names, size_t n_names, int errnum)
{
	int code = 0;

	for (size_t i = 0; i < n_names && code == 0; i++)
		code = deny(filter, names[i], errnum);
	return code;
}

static int fill(scmp_filter_ctx filter, bool runs)
{
	int code = deny_all(filter, denied_always, G_N_ELEMENTS(denied_always), EPERM);

	if (code == 0)
		code = deny_all(filter, absent, G_N_ELEMENTS(absent), ENOSYS);
	if (code == 0)
		code = deny_all(filter, attributes, G_N_ELEMENTS(attributes), runs ? 0 : EPERM);
	if (code == 0 && !runs)
		code = deny_writing(filter);
	if (code == 0 && !runs)
		code = deny_all(filter, denied_to_reader, G_N_ELEMENTS(denied_to_reader), EPERM);
	return code;
}

static void limit_resources(bool runs)
{
	const rlim_t most = runs ? RUN_LIMIT_S : TIME_LIMIT_S;
	const struct rlimit seconds = {most, most};
	const struct rlimit bytes = {MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES};
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	/* What a script leaves running does not do so for ever, even if this process is killed. */
	setrlimit(RLIMIT_CPU, &seconds);
	if (!runs)
		alarm(TIME_LIMIT_S);
	/* AddressSanitizer reserves terabytes that it never uses, also in a child that is to run a program.
	 */
	if (!KSIG_SANITIZED)
		setrlimit(RLIMIT_AS, &bytes);
}

/* Root's child is no root: no capability, and none gained by running a program. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct nothing[2] = {{0}};

	for (unsigned long capability = 0; capability <= LAST_CAPABILITY; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	syscall(SYS_capset, &header, nothing);
}

static scmp_filter_ctx make_filter(bool runs, GError **error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const int code = filter ? fill(filter, runs) : -ENOMEM;

	if (code == 0)
		return filter;
	if (filter)
		seccomp_release(filter);
	ksig_error_errno(error, -code, "seccomp");
	return NULL;
}

static bool load_filter(bool runs, GError **error)
{
	scmp_filter_ctx filter = make_filter(runs, error);

	if (!filter)
		return false;
	const int code = seccomp_load(filter);
	seccomp_release(filter);
	return code == 0 || ksig_error_errno(error, -code, "seccomp");
}

/* The filter of what runs, in a file for bwrap to load when it has mounted. */
static int filter_file(GError **error)
{
	scmp_filter_ctx filter = make_filter(true, error);
	const int fd = filter ? memfd_create("ksig-filter", MFD_CLOEXEC) : -1;

	if (!filter)
		return -1;
	const int code = fd < 0 ? -errno : seccomp_export_bpf(filter, fd);
	seccomp_release(filter);
	if (code == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	ksig_error_errno(error, code ? -code : errno, "seccomp");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- which way ----------------------------------------------------------------------------------- */

enum way { LANDLOCK, BUBBLEWRAP, NONE };

static bool refuse(GError **error)
{
	const GError *bubble = bubble_refusal();
	const bool landlock = ksig_sandbox_landlock_version() >= 1;

	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "bubblewrap (%s) cannot be used, and %s; KSIG_SANDBOX=%s says that %s",
			      bubble->message,
			      landlock ? "Landlock would let a stranger's spec and %prep see which files "
					 "this machine has, and "
					 "decide on the tree by them"
				       : "neither can Landlock (Linux 5.13 and later, enabled by lsm=): a "
					 "stranger's spec could "
					 "read every file and a %prep write them",
			      landlock ? "landlock in the environment" : "none in the environment",
			      landlock ? "they may" : "you trust the package");
}

/*
 * Landlock keeps what a file has from who is kept from it, but not that it is there, how long it is and since
 * when: what bubblewrap does not mount is not there at all. So Landlock alone is used by who says so: by its
 * name, or by the word for nothing at all.
 */
static bool choose(enum way *out_way, GError **error)
{
	static const char *const ways[] = {"landlock", "bubblewrap", "none", NULL};
	const char *asked = g_getenv("KSIG_SANDBOX");
	const bool waived = g_strcmp0(asked, "none") == 0;

	if (asked && *asked && !g_strv_contains(ways, asked))
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "KSIG_SANDBOX=%s: landlock, bubblewrap or none", asked);
	if (g_strcmp0(asked, "landlock") == 0)
		*out_way = LANDLOCK;
	else if (!bubble_refusal())
		*out_way = BUBBLEWRAP;
	else if (waived)
		*out_way = ksig_sandbox_landlock_version() >= 1 ? LANDLOCK : NONE;
	else
		return refuse(error);
	return true;
}

/* ---- a reader ------------------------------------------------------------------------------------ */

struct ksig_sandbox {
	const struct ksig_sandbox_files *files;
	enum way way;
	struct bubble *bubble;
};

ksig_sandbox *ksig_sandbox_new(const struct ksig_sandbox_files *files, GError **error)
{
	g_autoptr(ksig_sandbox) sandbox = g_new0(ksig_sandbox, 1);

	sandbox->files = files;
	if (!choose(&sandbox->way, error))
		return NULL;
	if (sandbox->way == BUBBLEWRAP)
		sandbox->bubble = bubble_hold(files, error);
	return sandbox->way == BUBBLEWRAP && !sandbox->bubble ? NULL : g_steal_pointer(&sandbox);
}

void ksig_sandbox_free(ksig_sandbox *sandbox)
{
	if (sandbox)
		bubble_free(sandbox->bubble);
	g_free(sandbox);
}

bool ksig_sandbox_enter(const ksig_sandbox *sandbox, GError **error)
{
	limit_resources(false);
	if (sandbox->way == LANDLOCK && !ksig_sandbox_files(sandbox->files, error))
		return false;
	if (sandbox->way == BUBBLEWRAP && !bubble_join(sandbox->bubble, error))
		return false;
	drop_capabilities();
	return load_filter(false, error);
}

/* ---- a program ----------------------------------------------------------------------------------- */

static bool confine(void *data)
{
	const ksig_sandbox *sandbox = data;
	g_autoptr(GError) error = NULL;

	limit_resources(true);
	drop_capabilities();
	if ((sandbox->way != LANDLOCK || ksig_sandbox_files(sandbox->files, &error)) &&
	    load_filter(true, &error))
		return true;
	g_printerr("%s\n", error->message);
	return false;
}

static bool confine_bubble(void *filter_fd)
{
	limit_resources(true);
	return bubble_keep_fd(filter_fd);
}

static bool run_in_bubble(const struct ksig_sandbox_files *files, const char *const *argv,
			  struct ksig_process_options *options, int *out_status, GError **error)
{
	int filter_fd = filter_file(error);

	if (filter_fd < 0)
		return false;
	g_autoptr(GPtrArray) arguments = bubble_arguments(files, filter_fd, options->directory, argv);
	options->confine = confine_bubble;
	options->confine_data = &filter_fd;
	const bool good = ksig_process_run((const char *const *) arguments->pdata, options, out_status, NULL,
					   error);
	close(filter_fd);
	return good;
}

bool ksig_sandbox_run(const struct ksig_sandbox_files *files, const char *const *argv,
		      const struct ksig_process_options *options, int *out_status, GError **error)
{
	ksig_sandbox sandbox = {.files = files};
	struct ksig_process_options confined = *options;

	if (!choose(&sandbox.way, error))
		return false;
	if (sandbox.way == BUBBLEWRAP)
		return run_in_bubble(files, argv, &confined, out_status, error);
	confined.confine = confine;
	confined.confine_data = &sandbox;
	confined.ends_all = true;
	return ksig_process_run(argv, &confined, out_status, NULL, error);
}
