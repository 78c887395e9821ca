/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to the person who runs memtrace, on stderr, each in one write.
 *
 * Layer: util. For probe, source and cli: the layers that meet the world. Names from outside
 * that a message quotes are escaped: no message reaches the terminal with control characters.
 */
#ifndef MEMTRACE_LOG_H
#define MEMTRACE_LOG_H

#include <stdarg.h>
#include <stdatomic.h>

/* Not LOG_*: those are macros of syslog.h. */
enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* Messages above this level are dropped. The default is LEVEL_WARN; -q: LEVEL_ERROR, -v:
 * LEVEL_DEBUG. */
void log_set_level(enum log_level level);
enum log_level log_level(void);

/* A message without its newline. Longer than 1023 bytes, it is cut. errno is kept. */
__attribute__((format(printf, 2, 3))) void log_message(enum log_level level, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void log_vmessage(enum log_level level, const char *fmt,
							va_list args);

#define log_error(...) log_message(LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_message(LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_message(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LEVEL_DEBUG, __VA_ARGS__)

/* Only the first time that this line of code is reached, in any thread. */
#define log_warn_once(...)                                                                         \
	do {                                                                                       \
		static atomic_flag said = ATOMIC_FLAG_INIT;                                        \
		if (!atomic_flag_test_and_set(&said))                                              \
			log_warn(__VA_ARGS__);                                                     \
	} while (0)

#endif
