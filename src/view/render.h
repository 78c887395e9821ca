/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this layer share: labels, wall time, colour, headings, lists of processes;
 * and the text and JSON halves that the functions of view.h choose between.
 *
 * Layer: view, private to it (other layers use view.h).
 */
#ifndef MEMTRACE_RENDER_H
#define MEMTRACE_RENDER_H

#include "json.h"
#include "units.h"
#include "view.h"

#define PAGE_WIDTH   99
#define LABEL_LEN    160 /* room for a label of a process: its comm escaped, its pid */
#define NAME_LEN     512 /* room for a path or a command line made safe */
#define DEFAULT_ROWS 20

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum tone { TONE_PLAIN, TONE_BOLD, TONE_RED };

/* Escape sequences for a tone and back; "" without colour. */
const char *tone_on(const struct view *v, enum tone tone);
const char *tone_off(const struct view *v, enum tone tone);

/* An empty line (unless it is the first of the page) and a heading. */
void heading_print(const struct view *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Rows that a table may have. */
int view_rows(const struct view *v);

/* "comm[pid]", safe. comm is at most EV_COMM_LEN bytes, NUL-terminated or not. Returns buf. */
const char *task_label(const char *comm, uint32_t pid, char *buf, size_t cap);
const char *process_label(const struct process *p, char *buf, size_t cap);
/* A foreign string made safe; fallback when s is NULL. Returns buf. */
const char *name_safe(const char *s, const char *fallback, char *buf, size_t cap);
/* Path of a cgroup, safe; "id N" when it is not known, "-" for 0. Returns buf. */
const char *cgroup_label(const struct model *m, uint64_t id, char *buf, size_t cap);

/* A duration in milliseconds with three decimals, without the unit: "12.345". Returns buf. */
const char *fmt_ms(uint64_t ns, char *buf, size_t cap);
/* part of whole in percent with one decimal, without the sign: "8.2"; "-" when whole is 0. */
const char *fmt_percent(uint64_t part, uint64_t whole, char *buf, size_t cap);

/* Nanoseconds since 1970 at a boottime. */
uint64_t wall_ns(const struct model *m, uint64_t boottime_ns);
/* Length of the traced time, ns. */
uint64_t model_elapsed_ns(const struct model *m);
/* "time" and "time_ns" of an object. */
void json_time(struct json *j, const struct model *m, uint64_t boottime_ns);
/* A figure that may be EV_ABSENT: then null. */
void json_figure(struct json *j, const char *key, uint64_t value);
/* "histogram" of an object. */
void json_histogram(struct json *j, const struct hist *h);
/* "p50_ns" to "max_ns" of what was timed; null when nothing was. */
void json_quantiles(struct json *j, const struct hist *h);
/* Path of a cgroup, null when it is not known or 0. */
void json_cgroup(struct json *j, const char *key, const struct model *m, uint64_t id);
/* Magic number of the file system whose caches a shrinker frees; 0 = it is none of those, or not
 * known. */
uint64_t shrinker_fs(const struct model *m, const struct ev_shrinker *s);
/* Its name, the number if it has none, null for 0. */
void json_fs(struct json *j, const char *key, const struct model *m, const struct ev_shrinker *s);
/* Symbol of a kernel address, null when it is not known or 0. */
void json_symbol(struct json *j, const char *key, const struct model *m, uint64_t address);
/* Symbols of a kernel stack, innermost first; null when it is not known. */
void json_stack(struct json *j, const char *key, const struct model *m, uint32_t id);
/* "container": the one that the path of a cgroup names, {kind id pod}; null when it is none. */
void json_container(struct json *j, const char *cgroup);
/* What a cgroup's path says of containers: "docker 0123456789ab", "... of pod UID"; "" if
 * nothing. Returns buf. */
const char *container_label(const struct model *m, uint64_t cgroup, char *buf, size_t cap);
/* The same of a path; NULL = not known. */
const char *container_path_label(const char *path, char *buf, size_t cap);
/* A comm: at most EV_COMM_LEN bytes. */
void json_comm(struct json *j, const char *key, const char *comm);
/* gfp mask as flag names, by the traced kernel's own when the stream has them. Returns buf. */
const char *gfp_label(const struct model *m, uint32_t gfp, char *buf, size_t cap);

/* Is the counter a size (of /proc/meminfo) and not a running total? */
bool host_is_size(enum host_counter c);
/* The counter under its own name, with its unit: sizes _bytes, PSI (given in us) _ns. */
void json_host(struct json *j, enum host_counter c, uint64_t value);

/* Swap in use, bytes, or EV_ABSENT. */
uint64_t host_swap_used(const struct ev_host *h);

/* RSS of a process as last sampled, bytes. */
uint64_t process_rss(const struct process *p);
/* Its major faults: the kernel's count, or the probe's while no snapshot has caught up. */
uint64_t process_majfaults(const struct process *p);
uint64_t faults_seen(const struct fault_stats *f);
/* Did all stalls with a target have the same? Then it, else NULL. */
const struct cgroup_stats *common_target(const struct model *m);

/* All matching processes in an order; free() *list. Returns how many, 0 also without memory. */
int processes_list(const struct model *m, enum process_order order, const struct process ***list);

/* Pieces of one form, each called by the function of view.h that its name says. */
void summary_text(struct view *v);
void summary_json(struct view *v);
/* Path of the cgroup the victim was in; NULL when unknown. */
const char *victim_cgroup(const struct model *m, const struct oom_record *rec);
/* What was short by an OOM kill's constraint; NULL = not known. */
const char *constraint_words(const char *constraint);
/* The fields of an oom object, into an object already begun. */
void oom_json_fields(struct json *j, const struct model *m, const struct oom_record *rec);
/* Parts of such an object, into one already begun: the victim's sizes and oom_score_adj; the
 * trigger (log_pid: its PID, as far as the kernel log tells it, 0 = not known); a time after the
 * kill (null when it was not seen); the log's lines, into an array. */
void oom_sizes_json(struct json *j, const struct oom_record *rec, uint64_t swap_bytes);
void oom_trigger_json(struct json *j, const struct model *m, const struct oom_record *rec,
		      uint32_t log_pid);
void oom_phase_json(struct json *j, const char *key, const struct oom_record *rec, uint64_t at_ns);
void oom_log_json(struct json *j, const struct oom_record *rec);
/* Any event as one object by its field table. */
void event_json(struct view *v, const struct ev_hdr *ev);
/* Its fields, into an object already begun; ev is of a known kind. */
void event_json_fields(struct json *j, const struct model *m, const struct ev_hdr *ev);
/* A string field, or better what the model knows of it: the full path of a
 * fault's file; NULL for a fault that has none. Not NUL-terminated. */
const char *event_str(const struct model *m, const struct field *f, const struct ev_hdr *ev,
		      size_t *len);
/* Is the field a figure that this event does not have (EV_ABSENT, an untimed duration)? */
bool event_absent(const struct field *f, const struct ev_hdr *ev);
/* A process with all its figures; typed: an object of its own, with "type" and "time". */
void process_json(struct json *j, const struct model *m, const struct process *p, bool typed);
/* Figures of stalls, as an object of that key: stalls_json.c. */
void stalls_json(struct json *j, const char *key, const struct model *m,
		 const struct stall_stats *s);
/* Figures of an object of a cgroup, of a file; its names come before them. */
void cgroup_figures_json(struct json *j, const struct cgroup_stats *c);
void file_figures_json(struct json *j, const struct file_stats *f);
/* Parts of "swap": of a process (f NULL = it had no fault) or of all; swap_json.c. */
void churn_json(struct json *j, const struct model *m, const struct fault_stats *f);
void owners_json(struct json *j, const struct model *m);
void areas_json(struct json *j, const struct model *m);
/* A swap area's fields, into an object already begun. */
void swap_area_json(struct json *j, const struct ev_swapdev *d);
/* "sleeps": where a process slept in its stalls; only with -K. */
void sleeps_json(struct json *j, const struct model *m, const struct process *p);
/* "kswapd_at_stalls": what it did when tasks had to reclaim for a node. */
void kswapd_join_json(struct json *j, const struct model *m);
/* "longest": the longest stalls, whole. */
void longest_json(struct json *j, const struct model *m);
/* "ustacks" of a process, if it has any. */
void ustacks_json(struct json *j, const struct model *m, const struct process *p);
/* Folded stacks: a name as a frame (';' would end it, a blank in the first one is read as the
 * number's); and ";" before each frame of a stack, outermost first, which comes innermost first. */
void folded_name(FILE *out, const char *s, size_t len);
void folded_frames(FILE *out, const char *frames);
/* Parts of the summary's object, each under its own key. */
void reconcile_json(struct json *j, const struct model *m);
void kswapd_json(struct json *j, const struct model *m);
void host_json(struct json *j, const struct model *m);
void open_json(struct json *j, const struct model *m);
void signals_json(struct json *j, const struct model *m);
void pressure_json(struct json *j, const struct model *m);
/* "probes": which source serves each signal. */
void probes_json(struct json *j, const struct model *m);
/* Totals and losses: the last object of every command but summary. */
void end_json(struct view *v);
void totals_json(struct json *j, const struct model *m);
void faults_interval_text(struct view *v);
void faults_interval_json(struct view *v);
void swap_interval_text(struct view *v);
void swap_interval_json(struct view *v);
/* Had it to do with faults, with swap in the last interval? */
bool process_fault_active(const struct process *p);
bool process_swap_active(const struct process *p);

/*
 * Processes for a table of the last interval, at most max: those that were active, or by a size or
 * by PID (-S) all that live. Returns how many there are; free() *list.
 */
int interval_list(const struct view *v, enum process_order otherwise,
		  bool (*active)(const struct process *p), const struct process ***list, int max);
/* The threads that are listed, in that order; free() *list. */
int threads_list(const struct view *v, struct thread_stats **list);

/* Sections of the page that other views end with, too. Each prints nothing if it has nothing. */
void stalls_section(struct view *v);
void faults_section(struct view *v);
void ustacks_section(struct view *v);
void swap_section(struct view *v);
void kswapd_section(struct view *v);
void ooms_section(struct view *v);
void host_section(struct view *v);
void reconcile_section(struct view *v);
void losses_section(struct view *v); /* always says something */
void footer_section(struct view *v);
/* Parts of stalls_section(): section_causes.c. Each prints nothing if it has nothing. */
void causes_table(struct view *v);
void cgroup_causes_table(struct view *v);
void longest_list(struct view *v);
void stacks_list(struct view *v);
void proactive_list(struct view *v);
void culprits_section(struct view *v);
void timeline_section(struct view *v);
void timeline_json(struct json *j, const struct model *m);
void culprits_json(struct json *j, const struct model *m);
/* Histograms of major faults, one per class that had any. */
void class_histograms(struct view *v, const struct fault_stats *f);
/* Files behind the major faults of a process, or of all (p NULL). */
void files_table(struct view *v, const struct process *p);
/* Has it to do with swap in the traced time? */
bool process_swapped(const struct process *p);

#endif
