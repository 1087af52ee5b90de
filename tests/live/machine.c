/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/client.h"
#include "live/manifest.h"
#include "live/index.h"
#include "machine.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char *machine, *source, *trust;
bool stall, stubborn;
int load_errno, die_at;

static char *in(const char *first, const char *rest)
{
	return g_build_filename(first, rest, NULL);
}

void put(const char *path, const char *text, gssize length)
{
	g_autofree char *whole = in(machine, path);
	g_autofree char *folder = g_path_get_dirname(whole);

	g_assert_true(ksig_directory_make(folder, NULL));
	g_assert_true(g_file_set_contents(whole, text, length, NULL));
}

bool is_there(const char *path)
{
	g_autofree char *whole = in(machine, path);

	return g_file_test(whole, G_FILE_TEST_EXISTS);
}

void erase(const char *path)
{
	g_autofree char *whole = in(machine, path);

	g_assert_true(ksig_directory_remove(whole, NULL));
}

/* ---- the kernel ---------------------------------------------------------------------------------- */

static void put_note(const char *path, const char *hex)
{
	guint8 note[36] = {4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0};

	for (int i = 0; i < 20; i++)
		note[16 + i] = (guint8) (g_ascii_xdigit_value(hex[2 * i]) * 16 +
					 g_ascii_xdigit_value(hex[2 * i + 1]));
	put(path, (const char *) note, sizeof(note));
}

char *get(const char *path)
{
	g_autofree char *whole = in(machine, path);
	char *text = NULL;

	return g_file_get_contents(whole, &text, NULL, NULL) ? g_strchomp(text) : NULL;
}

static int fake_load(const char *path, void *data)
{
	char *content = NULL;
	gsize length = 0;

	(void) data;
	if (load_errno)
		return -load_errno;
	if (die_at == 1)
		_exit(0);
	g_assert_true(g_file_get_contents(path, &content, &length, NULL));
	g_autoptr(GBytes) bytes = g_bytes_new_take(content, length);
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read(path, bytes, NULL);
	g_autofree char *module = g_strdup_printf("sys/module/%s", klp->name);
	g_autofree char *note = g_strdup_printf("%s/notes/.note.gnu.build-id", module);
	g_autofree char *enabled = g_strdup_printf("sys/kernel/livepatch/%s/enabled", klp->name);
	g_autofree char *transition = g_strdup_printf("sys/kernel/livepatch/%s/transition", klp->name);
	if (is_there(module))
		return -EEXIST;
	if (!stall)
		erase("sys/kernel/livepatch"); /* it replaces all others at once */
	put(enabled, "1\n", -1);
	put(transition, stall ? "1\n" : "0\n", -1);
	put_note(note, klp->build_id);
	if (die_at == 2)
		_exit(0);
	return 0;
}

/* As the kernel has it: what is enabled stays. */
static int fake_unload(const char *name, void *data)
{
	g_autofree char *module = g_strdup_printf("sys/module/%s", name);
	g_autofree char *patch = g_strdup_printf("sys/kernel/livepatch/%s", name);

	(void) data;
	if (is_there(patch))
		return -EWOULDBLOCK;
	erase(module);
	return 0;
}

/* A write of 0 to "enabled" takes the patch out, or begins a transition that does not end; 1 puts it back. */
static int fake_write(const char *path, const char *value, void *data)
{
	g_autofree char *old = NULL, *folder = g_path_get_dirname(path);
	g_autofree char *transition = g_build_filename(folder, "transition", NULL);

	(void) data;
	if (!g_file_get_contents(path, &old, NULL, NULL))
		return g_str_has_suffix(path, "/force") ? 0 : -ENOENT;
	if (old[0] == value[0])
		return -EINVAL;
	g_assert_true(g_file_set_contents(path, value, -1, NULL));
	g_assert_true(g_file_set_contents(transition, stubborn ? "1" : "0", -1, NULL));
	if (value[0] == '0' && !stubborn)
		g_assert_true(ksig_directory_remove(folder, NULL));
	return 0;
}

static const struct ksig_client_kernel fake = {.load = fake_load, .unload = fake_unload, .write = fake_write};

ksig_client *open_client(void)
{
	const struct ksig_client_options options = {
		.root = machine, .trust = trust, .kernel = &fake, .deadline_s = 1, .probation_s = 1000};
	g_autoptr(GError) error = NULL;
	ksig_client *client = ksig_client_open(&options, &error);

	g_assert_no_error(error);
	return client;
}

