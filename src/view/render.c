/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. What the files of this layer share; the contract is in render.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "container.h"
#include "render.h"

#define MAX_CGROUPS 1024 /* looked through at once */

const char *tone_on(const struct view *v, enum tone tone)
{
	if (!v->color || tone == TONE_PLAIN)
		return "";
	return tone == TONE_RED ? "\033[1;31m" : "\033[1m";
}

const char *tone_off(const struct view *v, enum tone tone)
{
	return v->color && tone != TONE_PLAIN ? "\033[0m" : "";
}

void heading_print(const struct view *v, const char *fmt, ...)
{
	va_list args;

	fputc('\n', v->out);
	va_start(args, fmt);
	vfprintf(v->out, fmt, args);
	va_end(args);
	fputc('\n', v->out);
}

int view_rows(const struct view *v)
{
	return v->rows > 0 ? v->rows : DEFAULT_ROWS;
}

const char *task_label(const char *comm, uint32_t pid, char *buf, size_t cap)
{
	char safe[LABEL_LEN];

	text_safe(comm, strnlen(comm, EV_COMM_LEN), safe, sizeof(safe));
	snprintf(buf, cap, "%s[%u]", *safe ? safe : "?", pid);
	return buf;
}

const char *process_label(const struct process *p, char *buf, size_t cap)
{
	return task_label(p->comm, p->tgid, buf, cap);
}

const char *name_safe(const char *s, const char *fallback, char *buf, size_t cap)
{
	if (!s)
		s = fallback;
	return text_safe(s, strlen(s), buf, cap);
}

const char *cgroup_label(const struct model *m, uint64_t id, char *buf, size_t cap)
{
	const char *path = id ? model_cgroup_path(m, id) : "-";

	if (path)
		return text_safe(path, strlen(path), buf, cap);
	snprintf(buf, cap, "id %llu", (unsigned long long)id);
	return buf;
}

const char *fmt_ms(uint64_t ns, char *buf, size_t cap)
{
	unsigned long long us = ns / 1000 + (ns % 1000 >= 500);

	snprintf(buf, cap, "%llu.%03llu", us / 1000, us % 1000);
	return buf;
}

const char *fmt_percent(uint64_t part, uint64_t whole, char *buf, size_t cap)
{
	if (whole == 0)
		snprintf(buf, cap, "-");
	else
		snprintf(buf, cap, "%.1f", (double)part * 100 / (double)whole);
	return buf;
}

uint64_t wall_ns(const struct model *m, uint64_t boottime_ns)
{
	return model_wall_ns(m, boottime_ns);
}

uint64_t model_elapsed_ns(const struct model *m)
{
	uint64_t begin = model_begin_ns(m), now = model_now_ns(m);

	return now > begin ? now - begin : 0;
}

void json_time(struct json *j, const struct model *m, uint64_t boottime_ns)
{
	char buf[UNITS_LEN];

	json_str(j, "time", fmt_time_rfc3339(wall_ns(m, boottime_ns), buf, sizeof(buf)));
	json_u64(j, "time_ns", boottime_ns);
}

void json_figure(struct json *j, const char *key, uint64_t value)
{
	if (value == EV_ABSENT)
		json_null(j, key);
	else
		json_u64(j, key, value);
}

void json_histogram(struct json *j, const struct hist *h)
{
	struct hist_row rows[HIST_ROWS];
	int n = hist_rows(h, rows);

	json_array_begin(j, "histogram");
	for (int i = 0; i < n; i++) {
		json_object_begin(j, NULL);
		json_figure(j, "le_ns", rows[i].le_ns);
		json_u64(j, "count", rows[i].count);
		json_object_end(j);
	}
	json_array_end(j);
}

void json_quantiles(struct json *j, const struct hist *h)
{
	json_figure(j, "p50_ns", h->count ? hist_quantile(h, 0.50) : EV_ABSENT);
	json_figure(j, "p95_ns", h->count ? hist_quantile(h, 0.95) : EV_ABSENT);
	json_figure(j, "p99_ns", h->count ? hist_quantile(h, 0.99) : EV_ABSENT);
	json_figure(j, "max_ns", h->count ? h->max_ns : EV_ABSENT);
}

void json_cgroup(struct json *j, const char *key, const struct model *m, uint64_t id)
{
	json_str(j, key, id ? model_cgroup_path(m, id) : NULL);
}

uint64_t shrinker_fs(const struct model *m, const struct ev_shrinker *s)
{
	const char *name = model_symbol(m, s->callback);

	/* Without names, a number that is a file system's is hardly one by chance. */
	if (name ? strcmp(name, "super_cache_scan") != 0 : !fs_name(s->fs))
		return 0;
	return s->fs;
}

void json_fs(struct json *j, const char *key, const struct model *m, const struct ev_shrinker *s)
{
	uint64_t magic = shrinker_fs(m, s);
	char hex[32];

	snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)magic);
	if (magic)
		json_str(j, key, fs_name(magic) ? fs_name(magic) : hex);
	else
		json_null(j, key);
}

void json_symbol(struct json *j, const char *key, const struct model *m, uint64_t address)
{
	const char *name = model_symbol(m, address);

	if (name)
		json_str(j, key, name);
	else
		json_null(j, key);
}

