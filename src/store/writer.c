// SPDX-License-Identifier: GPL-2.0
/* Layer: store. */
#include "writer.h"
#include <errno.h>
struct writer {
	int x;
};
int writer_open(const char *p, const struct writer_opts *o, struct writer **out)
{
	(void)p;
	(void)o;
	*out = NULL;
	return -ENOSYS;
}
const char *writer_error(const struct writer *w)
{
	(void)w;
	return "";
}
int writer_run_info(struct writer *w, const struct run_info *r)
{
	(void)w;
	(void)r;
	return 0;
}
void writer_event(struct writer *w, const struct ev_hdr *e)
{
	(void)w;
	(void)e;
}
void writer_status(struct writer *w, struct writer_status *s)
{
	(void)w;
	(void)s;
}
int writer_close(struct writer *w)
{
	(void)w;
	return 0;
}
void writer_free(struct writer *w)
{
	(void)w;
}
