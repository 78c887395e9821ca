// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: view. Export as JSON of the Trace Event Format ("JSON Object Format"): the array of
 * events, then what is known of the recording. Parts are in chrome_*.c.
 */
#include <limits.h>
#include <string.h>
#include "chrome.h"

static bool chrome_begin(struct exporter *x)
{
	struct chrome *c = x->state;

	c->model = x->view->model;
	c->min_ns = x->view->min_ns;
	json_begin(&c->j, x->view->out);
	json_object_begin(&c->j, NULL);
	json_str(&c->j, "displayTimeUnit", "ms");
	json_array_begin(&c->j, "traceEvents");
	return chrome_tracks_new(c);
}

static void fault_args(struct chrome *c, const struct ev_fault *ev)
{
	const struct field *f = event_field(event_desc(EV_FAULT), "file");
	size_t len;
	const char *file = event_str(c->model, f, &ev->hdr, &len);

	if (file)
		json_strn(&c->j, "file", file, len);
	json_u64(&c->j, "offset_bytes", ev->offset);
	json_cgroup(&c->j, "cgroup", c->model, ev->task.cgroup);
	if (ev->away_ns)
		json_u64(&c->j, "away_ns", ev->away_ns);
}

static void fault(struct chrome *c, const struct ev_fault *ev)
{
	uint64_t end = ev->hdr.time_ns, ns = ev->duration_ns;
	struct span at = {end > ns + c->base_ns && end > ns ? end - ns : c->base_ns,
			  end > c->base_ns ? end : c->base_ns};
	struct chrome_thread *t = chrome_thread(c, &ev->task);
	char name[64];

	snprintf(name, sizeof(name), "fault: %s", fault_class_names[ev->class]);
	if (!(ev->flags & FAULT_F_UNTIMED) && chrome_place(c, t, &at)) {
		chrome_slice(c, "fault", name, t, &at);
		json_u64(&c->j, "duration_ns", ns);
	} else {
		chrome_mark(c, "fault", name, t, end);
		if (!(ev->flags & FAULT_F_UNTIMED))
			json_u64(&c->j, "duration_ns", ns);
	}
	fault_args(c, ev);
	chrome_args_close(c);
}

/* kswapd's thread is not known by its number: nodes have one each behind the host's. */
static struct chrome_thread kswapd_track(uint32_t node)
{
	return (struct chrome_thread){.pid = CHROME_HOST, .tid = CHROME_HOST + 1 + node};
}

static void kswapd_slice(struct chrome *c, uint32_t node, uint64_t end_ns, bool ended)
{
	struct chrome_kswapd *k = &c->kswapd[node];
	struct chrome_thread t = kswapd_track(node);
	struct span at = {k->begin_ns ? k->begin_ns : c->base_ns, end_ns};

	if (at.end < at.begin)
		at.end = at.begin;
	chrome_slice(c, "kswapd", "balancing", &t, &at);
	json_u64(&c->j, "runs", k->runs);
	json_s64(&c->j, "order", k->order);
	if (k->waker_pid) {
		json_comm(&c->j, "woken_by", k->waker);
		json_u64(&c->j, "woken_by_pid", k->waker_pid);
	}
	if (!k->begin_ns)
		json_bool(&c->j, "began_before", true);
	if (!ended)
		json_bool(&c->j, "goes_on", true);
	chrome_args_close(c);
	/* The next one begins after it. */
	*k = (struct chrome_kswapd){.known = true, .begin_ns = at.end};
}

static void kswapd(struct chrome *c, const struct ev_kswapd *ev)
{
	struct chrome_kswapd *k;

	if (ev->nid < 0 || ev->nid >= CHROME_NODES)
		return;
	k = &c->kswapd[ev->nid];
	if (ev->state == KSWAPD_WAKE) {
		if (!k->awake)
			k->begin_ns = ev->hdr.time_ns > k->begin_ns ? ev->hdr.time_ns : k->begin_ns;
		k->order = k->runs++ && k->order > ev->order ? k->order : ev->order;
		k->awake = k->known = true;
	} else if (k->awake || !k->known) {
		kswapd_slice(c, (uint32_t)ev->nid, ev->hdr.time_ns, true);
	}
}

static void kswapd_wakeup(struct chrome *c, const struct ev_kswapd_wakeup *ev)
{
	if (ev->nid < 0 || ev->nid >= CHROME_NODES || c->kswapd[ev->nid].awake)
		return;
	memcpy(c->kswapd[ev->nid].waker, ev->task.comm, EV_COMM_LEN);
	c->kswapd[ev->nid].waker_pid = ev->task.tgid;
}