void boot(const char *id)
{
	erase("sys/kernel/livepatch");
	erase("sys/module");
	g_assert_true(g_mkdir_with_parents(machine, 0755) == 0);
	put("proc/sys/kernel/random/boot_id", id, -1);
	put("proc/cmdline", "quiet", -1);
	put("proc/sys/kernel/tainted", "36864", -1);
	stall = stubborn = false;
	load_errno = 0;
}

void configure(const char *lines)
{
	g_autofree char *text = lines ? g_strconcat("[live]\n", lines, "\n", NULL) : NULL;

	if (text)
		put("etc/ksig/live.conf", text, -1);
	else
		erase("etc/ksig/live.conf");
}

/* ---- the provider -------------------------------------------------------------------------------- */

static char *data_file(gsize *out_length)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "lp_fcntl.ko", NULL);
	char *data = NULL;

	g_assert_true(g_file_get_contents(path, &data, out_length, NULL));
	return data;
}

/* The real module under another name and build id, for revision N. */
static char *module_of(int n)
{
	gsize length = 0;
	g_autofree char *data = data_file(&length);
	char *found = data, *path = g_strdup_printf("%s/module-%d.ko", fixture_folder(), n);

	while ((found = memmem(found, length - (gsize) (found - data), "lp_fcntl", 8)))
		found[7] = (char) ('0' + n);
	found = memmem(data, length, "\x18\x13\x1f\x50\xb1\x87", 6);
	g_assert_nonnull(found);
	found[0] = (char) n;
	g_assert_true(g_file_set_contents(path, data, (gssize) length, NULL));
	return path;
}

void publish(int n, const char *key, const char *build, gint64 minimum)
{
	g_autofree char *module = module_of(n);
	g_autofree char *cve = g_strdup_printf("CVE-2026-%04d", n);
	const char *const cves[] = {"CVE-2026-0001", n > 1 ? cve : NULL, NULL};
	const char *const unfixable[] = {"CVE-2026-0009 6.1.0-99", NULL};
	const char *const fixed[] = {"CVE-2025-0001", NULL};
	const struct ksig_live_manifest_options options = {.name = NAME,
							   .provider = "kmods",
							   .module_path = module,
							   .build_id = build,
							   .expires = "2099-01-01",
							   .revision = n,
							   .minimum_revision = minimum,
							   .cves = cves,
							   .unfixable = unfixable,
							   .fixed_by_kernel = fixed,
							   .key = key,
							   .home = fixture_home()};
	g_autoptr(GError) error = NULL;

	ksig_live_manifest_write(source, &options, &error);
	g_assert_no_error(error);
}

void publish_index(gint64 revision, const char *const *releases, const char *const *halted)
{
	const char *const rings[] = {"nobody=0", "all=100", NULL};
	const struct ksig_live_index_options options = {.name = "stable",
							.provider = "kmods",
							.expires = "2099-01-01",
							.untested = "I publish what was not tested",
							.revision = revision,
							.rings = rings,
							.releases = releases,
							.halted = halted,
							.key = "repo",
							.home = fixture_home()};
	g_autofree char *before = g_build_filename(source, "index.json", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(ksig_directory_remove(before, NULL)); /* what that halted is not of interest here */
	g_strfreev(ksig_live_index_write(source, &options, &error));
	g_assert_no_error(error);
}

void publish_otherwise(const char *from, const char *to)
{
	g_autofree char *path = g_build_filename(source, "index.json", NULL);
	g_autofree char *whole = ksig_file_read(path, 1 << 20, NULL, NULL);
	g_auto(GStrv) parts = g_strsplit(whole, from, 0);
	char *rest = g_strjoinv(to, parts);
	g_autoptr(GBytes) index = g_bytes_new_take(rest, strlen(rest));
	g_autoptr(GBytes) signature = fixture_sign("repo", NULL, index);
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(g_strv_length(parts), ==, 2);
	ksig_live_index_publish(source, index, signature, &error);
	g_assert_no_error(error);
}

static void grant(const char *name, enum ksig_role role, const char *provider)
{
	static char *all[] = {NULL};
	g_autofree char *file = fixture_public(name);
	g_autoptr(GError) error = NULL;
	const struct ksig_grant sentence = {.role = role, .provider = (char *) provider, .patterns = all};

	fixture_key(name, NULL, "0");
	ksig_trust_add(trust, name, file, &sentence, &error);
	g_assert_no_error(error);
}

void prepare(void)
{
	gsize length = 0;
	g_autofree char *image = data_file(&length);

	machine = in(fixture_folder(), "machine");
	source = in(fixture_folder(), "source");
	trust = in(fixture_folder(), "trust");
	grant("vendor", KSIG_ROLE_KERNEL, "vendor");
	grant("live", KSIG_ROLE_LIVEPATCH, "kmods");
	grant("repo", KSIG_ROLE_REPOSITORY, "kmods");
	g_assert_true(ksig_trust_say(trust, "kmods may patch kernels of vendor", NULL));
	put("etc/machine-id", "0123456789abcdef0123456789abcdef", -1);
	put("proc/meminfo", "MemTotal: 100000 kB\nMemAvailable: 90000 kB\n", -1);
	put("proc/sys/kernel/osrelease", "6.1.0-54-amd64\n", -1);
	put_note("sys/kernel/notes", KERNEL_BUILD);
	boot("boot-1");
	g_autofree char *unsigned_package = fixture_package("kernel-core", "/lib/modules/vmlinuz-6", image,
							    (gssize) length);
	g_autofree char *package = fixture_sign_package(unsigned_package, "vendor", NULL);
	g_autoptr(ksig_client) client = open_client();
	g_autoptr(GError) error = NULL;
	g_assert_false(ksig_client_vouch(client, unsigned_package, NULL));
	ksig_client_vouch(client, package, &error);
	g_assert_no_error(error);
}

/* ---- what is asked ------------------------------------------------------------------------------- */

void fetch(const char *wanted)
{
	g_autoptr(ksig_client) client = open_client();
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	ksig_client_fetch(client, source, &id, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(id, ==, wanted);
}

/* Applies ID; a refusal has to hold WORDS. */
void apply(const char *id, const char *words)
{
	g_autoptr(ksig_client) client = open_client();
	g_autoptr(GError) error = NULL;
	const bool good = ksig_client_apply(client, id, &error);

	if (!words) {
		g_assert_no_error(error);
		return;
	}
	g_assert_false(good);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, words));
}

