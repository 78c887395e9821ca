/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports in their three forms, made from fabricated struct reports: golden files, and
 * properties that hold for whatever is in them.
 */
#include "test_report_make.h"
#include "report_words.h"

#define BOX                                                                                        \
	"/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef."   \
	"scope"

enum form { TEXT, MARKDOWN, JSON };
static void (*const forms[])(struct view *, const struct report *) = {
	view_report_text, view_report_markdown, view_report_json};
static const char *const endings[] = {"txt", "md", "jsonl"};

static struct output written(const struct model *m, const struct report *r, enum form form)
{
	struct output out = {0};
	struct view v = {.out = open_memstream(&out.text, &out.len), .model = m, .utf8 = true};

	assert_non_null(v.out);
	forms[form](&v, r);
	fclose(v.out);
	return out;
}

/* Outside of fenced lines and code nothing is HTML, no row of a table has a cell too many. */
static void markdown_check(const char *path, const char *text)
{
	bool fenced = false;
	int columns = 0;
	size_t fence = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t ticks = strspn(line, "`"), len = strcspn(line, "\n");
		int bars = 0;
		bool code = false;

		if (fenced ? ticks >= fence && ticks == len : ticks >= 3) {
			fenced = !fenced;
			fence = ticks;
			continue;
		}
		for (size_t i = 0; i < len && !fenced; i++) {
			bool escaped = i && line[i - 1] == '\\' && !code;

			if (line[i] == '`')
				code = !code;
			if (line[i] == '<' && !code && !escaped)
				fail_msg("%s: HTML: %.*s", path, (int)len, line);
			bars += line[i] == '|' && !escaped;
		}
		if (code)
			fail_msg("%s: open code: %.*s", path, (int)len, line);
		if (*line == '|' && columns && bars != columns)
			fail_msg("%s: %d bars, not %d: %.*s", path, bars, columns, (int)len, line);
		columns = *line == '|' ? bars : 0;
	}
	assert_false(fenced);
}

static void form_check(const char *path, char *text, enum form form)
{
	if (form == TEXT)
		text_check(path, text);
	else if (form == MARKDOWN)
		markdown_check(path, text);
	else
		jsonl_check(path, text);
}

static void golden(const char *name, const struct model *m, const struct report *r)
{
	for (int f = TEXT; f <= JSON; f++) {
		struct output out = written(m, r, (enum form)f);
		char path[512];

		snprintf(path, sizeof(path), "%s/report-%s.%s", GOLDEN_DIR, name, endings[f]);
		golden_compare(path, out.text);
		form_check(path, out.text, (enum form)f);
		free(out.text);
	}
}

/* Does the form hold these words? */
static bool says(const struct model *m, const struct report *r, enum form form, const char *words)
{
	struct output out = written(m, r, form);
	bool found;

	/* Text breaks lines where it will. */
	for (char *c = out.text; form == TEXT && *c; c++) {
		while (*c == '\n' || (*c == ' ' && (c[1] == ' ' || c[1] == '\n')))
			memmove(c, c + 1, strlen(c));
	}
	found = strstr(out.text, words) != NULL;
	free(out.text);
	return found;
}

/* A container leaks up to its limit: all is known. */
static struct report *report_leak(void)
{
	struct report *r = report_blank();
	struct report_process hog = process(7123, "hog");
	struct oom_record *rec;
	struct report_cgroup *c;

