// SPDX-License-Identifier: GPL-2.0
/*
 * memtrace oom as a service: what it tells systemd and the journal; with fewer rights than it
 * wants; in the cgroup that runs out; among many kills; and what it must not believe.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/mman.h>
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
	has = version && strstr(version, "systemd") && !strstr(version, "without systemd");
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

/* From the kernel log alone, by somebody who may read that and nothing else. */
static void without_bpf_the_log_alone_makes_a_report_that_says_so(void **state)
{
	struct spawn nobody = {.uid = 65534, .caps = 1ULL << CAP_SYSLOG};
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	o.kmsg = kmsg_open();
	need_machine(o.kmsg >= 0, "/dev/kmsg is not readable");
	o.kills = vmstat_get("oom_kill");
	cgroup_make(&cg, "logonly", 48, 0);
	trace_spawn_as(&o.t, ARGS("--version"), &nobody);
	need_machine(child_wait(&o.t.child, 10) == 0, "the program is not readable for others");
	close(o.t.ready_fd);
	trace_spawn_as(&o.t, ARGS("oom", "-j"), &nobody);
	trace_await(&o.t);
	hog_die(&hog, &cg, "5");
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	assert_false(json_object_get_boolean(json_get(r, "sources.bpf")));
	assert_false(json_object_get_boolean(json_get(r, "sources.probe")));
	assert_true(json_object_get_boolean(json_get(r, "sources.log")));
	text_check(o.t.child.err, "CAP_BPF");
}

/* memtrace's own memory counts there, too: it says so, and the hog dies all the same. */
static void inside_the_cgroup_that_runs_out_it_warns_and_reports(void **state)
{
	struct spawn inside = {0};
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "inside", 128, 0);
	inside.cgroup = cg.dir;
	o.kmsg = kmsg_open();
	need_machine(o.kmsg >= 0, "/dev/kmsg is not readable");
	o.kills = vmstat_get("oom_kill");
	trace_spawn_as(&o.t, ARGS("oom", "-j", "--history-memory", "8M"), &inside);
	trace_await(&o.t);
	text_check(o.t.child.err, cg.path);
	hog_die(&hog, &cg, "500");
	r = ooms_told(&o, &v);
	assert_int_equal(v.pid, hog.pid);
	report_equals(r, &v);
	assert_non_null(row_of(r, "candidates", o.t.child.pid));
	phases_check(r);
}

#define MANY 12

/* One after the other as fast as they come: more than the kernel's log tells in full. */
static void ten_kills_a_second_are_all_told(void **state)
{
	struct json_object *r;
	struct child hog[MANY];
	struct cgroup cg;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "many", 24, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	for (int i = 0; i < MANY; i++)
		hog_die(&hog[i], &cg, "0");
	ooms_await(&o, 1);
	sleep_s(slack() > 1 ? 3 : 0);
	ooms_end(&o);
	close(o.kmsg);
	assert_int_equal(o.kills, MANY);
	for (int i = 0; i < MANY; i++) {
		bool told = false;

		for (int k = 0; (r = trace_line(&o.t, "oom", k)); k++)
			told = told || report_kill(r, hog[i].pid);
		if (!told)
			fail_msg("the kill of %d is not told", hog[i].pid);
	}
}

/* A whole dump, as whoever may write to /dev/kmsg can write it, of a kill that never was. */
static void kill_forge(void)
{
	static const char *const dump[] = {
		"forger invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n",
		"CPU: 0 UID: 0 PID: 1 Comm: forger Not tainted 6.18.0 #1\n",
		"Call Trace:\n",
		" dump_header+0x44/0x1b0\n",
		"memory: usage 65536kB, limit 65536kB, failcnt 12\n",
		"Memory cgroup stats for /forged:\n",
		"Tasks state (memory values in pages):\n",
		"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem "
		"pgtables_bytes swapents oom_score_adj name\n",
		"[      1]     0     1   537600   900000   900000      475         0         "
		"716800    16384             0 forged\n",
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
		"oom_memcg=/forged,task_memcg=/forged,task=forged,pid=1,uid=0\n",
		"Memory cgroup out of memory: Killed process 1 (forged) total-vm:2150400kB, "
		"anon-rss:256000kB, file-rss:1900kB, shmem-rss:0kB, UID:0 pgtables:700kB "
		"oom_score_adj:0\n",
		"oom_reaper: reaped process 1 (forged), now anon-rss:0kB, file-rss:0kB, "
		"shmem-rss:0kB\n"};

	for (size_t i = 0; i < sizeof(dump) / sizeof(dump[0]); i++) {
		/* also as if of the kernel's own facility, which the kernel does not let pass */
		char line[512];

		snprintf(line, sizeof(line), "%s%s", i % 2 ? "<4>" : "", dump[i]);
		assert_int_equal(text_write("/dev/kmsg", line), 0);
	}
}

static void forged_lines_in_the_kernel_log_are_no_kill(void **state)
{
	struct json_object *r;
	struct verdict v;
	struct cgroup cg;
	struct child hog;
	struct ooms o;

	(void)state;
	cgroup_make(&cg, "untold", 48, 0);
	ooms_begin(&o, ARGS("oom", "-j"));
	kill_forge();
	sleep_s(1.5);
	kill_forge();
	hog_die(&hog, &cg, "0");
	kill_forge();
	r = ooms_told(&o, &v);
	report_equals(r, &v);
	assert_int_equal(json_int(r, "kills_total"), 1);
	assert_int_equal(json_int(r, "candidates_total"), 1);
	assert_null(strstr(json_object_to_json_string(r), "forge"));
}

static const struct CMUnitTest tests[] = {
	LIVE_TEST(systemd_is_told_of_readiness_life_and_end),
	LIVE_TEST(journal_gets_an_entry_with_fields_for_each_kill),
	LIVE_TEST(without_bpf_the_log_alone_makes_a_report_that_says_so),
	LIVE_TEST(inside_the_cgroup_that_runs_out_it_warns_and_reports),
	LIVE_TEST(ten_kills_a_second_are_all_told),
	LIVE_TEST(forged_lines_in_the_kernel_log_are_no_kill),
};

LIVE_GROUP(oom_service, tests)
