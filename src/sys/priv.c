// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities of this process. See priv.h.
 *
 * Layer: sys.
 */
#include "priv.h"
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include "sysfile.h"

/* CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON: bpf_capable(), perfmon_capable(). */
const struct priv_cap priv_caps[] = {
	{CAP_BPF, "cap_bpf", true, true, "loading of BPF programs"},
	{CAP_PERFMON, "cap_perfmon", true, true, "tracing"},
	{CAP_SYS_PTRACE, "cap_sys_ptrace", false, false,
	 "full paths of files behind other users' major faults"},
	{CAP_DAC_READ_SEARCH, "cap_dac_read_search", false, false,
	 "quick resolution of cgroup ids, tracefs"},
	{CAP_SYSLOG, "cap_syslog", false, true,
	 "the kernel log's lines about OOM kills, kernel symbols"},
	{CAP_IPC_LOCK, "cap_ipc_lock", false, false, "locking our own memory"},
	{CAP_SYS_RESOURCE, "cap_sys_resource", false, false,
	 "keeping the OOM killer away from memtrace"},
};
const int priv_ncaps = sizeof(priv_caps) / sizeof(priv_caps[0]);

static bool has_cap(uint64_t effective, const struct priv_cap *c)
{
	return effective & 1ULL << c->number ||
	       (c->by_sys_admin && effective & 1ULL << CAP_SYS_ADMIN);
}

/* "CapEff:\t000001ffffffffff" */
static int effective_read(const struct sysroot *root, uint64_t *effective)
{
	struct sys_lines lines;
	const char *line;
	int err = sys_lines_open(&lines, root, "/proc/self/status");

	if (err)
		return err;
	err = -EINVAL;
	while (err && (line = sys_lines_next(&lines))) {
		if (strncmp(line, "CapEff:", 7))
			continue;
		line += 7;
		err = sys_number(&line, 16, effective);
	}
	return sys_lines_close(&lines) ?: err;
}

/* The initial namespace maps all ids to themselves: "0 0 4294967295" (user_namespaces(7)). */
static bool in_user_ns(const struct sysroot *root)
{
	uint64_t inside, outside, count;
	char buf[128];
	const char *p = buf;

	if (sys_read(root, buf, sizeof(buf), "/proc/self/uid_map") <= 0)
		return false;
	return sys_number(&p, 10, &inside) || sys_number(&p, 10, &outside) ||
	       sys_number(&p, 10, &count) || inside || outside || count != UINT32_MAX;
}

int priv_check(const struct sysroot *root, struct priv *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = effective_read(root, &out->effective);
	if (err)
		out->effective = 0;
	for (int i = 0; i < priv_ncaps; i++) {
		const struct priv_cap *c = &priv_caps[i];

		if (has_cap(out->effective, c))
			continue;
		*(c->required ? &out->required : &out->useful) |= 1ULL << c->number;
	}
	out->user_ns = in_user_ns(root);
	return err;
}

__attribute__((format(printf, 3, 4))) static void append(char *buf, size_t cap, const char *fmt,
							 ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, cap - len, fmt, ap);
	va_end(ap);
}

/* Names of those in mask: as the manual has them (upper) or as setcap takes them. */
static void append_caps(char *buf, size_t cap, uint64_t mask, const char *separator, bool upper)
{
	const char *before = "";
	char name[32];

	for (int i = 0; i < priv_ncaps; i++) {
		if (!(mask & 1ULL << priv_caps[i].number))
			continue;
		snprintf(name, sizeof(name), "%s", priv_caps[i].name);
		for (char *c = name; upper && *c; c++)
			*c = toupper((unsigned char)*c);
		append(buf, cap, "%s%s", before, name);
		before = separator;
	}
}

const char *priv_missing(const struct priv *p, char *buf, size_t cap)
{
	buf[0] = '\0';
	if (p->user_ns) {
		append(buf, cap,
		       "inside a user namespace, where capabilities do not reach the kernel; "
		       "run it outside of the (rootless) container");
	} else if (p->required) {
		append(buf, cap, "missing ");
		append_caps(buf, cap, p->required, " and ", true);
		append(buf, cap, "; run it with sudo, or grant for good: sudo setcap ");
		append_caps(buf, cap, UINT64_MAX, ",", false);
		append(buf, cap,
		       "+ep \"$(command -v memtrace)\"; in a systemd unit: "
		       "AmbientCapabilities= with the same names, blanks between");
	}
	return buf;
}