	hog.start_ns = BEGIN - 5 * SEC;
	hog.user = "app";
	hog.cmdline = "./hog --anon 2G --rate 4M";
	hog.cgroup = BOX;
	hog.ppid = 7000;
	strcpy(hog.parent_comm, "bash");
	rec = kill_add(r, KILL, hog);
	sizes_set(rec, 236 * MIB, 54 * MIB);
	rec->constraint = "memcg";
	rec->memcg_path = BOX;
	rec->kill.limit_bytes = rec->kill.usage_bytes = 256 * MIB;
	rec->kill.memsw_limit_bytes = 64 * MIB;
	rec->kill.memsw_usage_bytes = 54 * MIB;
	trigger_set(r, hog, 7123);
	r->trigger_stack = "dump_stack_lvl;dump_header;oom_kill_process;out_of_memory;"
			   "mem_cgroup_out_of_memory;try_charge_memcg;charge_memcg";
	log_add(rec,
		"hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
	log_add(rec, "memory: usage 262144kB, limit 262144kB, failcnt 812");
	log_add(rec, "Memory cgroup out of memory: Killed process 7123 (hog) total-vm:548864kB, "
		     "anon-rss:241664kB, file-rss:2048kB, shmem-rss:0kB, UID:1000 pgtables:536kB "
		     "oom_score_adj:0");
	c = cgroup_add(r, BOX, 256 * MIB, 256 * MIB);
	c->stat_from_log = true;
	c->swap_limit_bytes = 64 * MIB;
	c->value[CGMEM_ANON] = 240 * MIB;
	c->value[CGMEM_FILE] = 5 * MIB;
	c->value[CGMEM_SHMEM] = MIB;
	c->value[CGMEM_FILE_DIRTY] = 4096;
	c->value[CGMEM_KERNEL] = 4 * MIB;
	c->value[CGMEM_SLAB_RECLAIMABLE] = 2 * MIB;
	c->value[CGMEM_PAGETABLES] = MIB;
	cgroup_add(r, "/system.slice", 900 * MIB, EV_ABSENT);
	r->total_pages = 65536 + 16384;
	candidate_add(r, 7123, "hog", 236 * MIB, 54 * MIB, 0)->killed = true;
	candidate_add(r, 7000, "bash", 2 * MIB, 0, 0);
	r->candidates_source = CANDIDATES_LOG;
	r->candidates_rest_bytes = 0;
	r->victim_rank = 1;
	r->kills_kernel = 1;
	r->log_whole = true;
	samples_fill(r, true);
	stages_set(r, BEGIN + 40 * SEC, 256 * MIB);
	grower_add(r, hog, 8 * MIB, 290 * MIB, SHAPE_STEADY);
	grower_add(r, process(7000, "bash"), MIB, 2 * MIB, SHAPE_FLAT);
	phases_set(r);
	host_set(r, 2048 * MIB, 2000 * MIB);
	return r;
}

/* The whole machine, 64 kills and more: one large process is protected. */
static struct report *report_cascade(void)
{
	struct report *r = report_blank();
	struct report_process make = process(100, "cc1plus"), db = process(9, "postgres");

	db.cgroup = "/system.slice/postgresql.service";
	make.cgroup = "/user.slice/user-1000.slice/session-3.scope";
	for (int i = 0; i < REPORT_KILLS; i++) {
		struct report_process p = process(100 + (uint32_t)i, "cc1plus");
		struct oom_record *rec;

		p.cgroup = make.cgroup;
		rec = kill_add(r, KILL + (uint64_t)i * 12 * MSEC, p);
		sizes_set(rec, 180 * MIB, 20 * MIB);
		rec->constraint = "system";
		rec->oom_score_adj = 100;
		rec->exit_ns = KILL + (uint64_t)i * 12 * MSEC + 8 * MSEC;
	}
	r->kills[5].rec = NULL;
	r->kills_counted = 120;
	r->kills_kernel = 121;
	trigger_set(r, db, 19);
	records_made[0].trigger_order = 2;
	r->total_pages = 4 * 1024 * 1024;
	candidate_add(r, 9, "postgres", 6000 * MIB, 100 * MIB, -900);
	for (int i = 0; i < REPORT_CANDIDATES - 2; i++)
		candidate_add(r, 100 + (uint32_t)i, "cc1plus", 180 * MIB, 20 * MIB, 100)->killed =
			i < 30;
	candidate_add(r, 1, "systemd", 20 * MIB, 0, -1000);
	r->candidates_all = 400;
	r->candidates_rest_bytes = 900 * MIB;
	r->candidates_source = CANDIDATES_SNAPSHOT;
	r->candidates_age_ns = 400 * MSEC;
	r->rank_reason = RANK_SNAPSHOT;
	r->victim_rank = 2;
	samples_fill(r, false);
	stages_set(r, BEGIN + 30 * SEC, 16384 * MIB);
	grower_add(r, make, 10 * MIB, 1500 * MIB, SHAPE_BURST);
	r->others_processes = 1700;
	r->others_growth = 800 * (int64_t)MIB;
	phases_set(r);
	r->reap_slow = r->reap_failed = true;
	r->back_ns = 0;
	r->back_given_up = true;
	for (uint32_t i = 0; i < REPORT_SUFFERERS; i++)
		sufferer_add(r, i ? process(500 + i, "nginx") : db, (20 - i) * 100 * MSEC);
	host_set(r, 2048 * MIB, 0);
	r->vm.overcommit_memory = 1;
	r->continues = true;
	r->loss.kmsg_lost = 30;
	return r;
}

/* The kernel log alone, without the right to load BPF programs. */
static struct report *report_log_only(void)
{
	struct report *r = report_blank();
	struct report_process batch = {.pid = 8001, .uid = 33, .comm = "batch"};
	struct oom_record *rec = kill_add(r, KILL, batch);

