/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. The page as a whole; html.h is the contract. */
#include <errno.h>
#include "html_impl.h"
#include "causes.h"
#include "verdict.h"

/* Of different processes, cgroups, names that single waits and lanes refer to. */
#define MAX_WHO 4096

/*
 * JSON has a '<' in strings only. Escaped, none is left that could end the script element, or begin
 * a comment in it.
 */
static ssize_t data_write(void *cookie, const char *buf, size_t size)
{
	FILE *out = cookie;
	size_t from = 0;

	for (size_t i = 0; i < size; i++) {
		if (buf[i] != '<')
			continue;
		fwrite(buf + from, 1, i - from, out);
		fputs("\\u003c", out);
		from = i + 1;
	}
	fwrite(buf + from, 1, size - from, out);
	return ferror(out) ? 0 : (ssize_t)size;
}

static void run_json(struct json *j, const struct view *v, const struct chart *c,
		     const struct html_run *run)
{
	const struct ev_meta *meta = model_meta(v->model);
	uint64_t begin = chart_begin_ns(c), end = model_now_ns(v->model);
	char buf[UNITS_LEN];

	json_str(j, "memtrace", MEMTRACE_VERSION);
	html_text(j, "file", run->file);
	html_text(j, "recorded_by", run->version);
	html_text(j, "caveat", run->caveat);
	html_textn(j, "hostname", meta->hostname, strnlen(meta->hostname, sizeof(meta->hostname)));
	html_textn(j, "kernel", meta->release, strnlen(meta->release, sizeof(meta->release)));
	html_textn(j, "arch", meta->arch, strnlen(meta->arch, sizeof(meta->arch)));
	json_u64(j, "cpus", meta->cpus);
	json_u64(j, "page_size", meta->page_size);
	json_u64(j, "mem_total_bytes", meta->mem_total_bytes);
	html_text(j, "watching", v->watching);
	html_text(j, "program", v->program);
	json_u64(j, "begin_wall_us", wall_ns(v->model, begin) / 1000);
	json_u64(j, "duration_ns", end > begin ? end - begin : 0);
	json_str(j, "duration", fmt_ns(model_elapsed_ns(v->model), buf, sizeof(buf)));
}

static void verdict_json(struct json *j, const struct view *v)
{
	struct para p = {0};

	verdict_write(&p, v);
	json_array_begin(j, "verdict");
	for (int i = 0; i < p.nparts; i++) {
		size_t len;
		const char *s = para_part_text(&p, i, &len);

		if (len)
			json_strn(j, NULL, s, len);
	}
	json_array_end(j);
}

static void names_json(struct json *j, const char *key, const char *const *names)
{
	json_array_begin(j, key);
	for (; *names; names++)
		json_str(j, NULL, *names);
	json_array_end(j);
}

static void words_json(struct json *j)
{
	names_json(j, "kinds", stall_kind_names);
	names_json(j, "causes", stall_cause_names);
	names_json(j, "classes", fault_class_names);
	names_json(j, "kswapd_at", kswapd_at_stall_names);
	json_array_begin(j, "cause_words");
	for (int c = 0; c < STALL_CAUSES; c++)
		json_str(j, NULL, cause_word((enum stall_cause)c));
	json_array_end(j);
	json_array_begin(j, "throttle_words");
	for (int r = 0; r < THROTTLE_REASONS; r++)
		json_str(j, NULL, throttle_word((enum throttle_reason)r));
	json_array_end(j);
}

static void who_json(struct json *j, const struct model *m, const struct dict *d)
{
	json_array_begin(j, "who");
	for (uint32_t i = 0; i < d->n; i++) {
		uint32_t tgid = (uint32_t)d->keys[i].a;
		const struct process *p = model_process(m, tgid, d->keys[i].b);

		json_object_begin(j, NULL);
		json_u64(j, "pid", tgid);
		if (p)
			html_textn(j, "comm", p->comm, strnlen(p->comm, EV_COMM_LEN));
		json_object_end(j);
	}
	json_array_end(j);
}

static void dicts_json(struct json *j, const struct model *m, const struct html_dicts *d)
{
	char buf[NAME_LEN];

	who_json(j, m, &d->who);
	json_array_begin(j, "cgroup_names");
	for (uint32_t i = 0; i < d->cgroups.n; i++) {
		uint64_t id = d->cgroups.keys[i].a;

		html_text(j, NULL, id ? cgroup_label(m, id, buf, sizeof(buf)) : NULL);
	}
	json_array_end(j);
	json_array_begin(j, "comms");
	for (uint32_t i = 0; i < d->comms.n; i++) {
		const char *comm = (const char *)&d->comms.keys[i];

		html_textn(j, NULL, comm, strnlen(comm, EV_COMM_LEN));
	}
	json_array_end(j);
}

static void data_json(struct json *j, const struct view *v, const struct chart *c,
		      const struct html_run *run, struct html_dicts *d)
{
	const struct model *m = v->model;

	json_object_begin(j, NULL);
	run_json(j, v, c, run);
	verdict_json(j, v);
	words_json(j);
	html_totals(j, m);
	html_processes(j, m);
	html_cgroups(j, m);
	html_culprits(j, m);
	html_files(j, m);
	html_ooms(j, m, chart_begin_ns(c));
	html_losses(j, m);
	html_timeline(j, c, d);
	html_points(j, c);
	html_stalls(j, m, c, d);
	html_faults(j, m, c, d);
	dicts_json(j, m, d);
	json_object_end(j);
}

static int data_put(struct view *v, const struct chart *c, const struct html_run *run,
		    struct html_dicts *d)
{
	FILE *data = fopencookie(v->out, "w", (cookie_io_functions_t){.write = data_write});
	struct json j;

	if (!data)
		return -ENOMEM;
	json_begin(&j, data);
	data_json(&j, v, c, run, d);
	fclose(data); /* what went wrong is in v->out */
	return 0;
}

int view_html(struct view *v, const struct chart *c, const struct html_run *run)
{
	struct html_dicts d = {0};
	int err = 0;

	if (dict_init(&d.who, MAX_WHO) || dict_init(&d.cgroups, MAX_WHO) ||
	    dict_init(&d.comms, MAX_WHO))
		err = -ENOMEM;
	if (!err) {
		fwrite(html_head, 1, html_head_len, v->out);
		err = data_put(v, c, run, &d);
		fwrite(html_tail, 1, html_tail_len, v->out);
	}
	dict_fini(&d.who);
	dict_fini(&d.cgroups);
	dict_fini(&d.comms);
	return err;
}
