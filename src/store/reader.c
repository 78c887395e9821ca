// SPDX-License-Identifier: GPL-2.0
/* Layer: store. */
#include "reader.h"
#include <errno.h>
struct reader {
	int x;
};
int reader_open(const char *p, struct reader **out)
{
	(void)p;
	*out = NULL;
	return -ENOSYS;
}
void reader_close(struct reader *r)
{
	(void)r;
}
const char *reader_error(const struct reader *r)
{
	(void)r;
	return "";
}
const struct reader_info *reader_info(const struct reader *r)
{
	(void)r;
	return NULL;
}
uint64_t reader_wall_ns(const struct reader *r, uint64_t b)
{
	(void)r;
	return b;
}
uint64_t reader_boottime_ns(const struct reader *r, uint64_t b)
{
	(void)r;
	return b;
}
int reader_run(struct reader *r, const struct reader_opts *o)
{
	(void)r;
	(void)o;
	return -ENOSYS;
}
void reader_stop(struct reader *r)
{
	(void)r;
}
uint64_t reader_bad_rows(const struct reader *r)
{
	(void)r;
	return 0;
}