	r->no_bpf = true;
	r->log_whole = true;
	rec->from_log = true;
	rec->constraint = "memcg";
	rec->memcg_path = "/batch.slice";
	rec->anon_rss_bytes = 488 * MIB;
	rec->total_vm_bytes = 900 * MIB;
	rec->oom_score_adj = 500;
	rec->trigger_known = true;
	rec->trigger_gfp = 0xcc0;
	strcpy(rec->trigger_comm, "batch");
	log_add(rec, "Memory cgroup out of memory: Killed process 8001 (batch) total-vm:921600kB, "
		     "anon-rss:499712kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:0kB "
		     "oom_score_adj:500");
	return r;
}

static struct report *report_asked(void)
{
	struct report *r = report_blank();

	r->reason = REPORT_ASKED;
	samples_fill(r, false);
	grower_add(r, process(200, "java"), 100 * MIB, 700 * MIB, SHAPE_STEADY);
	r->total_pages = 4 * 1024 * 1024;
	candidate_add(r, 200, "java", 600 * MIB, 0, 0);
	r->candidates_source = CANDIDATES_SNAPSHOT;
	host_set(r, 0, 0);
	sufferer_add(r, process(77, "sshd"), 4 * MSEC);
	return r;
}

#define EVIL_COMM "a|`<b>\n\xe2\x80\xae\x1b[m"
#define EVIL_PATH                                                                                  \
	"/x`y``z|<script>alert(1)</script>/[l](http://evil)/\n# head\n**b** &amp; \\| $x$ "        \
	"\xd7\x90\xd7\x91\xff"

static struct report *report_hostile(void)
{
	struct report *r = report_leak();
	struct oom_record *rec = &records_made[0];
	struct report_process *victim = &r->kills[0].victim;

