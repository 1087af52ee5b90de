/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spec of one recipe for one kernel. Names and paths are EL's. The words that go in were checked when the
 * recipe was read: none of them means anything to a shell or to RPM.
 */
#include "kmod/build.h"

enum { DEVICES_PATCH = 10000 }; /* behind the recipe's own */

/* RPM versions and releases have no '-'. */
static char *release_word(const char *release)
{
	char *word = g_strdup(release);

	return g_strdelimit(word, "-+~ ", '_');
}

char *ksig_kmod_source_package(const ksig_recipe *recipe, const char *release)
{
	g_autofree char *word = release_word(release);

	return g_strdup_printf("kmod-%s-%s-1.%s.src.rpm", recipe->name, recipe->version, word);
}

static char *escape(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "%", -1);

	return g_strjoinv("%%", parts);
}

static void write_head(GString *out, const ksig_recipe *recipe, const char *release, unsigned number,
		       unsigned flags)
{
	g_autofree char *word = release_word(release);
	g_autofree char *summary = escape(recipe->summary);
	g_autofree char *description = escape(recipe->description ? recipe->description : recipe->summary);

	g_string_append_printf(
		out,
		"%%global kernel_release %s\n"
		"%%{!?kernel_build:%%global kernel_build /usr/src/kernels/%%{kernel_release}}\n"
		"%%{!?kernel_source:%%global kernel_source %%{kernel_build}}\n"
		"%%global debug_package %%{nil}\n"
		"%%global _build_id_links none\n"
		"%%global __os_install_post %%{nil}\n"
		"%%global use_source_date_epoch_as_buildtime 1\n"
		"%%global clamp_mtime_to_source_date_epoch 1\n"
		"%%global _buildhost localhost\n"
		"Name: kmod-%s\nVersion: %s\nRelease: %u.%s\nSummary: %s\nLicense: %s\n",
		release, recipe->name, recipe->version, number, word, summary, recipe->license);
	if (recipe->url)
		g_string_append_printf(out, "URL: %s\n", recipe->url);
	g_string_append_printf(out, "Source0: %s-%s.tar.gz\nSource1: kmod-%s.conf\n", recipe->name,
			       recipe->version, recipe->name);
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *file = g_path_get_basename(patch->file);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			g_string_append_printf(out, "Patch%u: %s\n", i, file);
	}
	if (flags & KSIG_KMOD_SPEC_DEVICES)
		g_string_append_printf(out, "Patch%d: kmod-%s-devices.patch\n", DEVICES_PATCH, recipe->name);
	/* On EL the package can be built without ksig: the kernel's folder and the generators are packages
	 * there. */
	g_string_append(out, "%if 0%{?rhel}\nBuildRequires: kernel-devel-uname-r = %{kernel_release}\n"
			     "BuildRequires: kernel-rpm-macros make gcc elfutils-libelf-devel\n%endif\n");
	g_string_append_printf(out, "Provides: %s-kmod = %%{version}-%%{release}\n\n%%description\n%s\n",
			       recipe->name, description);
	g_string_append_printf(out, "Built for kernel %s%s%s.\n\n", release, recipe->userspace ? ".\n" : "",
			       recipe->userspace ? recipe->userspace : "");
}

static void apply_patch(GString *out, guint number)
{
	g_string_append_printf(out, "%%{__patch} -p1 --fuzz=0 --no-backup-if-mismatch -i %%{PATCH%u}\n",
			       number);
}

/* The ids come last: they were made for the source as it is, and the recipe's patches may be for its
 * surroundings. */
static void write_prepare(GString *out, const ksig_recipe *recipe, const char *release, unsigned flags)
{
	g_string_append_printf(out, "%%prep\n%%setup -q -n %s-%s\n", recipe->name, recipe->version);
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		if (ksig_kmod_recipe_range_matches(patch->kernels, release))
			apply_patch(out, i);
	}
	if (flags & KSIG_KMOD_SPEC_DEVICES)
		apply_patch(out, DEVICES_PATCH);
	g_string_append_c(out, '\n');
}

