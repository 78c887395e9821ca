// SPDX-License-Identifier: GPL-2.0
/*
 * A place where writing is slow: dirty pages pile up in a memory cgroup until reclaim waits for
 * them. With cgroup v1 a loop device of the tests' own, held back by blkio; with v2 a file, and the
 * cgroup held back by io.max.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
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

/* Also raises the share of a cgroup that may be dirty: else the writer waits outside of reclaim. */
static void file_slow(char path[PATH_MAX], const struct cgroup *cg, unsigned long rate)
{
	char control[PATH_MAX], text[96];
	struct stat st;
	int fd;

	snprintf(control, sizeof(control), "%.*s/cgroup.subtree_control",
		 (int)(strrchr(cg->dir, '/') - cg->dir), cg->dir);
	need_machine(text_write(control, "+io") == 0, "no io controller on cgroup v2");
	test_path(path, "slow");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && !fstat(fd, &st) && !ftruncate(fd, SLOW_MIB * MIB));
	close(fd);
	snprintf(text, sizeof(text), "%u:%u wbps=%lu", major(st.st_dev), minor(st.st_dev), rate);
	need_machine(cgroup_set(cg, "io.max", text) == 0, "io.max refuses the disk of TMPDIR");
	setting_set("/proc/sys/vm/dirty_ratio", "100");
	setting_set("/proc/sys/vm/dirty_background_ratio", "99");
}

void slow_make(char path[PATH_MAX], const struct cgroup *cg, unsigned mib_per_s)
{
	if (cgroup_version() == 2) {
		file_slow(path, cg, mib_per_s * MIB);
		return;
	}
	loop_make(path);
	loop_slow(path, mib_per_s * MIB);
}
