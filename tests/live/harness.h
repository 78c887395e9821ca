/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What live tests stand on: a cgroup, a swap and tracing instances of their own, child processes
 * with their exact rusage, memtrace as a child with its output parsed, and the kernel's own
 * figures (tracepoints, taskstats, kernel log) to compare it with.
 *
 * Layer: tests. Knows memtrace only by its command line and its output.
 *
 * Everything taken from the machine is given back by undo_to(): after each test, whether it
 * passed or not, at exit, and on SIGINT and SIGTERM. What a killed run left behind is swept at
 * the next start. All names begin with TEST_PREFIX and the PID of the run.
 *
 * Helpers fail the running test themselves (cmocka); their callers need not check.
 */
#ifndef MEMTRACE_TEST_HARNESS_H
#define MEMTRACE_TEST_HARNESS_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>
#include <cmocka.h>
#include <json-c/json.h>

#define TEST_PREFIX "memtrace-test-"
#define ARGS(...)   ((const char *const[]){__VA_ARGS__, NULL})
#define MIB	    (1024UL * 1024)

/* undo.c: what to give back, last taken first. fn gets the formatted text. */
void undo_init(void);
int undo_mark(void);
void undo_to(int mark);
void undo_push(void (*fn)(const char *), const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Calls fn with the path of each entry of dir that a run left which no longer lives. */
void stale_each(const char *dir, void (*fn)(const char *));
/* Removes the files and the swap of such runs. */
void undo_sweep(void);
/* "memtrace-test-PID-WHAT" */
const char *test_name(const char *what);
/* A path for a file in the run's directory; removed with it. */
void test_path(char path[PATH_MAX], const char *what);
/* A disk of its own, on tmpfs with these options ("size=4m"); undo takes it away. */
void disk_make(char dir[PATH_MAX], const char *options);

/* util.c */
double now_s(void);
void sleep_s(double seconds);
/* Whole file as text, at most cap - 1 bytes; its length or -errno. */
ssize_t text_read(const char *path, char *buf, size_t cap);
/* The same, as long as it is; free() it. NULL when unreadable. */
char *text_load(const char *path);
/* Fails the test when the file does not hold that text. */
void text_check(const char *path, const char *part);
/* Fails the test when the file holds what a terminal would obey. */
void text_harmless(const char *path);
int text_write(const char *path, const char *text);
/* A new file on disk of so many MiB, in the run's directory; its path is returned in path. */
void file_make(char path[PATH_MAX], const char *name, unsigned mib);
/* Writes a sysctl or another setting; undo restores it. -errno when it cannot. */
int setting_set(const char *path, const char *value);
/* For a setting that the kernel changes by itself when another one is set: undo restores it. */
void setting_keep(const char *path);
/* How memtrace's doctor says that it serves a signal: "ok", "degraded" or "missing". */
const char *signal_status(const char *signal);
/* Not missing. */
bool signal_is_served(const char *signal);
/* Skips the test, with doctor's reason, when this kernel does not let memtrace serve a signal. */
void need_signal(const char *signal);
/* Ends the test as skipped: because the kernel lacks a feature, or because of the machine. */
void need_kernel(bool has, const char *feature);
void need_machine(bool has, const char *what);
/* How many times slower than a real machine this one is allowed to be (MEMTRACE_TEST_SLACK). */
double slack(void);
/* What a real machine does n times in some time, this one does at least so often. */
size_t at_least(size_t n);
/* One probe may delay the next one on the same tracepoint by so much. */
double probe_ns(void);

/* cgroup.c: a memory cgroup. */
struct cgroup {
	char dir[PATH_MAX];  /* in the file system */
	char path[NAME_MAX]; /* as memtrace names it: below the hierarchy's root */
};
/* 1, 2; 0 = no memory controller is mounted. */
int cgroup_version(void);
/* limit and swap in MiB; swap 0 = none. name may hold any character but '/' and NUL. */
void cgroup_make(struct cgroup *cg, const char *name, unsigned limit, unsigned swap);
/* One without limits inside another. */
void cgroup_make_inside(struct cgroup *cg, const struct cgroup *parent);
/* The same, for more than one; name is short. */
void cgroup_make_child(struct cgroup *cg, const struct cgroup *parent, const char *name);
/* Writes one of its files; -errno. */
int cgroup_set(const struct cgroup *cg, const char *file, const char *text);
void cgroup_remove(const char *dir);
void cgroup_sweep(void);

/* swap.c: one swap of MiB for the whole run, unless the machine has some. -errno. */
int swap_make(unsigned mib);
bool swap_is_on(void);
/* A zram of its own, before all other swap, until undo; skips the test where there is none. */
void zram_make(unsigned mib);
/* A block device as a swap before all other, until undo. */
void swap_first(const char *device, unsigned mib);

/*
 * slow.c: a block device of 64 MiB that is slow to write to; its path. True when all of its
 * requests are, as swap needs it; false when only what is written back is, at so many MiB/s.
 */
bool slow_make(char path[PATH_MAX], unsigned mib_per_s);

/*
 * fuse.c: a file of which each page takes so long to read, until undo. reads is what its server
 * measured of itself, from being asked to its answer. Skips the test on a kernel without FUSE.
 */
#define SLOW_READS 4096
struct slow_reads {
	volatile unsigned n;
	uint64_t offset[SLOW_READS], ns[SLOW_READS];
};
struct slow_file {
	char dir[PATH_MAX], path[PATH_MAX];
	const struct slow_reads *reads;
};
void slow_file_make(struct slow_file *f, unsigned pages, double seconds);

/* child.c */
struct spawn {
	const char *const *argv;
	const char *cgroup; /* directory of the cgroup to start in, NULL = ours */
	uid_t uid;	    /* 0 = stay root */
	uint64_t caps;	    /* capabilities to keep with another uid, 1 << CAP_...; ambient */
	bool stdin_pipe;    /* child_tell() can write to it; else /dev/null */
	const char *out;    /* where stdout goes; NULL = a file of its own */
	int out_fd;	    /* used when > 0 */
	bool no_stdout;	    /* start with stdout closed */
	int ready_fd;	    /* handed down as MEMTRACE_READY_FD when > 0 */
	pid_t tid;	    /* have exactly this PID (clone3 set_tid) when > 0 */
};
struct child {
	pid_t pid;
	int in; /* write end of its stdin, -1 = none */
	char out[PATH_MAX], err[PATH_MAX];
	bool ended;
	int status; /* exit status, or 128 + signal */
	struct rusage usage;
};
void child_start(struct child *c, const struct spawn *s);
/* Undo kills and reaps this child of ours, if it still is one. */
void child_undo(pid_t pid);
/* One byte to its stdin. */
void child_tell(struct child *c);
/* Kills it and fails the test when it does not end in time. Returns its status. */
int child_wait(struct child *c, double seconds);
/* Has it ended? Does not wait. */
bool child_ended(struct child *c);
/* hog with arguments, waiting for child_tell() when they begin with -w. */
void hog_start(struct child *c, const struct cgroup *cg, const char *const *args);
/* Waits until a hog with -k, or one that prints before its end, has printed. */
void hog_said(struct child *c);
/* The same; false when it ended without. */
bool hog_says(struct child *c);
/* hog from start to end; it must succeed. */
void hog_run(struct child *c, const struct cgroup *cg, const char *const *args, double seconds);
const char *hog_path(void);

/* trace.c: memtrace. */
struct trace {
	struct child child;
	double begun_s;
	double ready_s; /* from start until all probes were attached */
	int ready_fd;	/* which tells */
	struct json_object **lines;
	int nlines;
};
const char *memtrace_path(void);
/* Starts it and waits until it traces. args without the program's name. */
void trace_start(struct trace *t, const char *const *args);
/* The two halves of it, for several at a time. */
void trace_spawn(struct trace *t, const char *const *args);
/* The first of them with the user, the rights and the cgroup of as. */
void trace_spawn_as(struct trace *t, const char *const *args, const struct spawn *as);
void trace_await(struct trace *t);
/* Ends it by SIGINT, expects status 0 and parses its stdout as JSON Lines. */
void trace_end(struct trace *t);
/* The same of several at a time. */
void traces_end(struct trace *t, int n);
/* Waits for its own end, for at most so long; expects the status. Parses nothing. */
void trace_wait(struct trace *t, double seconds, int status);
/* From start to end, without waiting for readiness; returns its status. */
int trace_run(struct trace *t, const char *const *args, double seconds);
/* Parses memtrace's output: JSON objects, one a line, "type" first. */
void trace_parse(struct trace *t, const char *path);
/* The same of any program's output, for the sake of its lines: no type is asked for. */
void json_lines_parse(struct trace *t, const char *path);
/* Frees all that was parsed, but what has been json_object_get(): when a test is over. */
void traces_free(void);
/* The i-th object of a type, from 0; NULL = there are not so many. */
struct json_object *trace_line(const struct trace *t, const char *type, int i);
/* The summary, which must be the last line. */
struct json_object *trace_summary(const struct trace *t);
/* The nth row of a PID in the summary's processes; NULL. */
struct json_object *trace_process(const struct trace *t, pid_t pid, int nth);
/* A count of one signal in the last line's "signals": "seen", "lost" ... */
int64_t trace_signal(const struct trace *t, const char *signal, const char *what);
/* What the last line's "probes", or doctor's lines, say of a signal: "status", "rung" ... */
const char *trace_probe(const struct trace *t, const char *signal, const char *what);
/* "kernel" or "memtrace" of a row of the summary's reconciliation. */
int64_t trace_reconcile(const struct trace *t, const char *row, const char *side);
/* Events lost, by the last line's "lost": all of its figures but names not found. */
int64_t trace_lost(const struct trace *t);
/* Of these, runs of programs that the kernel left out. */
int64_t trace_missed(const struct trace *t);

/* json.c: a value by a path "stalls.count"; the test fails when it is missing or of another type.
 */
int64_t json_int(struct json_object *o, const char *path);
const char *json_str(struct json_object *o, const char *path);
struct json_object *json_get(struct json_object *o, const char *path); /* NULL = missing */
struct json_object *json_list(struct json_object *o, const char *path);

/* tracefs.c: tracepoints counted by the kernel's own tracer, in an instance of its own. */
struct tracer {
	char dir[PATH_MAX];
};
struct tracepoint {
	pid_t tid;
	uint64_t time_us; /* boottime */
	char name[64];
	char args[192];
};
/* events: "vmscan/mm_vmscan_direct_reclaim_begin", ... */
void tracer_start(struct tracer *t, const char *const *events);
/* What came since the start, oldest first; free() it. Fails the test if any was lost. */
size_t tracer_stop(struct tracer *t, struct tracepoint **out);
void tracer_sweep(void);

/* Can it be read here? lockdown=confidentiality forbids it. */
bool tracer_works(void);
/* A dynamic event "GROUP/NAME" of the tracer, removed by undo; false when the kernel refuses. */
bool probe_event_make(const char *name, const char *what);

/* kernel.c: the kernel's own counts. -1 when it has none of that name. */
int64_t vmstat_get(const char *name);	/* a name that ends in * is the sum of all that begin so */
int64_t vmstat_still(const char *name); /* the same, once it has not grown for 0.6 s */
unsigned long mem_available_mib(void);
int64_t cgroup_get(const struct cgroup *cg, const char *file, const char *name);
int64_t cgroup_psi_us(const struct cgroup *cg, const char *line); /* "some", "full": total */
void swap_off(void);						  /* undo turns it on again */
void caches_drop(void);
void cpu_pin(int cpu); /* this program and its later children, until undo or cpu_any() */
void cpu_any(const char *unused);

/* taskstats.c: */
/* Turns delay accounting on for processes to come; skips the test on a kernel without it. */
void need_delay_accounting(void);
/* Reclaim delay of a process, ns; -errno. */
int64_t taskstats_freepages_ns(pid_t tgid);
/* The same of I/O. */
int64_t taskstats_blkio_ns(pid_t tgid);

/* kmsg.c: kernel log lines that came after kmsg_open(). */
int kmsg_open(void); /* descriptor or -errno */
/* The next line with all of the given texts, into buf; false if there is none. */
bool kmsg_find(int fd, const char *const *texts, char *buf, size_t cap);
/* A row of the table of tasks that the kernel chose from, in pages. */
#define VERDICT_TASKS 256
struct verdict_task {
	int pid, adj;
	unsigned uid;
	unsigned long total_vm, rss, anon, file, shmem, swap, pgtables_bytes;
	char comm[64];
};
/* What the log says of a kill, as mm/oom_kill.c prints it. */
struct verdict {
	int pid, adj, order; /* order, trigger and gfp: of who ran the OOM killer */
	int trigger_tid;
	unsigned uid;
	unsigned long total_vm_kb, anon_kb, file_kb, shmem_kb, pgtables_kb;
	char comm[64], trigger[64], gfp[256], constraint[64], killed[1024];
	char memcg[256], task_memcg[256]; /* at its limit, and the victim's; "" = for the machine */
	struct verdict_task tasks[VERDICT_TASKS];
	int ntasks;
	bool kinds; /* rows tell anon, file and shmem apart */
};
/* The next kill's; the test fails when there is none. */
void verdict_read(struct verdict *v, int kmsg);
/* Of a kill that is told without a story of its own, only who and its sizes. */
void killed_read(struct verdict *v, int kmsg);
/* Its row; NULL. */
const struct verdict_task *verdict_task(const struct verdict *v, pid_t pid);

#endif