void json_stack(struct json *j, const char *key, const struct model *m, uint32_t id)
{
	const char *frames = id ? model_stack(m, id) : NULL;

	if (!frames) {
		json_null(j, key);
		return;
	}
	json_array_begin(j, key);
	for (size_t n; *frames; frames += n + (frames[n] == ';')) {
		n = strcspn(frames, ";");
		json_strn(j, NULL, frames, n);
	}
	json_array_end(j);
}

void json_container(struct json *j, const char *cgroup)
{
	struct container c;

	if (!cgroup || !container_of_path(cgroup, &c)) {
		json_null(j, "container");
		return;
	}
	json_object_begin(j, "container");
	json_str(j, "kind", c.kind);
	json_str(j, "id", c.id[0] ? c.id : NULL);
	json_str(j, "pod", c.pod[0] ? c.pod : NULL);
	json_object_end(j);
}

/* As container tools abbreviate it. */
#define CONTAINER_ID_LEN 12

const char *container_path_label(const char *path, char *buf, size_t cap)
{
	char id[NAME_LEN], pod[NAME_LEN];
	struct container c;

	buf[0] = '\0';
	if (!path || !container_of_path(path, &c))
		return buf;
	name_safe(c.id, "", id, sizeof(id));
	name_safe(c.pod, "", pod, sizeof(pod));
	snprintf(buf, cap, "%s%s%.*s%s%s", c.kind, c.id[0] ? " " : "",
		 strcmp(c.kind, "nspawn") ? CONTAINER_ID_LEN : NAME_LEN, id,
		 c.pod[0] ? (c.id[0] ? " of pod " : " pod ") : "", pod);
	return buf;
}

const char *container_label(const struct model *m, uint64_t cgroup, char *buf, size_t cap)
{
	return container_path_label(model_cgroup_path(m, cgroup), buf, cap);
}

void json_comm(struct json *j, const char *key, const char *comm)
{
	json_strn(j, key, comm, strnlen(comm, EV_COMM_LEN));
}

const char *gfp_label(const struct model *m, uint32_t gfp, char *buf, size_t cap)
{
	const struct ev_meta *meta = model_meta(m);

	/* A kernel whose BTF has no gfp names gives none at all. */
	for (size_t i = 0; i < ARRAY_LEN(meta->gfp_names); i++) {
		if (meta->gfp_names[i][0])
			return gfp_format(gfp, meta->gfp_names, buf, cap);
	}
	return gfp_format(gfp, gfp_default_names, buf, cap);
}

bool host_is_size(enum host_counter c)
{
	static const bool sizes[HOST_COUNTERS] = {
#define HOST_VMSTAT(id, key)
#define HOST_MEMINFO(id, key) [HOST_##id] = true,
#define HOST_PSI(id, key)
#include "host.def"
#undef HOST_VMSTAT
#undef HOST_MEMINFO
#undef HOST_PSI
	};

	return sizes[c];
}

void json_host(struct json *j, enum host_counter c, uint64_t value)
{
	bool time = c == HOST_PSI_SOME || c == HOST_PSI_FULL;
	char key[64];

	snprintf(key, sizeof(key), "%s%s", host_counter_names[c],
		 host_is_size(c) ? "_bytes"
		 : time		 ? "_ns"
				 : "");
	json_figure(j, key, time && value != EV_ABSENT ? value * 1000 : value);
}

uint64_t host_swap_used(const struct ev_host *h)
{
	uint64_t total = h->value[HOST_SWAP_TOTAL], unused = h->value[HOST_SWAP_FREE];

	if (total == EV_ABSENT || unused == EV_ABSENT || total < unused)
		return EV_ABSENT;
	return total - unused;
}

uint64_t process_rss(const struct process *p)
{
	return p->anon_rss_bytes + p->file_rss_bytes + p->shmem_rss_bytes;
}

uint64_t faults_seen(const struct fault_stats *f)
{
	uint64_t n = 0;

	for (int c = 0; c < FAULT_CLASSES; c++)
		n += f->count[c];
	return n;
}

uint64_t process_majfaults(const struct process *p)
{
	uint64_t seen = p->details ? faults_seen(&p->details->faults) : 0;

	return seen > p->maj_flt_traced ? seen : p->maj_flt_traced;
}

const struct cgroup_stats *common_target(const struct model *m)
{
	const struct cgroup_stats *cgroups[MAX_CGROUPS];
	const struct stall_stats *s = model_stalls(m);
	uint64_t limited = s->kind_count[STALL_MEMCG] + s->kind_count[STALL_SOFTLIMIT] +
			   s->kind_count[STALL_HIGH];
	int n = model_cgroups(m, cgroups, MAX_CGROUPS);

	n = n < MAX_CGROUPS ? n : MAX_CGROUPS;
	for (int i = 0; i < n && limited; i++) {
		if (cgroups[i]->forced_stalls == limited)
			return cgroups[i];
	}
	return NULL;
}

int processes_list(const struct model *m, enum process_order order, const struct process ***list)
{
	int n = model_processes(m, order, NULL, 0);

	*list = n > 0 ? calloc((size_t)n, sizeof(**list)) : NULL;
	return *list ? model_processes(m, order, *list, n) : 0;
}
