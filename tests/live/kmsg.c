// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log, from /dev/kmsg.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include "live.h"

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return fd;
}

static bool line_has(const char *line, const char *const *texts)
{
	for (; *texts; texts++)
		if (!strstr(line, *texts))
			return false;
	return true;
}

/* Each record is looked at once: search for the lines in the order they come. */
bool kmsg_find(int fd, const char *const *texts, char *buf, size_t cap)
{
	for (;;) {
		ssize_t n = read(fd, buf, cap - 1);

		if (n < 0 && errno == EPIPE)
			continue; /* overwritten meanwhile; the next one follows */
		if (n <= 0)
			return false;
		buf[n] = '\0';
		if (line_has(buf, texts))
			return true;
	}
}

/* The kernel's own line with all of these texts, not one that somebody wrote to /dev/kmsg. */
static const char *kernel_find(int fd, const char *const *texts, char *buf, size_t cap)
{
	while (kmsg_find(fd, texts, buf, cap)) {
		const char *text = strchr(buf, ';');

		if (text && atoi(buf) < 8) /* facility 0, at any level */
			return text + 1;
	}
	return NULL;
}

/*
 * "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0", and who that is:
 * "CPU: 0 UID: 0 PID: 10510 Comm: hog Not tainted ..."
 */
static void trigger_read(struct verdict *v, int kmsg)
{
	char line[1024];
	const char *p = kernel_find(kmsg, ARGS("invoked oom-killer:"), line, sizeof(line)), *end;

	/* Ten dumps in five seconds are all that the kernel prints (dump_header(), oom_rs). */
	if (!p) {
		sleep_s(5);
		live_anew("the kernel had printed too many dumps to print this one");
	}
	assert_non_null(p);
	end = strstr(p, " invoked oom-killer:");
	snprintf(v->trigger, sizeof(v->trigger), "%.*s", (int)(end - p), p);
	assert_int_equal(sscanf(end,
				" invoked oom-killer: gfp_mask=%*[0-9a-fx](%255[^)]), order=%d",
				v->gfp, &v->order),
			 2);
	p = kernel_find(kmsg, ARGS("CPU: ", " PID: "), line, sizeof(line));
	assert_non_null(p);
	v->trigger_tid = atoi(strstr(p, " PID: ") + 6);
}

/*
 * "[   7123]  1000  7123   537600    64475    64000      475         0   716800    16384   0 hog";
 * before v6.8 without the three kinds of rss.
 */
static bool task_parse(struct verdict_task *t, const char *row, bool kinds)
{
	int n = 0;

	*t = (struct verdict_task){0};
	if (sscanf(row, "[%d] %u %*d %lu %lu %n", &t->pid, &t->uid, &t->total_vm, &t->rss, &n) < 4)
		return false;
	row += n;
	if (kinds && sscanf(row, "%lu %lu %lu %n", &t->anon, &t->file, &t->shmem, &n) < 3)
		return false;
	row += kinds ? n : 0;
	return sscanf(row, "%lu %lu %d %63s", &t->pgtables_bytes, &t->swap, &t->adj, t->comm) == 4;
}

/* The tasks the kernel chose from, up to the line that ends the table. */
static void tasks_read(struct verdict *v, int kmsg)
{
	char line[1024];
	const char *p = kernel_find(kmsg, ARGS("[  pid  ]"), line, sizeof(line));

	assert_non_null(p);
	v->kinds = strstr(p, "rss_anon") != NULL;
	while ((p = kernel_find(kmsg, ARGS(""), line, sizeof(line)))) {
		if (!strncmp(p, "oom-kill:", 9))
			break;
		assert_true(v->ntasks < VERDICT_TASKS);
		v->ntasks += task_parse(&v->tasks[v->ntasks], p, v->kinds);
	}
	assert_non_null(p);
	assert_int_equal(sscanf(p, "oom-kill:constraint=CONSTRAINT_%63[A-Z_]", v->constraint), 1);
	p = strstr(p, "oom_memcg=");
	if (p)
		assert_int_equal(sscanf(p, "oom_memcg=%255[^,],task_memcg=%255[^,]", v->memcg,
					v->task_memcg),
				 2);
}

void killed_read(struct verdict *v, int kmsg)
{
	const char *p = kernel_find(kmsg, ARGS("Killed process"), v->killed, sizeof(v->killed));

	assert_non_null(p);
	p = strstr(p, "Killed process");
	assert_int_equal(sscanf(p,
				"Killed process %d (%63[^)]) total-vm:%lukB, anon-rss:%lukB, "
				"file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB "
				"oom_score_adj:%d",
				&v->pid, v->comm, &v->total_vm_kb, &v->anon_kb, &v->file_kb,
				&v->shmem_kb, &v->uid, &v->pgtables_kb, &v->adj),
			 9);
}

void verdict_read(struct verdict *v, int kmsg)
{
	*v = (struct verdict){0};
	trigger_read(v, kmsg);
	tasks_read(v, kmsg);
	killed_read(v, kmsg);
}

const struct verdict_task *verdict_task(const struct verdict *v, pid_t pid)
{
	for (int i = 0; i < v->ntasks; i++)
		if (v->tasks[i].pid == pid)
			return &v->tasks[i];
	return NULL;
}
