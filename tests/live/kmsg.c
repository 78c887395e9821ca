// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log, from /dev/kmsg.
 *
 * Layer: tests.
 */
#include <errno.h>
#include <fcntl.h>
#include "harness.h"

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

/* "6,123,456,-;hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0" */
static void trigger_read(struct verdict *v, int kmsg)
{
	char line[1024], *end, *p;

	assert_true(kmsg_find(kmsg, ARGS("invoked oom-killer:"), line, sizeof(line)));
	p = strchr(line, ';');
	end = strstr(line, " invoked oom-killer:");
	assert_true(p && p < end);
	snprintf(v->trigger, sizeof(v->trigger), "%.*s", (int)(end - p - 1), p + 1);
	assert_int_equal(sscanf(end,
				" invoked oom-killer: gfp_mask=%*[0-9a-fx](%255[^)]), order=%d",
				v->gfp, &v->order),
			 2);
}

void verdict_read(struct verdict *v, int kmsg)
{
	char line[1024], *p;

	trigger_read(v, kmsg);
	assert_true(kmsg_find(kmsg, ARGS("oom-kill:constraint="), line, sizeof(line)));
	p = strstr(line, "constraint=");
	assert_int_equal(sscanf(p, "constraint=CONSTRAINT_%63[A-Z_]", v->constraint), 1);
	assert_true(kmsg_find(kmsg, ARGS("Killed process"), v->killed, sizeof(v->killed)));
	p = strstr(v->killed, "Killed process");
	assert_int_equal(sscanf(p,
				"Killed process %d (%63[^)]) total-vm:%lukB, anon-rss:%lukB, "
				"file-rss:%lukB, shmem-rss:%lukB, UID:%u pgtables:%lukB "
				"oom_score_adj:%d",
				&v->pid, v->comm, &v->total_vm_kb, &v->anon_kb, &v->file_kb,
				&v->shmem_kb, &v->uid, &v->pgtables_kb, &v->adj),
			 9);
}
