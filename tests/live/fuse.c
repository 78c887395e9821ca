// SPDX-License-Identifier: GPL-2.0
/*
 * A file whose pages take a known time to read: a file system of one file, served through /dev/fuse
 * by a child process, which measures each of its own answers.
 *
 * Layer: tests. One request at a time, no read-ahead: each fault on the file is one read.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include "harness.h"

#define FILE_NODE  2
#define BUFFER	   (MIB + 4096) /* more than the kernel's largest request */
#define READ_BYTES 4096U	/* max_write: the least the kernel allows */

struct server {
	int fd;
	struct slow_reads *reads; /* shared with the test */
	unsigned long pages, page;
	double seconds;
	char name[64];
	char buf[BUFFER];
};

static void answer(struct server *s, const struct fuse_in_header *in, int err, const void *data,
		   size_t size)
{
	static char buf[BUFFER];
	struct fuse_out_header out = {
		.len = sizeof(out) + size, .error = err, .unique = in->unique};

	memcpy(buf, &out, sizeof(out));
	if (size)
		memcpy(buf + sizeof(out), data, size);
	/* ENOENT: who asked was killed meanwhile */
	if (write(s->fd, buf, out.len) < 0 && errno != ENOENT)
		_exit(1);
}

static struct fuse_attr attr_of(const struct server *s, uint64_t node)
{
	bool dir = node == FUSE_ROOT_ID;

	return (struct fuse_attr){
		.ino = node,
		.size = dir ? 0 : s->pages * s->page,
		.mode = dir ? S_IFDIR | 0755 : S_IFREG | 0444,
		.nlink = dir ? 2 : 1,
		.blksize = s->page,
	};
}

static void on_init(struct server *s, const struct fuse_in_header *in, const struct fuse_init_in *i)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor =
			i->minor < FUSE_KERNEL_MINOR_VERSION ? i->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 0,
		.max_write = READ_BYTES,
	};

	answer(s, in, 0, &out, sizeof(out));
}

static void on_lookup(struct server *s, const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = {.nodeid = FILE_NODE, .entry_valid = 3600, .attr_valid = 3600};

	out.attr = attr_of(s, FILE_NODE);
	if (strcmp(name, s->name) != 0)
		answer(s, in, -ENOENT, NULL, 0);
	else
		answer(s, in, 0, &out, sizeof(out));
}

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void on_read(struct server *s, const struct fuse_in_header *in, const struct fuse_read_in *r)
{
	uint64_t begin = clock_ns(), size = s->pages * s->page;
	struct slow_reads *reads = s->reads;
	static char zeros[MIB];

	sleep_s(s->seconds);
	if (reads->n < SLOW_READS) {
		reads->offset[reads->n] = r->offset;
		reads->ns[reads->n++] = clock_ns() - begin;
	}
	if (r->offset >= size)
		answer(s, in, 0, NULL, 0);
	else
		answer(s, in, 0, zeros, r->size < size - r->offset ? r->size : size - r->offset);
}

static void serve_one(struct server *s, const struct fuse_in_header *in)
{
	struct fuse_attr_out attr = {.attr_valid = 3600, .attr = attr_of(s, in->nodeid)};
	struct fuse_open_out opened = {0};

	switch (in->opcode) {
	case FUSE_INIT:
		on_init(s, in, (const void *)(in + 1));
		break;
	case FUSE_LOOKUP:
		on_lookup(s, in, (const char *)(in + 1));
		break;
	case FUSE_GETATTR:
		answer(s, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(s, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		on_read(s, in, (const void *)(in + 1));
		break;
	case FUSE_RELEASE:
		answer(s, in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* they want no answer */
	default:
		answer(s, in, -ENOSYS, NULL, 0);
	}
}

static void __attribute__((noreturn)) serve(struct server *s)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	while (read(s->fd, s->buf, sizeof(s->buf)) >= (ssize_t)sizeof(struct fuse_in_header) ||
	       errno == EINTR || errno == ENOENT || errno == EAGAIN)
		serve_one(s, (const void *)s->buf);
	_exit(errno != ENODEV); /* unmounted */
}

static void unmount(const char *dir)
{
	umount2(dir, MNT_DETACH | MNT_FORCE);
	rmdir(dir);
}

static void server_start(struct server *s)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		serve(s);
	child_undo(pid);
	close(s->fd);
}

void slow_file_make(struct slow_file *f, unsigned pages, double seconds)
{
	static struct server s;
	char options[128];

	s = (struct server){.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC),
			    .pages = pages,
			    .page = sysconf(_SC_PAGESIZE),
			    .seconds = seconds,
			    .name = "slow.dat"};
	need_kernel(s.fd >= 0, "FUSE (/dev/fuse)");
	s.reads = mmap(NULL, sizeof(*s.reads), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	assert_true(s.reads != MAP_FAILED);
	test_path(f->dir, "fuse");
	assert_int_equal(mkdir(f->dir, 0755), 0);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", s.fd);
	need_kernel(!mount("memtrace-test", f->dir, "fuse", MS_NOSUID | MS_NODEV, options), "FUSE");
	undo_push(unmount, "%s", f->dir);
	server_start(&s);
	f->reads = s.reads;
	if (snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, s.name) >= (int)sizeof(f->path))
		abort();
}
