// SPDX-License-Identifier: GPL-2.0
/*
 * A window of time seen by memtrace and by the kernel's tracer, and compared stall by stall.
 *
 * Layer: tests. See global.h.
 */
#include "global.h"

/* Tasks that were killed in this window: each may have been throttled before its reclaim began. */
static int64_t killed;

/* The kernel's count of what the tracer's events are. */
static const char *counter(const struct window *w)
{
	return w->kswapd ? "pageoutrun" : "allocstall_*";
}

void window_begin(struct window *w, const char *const *events)
{
	int64_t before;

	killed = 0;
	*w = (struct window){
		.traced = tracer_works(),
		.kswapd = strstr(*events, "kswapd") != NULL,
	};
	/*
	 * What opens the window takes memory itself: of too little free memory, and of blocks that
	 * hold other kinds of pages, for which the kernel would raise the watermarks.
	 */
	caches_drop();
	setting_set("/proc/sys/vm/watermark_boost_factor", "0");
	before = vmstat_still(counter(w));
	if (w->traced)
		tracer_start(&w->tracer, events);
	trace_spawn(&w->stalls, ARGS("stalls", "-j"));
	trace_spawn(&w->sum, ARGS("-j"));
	trace_await(&w->stalls);
	trace_await(&w->sum);
	if (vmstat_get(counter(w)) != before)
		live_anew("the machine reclaimed while the window was opened");
}

void window_kills(int64_t n)
{
	killed += n;
}

/*
 * A begin or an end that was missed leaves its other half alone, too, and so does who is killed
 * between them. Faults that perf withheld are nothing to stalls; who counts faults looks for them.
 */
static void losses_refuse(const struct trace *t)
{
	struct json_object *lost = json_get(t->lines[t->nlines - 1], "lost");

	if (trace_lost(t) - trace_missed(t) - json_int(lost, "unpaired") -
		    json_int(lost, "perf_throttled") ||
	    json_int(lost, "unpaired") > trace_missed(t) + killed)
		fail_msg("lost: %s", json_object_to_json_string(lost));
}

void window_told(const struct window *w, int64_t told, int64_t were)
{
	int64_t most = trace_missed(&w->stalls) + trace_missed(&w->sum);

	if (told > were + (most ? trace_missed(&w->sum) : 0) || told < were - most)
		fail_msg("%ld told of %ld; %ld runs of programs missed", (long)told, (long)were,
			 (long)most);
}

void window_end(struct window *w)
{
	int64_t before = vmstat_still(counter(w));

	trace_end(&w->stalls);
	trace_end(&w->sum);
	if (w->traced)
		w->ntp = tracer_stop(&w->tracer, &w->tp);
	if (vmstat_get(counter(w)) != before)
		live_anew("the machine reclaimed while the window was closed");
	losses_refuse(&w->stalls);
	losses_refuse(&w->sum);
}

void window_free(struct window *w)
{
	free(w->tp);
	w->tp = NULL;
	w->ntp = 0;
}

static bool is_kind(struct json_object *o, const char *kind)
{
	return !strcmp(json_str(o, "type"), "stall") && !strcmp(json_str(o, "kind"), kind);
}

size_t window_stalls(const struct window *w, const char *kind)
{
	size_t n = 0;

	for (int i = 0; i < w->stalls.nlines; i++)
		n += is_kind(w->stalls.lines[i], kind);
	return n;
}

size_t window_events(const struct window *w, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < w->ntp; i++)
		n += !strcmp(w->tp[i].name, name);
	return n;
}

int64_t window_reconcile(const struct window *w, const char *row, const char *side)
{
	return trace_reconcile(&w->sum, row, side);
}

/* The stalls of one kind, each taken once: the next of a thread is the thread's oldest left. */
struct stalls {
	struct json_object **o;
	size_t n, first;
	int64_t missed; /* so many events may be without a stall */
};

static void stalls_take(struct stalls *s, const struct window *w, const char *kind)
{
	*s = (struct stalls){.o = calloc(w->stalls.nlines + 1, sizeof(*s->o)),
			     .missed = trace_missed(&w->stalls)};
	assert_non_null(s->o);
	for (int i = 0; i < w->stalls.nlines; i++)
		if (is_kind(w->stalls.lines[i], kind))
			s->o[s->n++] = w->stalls.lines[i];
}

static struct json_object **stalls_next(struct stalls *s, pid_t tid)
{
	while (s->first < s->n && !s->o[s->first])
		s->first++;
	for (size_t i = s->first; i < s->n; i++)
		if (s->o[i] && json_int(s->o[i], "tid") == tid)
			return &s->o[i];
	return NULL;
}

/* Nothing may be left: each stall has its event. */
static void stalls_end(struct stalls *s, const char *kind)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->o[i])
			fail_msg("a stall of kind %s without an event: %.400s", kind,
				 json_object_to_json_string_ext(s->o[i], JSON_C_TO_STRING_PLAIN));
	free(s->o);
}

