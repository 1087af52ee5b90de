/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base.h"

#include <string.h>
#include <strings.h>

enum { PATH_LIMIT_BYTES = 4096 };

static bool component_is_safe(const char *component, size_t length_bytes)
{
	if (length_bytes == 0)
		return false;
	if (component[0] == '.' && (length_bytes == 1 || (length_bytes == 2 && component[1] == '.')))
		return false;
	return !(length_bytes == 4 && strncasecmp(component, ".git", 4) == 0);
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
