/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OOM reports of different kinds.
 *
 * Layer: tests. As in test_report_make.h, each is good until the next one is made.
 */
#ifndef TEST_REPORT_CASES_H
#define TEST_REPORT_CASES_H

#include "test_report_make.h"

#define BOX                                                                                        \
	"/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef."   \
	"scope"

/* A container leaks up to its limit: all is known. */
static inline struct report *report_leak(void)
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
static inline struct report *report_cascade(void)
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
static inline struct report *report_log_only(void)
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

static inline struct report *report_asked(void)
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

static inline struct report *report_hostile(void)
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

/* tmpfs fills a cgroup that is killed as a whole, on a kernel without the "kernel" figure; it may
 * not swap, and was read after the kill. */
static inline struct report *report_group(void)
{
	struct report *r = report_blank();
	struct report_cgroup *c;

	for (uint32_t i = 0; i < 3; i++) {
		struct report_process p = process(300 + i, i ? "worker" : "master");
		struct oom_record *rec;

		p.cgroup = "/shop.slice/cart";
		rec = kill_add(r, KILL + i * MSEC, p);
		sizes_set(rec, 8 * MIB, 0);
		rec->constraint = "memcg";
		rec->memcg_path = "/shop.slice";
		rec->group_kill = i > 0;
		rec->kill.limit_bytes = rec->kill.usage_bytes = 128 * MIB;
	}
	trigger_set(r, r->kills[1].victim, 301);
	c = cgroup_add(r, "/shop.slice", 127 * MIB, 128 * MIB);
	c->swap_limit_bytes = c->swap_bytes = 0;
	c->oom_group = true;
	c->value[CGMEM_ANON] = 24 * MIB;
	c->value[CGMEM_FILE] = 98 * MIB;
	c->value[CGMEM_SHMEM] = 96 * MIB;
	c->value[CGMEM_PAGETABLES] = MIB;
	c->value[CGMEM_SLAB_UNRECLAIMABLE] = 2 * MIB;
	r->kills_kernel = 3;
	r->log_whole = true;
	phases_set(r);
	host_set(r, 2048 * MIB, 2048 * MIB);
	return r;
}

#endif
