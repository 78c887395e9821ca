// SPDX-License-Identifier: GPL-2.0
/*
 * memtrace oom as a service: what it tells systemd and the journal.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "oom.h"

static void path_remove(const char *path)
{
	if (unlink(path))
		rmdir(path);
}

/* A socket that gets datagrams, removed by undo. */
static int datagrams_open(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && strlen(path) < sizeof(a.sun_path));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		fail_msg("%s: %s", path, strerror(errno));
	chmod(path, 0666);
	undo_push(path_remove, "%s", path);
	return fd;
}

/* What a descriptor that came along holds: large ones are sent so. */
static ssize_t passed_read(struct msghdr *m, char *buf, size_t cap)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	ssize_t n;
	int fd;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return 0;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	n = pread(fd, buf, cap, 0);
	close(fd);
	return n;
}

/* The next datagram within the time; its length, or 0. */
static size_t datagram_read(int fd, char *buf, size_t cap, double seconds)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {buf, cap - 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n;

	if (poll(&p, 1, seconds * 1000 * slack()) != 1)
		return 0;
	n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	if (n == 0)
		n = passed_read(&m, buf, cap - 1);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

/* Reads on until one says that; how many did it take? Fails the test when none does. */
static void notice_await(int fd, const char *what)
{
	double end = now_s() + 20 * slack();
	char text[4096];

	while (now_s() < end)
		if (datagram_read(fd, text, sizeof(text), 1) && strstr(text, what))
			return;
	fail_msg("systemd was not told %s", what);
}

static void systemd_is_told_of_readiness_life_and_end(void **state)
{
	char path[PATH_MAX];
	struct trace t;
	int fd;

	(void)state;
	test_path(path, "notify");
	fd = datagrams_open(path);
	env_set("NOTIFY_SOCKET", path);
	env_set("WATCHDOG_USEC", "1000000");
	trace_start(&t, ARGS("oom", "-j"));
	notice_await(fd, "READY=1");
	for (int i = 0; i < 3; i++)
		notice_await(fd, "WATCHDOG=1");
	kill(t.child.pid, SIGTERM);
	notice_await(fd, "STOPPING=1");
	trace_wait(&t, 20, 0);
	close(fd);
}

#define JOURNAL_DIR "/run/systemd/journal"

/* Takes the journal's place where there is none. */
static int journal_open(void)
{
	struct trace t;
	char *version;
	bool has;

	assert_int_equal(trace_run(&t, ARGS("--version"), 10), 0);
	version = text_load(t.child.out);
	has = version && strstr(version, "libsystemd") && !strstr(version, "without libsystemd");
	free(version);
	need_kernel(has, "a memtrace that is built with libsystemd");
	need_machine(access(JOURNAL_DIR "/socket", F_OK) != 0, "a journal is running");
	if (!mkdir("/run/systemd", 0755))
		undo_push(path_remove, "%s", "/run/systemd");
	if (!mkdir(JOURNAL_DIR, 0755))
		undo_push(path_remove, "%s", JOURNAL_DIR);
	return datagrams_open(JOURNAL_DIR "/socket");
}

static void journal_gets_an_entry_with_fields_for_each_kill(void **state)
{
	static char entry[1 << 20];
	char field[64];
	struct cgroup cg;
	struct child hog;
	struct trace t;
	size_t n;
	int fd;

	(void)state;
	fd = journal_open();
	cgroup_make(&cg, "journal", 48, 0);
	trace_start(&t, ARGS("oom", "-j", "--journal"));
	hog_die(&hog, &cg, "0");
	do
		n = datagram_read(fd, entry, sizeof(entry), 20);
	while (n && !memmem(entry, n, "MEMTRACE_VICTIM_PID=", 20));
	trace_end(&t);
	close(fd);
	assert_true(n > 0);
	snprintf(field, sizeof(field), "MEMTRACE_VICTIM_PID=%d\n", hog.pid);
	assert_non_null(memmem(entry, n, field, strlen(field)));
	assert_non_null(memmem(entry, n, "MESSAGE_ID=", 11));
	assert_non_null(memmem(entry, n, "MESSAGE", 7));
	assert_non_null(memmem(entry, n, "PRIORITY=", 9));
	assert_non_null(memmem(entry, n, cg.path, strlen(cg.path)));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(systemd_is_told_of_readiness_life_and_end),
	LIVE_TEST(journal_gets_an_entry_with_fields_for_each_kill),
};

LIVE_GROUP(oom_service, tests)