/*
 * The definitions that autoconf.h would have if the option were set in the kernel's own configuration, and
 * the prefix maps that keep the folder of the build out of the modules.
 */
static void write_flags(GString *out, const ksig_recipe *recipe)
{
	GString *off = g_string_new(NULL);

	g_string_append_printf(out, "flags=\"-ffile-prefix-map=$PWD=/usr/src/%s -Wno-builtin-macro-redefined",
			       recipe->name);
	for (guint i = 0; i < recipe->options->len; i++) {
		g_auto(GStrv) pair = g_strsplit(g_ptr_array_index(recipe->options, i), "=", 2);
		if (g_str_equal(pair[1], "m"))
			g_string_append_printf(out, " -D%s_MODULE=1", pair[0]);
		else if (g_str_equal(pair[1], "n"))
			g_string_append_printf(off, "#undef %s\\n#undef %s_MODULE\\n", pair[0], pair[0]);
		else
			g_string_append_printf(out, " -D%s=%s", pair[0],
					       g_str_equal(pair[1], "y") ? "1" : pair[1]);
	}
	/* autoconf.h comes before the flags: what it sets is taken back by a file that comes after. */
	if (off->len > 0)
		g_string_append_printf(out, " -include $PWD/ksig-off.h\"\nprintf '%s' > ksig-off.h\n",
				       off->str);
	else
		g_string_append(out, "\"\n");
	g_string_free(off, TRUE);
}

/*
 * Words of the recipe; "@build@", "@source@" and "@here@" stand for the kernel's build folder, its makefiles'
 * folder and the unpacked source.
 */
static void write_words(GString *out, char **words)
{
	for (; words && *words; words++) {
		g_autoptr(GString) word = g_string_new(*words);
		g_string_replace(word, "@build@", "%{kernel_build}", 0);
		g_string_replace(word, "@source@", "%{kernel_source}", 0);
		g_string_replace(word, "@here@", "$PWD", 0);
		g_string_append_printf(out, " \"%s\"", word->str);
	}
}

/* The module's own makefiles know how to call the kernel's; they get the flags as kbuild does. */
static void write_own_pass(GString *out, const struct ksig_recipe_pass *pass)
{
	g_string_append_printf(out, "make -C %s %%{?_smp_mflags}", pass->directory);
	write_words(out, pass->arguments);
	g_string_append(out, " KCFLAGS=\"$flags\" KBUILD_EXTRA_SYMBOLS=\"$symbols\"");
	write_words(out, pass->targets);
	g_string_append_printf(out, "\nsymbols=\"$symbols $PWD/%s/Module.symvers\"\n", pass->directory);
}

static void write_pass(GString *out, const ksig_recipe *recipe, guint index)
{
	const struct ksig_recipe_pass *pass = g_ptr_array_index(recipe->passes, index);

	if (pass->own) {
		write_own_pass(out, pass);
		return;
	}
	g_string_append_printf(out, "make -C %%{kernel_build} M=\"$PWD/%s\" %%{?_smp_mflags}",
			       pass->directory);
	for (guint i = 0; i < recipe->options->len; i++)
		g_string_append_printf(out, " %s", (char *) g_ptr_array_index(recipe->options, i));
	write_words(out, pass->arguments);
	g_string_append(out, " KCFLAGS=\"$flags\" KBUILD_EXTRA_SYMBOLS=\"$symbols\"");
	if (*pass->targets)
		write_words(out, pass->targets);
	else
		g_string_append(out, " modules");
	g_string_append_printf(out, "\nsymbols=\"$symbols $PWD/%s/Module.symvers\"\n", pass->directory);
}

static void write_build(GString *out, const ksig_recipe *recipe)
{
	g_string_append(
		out,
		"%build\nexport LC_ALL=C KBUILD_BUILD_TIMESTAMP=@$SOURCE_DATE_EPOCH KBUILD_BUILD_USER=ksig "
		"KBUILD_BUILD_HOST=localhost\nsymbols=%{?sibling_symbols}\n");
	write_flags(out, recipe);
	if (*recipe->configure) {
		g_string_append(out, "[ -x configure ] || sh autogen.sh\n./configure");
		write_words(out, recipe->configure);
		g_string_append_c(out, '\n');
	}
	for (guint i = 0; i < recipe->passes->len; i++)
		write_pass(out, recipe, i);
	g_string_append_c(out, '\n');
}

