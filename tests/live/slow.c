// SPDX-License-Identifier: GPL-2.0
/*
 * A block device that is slow to write to: that which MEMTRACE_TEST_SLOW names, or, where memory is
 * on cgroup v1, a loop device that blkio holds back. Bytes that blkio holds back are no requests
 * yet: those who swap to it need not wait, only those who want pages that are being written back.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/loop.h>
#include <mntent.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "harness.h"

#define SLOW_MIB 128 /* at most so much can be written */

static void loop_end(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ioctl(fd, LOOP_CLR_FD);
	close(fd);
}

/* A loop device over a sparse file, closed again by undo. */
static void loop_make(char path[PATH_MAX])
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), file, loop, n;
	char backing[PATH_MAX];

	need_machine(control >= 0, "no loop device");
	test_path(backing, "slow");
	file = open(backing, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(file >= 0 && !ftruncate(file, SLOW_MIB * MIB));
	do {
		n = ioctl(control, LOOP_CTL_GET_FREE);
		need_machine(n >= 0, "no free loop device");
		snprintf(path, PATH_MAX, "/dev/loop%d", n);
		loop = open(path, O_RDWR | O_CLOEXEC);
		need_machine(loop >= 0, path);
	} while (ioctl(loop, LOOP_SET_FD, file) && errno == EBUSY && !close(loop));
	undo_push(loop_end, "%s", path);
	unlink(backing);
	close(control);
	close(file);
	close(loop);
}

/* The root of the v1 hierarchy of blkio: what the kernel writes back later is counted there. */
static bool blkio_find(char root[PATH_MAX])
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	bool found = false;
	struct mntent *m;

	while (f && !found && (m = getmntent(f))) {
		found = !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "blkio");
		snprintf(root, PATH_MAX, "%s", m->mnt_dir);
	}
	if (f)
		endmntent(f);
	return found;
}

/* text is "FILE MAJOR:MINOR" */
static void throttle_end(const char *text)
{
	char path[512], *device;

	snprintf(path, sizeof(path), "%s", text);
	device = strchr(path, ' ');
	*device++ = '\0';
	strcat(device, " 0");
	text_write(path, device);
}

static void loop_slow(const char *loop, unsigned long rate)
{
	char root[PATH_MAX], path[PATH_MAX + 64], text[64];
	struct stat st;

	need_machine(blkio_find(root), "the blkio controller is not on cgroup v1, as memory is");
	snprintf(path, sizeof(path), "%s/blkio.throttle.write_bps_device", root);
	need_kernel(access(path, W_OK) == 0, "throttling of block devices");
	assert_int_equal(stat(loop, &st), 0);
	snprintf(text, sizeof(text), "%u:%u %lu", major(st.st_rdev), minor(st.st_rdev), rate);
	assert_int_equal(text_write(path, text), 0);
	text[strcspn(text, " ")] = '\0';
	undo_push(throttle_end, "%s %s", path, text);
}

/* Few in flight: the next has to wait for one of them. */
static void queue_shorten(const char *disk)
{
	char pattern[PATH_MAX];
	glob_t found;

	/* of nvme0n1 it may be a path's, nvme0c0n1 */
	snprintf(pattern, sizeof(pattern), "/sys/block/%.*s*%s/queue/nr_requests",
		 (int)strcspn(disk + 1, "n") + 1, disk, disk + 1 + strcspn(disk + 1, "n"));
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(setting_set(found.gl_pathv[0], "4"), 0);
	globfree(&found);
}

bool slow_make(char path[PATH_MAX], unsigned mib_per_s)
{
	const char *device = getenv("MEMTRACE_TEST_SLOW");

	if (!device || !*device) {
		need_kernel(cgroup_version() == 1,
			    "cgroup v1, or a slow disk (MEMTRACE_TEST_SLOW)");
		loop_make(path);
		loop_slow(path, mib_per_s * MIB);
		return false;
	}
	snprintf(path, PATH_MAX, "%s", device);
	queue_shorten(strrchr(device, '/') + 1);
	return true;
}
