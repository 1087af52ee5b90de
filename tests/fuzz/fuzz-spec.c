/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A spec for an older rpm put into a newer one's words, and what tools noted while %prep ran. */
#include "fuzz-file.h"
#include "rpm/prep-calls-internal.h"
#include "rpm/spec-older-internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The words of a command are DATA. */
static void read_calls(const uint8_t *data, size_t size)
{
	static const char *const others[][2] = {{"text", ""}, {"name", "x"}, {"folder", "/x\n"}};

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		g_free(fuzz_file_in("000000", others[i][0], others[i][1], strlen(others[i][1])));
	g_free(fuzz_file_in("000000", "command", data, size));
	const int fd = open(fuzz_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) calls = prep_calls_read(fd, &error);
	g_assert_true((calls != NULL) == (error == NULL));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);

	g_free(spec_older_text(text));
	spec_older_macros(text);
	read_calls(data, size);
	return 0;
}
