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

static void set_rodata(struct probe *p, const struct probe_opts *opts)
{
	struct memtrace_bpf__rodata *ro = p->skel->rodata;
	long page = sysconf(_SC_PAGESIZE);

	ro->watch_tgids = opts->ntgids > 0 || opts->tree || opts->none;
	ro->watch_tids = opts->ntids > 0;
	ro->watch_tree = opts->tree;
	ro->cgroup_v1 = opts->cgroup_v1;
	/* With the event's own memcg there is still the limit to look for at an OOM kill. */
	ro->have_rdonly_cast =
		ladder_is(p->choice, "stall.target", "limit") ||
		(ladder_is(p->choice, "stall.target", "event") &&
		 btf__find_by_name_kind(p->btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0);
	ro->have_rss = ladder_is(p->choice, "process.sizes", "percpu");
	ro->have_filemap_fault = ladder_is(p->choice, "fault.class", "filemap");
	ro->page_shift = __builtin_ctzl(page);
	ro->wakeup_bytes = p->ring_bytes / 8;
}

/* Only chosen programs and the maps they need. */
static void set_autoload(struct probe *p)
{
	bool storage = ladder_is(p->choice, "fault.major", "perf") ||
		       ladder_is(p->choice, "fault.latency", "entry") ||
		       ladder_is(p->choice, "fault.class", "filemap");
	struct bpf_program *prog;
	bool on_demand;

	bpf_object__for_each_program (prog, p->skel->obj)
		bpf_program__set_autoload(
			prog, ladder_uses(p->choice, bpf_program__name(prog), &on_demand));
	bpf_map__set_autocreate(p->skel->maps.fault_starts, storage);
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

static int try_load(struct probe *p, const struct probe_opts *opts)
{
	int err;

	load_log[0] = 0;
	p->skel = memtrace_bpf__open();
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

int probe_load(struct probe *p, const struct probe_opts *opts)
{
	struct ladder_opts lopts = {.disable = opts->disable, .tree = opts->tree};
	char name[64], word[160], why[192];
	libbpf_print_fn_t before = libbpf_set_print(keep_warning);
	int err;

	do {
		ladder_choose(p->btf, &lopts, p->choice);
		err = try_load(p, opts);
		if (!err)
			break;
		log_lines(load_log);
		if (!failed_program(name))
			break;
		snprintf(why, sizeof(why), "the kernel refused program %s (%s%.80s)", name,
			 strerror(-err), verifier_word(word, sizeof(word)));
	} while (ladder_refuse(p->choice, name, why));
	libbpf_set_print(before);
	if (err)
		return probe_fail(p, err, "cannot load the BPF programs: %s: %.300s",
				  strerror(-err), load_log);
	return 0;
}
