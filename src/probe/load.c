// SPDX-License-Identifier: GPL-2.0
/*
 * Loading: what the ladder chose is tried, and a program that the kernel refuses takes its rung
 * out, until the kernel accepts the rest.
 *
 * Layer: probe.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "probe_impl.h"
#include "plain.skel.h"

/*
 * libbpf reports which program failed only in a message, so the latest warnings are kept: of a long
 * one (the verifier's log) its beginning, where the name is, and its end, where the reason is. One
 * loader per process: libbpf's print hook is global as well.
 */
#define KEEP_HEAD 512
#define KEEP_TAIL 4096

static char load_log[32 << 10];

static void keep(const char *text, size_t len)
{
	size_t had = strlen(load_log), room = sizeof(load_log) - 1 - had;

	len = len < room ? len : room;
	memcpy(load_log + had, text, len);
	load_log[had + len] = 0;
}

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text;
	int len;

	if (level != LIBBPF_WARN)
		return 0;
	len = vasprintf(&text, fmt, ap);
	if (len < 0)
		return 0;
	if (len > KEEP_HEAD + KEEP_TAIL) {
		keep(text, KEEP_HEAD);
		keep("\n...\n", 5);
		keep(text + len - KEEP_TAIL, KEEP_TAIL);
	} else {
		keep(text, len);
	}
	free(text);
	return 0;
}

/* The program libbpf failed on: "libbpf: prog 'NAME': failed to load: -22" ends its words. */
static bool failed_program(char name[64])
{
	for (const char *p = load_log; (p = strstr(p, "prog '")); p++) {
		int end = 0;

		if (sscanf(p, "prog '%63[^']': failed to load:%n", name, &end) == 1 && end)
			return true;
	}
	return false;
}

/* The last line of the verifier's log that says something. */
static const char *verifier_word(char *buf, size_t cap)
{
	const char *end = strstr(load_log, "processed "), *from = end;

	if (!end || end == load_log)
		return "";
	while (from > load_log && from[-1] == '\n')
		from--;
	end = from;
	while (from > load_log && from[-1] != '\n')
		from--;
	snprintf(buf, cap, ": %.*s", (int)(end - from), from);
	return buf;
}

static bool has_rdonly_cast(const struct probe *p)
{
	return types_find(p->types, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
}

static void set_rodata(struct probe *p, const struct probe_opts *opts)
{
	struct memtrace_bpf__rodata *ro = p->skel->rodata;
	long page = sysconf(_SC_PAGESIZE);

	ro->watch_tgids = opts->ntgids > 0 || opts->tree || opts->none;
	ro->watch_tids = opts->ntids > 0;
	ro->watch_tree = opts->tree;
	ro->cgroup_v1 = opts->cgroup_v1;
	ro->have_rdonly_cast = has_rdonly_cast(p);
	ro->target_by_limit = ladder_is(p->choice, "stall.target", "limit");
	ro->memcg_by_limit = ladder_is(p->choice, "oom.memcg", "limit");
	ro->memcg_by_func = ladder_is(p->choice, "oom.memcg", "function");
	ro->target_by_event = ladder_is(p->choice, "stall.target", "event");
	ro->target_by_func = ladder_is(p->choice, "stall.target", "function");
	ro->have_rss = ladder_is(p->choice, "process.sizes", "percpu");
	ro->class_by_way = ladder_is(p->choice, "fault.class", "function") ||
			   ladder_is(p->choice, "fault.class", "filemap");
	ro->have_task_storage = p->task_storage;
	ro->starts_by_entry = ladder_is(p->choice, "fault.latency", "entry");
	ro->have_switch = ladder_is(p->choice, "stall.causes", "switch");
	ro->have_run_delay = ladder_is(p->choice, "stall.runqueue", "run-delay");
	ro->have_memstall = ladder_is(p->choice, "stall.proactive", "memstall");
	ro->have_stacks = ladder_is(p->choice, "stall.stack", "switch");
	ro->have_oom_stacks = ladder_is(p->choice, "oom.stack", "stackid");
	ro->have_owner = ladder_is(p->choice, "swap.owner", "memcg");
	ro->have_churn = ladder_is(p->choice, "swap.churn", "function") ||
			 ladder_is(p->choice, "swap.churn", "mapping");
	ro->have_refault = ladder_is(p->choice, "fault.refault", "folio") ||
			   ladder_is(p->choice, "fault.refault", "page");
	ro->have_ustacks = ladder_is(p->choice, "fault.ustack", "stackid");
	ro->sample_faults = opts->sample;
	ro->page_shift = __builtin_ctzl(page);
	ro->wakeup_bytes = p->ring_bytes / 8;
}

/* Kills come from few places in the kernel: their stacks need no large map. */
#define OOM_STACKS 1024

static void set_stacks(struct memtrace_bpf *skel)
{
	bpf_map__set_autocreate(skel->maps.stacks,
				skel->rodata->have_stacks || skel->rodata->have_oom_stacks);
	if (!skel->rodata->have_stacks)
		bpf_map__set_max_entries(skel->maps.stacks, OOM_STACKS);
}

/* Only chosen programs and the maps they need. */
static void set_autoload(struct probe *p)
{
	struct bpf_program *prog;
	bool on_demand;

	bpf_object__for_each_program (prog, p->skel->obj)
		bpf_program__set_autoload(
			prog, ladder_uses(p->choice, bpf_program__name(prog), &on_demand));
	set_stacks(p->skel);
	bpf_map__set_autocreate(p->skel->maps.ustacks,
				p->skel->rodata->have_ustacks ||
					ladder_is(p->choice, "fault.sample", "perf"));
	bpf_map__set_autocreate(p->skel->maps.targets, p->skel->rodata->target_by_func);
	bpf_map__set_autocreate(p->skel->maps.oom_memcgs, p->skel->rodata->memcg_by_func);
	bpf_map__set_autocreate(p->skel->maps.fault_starts, p->task_storage);
	bpf_map__set_autocreate(p->skel->maps.fault_starts_by_tid, !p->task_storage);
	bpf_map__set_autocreate(p->skel->maps.left,
				p->skel->rodata->have_churn || p->skel->rodata->have_refault);
	bpf_map__set_autocreate(p->skel->maps.swap_owners, p->skel->rodata->have_owner);
	bpf_map__set_autocreate(p->skel->maps.fault_places, p->skel->rodata->starts_by_entry);
	bpf_map__set_max_entries(p->skel->maps.events, p->ring_bytes);
}

/* What libbpf and the verifier said, for -v. */
static void log_lines(const char *text)
{
	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		log_debug("%.*s", (int)n, text);
	}
}

