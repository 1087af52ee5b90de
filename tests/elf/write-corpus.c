/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the two modules that the corpus of fuzz-module starts from: write-corpus FOLDER. */
#include "writer.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (int extended = 0; extended < 2; extended++) {
		g_autoptr(GBytes) data = elf_writer_module(extended);
		g_autofree char *path = g_build_filename(argv[1], extended ? "extended.ko" : "versions.ko",
							 NULL);
		if (!g_file_set_contents(path, g_bytes_get_data(data, NULL), (gssize) g_bytes_get_size(data),
					 NULL))
			return 4;
	}
	return 0;
}
