// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the kernel's taskstats (generic netlink) how long a process waited in reclaim.
 *
 * Layer: tests. See Documentation/accounting/taskstats.rst.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <sys/socket.h>
#include "harness.h"

struct message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attrs[4096];
};

static int netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	return fd < 0 ? -errno : fd;
}

/* Sends one attribute and receives the answer into m; -errno. */
static int request(int fd, struct message *m, uint16_t family, uint8_t cmd, uint16_t attr,
		   const void *data, size_t len)
{
	struct nlattr *a = (void *)m->attrs;
	ssize_t n;

	memset(m, 0, sizeof(*m));
	m->n.nlmsg_type = family;
	m->n.nlmsg_flags = NLM_F_REQUEST;
	m->g.cmd = cmd;
	m->g.version = 1;
	a->nla_type = attr;
	a->nla_len = NLA_HDRLEN + len;
	memcpy(m->attrs + NLA_HDRLEN, data, len);
	m->n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(a->nla_len);
	if (send(fd, m, m->n.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(fd, m, sizeof(*m), 0);
	if (n < 0)
		return -errno;
	if (m->n.nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(&m->n))->error;
	return NLMSG_OK(&m->n, n) ? 0 : -EBADMSG;
}

/* The payload of an attribute among len bytes of them; NULL. */
static void *attr_find(char *attrs, size_t len, uint16_t type, size_t *size)
{
	for (size_t i = 0; i + NLA_HDRLEN <= len;) {
		struct nlattr *a = (void *)(attrs + i);

		if (a->nla_len < NLA_HDRLEN || i + a->nla_len > len)
			break;
		*size = a->nla_len - NLA_HDRLEN;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return attrs + i + NLA_HDRLEN;
		i += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static void *answer_find(struct message *m, uint16_t type, size_t *size)
{
	return attr_find(m->attrs, m->n.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), type, size);
}

static int stats_of(pid_t tgid, struct taskstats *stats)
{
	int fd = netlink_open();
	uint32_t pid = tgid;
	struct message m;
	size_t size;
	void *p;
	int err;

	if (fd < 0)
		return fd;
	err = request(fd, &m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
		      TASKSTATS_GENL_NAME, sizeof(TASKSTATS_GENL_NAME));
	p = err ? NULL : answer_find(&m, CTRL_ATTR_FAMILY_ID, &size);
	if (!err && !p)
		err = -ENOENT;
	if (!err)
		err = request(fd, &m, *(uint16_t *)p, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID,
			      &pid, sizeof(pid));
	p = err ? NULL : answer_find(&m, TASKSTATS_TYPE_AGGR_PID, &size);
	p = p ? attr_find(p, size, TASKSTATS_TYPE_STATS, &size) : NULL;
	close(fd);
	if (err)
		return err;
	if (!p)
		return -ENOENT;
	memset(stats, 0, sizeof(*stats));
	memcpy(stats, p, size < sizeof(*stats) ? size : sizeof(*stats));
	return 0;
}

int64_t taskstats_freepages_ns(pid_t tgid)
{
	struct taskstats stats;
	int err = stats_of(tgid, &stats);

	return err ? err : (int64_t)stats.freepages_delay_total;
}

int64_t taskstats_blkio_ns(pid_t tgid)
{
	struct taskstats stats;
	int err = stats_of(tgid, &stats);

	return err ? err : (int64_t)stats.blkio_delay_total;
}

/* Before 5.14 it is on from the start, unless told otherwise: then run times are there. */
void need_delay_accounting(void)
{
	struct taskstats stats;
	bool on = setting_set("/proc/sys/kernel/task_delayacct", "1") == 0 ||
		  (stats_of(getpid(), &stats) == 0 && stats.cpu_run_real_total > 0);

	need_kernel(on, "delay accounting");
}