/*
 * Of an extern kfunc that vmlinux lacks, even a weak one, libbpf 1.1 looks through the BTF of all
 * modules, which takes CAP_SYS_ADMIN. So kernels without bpf_rdonly_cast get an object that does
 * not call it and is the same otherwise.
 */
static struct memtrace_bpf *skel_open(const struct probe *p)
{
	struct memtrace_bpf *skel;
	int err;

	_Static_assert(sizeof(struct memtrace_bpf__rodata) == sizeof(struct plain_bpf__rodata),
		       "both objects have the same settings");
	_Static_assert(sizeof(struct memtrace_bpf) == sizeof(struct plain_bpf),
		       "both objects have the same maps and programs");
	if (has_rdonly_cast(p))
		return memtrace_bpf__open();
	skel = calloc(1, sizeof(*skel));
	if (!skel)
		return NULL;
	err = memtrace_bpf__create_skeleton(skel);
	if (!err) {
		skel->skeleton->data = plain_bpf__elf_bytes(&skel->skeleton->data_sz);
		err = bpf_object__open_skeleton(skel->skeleton, NULL);
	}
	if (!err)
		return skel;
	memtrace_bpf__destroy(skel);
	errno = -err;
	return NULL;
}

static int try_load(struct probe *p, const struct probe_opts *opts)
{
	int err;

	load_log[0] = 0;
	p->skel = skel_open(p);
	if (!p->skel)
		return -errno;
	set_rodata(p, opts);
	set_autoload(p);
	err = memtrace_bpf__load(p->skel);
	if (err) {
		memtrace_bpf__destroy(p->skel);
		p->skel = NULL;
	}
	return err;
}

/*
 * Whether the kernel lets BPF onto a function at all: a lockdown of one's own making, or an
 * architecture that has no trampolines, would else cost one load of everything per rung. Where it
 * lets us onto one, the others are tried in earnest.
 */
static int trampoline_try(__u32 btf_id)
{
	const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
					 {.code = BPF_JMP | BPF_EXIT}};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = btf_id);
	static bool works;
	int fd, link;

	if (works)
		return 0;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "memtrace_try", "GPL", insns, 2, &opts);
	if (fd < 0)
		return fd;
	link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	if (link < 0)
		return link;
	close(link);
	works = true;
	return 0;
}

bool probe_is_trampoline(const struct bpf_program *prog)
{
	enum bpf_attach_type type = bpf_program__expected_attach_type(prog);

	return bpf_program__type(prog) == BPF_PROG_TYPE_TRACING &&
	       (type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT);
}

/*
 * Only attaching tells whether a function can be had (another tracer may sit on it), so these
 * programs are attached as part of loading: a refusal brings the next rung to its turn.
 */
