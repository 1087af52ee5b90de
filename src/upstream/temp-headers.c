#include "upstream/upstream.h"
void ksig_header_free(struct ksig_header *h)
{
	if (!h)
		return;
	g_free(h->author);
	g_free(h->email);
	g_free(h->date);
	g_free(h->subject);
	g_free(h->message);
	g_free(h);
}
void ksig_header_scan_message(struct ksig_header *h, const char *m)
{
	(void) h;
	(void) m;
}
struct ksig_header *ksig_header_read(const char *text, size_t n, const char *name, const char **out_diff)
{
	struct ksig_header *h = g_new0(struct ksig_header, 1);
	h->subject = g_strdup(name);
	const char *d = strstr(text, "\n--- ");
	*out_diff = d ? d + 1 : text + n;
	return h;
}
void ksig_patch_file_free(struct ksig_patch_file *f)
{
	(void) f;
}
GPtrArray *ksig_patch_files_of_quilt(const char *directory, GError **error)
{
	g_autofree char *s = g_build_filename(directory, "series", NULL);
	g_autofree char *t = ksig_file_read(s, 1 << 24, NULL, error);
	if (!t)
		return NULL;
	GPtrArray *a = g_ptr_array_new();
	g_auto(GStrv) l = g_strsplit(t, "\n", -1);
	for (char **p = l; *p; p++) {
		if (!**p || **p == '#')
			continue;
		g_autofree char *f = g_build_filename(directory, *p, NULL);
		size_t n;
		char *x = ksig_file_read(f, 1 << 28, &n, error);
		if (!x)
			return NULL;
		struct ksig_patch_file *k = g_new0(struct ksig_patch_file, 1);
		k->name = g_strdup(*p);
		k->text = g_bytes_new_take(x, n);
		k->strip = 1;
		g_ptr_array_add(a, k);
	}
	return a;
}
GPtrArray *ksig_patch_files_of_mbox(const char *path, GError **error)
{
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s", path);
	return NULL;
}