static void write_install(GString *out, const ksig_recipe *recipe, bool sign)
{
	g_string_append_printf(out,
			       "%%install\nfolder=%%{buildroot}/lib/modules/%%{kernel_release}/extra/"
			       "%s\nmkdir -p \"$folder\"\n",
			       recipe->name);
	for (char **module = recipe->modules; *module; module++)
		g_string_append_printf(out,
				       "install -m 644 \"$(find . -name %s.ko | LC_ALL=C sort | head -n 1)\" "
				       "\"$folder/%s.ko\"\n",
				       *module, *module);
	g_string_append(out, "strip --strip-debug \"$folder\"/*.ko\n");
	if (sign)
		g_string_append(out, "for module in \"$folder\"/*.ko; do\n"
				     "  %{kernel_build}/scripts/sign-file sha256 \"%{signing_key}\" "
				     "\"%{signing_certificate}\" "
				     "\"$module\"\ndone\n");
	g_string_append_printf(out,
			       "install -D -m 644 %%{SOURCE1} %%{buildroot}/etc/depmod.d/kmod-%s.conf\n\n",
			       recipe->name);
}

/* weak-modules where the system has it (EL), depmod alone otherwise. */
static void write_scripts(GString *out, const ksig_recipe *recipe)
{
	static const char *const when[][2] = {{"post", "--add-modules"}, {"postun", "--remove-modules"}};

	for (size_t i = 0; i < G_N_ELEMENTS(when); i++) {
		g_string_append_printf(out, "%%%s\nif [ -x /usr/sbin/weak-modules ]; then\n  printf '%%s\\n'",
				       when[i][0]);
		for (char **module = recipe->modules; *module; module++)
			g_string_append_printf(out, " /lib/modules/%%{kernel_release}/extra/%s/%s.ko",
					       recipe->name, *module);
		g_string_append_printf(out,
				       " | /usr/sbin/weak-modules %s --no-initramfs || :\nelif [ -x "
				       "/usr/sbin/depmod ] || [ -x "
				       "/sbin/depmod ]; then\n  depmod %%{kernel_release} || :\nfi\n\n",
				       when[i][1]);
	}
}

/*
 * An initramfs that was made before has the kernel's own module, or the one before, or none. weak-modules is
 * told to leave it (it would make one for each package of a transaction); here each is made beside, and takes
 * the place whole.
 */
static void write_initramfs(GString *out, const ksig_recipe *recipe)
{
	g_string_append_printf(
		out,
		"%%posttrans\nif [ -x /usr/bin/dracut ]; then\n"
		"  for image in /boot/initramfs-*.img; do\n"
		"    kernel=${image#/boot/initramfs-}; kernel=${kernel%%.img}\n"
		"    [ -e \"/lib/modules/$kernel/extra/%s\" ] || "
		"[ -e \"/lib/modules/$kernel/weak-updates/%s\" ] || continue\n"
		"    if /usr/bin/dracut --force \"$image.ksig\" \"$kernel\"; then\n"
		"      mv -f \"$image.ksig\" \"$image\"\n    else\n      rm -f \"$image.ksig\"\n    fi\n"
		"  done\nfi || :\n\n",
		recipe->name, recipe->name);
}

char *ksig_kmod_spec(const ksig_recipe *recipe, const char *release, unsigned number, unsigned flags)
{
	GString *out = g_string_new(NULL);

	write_head(out, recipe, release, number, flags);
	write_prepare(out, recipe, release, flags);
	write_build(out, recipe);
	write_install(out, recipe, flags & KSIG_KMOD_SPEC_SIGN);
	write_scripts(out, recipe);
	write_initramfs(out, recipe);
	g_string_append_printf(out,
			       "%%files\n/lib/modules/%%{kernel_release}/extra/%s\n"
			       "%%config /etc/depmod.d/kmod-%s.conf\n",
			       recipe->name, recipe->name);
	return g_string_free(out, FALSE);
}
