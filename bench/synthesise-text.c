/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines, paths and subjects read like: functions of their numbers. */
#include "synthesise.h"

static const char *const common[] = {
	"\treturn 0;",
	"\t\treturn -EINVAL;",
	"\t\treturn ret;",
	"\tint ret;",
	"\tif (ret)",
	"\t\tgoto out;",
	"\t\tbreak;",
	"\t\tcontinue;",
	"\t} else {",
	"\tunsigned long flags;",
	"\t\treturn -ENOMEM;",
	"out:",
	"\treturn ret;",
	"\tdefault:",
	"\tif (err)",
	"#endif",
	"\tint i;",
	"\tmutex_unlock(&dev->lock);",
	"\trcu_read_unlock();",
	"\tspin_unlock_irqrestore(&dev->lock, flags);",
};
static const char *const words[] = {
	"alloc",  "queue", "ring",   "state",   "link",   "mode",  "power", "frame",
	"buffer", "clock", "reset",  "port",    "page",   "entry", "table", "device",
	"driver", "group", "index",  "flags",   "limit",  "count", "start", "stop",
	"init",   "probe", "remove", "suspend", "resume", "write", "read",  "event",
};

static const char *word(uint64_t bits)
{
	return words[bits % G_N_ELEMENTS(words)];
}

void append_line(GString *bytes, uint64_t line)
{
	const uint64_t bits = mix(line);
	const unsigned kind = (unsigned) (bits % 100);

	if (kind < 7)
		g_string_append_c(bytes, '\n');
	else if (kind < 14)
		g_string_append(bytes, "\t}\n");
	else if (kind < 28)
		g_string_append_printf(bytes, "%s\n", common[(bits >> 8) % G_N_ELEMENTS(common)]);
	else if (kind < 40)
		g_string_append_printf(bytes, "\tif (%s->%s > %u)\n", word(bits >> 8), word(bits >> 16),
				       (unsigned) (bits >> 24 & 255));
	else
		g_string_append_printf(bytes, "\t%s->%s = %s_%s(%s, 0x%06x);\n", word(bits >> 8),
				       word(bits >> 13), word(bits >> 18), word(bits >> 23), word(bits >> 28),
				       (unsigned) (bits >> 40));
}

char *path_of(const struct history *history, uint32_t file, uint32_t names)
{
	const uint32_t folder = file < history->n_base_files ? file / FOLDER_FILES
							     : (uint32_t) (mix(file) % history->n_folders);
	const char *top = word(folder / 200);

	return names ? g_strdup_printf("%s%u/%s-%u/part%u/moved%u-%u.c", top, folder / 200, word(folder / 20),
				       folder / 20, folder, names, file)
		     : g_strdup_printf("%s%u/%s-%u/part%u/%s-%u.c", top, folder / 200, word(folder / 20),
				       folder / 20, folder, word(file), file);
}

char *subject_of(const struct history *history, uint32_t commit)
{
	uint64_t state = mix(history->seed ^ (uint64_t) commit << 20);
	const char *verbs[] = {"fix", "add", "avoid", "rework", "use", "drop", "check", "handle"};
	const uint32_t folder = history->commits[commit].folder;
	const char *verb = verbs[below(&state, G_N_ELEMENTS(verbs))];
	const char *first = word(next(&state));
	const char *second = word(next(&state));

	return g_strdup_printf("%s-%u: %s %s %s in case %u", word(folder / 20), folder, verb, first, second,
			       commit);
}
