// SPDX-License-Identifier: GPL-2.0
/*
 * memtrace oom from before a kill until after it, and its report against the kernel log.
 *
 * Layer: tests.
 */
#include <dirent.h>
#include <sys/stat.h>
#include "global.h"
#include "oom.h"

void ooms_begin(struct ooms *o, const char *const *args)
{
	o->kmsg = kmsg_open();
	need_machine(o->kmsg >= 0, "/dev/kmsg is not readable");
	o->begun = vmstat_get("oom_kill");
	trace_start(&o->t, args);
	o->kills = vmstat_get("oom_kill");
}

static int times(const char *path, const char *part)
{
	char *text = text_load(path);
	int n = 0;

	for (const char *p = text; p && (p = strstr(p, part)); p++)
		n++;
	free(text);
	return n;
}

void ooms_await(struct ooms *o, int episodes)
{
	double end = now_s() + 20 * slack();

	while (times(o->t.child.out, "{\"type\":\"oom\"") < episodes) {
		if (child_ended(&o->t.child) || now_s() > end)
			fail_msg("no %d episodes came", episodes);
		sleep_s(0.05);
	}
}

int64_t ooms_counted(const struct ooms *o)
{
	struct json_object *r;
	int64_t n = 0;

	for (int i = 0; (r = trace_line(&o->t, "oom", i)); i++)
		n += json_int(r, "kills_total");
	return n;
}

/*
 * Without a whole log a task that was dying anyway, and that the kernel marked for it, looks like
 * one that it killed.
 */
static void ooms_doubt(const struct ooms *o)
{
	struct json_object *r;
	bool whole = true;

	for (int i = 0; (r = trace_line(&o->t, "oom", i)); i++) {
		print_message("# kills %s of %s, log whole %s, lost %s\n",
			      json_object_to_json_string(json_get(r, "kills_total")),
			      json_object_to_json_string(json_get(r, "kills_kernel")),
			      json_object_to_json_string(json_get(r, "log_whole")),
			      json_object_to_json_string(json_get(r, "lost")));
		whole = whole && json_object_get_boolean(json_get(r, "log_whole"));
	}
	if (!whole)
		live_anew("the kernel log was overwritten before it was read");
}

/*
 * The kernel may kill one more while memtrace ends, as memory of the last victim comes back late;
 * or while it begins, as it takes memory itself.
 */
void ooms_end(struct ooms *o)
{
	int64_t least = vmstat_get("oom_kill") - o->kills, most, counted;

	trace_end(&o->t);
	most = vmstat_get("oom_kill") - o->begun;
	counted = ooms_counted(o);
	if (counted < least || counted > most)
		ooms_doubt(o);
	assert_in_range(counted, least, most);
	o->kills = counted;
}

struct json_object *ooms_only(const struct ooms *o)
{
	struct json_object *r = trace_line(&o->t, "oom", 0);

	assert_non_null(r);
	assert_null(trace_line(&o->t, "oom", 1));
	return r;
}

struct json_object *ooms_told(struct ooms *o, struct verdict *v)
{
	ooms_await(o, 1);
	ooms_end(o);
	if (v)
		verdict_read(v, o->kmsg);
	close(o->kmsg);
	return ooms_only(o);
}

static struct json_object *row_find(struct json_object *list, const char *key, pid_t pid)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		if (json_int(row, key) == pid)
			return row;
	}
	return NULL;
}

struct json_object *report_kill(struct json_object *report, pid_t pid)
{
	return row_find(json_list(report, "kills"), "victim.pid", pid);
}

struct json_object *row_of(struct json_object *report, const char *list, pid_t pid)
{
	return row_find(json_list(report, list), "pid", pid);
}

static void sizes_equal(struct json_object *victim, const struct verdict *v)
{
	assert_int_equal(json_int(victim, "pid"), v->pid);
	assert_string_equal(json_str(victim, "comm"), v->comm);
	assert_int_equal(json_int(victim, "uid"), v->uid);
	assert_int_equal(json_int(victim, "oom_score_adj"), v->adj);
	assert_int_equal(json_int(victim, "total_vm_bytes"), v->total_vm_kb * 1024);
	assert_int_equal(json_int(victim, "anon_rss_bytes"), v->anon_kb * 1024);
	assert_int_equal(json_int(victim, "file_rss_bytes"), v->file_kb * 1024);
	assert_int_equal(json_int(victim, "shmem_rss_bytes"), v->shmem_kb * 1024);
	assert_int_equal(json_int(victim, "pgtables_bytes"), v->pgtables_kb * 1024);
}

static void trigger_equals(struct json_object *report, const struct verdict *v)
{
	assert_string_equal(json_str(report, "trigger.comm"), v->trigger);
	assert_int_equal(json_int(report, "trigger.tid"), v->trigger_tid);
	assert_int_equal(json_int(report, "trigger.order"), v->order);
	assert_true(gfp_equal(json_str(report, "trigger.gfp"), v->gfp));
}

static void constraint_equals(struct json_object *report, const struct verdict *v)
{
	static const char *const names[][2] = {{"NONE", "system"},
					       {"MEMCG", "memcg"},
					       {"CPUSET", "cpuset"},
					       {"MEMORY_POLICY", "mempolicy"}};
	bool memcg = !strcmp(v->constraint, "MEMCG");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(v->constraint, names[i][0]))
			assert_string_equal(json_str(report, "constraint"), names[i][1]);
	assert_int_equal(json_get(report, "memcg") != NULL, memcg);
	if (!memcg)
		return;
	assert_string_equal(json_str(report, "memcg.path"), v->memcg);
	assert_string_equal(json_str(report, "victim.cgroup"), v->task_memcg);
}