static void oom_kill(struct chrome *c, const struct ev_oom_kill *ev)
{
	struct chrome_thread *t = chrome_thread(c, &ev->victim);
	char name[LABEL_LEN + 16], who[LABEL_LEN];

	snprintf(name, sizeof(name), "OOM kill: %s",
		 task_label(ev->victim.comm, ev->victim.tgid, who, sizeof(who)));
	chrome_open(c, "i", name, t->pid, t->tid, ev->hdr.time_ns);
	json_str(&c->j, "s", "g");
	json_str(&c->j, "cat", "oom");
	json_object_begin(&c->j, "args");
	event_json_fields(&c->j, c->model, &ev->hdr);
	chrome_args_close(c);
}

static void exited(struct chrome *c, const struct ev_exit *ev)
{
	chrome_thread_end(c, ev->task.tid);
	if (ev->group_dead)
		chrome_proc_end(c, ev->task.tgid);
}

static void chrome_event(struct exporter *x, const struct ev_hdr *ev)
{
	struct chrome *c = x->state;

	if (!c->begun)
		c->base_ns = ev->time_ns;
	c->begun = true;
	switch (ev->kind) {
	case EV_STALL:
		chrome_stall(c, (const struct ev_stall *)ev);
		break;
	case EV_SLEEP:
		chrome_sleep(c, (const struct ev_sleep *)ev);
		break;
	case EV_FAULT:
		fault(c, (const struct ev_fault *)ev);
		break;
	case EV_KSWAPD:
		kswapd(c, (const struct ev_kswapd *)ev);
		break;
	case EV_KSWAPD_WAKEUP:
		kswapd_wakeup(c, (const struct ev_kswapd_wakeup *)ev);
		break;
	case EV_OOM_KILL:
		oom_kill(c, (const struct ev_oom_kill *)ev);
		break;
	case EV_EXIT:
		exited(c, (const struct ev_exit *)ev);
		break;
	case EV_HOST:
		chrome_host(c, (const struct ev_host *)ev);
		break;
	case EV_CGSTAT:
		chrome_cgstat(c, (const struct ev_cgstat *)ev);
		break;
	case EV_TASK:
		chrome_task(c, (const struct ev_task_row *)ev);
		break;
	}
}

static void host_tracks(struct chrome *c)
{
	char name[32];

	for (uint32_t i = 0; i < CHROME_NODES; i++) {
		if (c->kswapd[i].awake)
			kswapd_slice(c, i, model_now_ns(c->model), false);
		if (!c->kswapd[i].known)
			continue;
		snprintf(name, sizeof(name), "kswapd%u", i);
		chrome_meta_str(c, "thread_name", CHROME_HOST, CHROME_HOST + 1 + i, "name", name);
	}
	chrome_meta_str(c, "process_name", CHROME_HOST, CHROME_HOST, "name", "host");
	chrome_meta_s64(c, "process_sort_index", CHROME_HOST, CHROME_HOST, "sort_index", INT_MIN);
}

static void about(struct chrome *c, const struct view *v, const char *version)
{
	const struct ev_meta *meta = model_meta(c->model);
	char buf[UNITS_LEN];

	json_object_begin(&c->j, "otherData");
	json_str(&c->j, "source", "memtrace");
	json_str(&c->j, "version", version);
	json_str(&c->j, "begin", fmt_time_rfc3339(wall_ns(c->model, c->base_ns), buf, sizeof(buf)));
	json_u64(&c->j, "begin_boottime_ns", c->base_ns);
	json_strn(&c->j, "kernel", meta->release, strnlen(meta->release, sizeof(meta->release)));
	json_strn(&c->j, "arch", meta->arch, strnlen(meta->arch, sizeof(meta->arch)));
	json_strn(&c->j, "hostname", meta->hostname,
		  strnlen(meta->hostname, sizeof(meta->hostname)));
	json_str(&c->j, "watching", v->watching);
	json_u64(&c->j, "lost", model_lost(c->model));
	json_u64(&c->j, "slices_shortened", c->shortened);
	json_object_end(&c->j);
}

static void chrome_end(struct exporter *x)
{
	struct chrome *c = x->state;

	host_tracks(c);
	chrome_tracks_end(c);
	fputc('\n', c->j.out);
	json_array_end(&c->j);
	about(c, x->view, x->opts.version);
	json_object_end(&c->j);
	json_end_line(&c->j);
}

static void chrome_free(struct exporter *x)
{
	chrome_tracks_free(x->state);
}

const struct export_form export_chrome = {.state_size = sizeof(struct chrome),
					  .begin = chrome_begin,
					  .event = chrome_event,
					  .end = chrome_end,
					  .free = chrome_free};
