/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bubblewrap, bwrap(1): a mount namespace that has the files that are named and no others. A program is run
 * in it by bwrap. A child of this process that goes on being one (the reader of specs) joins the namespaces
 * of a bwrap that holds them open, and makes the folder HOLD, where the files are laid out once more, its
 * root.
 */
#include "rpm/sandbox-bubble-internal.h"
#include "rpm/sandbox-files-internal.h"
#include "rpm/srpm-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOLD "/hold"
enum { TRIAL_TIMEOUT_MS = 20000, INFO_LIMIT_BYTES = 4096 };

/* What any program needs to start. */
static const char *const system_folders[] = {"/usr", "/bin", "/lib", "/lib32", "/lib64", NULL};

static void add(GPtrArray *arguments, const char *option, const char *from, const char *root)
{
	g_ptr_array_add(arguments, g_strdup(option));
	g_ptr_array_add(arguments, g_strdup(from));
	if (root)
		g_ptr_array_add(arguments, g_strconcat(root, from, NULL));
}

/* What is not there cannot be read: no error. */
static void add_all(GPtrArray *arguments, const char *option, const char *const *paths, const char *root)
{
	for (; paths && *paths; paths++)
		add(arguments, g_str_has_prefix(*paths, "/dev/") ? "--dev-bind-try" : option, *paths, root);
}

static GPtrArray *begin_arguments(void)
{
	static const char *const words[] = {"bwrap", "--unshare-all", "--die-with-parent", "--cap-drop",
					    "ALL"};
	GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(arguments, g_strdup(words[i]));
	return arguments;
}

static void end_arguments(GPtrArray *arguments, const char *const *argv)
{
	add(arguments, "--remount-ro", "/", NULL);
	g_ptr_array_add(arguments, g_strdup("--"));
	for (; *argv; argv++)
		g_ptr_array_add(arguments, g_strdup(*argv));
	g_ptr_array_add(arguments, NULL);
}

GPtrArray *bubble_arguments(const struct ksig_sandbox_files *files, int filter_fd, const char *directory,
			    const char *const *argv)
{
	GPtrArray *arguments = begin_arguments();
	g_autofree char *filter = g_strdup_printf("%d", filter_fd);

	/* Of its own processes: bash finds its pipes there. */
	add(arguments, "--proc", "/proc", NULL);
	add_all(arguments, "--ro-bind-try", files->readable, "");
	add_all(arguments, "--bind-try", files->writable, "");
	add(arguments, "--chdir", directory, NULL);
	add(arguments, "--seccomp", filter, NULL);
	end_arguments(arguments, argv);
	return arguments;
}

static gpointer try_once(gpointer data)
{
	static const char *const argv[] = {"true", NULL};
	const struct ksig_process_options options = {.timeout_ms = TRIAL_TIMEOUT_MS};
	g_autoptr(GPtrArray) arguments = begin_arguments();
	GError *reason = NULL;

	(void) data;
	/* A container may let it mount all but that. */
	add(arguments, "--proc", "/proc", NULL);
	add_all(arguments, "--ro-bind-try", system_folders, "");
	end_arguments(arguments, argv);
	ksig_process_run((const char *const *) arguments->pdata, &options, NULL, NULL, &reason);
	return reason;
}

const GError *bubble_refusal(void)
{
	static GOnce once = G_ONCE_INIT;

	return g_once(&once, try_once, NULL);
}

/* ---- a namespace to join ------------------------------------------------------------------------- */

struct bubble {
	ksig_process *holder;
	int user_fd, mount_fd;
};

void bubble_free(struct bubble *bubble)
{
	if (!bubble)
		return;
	if (bubble->holder)
		ksig_process_free(bubble->holder);
	if (bubble->user_fd >= 0)
		close(bubble->user_fd);
	if (bubble->mount_fd >= 0)
		close(bubble->mount_fd);
	g_free(bubble);
}

bool bubble_keep_fd(void *data)
{
	return fcntl(*(const int *) data, F_SETFD, 0) == 0;
}

static int open_namespace(gint64 pid, const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/ns/%s", pid, name);

	return open(path, O_RDONLY | O_CLOEXEC);
}