/* oom_badness(), of the figures that the row itself tells. */
static void points_check(struct json_object *report, struct json_object *row)
{
	int64_t page = sysconf(_SC_PAGESIZE), total = json_int(report, "total_pages");
	int64_t pages = json_int(row, "rss_bytes") / page + json_int(row, "swap_bytes") / page +
			json_int(row, "pgtables_bytes") / page;

	assert_int_equal(json_int(row, "points"),
			 pages + json_int(row, "oom_score_adj") * (total / 1000));
}

static void candidate_equals(struct json_object *row, const struct verdict *v,
			     const struct verdict_task *t)
{
	int64_t page = sysconf(_SC_PAGESIZE);

	assert_non_null(row);
	assert_string_equal(json_str(row, "comm"), t->comm);
	assert_int_equal(json_int(row, "uid"), t->uid);
	assert_int_equal(json_int(row, "oom_score_adj"), t->adj);
	assert_int_equal(json_int(row, "total_vm_bytes"), t->total_vm * page);
	assert_int_equal(json_int(row, "rss_bytes"), t->rss * page);
	assert_int_equal(json_int(row, "swap_bytes"), t->swap * page);
	assert_int_equal(json_int(row, "pgtables_bytes"), t->pgtables_bytes);
	if (!v->kinds)
		return;
	assert_int_equal(json_int(row, "anon_bytes"), t->anon * page);
	assert_int_equal(json_int(row, "file_bytes"), t->file * page);
	assert_int_equal(json_int(row, "shmem_bytes"), t->shmem * page);
}

static void candidates_equal(struct json_object *report, const struct verdict *v)
{
	struct json_object *list = json_list(report, "candidates"), *row;
	int n = json_object_array_length(list), rank = 0;
	int64_t last = INT64_MAX;

	assert_string_equal(json_str(report, "candidates_source"), "log");
	assert_int_equal(json_int(report, "candidates_total"), v->ntasks);
	assert_true(n == v->ntasks || n >= 48);
	for (int i = 0; i < n; i++) {
		row = json_object_array_get_idx(list, i);
		candidate_equals(row, v, verdict_task(v, json_int(row, "pid")));
		if (strcmp(json_str(row, "bar"), "ok") != 0) {
			assert_null(json_get(row, "rank"));
			continue;
		}
		points_check(report, row);
		assert_int_equal(json_int(row, "rank"), ++rank);
		assert_true(json_int(row, "points") <= last);
		last = json_int(row, "points");
	}
	assert_int_equal(json_int(row_of(report, "candidates", v->pid), "rank"), 1);
	assert_int_equal(json_int(report, "victim_rank"), 1);
}

void report_equals(struct json_object *report, const struct verdict *v)
{
	sizes_equal(json_get(report, "victim"), v);
	sizes_equal(json_get(report_kill(report, v->pid), "victim"), v);
	trigger_equals(report, v);
	constraint_equals(report, v);
	candidates_equal(report, v);
}

void phases_check(struct json_object *report)
{
	static const char *const order[] = {"first_stall_ns", "run_ns",	       "kill_ns",
					    "reap_wake_ns",   "reap_start_ns", "reap_end_ns"};
	struct json_object *phases = json_get(report, "phases"), *o;
	int64_t last = INT64_MIN;

	assert_non_null(phases);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		o = json_get(phases, order[i]);
		if (!o)
			continue;
		if (json_object_get_int64(o) < last)
			fail_msg("%s is too early: %s", order[i],
				 json_object_to_json_string(phases));
		last = json_object_get_int64(o);
	}
	assert_int_equal(json_int(phases, "kill_ns"), 0);
	assert_true(json_int(phases, "exit_ns") >= 0);
	o = json_get(phases, "back_ns");
	assert_true(!o || json_object_get_int64(o) > 0);
	assert_true(json_int(phases, "retries") >= json_int(phases, "retries_vain"));
}

void hog_die(struct child *hog, const struct cgroup *cg, const char *score)
{
	hog_start(hog, cg, ARGS("-s", score, "oom", "256"));
	assert_int_equal(child_wait(hog, 20), 128 + SIGKILL);
}

void holder_start(struct child *hog, const struct cgroup *cg, const char *score, const char *mib)
{
	hog_start(hog, cg, ARGS("-s", score, "-n", "holder", "back", mib));
	hog_said(hog);
}

static void dir_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[PATH_MAX];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

void dir_make(char path[PATH_MAX], const char *name)
{
	test_path(path, name);
	assert_int_equal(mkdir(path, 0755), 0);
	undo_push(dir_empty, "%s", path);
}

int dir_count(const char *dir, const char *ending, char path[PATH_MAX])
{
	char last[NAME_MAX + 1] = "";
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name), end = strlen(ending);

		if (e->d_name[0] == '.' || len < end || strcmp(e->d_name + len - end, ending) != 0)
			continue;
		n++;
		if (strcmp(e->d_name, last) > 0)
			snprintf(last, sizeof(last), "%s", e->d_name);
	}
	if (d)
		closedir(d);
	if (path)
		snprintf(path, PATH_MAX, "%.3000s/%s", dir, last);
	return n;
}

struct json_object *json_file(const char *path)
{
	struct trace t = {0};

	json_lines_parse(&t, path);
	assert_int_equal(t.nlines, 1);
	return t.lines[0];
}

static void env_unset(const char *name)
{
	unsetenv(name);
}

void env_set(const char *name, const char *value)
{
	setenv(name, value, 1);
	undo_push(env_unset, "%s", name);
}
