// SPDX-License-Identifier: GPL-2.0
/*
 * A swap of the tests' own, of a bounded size: the block device that MEMTRACE_TEST_SWAP names, or
 * a file, or zram where the file system cannot hold one.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include "harness.h"

/* union swap_header of include/linux/swap.h */
static int header_write(int fd, unsigned long pages)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *buf = calloc(1, page);
	uint32_t info[3] = {1, pages - 1, 0}; /* version, last_page, nr_badpages */
	int err = 0;

	if (!buf)
		return -ENOMEM;
	memcpy(buf + 1024, info, sizeof(info));
	memcpy(buf + page - 10, "SWAPSPACE2", 10);
	if (pwrite(fd, buf, page, 0) != (ssize_t)page || fsync(fd))
		err = errno ? -errno : -EIO;
	free(buf);
	return err;
}

static void swap_end(const char *path)
{
	swapoff(path);
}

static int swap_start(const char *path, unsigned mib, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = header_write(fd, mib * MIB / sysconf(_SC_PAGESIZE));
	close(fd);
	if (err)
		return err;
	if (swapon(path, flags))
		return -errno;
	undo_push(swap_end, "%s", path);
	return 0;
}

/* Without holes: swapon() refuses a sparse file. */
static int file_fill(const char *path, unsigned mib)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), err = 0;
	char *chunk = calloc(1, MIB);

	if (fd < 0 || !chunk)
		err = errno ? -errno : -ENOMEM;
	for (unsigned i = 0; i < mib && !err; i++)
		if (write(fd, chunk, MIB) != (ssize_t)MIB)
			err = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	free(chunk);
	return err;
}

static void zram_reset(const char *dir)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/reset", dir);
	text_write(path, "1");
}

static int zram_start(unsigned mib)
{
	const char *dir = "/sys/block/zram0";
	char path[128], text[32];
	int err;

	snprintf(path, sizeof(path), "%s/disksize", dir);
	if (text_read(path, text, sizeof(text)) < 0)
		return -ENODEV;
	if (strtoul(text, NULL, 10))
		return -EBUSY; /* somebody else's */
	snprintf(text, sizeof(text), "%uM", mib);
	err = text_write(path, text);
	if (err)
		return err;
	undo_push(zram_reset, "%s", dir);
	return swap_start("/dev/zram0", mib, 0);
}

bool swap_is_on(void)
{
	char text[512];

	text_read("/proc/swaps", text, sizeof(text));
	return strchr(text, '/') != NULL;
}

int swap_make(unsigned mib)
{
	const char *device = getenv("MEMTRACE_TEST_SWAP");
	char path[PATH_MAX];
	int err;

	if (swap_is_on())
		return 0;
	if (device && *device)
		return swap_start(device, mib, 0);
	test_path(path, "swap");
	err = file_fill(path, mib);
	if (!err)
		err = swap_start(path, mib, 0);
	if (err)
		unlink(path);
	return err ? zram_start(mib) : 0;
}

void swap_first(const char *device, unsigned mib)
{
	assert_int_equal(swap_start(device, mib, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK), 0);
}

#define ZRAM_CONTROL "/sys/class/zram-control"

static void zram_remove(const char *number)
{
	text_write(ZRAM_CONTROL "/hot_remove", number);
}

void zram_make(unsigned mib)
{
	char text[32], path[64];
	int n;

	need_kernel(text_read(ZRAM_CONTROL "/hot_add", text, sizeof(text)) > 0, "zram");
	n = atoi(text); /* reading it makes one */
	undo_push(zram_remove, "%d", n);
	snprintf(path, sizeof(path), "/sys/block/zram%d/disksize", n);
	snprintf(text, sizeof(text), "%uM", mib);
	assert_int_equal(text_write(path, text), 0);
	snprintf(path, sizeof(path), "/dev/zram%d", n);
	swap_first(path, mib);
}