void assert_status(const char *words, bool clean)
{
	g_autoptr(ksig_client) client = open_client();
	bool is_clean = false;
	g_autofree char *text = ksig_client_status(client, &is_clean, NULL);

	if (!strstr(text, words))
		g_test_message("%s", text);
	g_assert_nonnull(strstr(text, words));
	g_assert_cmpint(is_clean, ==, clean);
}

void assert_cve(const char *cve, const char *wanted)
{
	g_autoptr(ksig_client) client = open_client();
	g_autofree char *state = ksig_client_cve(client, cve, NULL);

	g_assert_cmpstr(state, ==, wanted);
}

void rollback(const char *id, const char *words)
{
	g_autoptr(ksig_client) client = open_client();
	g_autoptr(GError) error = NULL;
	const bool good = ksig_client_rollback(client, id, &error);

	if (error)
		g_test_message("%s", error->message);
	g_assert_cmpint(good, ==, words == NULL);
	if (words)
		g_assert_nonnull(strstr(error->message, words));
}

void do_boot(const char *id)
{
	g_autoptr(GError) error = NULL;

	boot(id);
	g_autoptr(ksig_client) client = open_client();
	ksig_client_boot(client, &error);
	g_assert_no_error(error);
}

void do_stop(void)
{
	g_autoptr(ksig_client) client = open_client();

	g_assert_true(ksig_client_stop(client, NULL));
}

void do_auto(const char *words)
{
	g_autoptr(ksig_client) client = open_client();
	g_autofree char *said = NULL;
	g_autoptr(GError) error = NULL;

	ksig_client_auto(client, &said, &error);
	const char *text = error ? error->message : said;
	if (!strstr(text, words))
		g_test_message("%s", text);
	g_assert_nonnull(strstr(text, words));
}

void apply_and_die(const char *id, int point)
{
	int status = 0;
	const pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		die_at = point;
		ksig_client *client = open_client();
		ksig_client_apply(client, id, NULL);
		_exit(1);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void age_trial(void)
{
	g_autofree char *text = get("var/lib/ksig-live/state.json");
	g_autoptr(GRegex) regex = g_regex_new("\"trial_since\" : [0-9]+", 0, 0, NULL);
	g_autofree char *old = g_regex_replace_literal(regex, text, -1, 0, "\"trial_since\" : 1", 0, NULL);

	g_assert_cmpstr(old, !=, text);
	put("var/lib/ksig-live/state.json", old, -1);
}

void assert_not_in_status(const char *words)
{
	g_autoptr(ksig_client) client = open_client();
	g_autofree char *text = ksig_client_status(client, NULL, NULL);

	g_assert_null(strstr(text, words));
}

void machine_free(void)
{
	g_free(machine);
	g_free(source);
	g_free(trust);
	fixture_remove();
}
