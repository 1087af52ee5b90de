/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives each file that is named (or stands in a folder that is named) to a fuzz target, once as it is and
 * then cut short at a few places: the corpus as an ordinary test, for machines without a fuzzer. TAP on
 * standard output.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly SIZE bytes, so that a sanitizer sees a read behind its end. */
static void give(const char *data, size_t size)
{
	g_autofree uint8_t *copy = g_malloc(size ? size : 1);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static void replay_file(const char *path, unsigned *n_tests)
{
	g_autofree char *data = NULL;
	size_t size = 0;

	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return; /* a corpus may be data of other tests, with folders in it */
	if (!g_file_get_contents(path, &data, &size, NULL)) {
		printf("not ok %u - %s: not readable\n", ++*n_tests, path);
		return;
	}
	give(data, size);
	for (size_t i = 1; i < 8; i++)
		give(data, size * i / 8);
	printf("ok %u - %s\n", ++*n_tests, path);
}

static void replay_folder(const char *path, unsigned *n_tests)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);

	for (const char *name; (name = g_dir_read_name(folder));) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		replay_file(file, n_tests);
	}
}

int main(int argc, char **argv)
{
	unsigned n_tests = 0;

	for (int i = 1; i < argc; i++) {
		if (g_file_test(argv[i], G_FILE_TEST_IS_DIR))
			replay_folder(argv[i], &n_tests);
		else
			replay_file(argv[i], &n_tests);
	}
	printf("1..%u\n", n_tests);
	return n_tests == 0;
}