/* bwrap says in INFO_FD which process it started, before that process says anything. */
static gint64 held_process(int info_fd)
{
	char text[INFO_LIMIT_BYTES] = {0};
	const ssize_t got = pread(info_fd, text, sizeof text - 1, 0);
	g_autoptr(JsonParser) parser = json_parser_new();

	if (got <= 0 || !ksig_json_load(parser, text, got, NULL))
		return 0;
	JsonNode *root = json_parser_get_root(parser);
	return JSON_NODE_HOLDS_OBJECT(root) ? ksig_json_integer(json_node_get_object(root), "child-pid", 0)
					    : 0;
}

static bool take_namespaces(struct bubble *bubble, int info_fd, GError **error)
{
	char ready = '\0';

	while (read(ksig_process_fd(bubble->holder), &ready, 1) < 0 && errno == EINTR)
		continue;
	/* Its reason is better than that it closed its output. */
	if (ready == '\0' && !ksig_process_finish(bubble->holder, NULL, error))
		return false;
	const gint64 pid = held_process(info_fd);
	bubble->user_fd = pid > 0 ? open_namespace(pid, "user") : -1;
	bubble->mount_fd = pid > 0 ? open_namespace(pid, "mnt") : -1;
	return (bubble->user_fd >= 0 && bubble->mount_fd >= 0) ||
	       ksig_error_errno(error, errno, "bwrap: its namespaces");
}

/* It repeats its input and waits for more: the first byte says that all is mounted. */
static bool start_holder(struct bubble *bubble, const struct ksig_sandbox_files *files, int info_fd,
			 GError **error)
{
	static const char *const argv[] = {"tail", "-f", "-n", "+1", "-", NULL};
	const struct ksig_process_options options = {.input = "ready\n",
						     .input_length_bytes = 6,
						     .confine = bubble_keep_fd,
						     .confine_data = &info_fd};
	g_autoptr(GPtrArray) arguments = begin_arguments();
	g_autofree char *info = g_strdup_printf("%d", info_fd);

	add(arguments, "--info-fd", info, NULL);
	add_all(arguments, "--ro-bind-try", system_folders, "");
	add_all(arguments, "--ro-bind-try", files->readable, HOLD);
	end_arguments(arguments, argv);
	bubble->holder = ksig_process_start((const char *const *) arguments->pdata, &options, error);
	return bubble->holder != NULL;
}

struct bubble *bubble_hold(const struct ksig_sandbox_files *files, GError **error)
{
	struct bubble *bubble = g_new0(struct bubble, 1);
	const int info_fd = memfd_create("ksig-bubble", MFD_CLOEXEC);

	bubble->user_fd = bubble->mount_fd = -1;
	const bool good = (info_fd >= 0 || ksig_error_errno(error, errno, "bwrap")) &&
			  start_holder(bubble, files, info_fd, error) &&
			  take_namespaces(bubble, info_fd, error);
	if (info_fd >= 0)
		close(info_fd);
	if (!good)
		g_clear_pointer(&bubble, bubble_free);
	return bubble;
}

static bool is_same_user_namespace(int fd)
{
	struct stat theirs, ours;

	return fstat(fd, &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
	       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* Folders that are open reach what is outside. Pipes and files stay: they are only themselves. */
static bool close_folders(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry = NULL;
	struct stat status;

	if (!folder)
		return false;
	while ((entry = readdir(folder))) {
		const int fd = atoi(entry->d_name);
		if (fd > STDERR_FILENO && fd != dirfd(folder) && fstat(fd, &status) == 0 &&
		    S_ISDIR(status.st_mode))
			close(fd);
	}
	return closedir(folder) == 0;
}

bool bubble_join(const struct bubble *bubble, GError **error)
{
	/* The user's namespace gives the right to the other, unless root's bwrap made none. */
	return (close_folders() &&
		(is_same_user_namespace(bubble->user_fd) || setns(bubble->user_fd, CLONE_NEWUSER) == 0) &&
		setns(bubble->mount_fd, CLONE_NEWNS) == 0 && chroot(HOLD) == 0 && chdir("/") == 0) ||
	       ksig_error_errno(error, errno, "bwrap: its namespaces");
}
