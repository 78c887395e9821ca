// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See fixed.h.
 */
#include "fixed.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

/* Never fails: stdio would then try the rest again and again. */
static ssize_t fixed_write(void *cookie, const char *data, size_t size)
{
	struct fixed *f = cookie;
	size_t room = f->cap - f->len, take = size < room ? size : room;

	memcpy(f->data + f->len, data, take);
	f->len += take;
	if (take < size)
		f->full = true;
	return (ssize_t)size;
}

int fixed_open(struct fixed *f)
{
	*f = (struct fixed){0};
	f->out = fopencookie(f, "w", (cookie_io_functions_t){.write = fixed_write});
	if (!f->out)
		return -ENOMEM;
	setvbuf(f->out, f->stdio, _IOFBF, sizeof(f->stdio));
	return 0;
}

void fixed_close(struct fixed *f)
{
	if (f->out)
		fclose(f->out);
	f->out = NULL;
}

void fixed_begin(struct fixed *f, char *data, size_t cap)
{
	f->data = data;
	f->cap = cap;
	f->len = 0;
	f->full = false;
}

bool fixed_end(struct fixed *f)
{
	fflush(f->out);
	return !f->full;
}

void fixed_cut(struct fixed *f, const char *note)
{
	size_t len = strlen(note);

	if (len > f->cap)
		return;
	if (f->len > f->cap - len)
		f->len = f->cap - len;
	while (f->len && f->data[f->len - 1] != '\n')
		f->len--;
	memcpy(f->data + f->len, note, len);
	f->len += len;
}
