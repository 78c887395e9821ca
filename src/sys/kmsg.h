/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel log, record by record from /dev/kmsg, and which of its lines tell of an OOM kill.
 *
 * Layer: sys, above sysfile.h. Called by the live source. Allocates nothing.
 */
#ifndef MEMTRACE_KMSG_H
#define MEMTRACE_KMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sysroot.h"

/* A record with all bytes escaped is no longer (kernel/printk, CONSOLE_EXT_LOG_MAX). */
#define KMSG_RECORD_MAX 8192

enum kmsg_start {
	KMSG_NEW, /* records that come after kmsg_open() */
	KMSG_ALL, /* those the kernel still has, too */
};

struct kmsg {
	int fd; /* may be polled for POLLIN */
	bool seq_known;
	uint64_t seq_next; /* expected */
	uint64_t lost;	   /* records overwritten before they were read */
	char buf[KMSG_RECORD_MAX + 1];
};

struct kmsg_record {
	uint64_t seq;
	/*
	 * As the kernel stamped it: microseconds of local_clock(), which is close to
	 * CLOCK_MONOTONIC (not boottime) but is not corrected by NTP and may be off by seconds on a
	 * machine that has been up for long or was suspended.
	 */
	uint64_t time_us;
	unsigned int level;    /* 0 = emergency ... 7 = debug */
	unsigned int facility; /* 0 = the kernel itself, others were written by user space */
	const char *text;      /* unescaped, may hold control characters; "\x00" stays escaped */
	size_t len;
};

/*
 * Returns 0 or -errno: -EPERM without CAP_SYSLOG where kernel.dmesg_restrict is set. Even on error
 * kmsg_close() is harmless.
 */
int kmsg_open(struct kmsg *k, const struct sysroot *root, enum kmsg_start start);
void kmsg_close(struct kmsg *k);

/*
 * The kernel's own next record; those of user space, which could forge anything, are passed over:
 * what is written to /dev/kmsg never has facility 0, whatever it claims, nor does it become a part
 * of a record of the kernel's (devkmsg_write() and vprintk_store() in kernel/printk/printk.c).
 * Its text is valid until the next call. Returns 0, -EAGAIN when there is none now, -ENODATA at the
 * end of a file that is no device, or another -errno. Records that were overwritten are added to
 * k->lost.
 */
int kmsg_next(struct kmsg *k, struct kmsg_record *r);

/*
 * Parses "prio,seq,usec,flags[,...];text\n KEY=value\n..." (Documentation/ABI/testing/dev-kmsg) in
 * place; buf[len] must be writable. Returns 0 or -EINVAL.
 */
int kmsg_parse(char *buf, size_t len, struct kmsg_record *r);

/* Where we are in the kernel's dump about an OOM kill; zeroed at first. */
struct kmsg_oom {
	bool in_dump;
	uint32_t lines;	  /* of this dump so far, its list of tasks left out */
	uint64_t last_us; /* when its latest line came */
};

/*
 * Does this record belong to an OOM dump? One begins at "invoked oom-killer:" and ends with the
 * line that names the victim; all in between belongs to it, unless KMSG_OOM_LINES have come (a list
 * of tasks does not count) or nothing has for KMSG_OOM_GAP_US. Lines that come alone (the reaper's,
 * group kills, dumps cut by the kernel's rate limit) are known by their text.
 */
#define KMSG_OOM_LINES	1024
#define KMSG_OOM_GAP_US 10000000
bool kmsg_is_oom(struct kmsg_oom *state, const struct kmsg_record *r);

/* Does this line say that a process was killed? *pid: which. */
bool kmsg_oom_killed(const char *text, uint32_t *pid);

/* Where a kill came from, of the line "oom-kill:constraint=...". */
struct kmsg_oom_place {
	bool memcg;	     /* a cgroup had reached its limit: path is that; else the victim's */
	char path[PATH_MAX]; /* "" = not told */
};

/* False when it is another line. */
bool kmsg_oom_place(const char *text, struct kmsg_oom_place *out);

#endif
