/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dumps of the kernel log, cut, mixed up and spoilt at random: nothing of that makes a kill that no
 * line tells of, nor a report that cannot be worded. The same numbers come at each run.
 */
#include <stdio.h>
#include "test_oom_events.h"
#include "view.h"

#define ROUNDS 4000
#define LINE   600

static const char *const dump[] = {
	"hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
	"CPU: 0 UID: 0 PID: 4242 Comm: hog Not tainted 6.18.0 #1 PREEMPT(none)",
	"Call Trace:",
	" <TASK>",
	" dump_stack_lvl+0x5d/0x80",
	" try_charge_memcg+0x3c1/0x6e0",
	" </TASK>",
	"memory: usage 65536kB, limit 65536kB, failcnt 12",
	"swap: usage 1024kB, limit 9007199254740988kB, failcnt 0",
	"memory+swap: usage 65536kB, limit 131072kB, failcnt 0",
	"Memory cgroup stats for /mt:\nanon 66838528\nfile 4096\nshmem 0\nslab_reclaimable 512",
	"cache 0",
	"total_rss 66879488",
	"Tasks state (memory values in pages):",
	HEADER_KINDS,
	HEADER_RSS,
	"[   4242]     0  4242    33146    12436    12256      180         0   135168        7"
	"             0 hog",
	"[   4243]   999  4243     2000      500    57344       70          -900 a ] b",
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
	"oom_memcg=/mt,task_memcg=/mt/a,task=hog,pid=4242,uid=0",
	"Memory cgroup out of memory: Killed process 4242 (hog) total-vm:9000kB, "
	"anon-rss:8000kB, file-rss:3kB, shmem-rss:4kB, UID:0 pgtables:60kB oom_score_adj:0",
	"Out of memory: Killed process 4243 (a Killed process 1 (b) total-vm:9000kB, "
	"anon-rss:8000kB, file-rss:3kB, shmem-rss:4kB, UID:0 pgtables:60kB oom_score_adj:0",
	"Tasks in /mt are going to be killed due to memory.oom.group set",
	"oom_reaper: reaped process 4242 (hog), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
	"oom_reaper: unable to reap pid:4243 (a)",
	"usb 1-1: Product: Memory cgroup out of memory: Killed process 1 (init) total-vm:1kB",
	"",
};
#define LINES (sizeof(dump) / sizeof(dump[0]))

static uint64_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33) % below;
}

static void spoil(char *line)
{
	size_t len = strlen(line), at = len ? any((uint32_t)len) : 0;

	switch (any(6)) {
	case 0: /* cut */
		line[at] = '\0';
		break;
	case 1: /* another byte */
		if (len)
			line[at] = (char)(1 + any(255));
		break;
	case 2: /* a huge number, or none, where one may have been */
		snprintf(line + at, LINE - at, "%s", any(2) ? "99999999999999999999999" : "-");
		break;
	case 3: /* the end of another line */
		snprintf(line + at, LINE - at, "%s", dump[any(LINES)]);
		break;
	case 4: /* the beginning is gone */
		memmove(line, line + at, len - at + 1);
		break;
	default:
		break;
	}
}

/* As strict as the kernel writes it: the message stands at the beginning. */
static bool tells_of_a_kill(const char *line)
{
	const char *rest = strstr(line, ": Killed process ");

	return rest && (!strncmp(line, "Out of memory", 13) ||
			!strncmp(line, "Memory cgroup out of memory", 27));
}

/* Words it in all forms. */
static void word(struct model *m, const struct report *r)
{
	struct view v = {.model = m, .utf8 = true};
	char *text = NULL;
	size_t len = 0;

	v.out = open_memstream(&text, &len);
	assert_non_null(v.out);
	view_report_text(&v, r);
	view_report_markdown(&v, r);
	view_report_json(&v, r);
	fclose(v.out);
	assert_true(len > 100);
	for (size_t i = 0; i < len; i++)
		assert_true((unsigned char)text[i] >= ' ' || text[i] == '\n');
	free(text);
}

static uint64_t take_reports(struct model *m, bool force)
{
	const struct report *r;
	uint64_t kills = 0;

	while ((r = model_next_report(m, SETTLE, force))) {
		kills += r->kills_counted;
		word(m, r);
	}
	return kills;
}

static void garbage_makes_no_kill_that_no_line_tells_of(void **state)
{
	struct model *m = model_begin(&report_opts);
	uint64_t told = 0, lines = 0, time = SEC;

	(void)state;
	seed = 20261128;
	feed_probe(m, "oom.kill", PROBE_OK);
	feed_tick(m, 0);
	for (int i = 0; i < ROUNDS; i++) {
		char line[LINE];

		snprintf(line, sizeof(line), "%s", dump[any(4) ? (uint32_t)i % LINES : any(LINES)]);
		if (any(3) == 0)
			spoil(line);
		lines += tells_of_a_kill(line);
		time += any(100) * MSEC;
		feed_kmsg(m, time, line);
		if (any(50) == 0) {
			feed_tick(m, time);
			told += take_reports(m, false);
		}
	}
	told += take_reports(m, true);
	assert_true(lines > 100);
	assert_true(told > 100);
	assert_true(told <= lines);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_makes_no_kill_that_no_line_tells_of),
	};

	return cmocka_run_group_tests_name("oom_garbage", tests, NULL, NULL);
}
