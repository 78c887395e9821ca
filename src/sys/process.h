/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /proc/PID tells of one process. Allocates nothing.
 *
 * Layer: sys, above sysfile.h. Called by the live source and by the checks of the command line.
 *
 * Beware: cmdline and maps take the process's mmap_lock, which a task that waits for memory may
 * hold for long, and cmdline reads its pages, which may have to come back from swap
 * (fs/proc/base.c, get_mm_cmdline()). So neither is for a thread that drains a ring buffer.
 */
#ifndef MEMTRACE_PROCESS_H
#define MEMTRACE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "sysroot.h"

/*
 * The arguments joined by blanks, cut to cap - 1 bytes. Bytes are as the process set them: make
 * them harmless before printing. Returns the length, 0 for kernel threads and zombies, or -errno.
 */
ssize_t process_cmdline(const struct sysroot *root, uint32_t pid, char *buf, size_t cap);

/*
 * The path of the file a process has mapped at an address; " (deleted)" stays. dev_major,
 * dev_minor and ino are of the inode that was there when it faulted, ino 0 if unknown. Best match
 * first: the mapping at the address if its inode is that one; any mapping of that inode; the
 * mapping at the address whatever its inode, if its last component is name. The last is needed
 * where the inode below overlayfs differs from the one shown; name "" (unknown) matches none, so
 * that a file mapped there since is never taken for the one that was; NULL = any will do. Cut to
 * cap - 1 bytes. Returns the length, -ENOENT when no such mapping exists or the process has gone,
 * or another -errno (-EACCES without CAP_SYS_PTRACE).
 */
ssize_t process_file_at(const struct sysroot *root, uint32_t pid, uint64_t address,
			uint32_t dev_major, uint32_t dev_minor, uint64_t ino, const char *name,
			char *buf, size_t cap);

/* The process a thread belongs to: tgid for each of its tids. Returns 0 or -errno. */
int process_of_thread(const struct sysroot *root, uint32_t tid, uint32_t *tgid);

/* Is there a process (not a mere thread) of this id? */
bool process_exists(const struct sysroot *root, uint32_t pid);

/*
 * When it started, boottime ns, rounded down to the clock tick (10 ms) that /proc shows; so it is
 * up to a tick before start_boottime of the task. Returns 0 or -errno.
 */
int process_start(const struct sysroot *root, uint32_t pid, uint64_t *start_ns);

/* Is it a thread of the kernel's? False when that cannot be told. */
bool process_is_kernel(const struct sysroot *root, uint32_t pid);

/* Its parent; 0 = none in this pid namespace. Returns 0 or -errno. */
int process_parent(const struct sysroot *root, uint32_t pid, uint32_t *ppid);

#endif
