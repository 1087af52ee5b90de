/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which paths may be written below a root: no "..", no empty component, nothing that a file system takes for
 * ".git".
 */
#include "base/base.h"

#include <string.h>
#include <strings.h>

enum { PATH_LIMIT_BYTES = 4096 };

/* ".git" in any of the spellings that some file system takes for it: "git~1" (FAT), ".git ", ".git." (NTFS).
 */
static bool is_repository(const char *component, size_t length_bytes)
{
	if (length_bytes == 5 && strncasecmp(component, "git~1", 5) == 0)
		return true;
	if (length_bytes < 4 || strncasecmp(component, ".git", 4) != 0)
		return false;
	for (size_t i = 4; i < length_bytes; i++)
		if (component[i] != ' ' && component[i] != '.')
			return component[i] == ':';
	return true;
}

static bool component_is_safe(const char *component, size_t length_bytes)
{
	if (length_bytes == 0)
		return false;
	if (component[0] == '.' && (length_bytes == 1 || (length_bytes == 2 && component[1] == '.')))
		return false;
	return !is_repository(component, length_bytes);
}

bool ksig_path_is_safe(const char *path)
{
	if (strlen(path) > PATH_LIMIT_BYTES)
		return false;
	for (const char *component = path;; component++) {
		const size_t length_bytes = strcspn(component, "/");
		if (!component_is_safe(component, length_bytes))
			return false;
		component += length_bytes;
		if (*component == '\0')
			return true;
	}
}

const char *ksig_path_plain(const char *path)
{
	while (g_str_has_prefix(path, "./"))
		path += strspn(path + 1, "/") + 1;
	return path;
}
