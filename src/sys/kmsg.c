// SPDX-License-Identifier: GPL-2.0
/*
 * Reading /dev/kmsg. See kmsg.h.
 *
 * Layer: sys.
 */
#include "kmsg.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "sysfile.h"

int kmsg_open(struct kmsg *k, const struct sysroot *root, enum kmsg_start start)
{
	int err;

	k->seq_known = false;
	k->seq_next = 0;
	k->lost = 0;
	k->fd = sys_open(root, O_RDONLY | O_NONBLOCK, "/dev/kmsg");
	if (k->fd < 0) {
		err = k->fd;
		k->fd = -1;
		return err;
	}
	if (start == KMSG_ALL || lseek(k->fd, 0, SEEK_END) >= 0)
		return 0;
	err = -errno;
	kmsg_close(k);
	return err;
}

void kmsg_close(struct kmsg *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\x0a" to the byte; kernel/printk/printk.c, append_char(), writes lower case. Returns the length.
 */
static size_t text_unescape(char *s)
{
	const char *from = s;
	char *to = s;

	while (*from) {
		int high, low;

		if (from[0] == '\\' && from[1] == 'x' && (high = hex_digit(from[2])) >= 0 &&
		    (low = hex_digit(from[3])) >= 0 && (high || low)) {
			*to++ = (char)(high << 4 | low);
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return (size_t)(to - s);
}

static int parse_comma(const char **p, uint64_t *value)
{
	int err = sys_number(p, 10, value);

	if (err)
		return err;
	if (**p != ',')
		return -EINVAL;
	(*p)++;
	return 0;
}

int kmsg_parse(char *buf, size_t len, struct kmsg_record *r)
{
	const char *p = buf;
	uint64_t prio;
	char *text;

	buf[len] = '\0';
	if (parse_comma(&p, &prio) || prio > UINT32_MAX || parse_comma(&p, &r->seq) ||
	    parse_comma(&p, &r->time_us))
		return -EINVAL;
	text = strchr(p, ';');
	if (!text)
		return -EINVAL;
	text++;
	text[strcspn(text, "\n")] = '\0';
	r->level = prio & 7;
	r->facility = (unsigned int)(prio >> 3);
	r->text = text;
	r->len = text_unescape(text);
	return 0;
}

static void seq_advance(struct kmsg *k, uint64_t seq)
{
	if (k->seq_known && seq > k->seq_next)
		k->lost += seq - k->seq_next;
	k->seq_known = true;
	k->seq_next = seq + 1;
}

int kmsg_next(struct kmsg *k, struct kmsg_record *r)
{
	for (;;) {
		ssize_t n = read(k->fd, k->buf, sizeof(k->buf) - 1);

		if (n == 0)
			return -ENODATA;
		/*
		 * EPIPE: the next record was overwritten; reading goes on at the oldest there is,
		 * whose number tells how many. If none has been read yet, it was one at least.
		 */
		if (n < 0 && errno == EPIPE && !k->seq_known)
			k->lost++;
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n < 0)
			return -errno;
		if (kmsg_parse(k->buf, (size_t)n, r))
			continue;
		seq_advance(k, r->seq);
		if (r->facility == 0)
			return 0;
	}
}