static bool words_have(const char *words, size_t len, const char *word, size_t n)
{
	for (const char *p = words, *end = words + len; p < end; p += strcspn(p, "| ") + 1)
		if (!strncmp(p, word, n) && strcspn(p, "| ") == n)
			return true;
	return false;
}

bool gfp_equal(const char *a, const char *b)
{
	size_t len = strcspn(b, " ");
	const char *end = b + len;

	if (strlen(a) != len)
		return false;
	for (; b < end; b += strcspn(b, "| ") + 1)
		if (!words_have(a, strlen(a), b, strcspn(b, "| ")))
			return false;
	return true;
}

/* The thread's next stall against "order=0 gfp_flags=GFP_KERNEL|__GFP_ZERO ..." of its event. */
static void flags_compare(struct stalls *s, const struct tracepoint *tp, pid_t tid,
			  const char *field)
{
	const char *order = strstr(tp->args, "order="), *gfp = strstr(tp->args, field);
	struct json_object **o = stalls_next(s, tid);

	assert_true(order && gfp);
	gfp += strlen(field);
	if (o && json_int(*o, "order") == atoi(order + strlen("order=")) &&
	    gfp_equal(json_str(*o, "gfp"), gfp)) {
		*o = NULL;
		return;
	}
	if (s->missed-- > 0)
		return;
	if (!o)
		fail_msg("no stall of thread %d for %s %s", tid, tp->name, tp->args);
	fail_msg("order %d, %s by memtrace; by the tracer %s", (int)json_int(*o, "order"),
		 json_str(*o, "gfp"), tp->args);
}

void window_flags_check(const struct window *w, const char *kind, const char *begin,
			const char *field)
{
	struct stalls s;

	if (!w->traced)
		return;
	stalls_take(&s, w, kind);
	for (size_t i = 0; i < w->ntp; i++)
		if (!strcmp(w->tp[i].name, begin))
			flags_compare(&s, &w->tp[i], w->tp[i].tid, field);
	stalls_end(&s, kind);
}

/* The latest attempt of a thread before an event; NULL. */
static const struct tracepoint *attempt_before(const struct window *w, size_t i)
{
	pid_t tid = w->tp[i].tid;

	while (i-- > 0)
		if (w->tp[i].tid == tid &&
		    !strcmp(w->tp[i].name, "mm_compaction_try_to_compact_pages"))
			return &w->tp[i];
	return NULL;
}

void window_compaction_check(const struct window *w)
{
	struct stalls s;

	if (!w->traced)
		return;
	stalls_take(&s, w, "compaction");
	for (size_t i = 0; i < w->ntp; i++) {
		const struct tracepoint *attempt;

		if (strcmp(w->tp[i].name, "mm_compaction_begin") != 0)
			continue;
		attempt = attempt_before(w, i); /* none: it is kcompactd */
		if (attempt)
			flags_compare(&s, attempt, w->tp[i].tid, "gfp_mask=");
	}
	stalls_end(&s, "compaction");
}

/*
 * A process on each of two CPUs wants more than half of what there is, until there were so many
 * direct reclaims. Who reclaims by itself has woken the kswapd of each node before. On CPUs of
 * their own, since from v7.0 on a BPF program may be preempted, and the kernel then leaves out its
 * run for whoever comes to the same program on that CPU.
 */
void machine_squeeze_while(bool (*goes_on)(void))
{
	double end = now_s() + 20 * slack();
	int mark = undo_mark();
	struct child hog[2];
	char mib[24];

	need_machine(swap_is_on(), "no swap (MEMTRACE_TEST_SWAP)");
	setting_set("/proc/sys/vm/overcommit_memory", "1");
	snprintf(mib, sizeof(mib), "%lu", mem_available_mib() / 2 + 50);
	for (int i = 0; i < 2; i++) {
		cpu_pin(i % sysconf(_SC_NPROCESSORS_ONLN));
		hog_start(&hog[i], NULL, ARGS("-s", "600", "anon", mib, "1000"));
	}
	cpu_any("");
	while (now_s() < end && goes_on())
		;
	for (int i = 0; i < 2; i++) {
		assert_false(child_ended(&hog[i]));
		kill(hog[i].pid, SIGKILL);
	}
	window_kills(2);
	for (int i = 0; i < 2; i++)
		child_wait(&hog[i], 10);
	undo_to(mark);
}

static int64_t stalls_wanted;

static bool stalls_are_too_few(void)
{
	sleep_s(0.02);
	return vmstat_get("allocstall_*") < stalls_wanted;
}

void machine_squeeze(int64_t stalls)
{
	stalls_wanted = vmstat_get("allocstall_*") + stalls;
	machine_squeeze_while(stalls_are_too_few);
}

void spares_start(struct child *parent, unsigned n)
{
	char path[64], text[16];

	snprintf(text, sizeof(text), "%u", n);
	hog_start(parent, NULL, ARGS("-s", "0", "idle", text, "4096"));
	hog_said(parent);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", parent->pid);
	assert_int_equal(text_write(path, "-1000"), 0);
}
