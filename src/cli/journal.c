// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See journal.h.
 */
#include "journal.h"

#include <errno.h>

#ifndef HAVE_LIBSYSTEMD

int journal_init(struct journal *j)
{
	(void)j;
	return -EOPNOTSUPP;
}

void journal_fini(struct journal *j)
{
	(void)j;
}

int journal_report(struct journal *j, const struct model *m, const struct report *r,
		   const char *path, const char *text, size_t text_len)
{
	(void)j, (void)m, (void)r, (void)path, (void)text, (void)text_len;
	return -EOPNOTSUPP;
}
#else
#define SD_JOURNAL_SUPPRESS_LOCATION /* ours is the same for all entries */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include "log.h"
#include "spares.h"
#include "view.h"

#define MAX_FIELDS 40
#define MAX_BYTES  16384

/* The fields of an entry, "NAME=value" each, one after the other in bytes[]. */
struct entry {
	struct iovec field[MAX_FIELDS];
	int n;
	char bytes[MAX_BYTES];
	size_t used;
};

static const char text_field[] = "MEMTRACE_REPORT_TEXT=";

int journal_init(struct journal *j)
{
	size_t size = sizeof(text_field) + report_forms[FORM_TEXT].bytes;

	j->text = malloc(size);
	if (!j->text)
		return -ENOMEM;
	memset(j->text, 1, size);
	if (access("/run/systemd/journal/socket", F_OK))
		log_warn("--journal: there is no journal here (/run/systemd/journal/socket): "
			 "entries will go nowhere");
	return 0;
}

void journal_fini(struct journal *j)
{
	free(j->text);
	j->text = NULL;
}

static __attribute__((format(printf, 2, 3))) void add(struct entry *e, const char *fmt, ...)
{
	size_t room = sizeof(e->bytes) - e->used;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(e->bytes + e->used, room, fmt, args);
	va_end(args);
	/* One that does not fit is left out: half a path would be a wrong one. */
	if (len < 0 || (size_t)len >= room || e->n == MAX_FIELDS)
		return;
	e->field[e->n++] = (struct iovec){e->bytes + e->used, (size_t)len};
	e->used += (size_t)len + 1;
}

static void add_str(struct entry *e, const char *name, const char *value)
{
	if (value && *value)
		add(e, "%s=%s", name, value);
}

static void add_u64(struct entry *e, const char *name, uint64_t value)
{
	if (value != EV_ABSENT)
		add(e, "%s=%" PRIu64, name, value);
}

/*
 * The system unit of a cgroup: the first part of the path that is a service or a scope. By this
 * field `journalctl -u UNIT` shows what a privileged process says about the unit.
 */
static void add_unit(struct entry *e, const char *cgroup)
{
	while (cgroup && *cgroup) {
		size_t len = strcspn(++cgroup, "/");

		if ((len > 8 && !strncmp(cgroup + len - 8, ".service", 8)) ||
		    (len > 6 && !strncmp(cgroup + len - 6, ".scope", 6))) {
			add(e, "OBJECT_SYSTEMD_UNIT=%.*s", (int)len, cgroup);
			return;
		}
		cgroup += len;
	}
}

static void add_process(struct entry *e, const char *role, const struct report_process *p)
{
	if (!p->pid)
		return;
	add(e, "MEMTRACE_%s_PID=%" PRIu32, role, p->pid);
	if (p->comm[0])
		add(e, "MEMTRACE_%s_COMM=%s", role, p->comm);
	if (p->cgroup)
		add(e, "MEMTRACE_%s_CGROUP=%s", role, p->cgroup);
}

static void add_sizes(struct entry *e, const struct oom_record *rec)
{
	add_u64(e, "MEMTRACE_TOTAL_VM_BYTES", rec->total_vm_bytes);
	add_u64(e, "MEMTRACE_ANON_RSS_BYTES", rec->anon_rss_bytes);
	add_u64(e, "MEMTRACE_FILE_RSS_BYTES", rec->file_rss_bytes);
	add_u64(e, "MEMTRACE_SHMEM_RSS_BYTES", rec->shmem_rss_bytes);
	add_u64(e, "MEMTRACE_SWAP_BYTES", rec->swap_bytes);
	add_u64(e, "MEMTRACE_PGTABLES_BYTES", rec->pgtables_bytes);
	add(e, "MEMTRACE_OOM_SCORE_ADJ=%" PRId32, rec->oom_score_adj);
	add_str(e, "MEMTRACE_CONSTRAINT", rec->constraint);
	add_str(e, "MEMTRACE_OOM_CGROUP", rec->memcg_path);
}

static void add_kill(struct entry *e, const struct report *r)
{
	const struct report_kill *first = &r->kills[0];

	if (r->reason != REPORT_OOM || !r->nkills)
		return;
	add_process(e, "VICTIM", &first->victim);
	add(e, "MEMTRACE_VICTIM_UID=%" PRIu32, first->victim.uid);
	add_str(e, "MEMTRACE_VICTIM_CMDLINE", first->victim.cmdline);
	add_unit(e, first->victim.cgroup);
	add_process(e, "TRIGGER", &r->trigger);
	if (first->rec)
		add_sizes(e, first->rec);
	add(e, "MEMTRACE_KILLS=%" PRIu64, r->kills_counted);
}

static void add_text(struct entry *e, struct journal *j, const char *text, size_t len)
{
	size_t head = sizeof(text_field) - 1;

	if (!text || len > report_forms[FORM_TEXT].bytes || e->n == MAX_FIELDS)
		return;
	memcpy(j->text, text_field, head);
	memcpy(j->text + head, text, len);
	e->field[e->n++] = (struct iovec){j->text, head + len};
}

int journal_report(struct journal *j, const struct model *m, const struct report *r,
		   const char *path, const char *text, size_t text_len)
{
	char title[512];
	struct entry e;

	e.n = 0;
	e.used = 0;
	add(&e, "MESSAGE=%s", view_report_title(m, r, title, sizeof(title)));
	if (r->reason == REPORT_OOM)
		add(&e, "MESSAGE_ID=" JOURNAL_MESSAGE_ID);
	add(&e, "PRIORITY=%d", r->reason == REPORT_OOM ? 4 : 6); /* warning, informational */
	add(&e, "MEMTRACE_REASON=%s", r->reason == REPORT_OOM ? "oom" : "asked");
	add(&e, "MEMTRACE_EPISODE=%" PRIu32, r->id);
	add_str(&e, "MEMTRACE_REPORT", path);
	add_kill(&e, r);
	add_text(&e, j, text, text_len);
	return sd_journal_sendv(e.field, e.n);
}
#endif