	snprintf(victim->comm, sizeof(victim->comm), "%s", EVIL_COMM);
	snprintf(victim->parent_comm, sizeof(victim->parent_comm), "``|<i>");
	victim->cmdline = victim->cgroup = victim->user = EVIL_PATH;
	rec->memcg_path = r->cgroups[0].path = r->cgroups[1].path = EVIL_PATH;
	r->growers[0].who = *victim;
	memcpy(r->candidates[0].comm, victim->comm, sizeof(victim->comm));
	memcpy(r->candidates[1].comm, "___*_*_", 8);
	trigger_set(r, process(5, EVIL_COMM), 6);
	r->trigger.cgroup = "/www.evil.example/<img src=x>";
	r->trigger.cmdline = EVIL_PATH;
	r->trigger_stack = "a`b;<c>;d|e;[f](g)";
	sufferer_add(r, *victim, MSEC);
	rec->nlog = 0;
	log_add(rec, "```` <script> | [a](b)");
	log_add(rec, "```");
	log_add(rec, EVIL_PATH);
	return r;
}

static void a_leak_at_a_limit_is_told_whole(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("leak", m, report_leak());
	model_free(m);
}

static void a_cascade_of_kills_is_one_report(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("cascade", m, report_cascade());
	model_free(m);
}

static void the_log_alone_gives_a_report_that_says_what_is_missing(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("log", m, report_log_only());
	model_free(m);
}

static void a_report_without_a_kill_tells_of_now(void **state)
{
	struct model *m = machine(1);

	(void)state;
	golden("asked", m, report_asked());
	model_free(m);
}

/* An old kernel's event that names a PID and nothing else, and no log. */
static void a_kill_of_which_nothing_is_known_is_reported(void **state)
{
	struct model *m = machine(0);
	struct report *r = report_blank();

	(void)state;
	kill_add(r, KILL, (struct report_process){.pid = 3});
	records_made[0].from_probe = true;
	golden("unknown", m, r);
	r->kills[0].rec = NULL;
	for (int f = TEXT; f <= JSON; f++)
		free(written(m, r, (enum form)f).text);
	model_free(m);
}

static void hostile_names_are_text_in_every_form(void **state)
{
	struct model *m = machine(2);

	(void)state;
	golden("hostile", m, report_hostile());
	model_free(m);
}

/* All lists full, names as long as they come. */
static void a_full_report_keeps_to_the_page(void **state)
{
	static char path[4096];
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	memset(path + 50, '`', 200);
	path[0] = '/';
	for (int i = 0; i < REPORT_CGROUPS; i++)
		r->cgroups[i] = r->cgroups[0];
	r->ncgroups = REPORT_CGROUPS;
	for (int i = 0; i < REPORT_CGROUPS; i++)
		r->cgroups[i].path = path;
	r->kills[0].victim.cmdline = r->kills[0].victim.cgroup = path;
	r->trigger_stack = path;
	records_made[0].memcg_path = path;
	r->nsamples = 0;
	samples_fill(r, true);
	memcpy(&r->samples[62], r->samples, sizeof(r->samples[0]) * (REPORT_SAMPLES - 62));
	r->nsamples = REPORT_SAMPLES;
	while (r->ncandidates < REPORT_CANDIDATES)
		candidate_add(r, 4194304, "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b",
			      1023 * MIB * 1024, 1023 * MIB * 1024, -999);
	for (int f = TEXT; f <= JSON; f++) {
		struct output out = written(m, r, (enum form)f);

		form_check(endings[f], out.text, (enum form)f);
		free(out.text);
	}
	model_free(m);
}

static void victim_and_trigger_are_not_mixed_up(void **state)
{
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	assert_true(says(m, r, TEXT, "the victim itself"));
	trigger_set(r, process(7000, "bash"), 7001);
	r->trigger.cgroup = "/other";
	assert_true(says(m, r, TEXT, "bash[7000], not the victim, its thread 7001"));
	assert_true(says(m, r, TEXT, "bash[7000] in /other asked, the victim was in"));
	assert_true(says(m, r, JSON, "\"trigger\":{\"pid\":7000,\"tid\":7001,\"comm\":\"bash\""));
	assert_true(says(m, r, JSON, "\"victim\":{\"pid\":7123,\"comm\":\"hog\""));
	r->trigger.pid = 0;
	records_made[0].from_probe = false;
	memcpy(r->trigger.comm, "hog", 4);
	assert_int_equal(report_trigger(r), TRIGGER_NAMESAKE);
	model_free(m);
}

/* A process of the same PID that began at another time is another. */
static void a_reused_pid_is_another_process(void **state)
{
	struct report *r = report_leak();

	(void)state;
	r->trigger.start_ns++;
	assert_int_equal(report_trigger(r), TRIGGER_OTHER);
}

static void kills_that_do_not_add_up_are_called_out(void **state)
{
	struct model *m = machine(2);
	struct report *r = report_leak();

	(void)state;
	assert_true(says(m, r, TEXT, "1, as the kernel counts"));
	r->kills_kernel = 2;
	assert_true(says(m, r, TEXT, "1, but the kernel counts 2"));
	r->kills_kernel = EV_ABSENT;
	assert_true(says(m, r, TEXT, "the kernel's own count is not known"));
	model_free(m);
}

static void ascii_serves_where_the_terminal_knows_no_utf8(void **state)
{
	struct model *m = machine(2);
	struct output out = {0};
	struct view v = {.out = open_memstream(&out.text, &out.len), .model = m};

	(void)state;
	view_report(&v, report_leak());
	fclose(v.out);
	for (const char *c = out.text; *c; c++)
		assert_true((unsigned char)*c < 0x80);
	assert_int_equal(v.lines, 1);
	free(out.text);
	model_free(m);
}

static void titles_are_one_safe_line(void **state)
{
	struct model *m = machine(2);
	char title[256], safe[1024];

	(void)state;
	assert_string_equal(view_report_title(m, report_asked(), title, sizeof(title)),
			    "Memory report without an OOM kill, asked for, 2026-11-21 12:01:00 "
			    "+0000");
	assert_string_equal(
		view_report_title(m, report_log_only(), title, sizeof(title)),
		"OOM kill of batch[8001] at the limit of cgroup /batch.slice, 2026-11-21 "
		"12:01:00 +0000");
	view_report_title(m, report_hostile(), title, sizeof(title));
	assert_string_equal(text_safe(title, strlen(title), safe, sizeof(safe)), title);
	model_free(m);
}

static bool has_advice(const struct report *r, const char *finding)
{
	struct advice a;

	for (int at = 0; (at = report_advice(r, at, &a)) != 0;) {
		marks_drop(a.finding.s);
		if (strstr(a.finding.s, finding))
			return a.evidence.len > 0 && a.change.len > 0;
	}
	return false;
}

static void advice_rests_on_evidence(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_true(has_advice(r, "hog[7123] grew steadily"));
	assert_true(has_advice(r, "is below what its processes use"));
	assert_false(has_advice(r, "tmpfs"));
	assert_false(has_advice(r, "no swap"));
	assert_false(has_advice(r, "Page tables"));
	r->cgroups[0].value[CGMEM_SHMEM] = 128 * MIB;
	assert_true(has_advice(r, "Shared memory and files in tmpfs fill"));
	r->cgroups[0].value[CGMEM_PAGETABLES] = 30 * MIB;
	assert_true(has_advice(r, "Page tables"));
	r->growers[0].shape = SHAPE_BURST;
	assert_false(has_advice(r, "grew steadily"));
	assert_true(has_advice(r, "took much memory at once"));
	r->first_stall_ns = KILL - 10 * MSEC;
	assert_false(has_advice(r, "is below what its processes use"));
	host_made.value[HOST_SWAP_TOTAL] = 0;
	assert_true(has_advice(r, "There is no swap"));
}

static void advice_tells_whom_the_kernel_spared(void **state)
{
	struct report *r = report_leak();

	(void)state;
	assert_false(has_advice(r, "spared"));
	r->candidates[1] = r->candidates[0];
	r->candidates[1].pid = 7000;
	r->candidates[1].killed = false;
	r->candidates[1].rss_bytes *= 2;
	r->candidates[1].oom_score_adj = -500;
	assert_true(has_advice(r, "was spared for its oom_score_adj"));
	r->candidates[1].oom_score_adj = 0;
	assert_false(has_advice(r, "spared"));
	r->candidates[0].oom_score_adj = 300;
	assert_true(has_advice(r, "chosen for its oom_score_adj of 300"));
}

static void nothing_known_gives_no_advice(void **state)
{
	struct report *r = report_blank();
	struct advice a;

	(void)state;
	kill_add(r, KILL, process(3, "x"));
	assert_int_equal(report_advice(r, 0, &a), 0);
}

/* Of the sanitizers, whose header not every compiler has. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
					      void (*free_hook)(const volatile void *));

static int allocations;

static void count_allocation(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	allocations++;
}

static void count_nothing(const volatile void *p)
{
	(void)p;
}

static ssize_t swallow(void *cookie, const char *buf, size_t size)
{
	(void)buf;
	*(size_t *)cookie += size;
	return (ssize_t)size;
}

static void nothing_is_allocated_while_a_report_is_written(void **state)
{
	static char buffer[4096];
	struct model *m = machine(2);
	struct report *(*const reports[])(void) = {report_leak, report_cascade, report_hostile,
						   report_asked, report_log_only};
	size_t total = 0;
	void *kept;
	FILE *out = fopencookie(&total, "w", (cookie_io_functions_t){.write = swallow});
	struct view v = {.out = out, .model = m, .utf8 = true};
	char title[256];

	(void)state;
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	assert_int_equal(__sanitizer_install_malloc_and_free_hooks(count_allocation, count_nothing),
			 1);
	*(void *volatile *)&kept = malloc(1);
	free(kept); /* the hook is there */
	assert_int_equal(allocations, 1);
	for (size_t i = 0; i < ARRAY_LEN(reports); i++) {
		for (int f = TEXT; f <= JSON; f++)
			forms[f](&v, reports[i]());
		view_report_title(m, &report_made, title, sizeof(title));
	}
	fflush(out);
	assert_int_equal(allocations, 1);
	assert_true(total > 10000);
	fclose(out);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_at_a_limit_is_told_whole),
		cmocka_unit_test(a_cascade_of_kills_is_one_report),
		cmocka_unit_test(the_log_alone_gives_a_report_that_says_what_is_missing),
		cmocka_unit_test(a_report_without_a_kill_tells_of_now),
		cmocka_unit_test(a_kill_of_which_nothing_is_known_is_reported),
		cmocka_unit_test(hostile_names_are_text_in_every_form),
		cmocka_unit_test(a_full_report_keeps_to_the_page),
		cmocka_unit_test(victim_and_trigger_are_not_mixed_up),
		cmocka_unit_test(a_reused_pid_is_another_process),
		cmocka_unit_test(kills_that_do_not_add_up_are_called_out),
		cmocka_unit_test(ascii_serves_where_the_terminal_knows_no_utf8),
		cmocka_unit_test(titles_are_one_safe_line),
		cmocka_unit_test(advice_rests_on_evidence),
		cmocka_unit_test(advice_tells_whom_the_kernel_spared),
		cmocka_unit_test(nothing_known_gives_no_advice),
		cmocka_unit_test(nothing_is_allocated_while_a_report_is_written),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("report_view", tests, NULL, NULL);
}
