/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. Messages on stderr; the contract is in log.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "log.h"
#include "text.h"

#define MESSAGE_MAX 1024

static _Atomic enum log_level max_level = LEVEL_WARN;

void log_set_level(enum log_level level)
{
	max_level = level;
}

enum log_level log_level(void)
{
	return max_level;
}

void log_vmessage(enum log_level level, const char *fmt, va_list args)
{
	char raw[MESSAGE_MAX], safe[MESSAGE_MAX];
	size_t len;
	int saved = errno;

	if (level > max_level)
		return;
	vsnprintf(raw, sizeof(raw), fmt, args);
	/* Messages of libraries end in a newline of their own. */
	len = strlen(raw);
	while (len > 0 && raw[len - 1] == '\n')
		len--;
	text_safe(raw, len, safe, sizeof(safe));
	/* stderr is unbuffered: one call, so that lines of several threads do not mix. */
	fprintf(stderr, "memtrace: %s\n", safe);
	errno = saved;
}

void log_message(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_vmessage(level, fmt, args);
	va_end(args);
}