static int attach_trampolines(struct probe *p, char failed[64])
{
	struct bpf_program *prog;
	bool on_demand;

	bpf_object__for_each_program (prog, p->skel->obj) {
		const char *name = bpf_program__name(prog);
		struct bpf_link *link;

		if (!probe_is_trampoline(prog) || !ladder_uses(p->choice, name, &on_demand))
			continue;
		link = bpf_program__attach(prog);
		if (!link) {
			snprintf(failed, 64, "%s", name);
			return -errno;
		}
		probe_keep_link(p, prog, link);
	}
	return 0;
}

/* Loads and attaches what the ladder chose. What failed is in name, or "" if it is not known. */
static int try_choice(struct probe *p, const struct probe_opts *opts, char name[64], char why[192])
{
	char word[160];
	int err = try_load(p, opts);

	name[0] = 0;
	if (err && failed_program(name)) {
		snprintf(why, 192, "the kernel refused program %s (%s%.80s)", name, strerror(-err),
			 verifier_word(word, sizeof(word)));
	} else if (!err) {
		err = attach_trampolines(p, name);
		if (err)
			snprintf(why, 192, "the kernel refused to attach program %s (%s)", name,
				 ladder_strerror(-err));
	}
	log_lines(load_log);
	return err;
}

/* Bytes of what the verifier says when asked for its statistics alone. */
#define STATS_LEN   2048
#define STATS_LEVEL 4 /* BPF_LOG_STATS of include/linux/bpf_verifier.h, v5.2 and later */

static void program_note(struct probe *p, const struct bpf_program *prog, const char *log)
{
	const char *said = strstr(log, "processed ");
	struct ev_program *ev = &p->programs[p->nprograms];

	if (p->nprograms == PROBE_MAX_PROGRAMS)
		return;
	p->nprograms++;
	*ev = (struct ev_program){.hdr = {.kind = EV_PROGRAM, .size = sizeof(*ev)}};
	snprintf(ev->name, sizeof(ev->name), "%s", bpf_program__name(prog));
	if (said)
		ev->verified_insns = strtoull(said + strlen("processed "), NULL, 10);
}

/*
 * Loads all once more to hear what the verifier thinks of it: a log of its own would have kept the
 * reason of a refusal from us. What it says is all there is: bpf_prog_info has it since v5.16 only.
 */
static void programs_examine(struct probe *p, const struct probe_opts *opts)
{
	char(*log)[STATS_LEN] = calloc(PROBE_MAX_PROGRAMS, STATS_LEN);
	struct memtrace_bpf *loaded = p->skel;
	struct bpf_program *prog;
	int n = 0;

	p->skel = skel_open(p);
	if (p->skel && log) {
		set_rodata(p, opts);
		set_autoload(p);
		bpf_object__for_each_program (prog, p->skel->obj) {
			if (!bpf_program__autoload(prog) || n == PROBE_MAX_PROGRAMS)
				continue;
			bpf_program__set_log_level(prog, STATS_LEVEL);
			bpf_program__set_log_buf(prog, log[n++], STATS_LEN);
		}
		n = 0;
		if (!memtrace_bpf__load(p->skel))
			bpf_object__for_each_program (prog, p->skel->obj)
				if (bpf_program__autoload(prog) && n < PROBE_MAX_PROGRAMS)
					program_note(p, prog, log[n++]);
	}
	memtrace_bpf__destroy(p->skel);
	p->skel = loaded;
	free(log);
}

int probe_load(struct probe *p, const struct probe_opts *opts)
{
	struct ladder_opts lopts = {.disable = opts->disable,
				    .tree = opts->tree,
				    .stacks = opts->stacks,
				    .oom_stacks = opts->oom_stacks,
				    .ustacks = opts->ustacks,
				    .sample = opts->sample > 0,
				    .psi = opts->psi,
				    .trampoline = trampoline_try};
	libbpf_print_fn_t before = libbpf_set_print(keep_warning);
	char name[64], why[192];
	int err;

	p->task_storage = ladder_enum_has(p->types, "bpf_map_type", "BPF_MAP_TYPE_TASK_STORAGE") &&
			  libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT,
						  BPF_FUNC_task_storage_get, NULL) == 1;
	do {
		probe_unload(p);
		ladder_choose(p->types, &lopts, p->choice);
		err = try_choice(p, opts, name, why);
	} while (err && name[0] && ladder_refuse(p->choice, name, why));
	if (!err && opts->examine)
		programs_examine(p, opts);
	libbpf_set_print(before);
	if (err == -EPERM && strstr(load_log, "failed to create"))
		return probe_fail(p, err,
				  "the kernel refused a BPF map. Before Linux 5.11 maps count as "
				  "locked memory: raise the limit (ulimit -l unlimited, "
				  "LimitMEMLOCK=infinity) or grant cap_sys_resource: %.200s",
				  load_log);
	if (err)
		return probe_fail(p, err, "cannot load the BPF programs: %s: %.300s",
				  strerror(-err), load_log);
	return 0;
}
