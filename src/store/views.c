// SPDX-License-Identifier: GPL-2.0
/*
 * Views of a recording for people who ask it by SQL. What is in braces is filled in by
 * view_text.c. Reclaim that was asked for (kind proactive) is nobody's stall: the sums leave it
 * out.
 *
 * They must do without an index: what is joined by more than a row number is a subquery, which
 * SQLite makes an index for by itself. Nothing newer than SQLite 3.37.
 *
 * Layer: store.
 */
#include "schema.h"

static const char stalls[] =
	"SELECT {wall s.time_ns} AS time, t.comm, t.pid, t.tid,\n"
	"  {enum stall.kind s.kind} AS kind, s.\"order\", s.duration_ns / 1e6 AS ms{causes_ms},\n"
	"  {enum stall.throttle_reason s.throttle_reason} AS throttle_reason,\n"
	"  s.reclaimed_pages AS pages, c.path AS cgroup, g.path AS target_cgroup,\n"
	"  nullif(s.limit_bytes, 0) / 1048576.0 AS limit_mib,\n"
	"  nullif(s.usage_bytes, 0) / 1048576.0 AS usage_mib,\n"
	"  {enum stall.kswapd s.kswapd} AS kswapd, s.time_ns, s.seq\n"
	"FROM stall s LEFT JOIN thread t ON t.id = s.thread\n"
	"  LEFT JOIN {cgroups} c ON c.id = t.cgroup\n"
	"  LEFT JOIN {cgroups} g ON g.id = s.target_cgroup";

static const char stalls_by_process[] =
	"WITH a AS (SELECT t.pid, t.start_ns, count(*) AS n, sum(s.duration_ns) AS total,\n"
	"    max(s.duration_ns) AS longest{causes_sum}\n"
	"  FROM stall s LEFT JOIN thread t ON t.id = s.thread WHERE s.kind <> {proactive}\n"
	"  GROUP BY t.pid, t.start_ns)\n"
	"SELECT p.comm, a.pid, n AS stalls, total / 1e6 AS total_ms, total / 1e6 / n AS mean_ms,\n"
	"  longest / 1e6 AS max_ms{causes_of_sum}, c.path AS cgroup, l.cmdline, a.start_ns\n"
	"FROM a LEFT JOIN {processes} p ON p.pid = a.pid AND p.start_ns = a.start_ns\n"
	"  LEFT JOIN {cmdlines} l ON l.pid = a.pid AND l.start_ns = a.start_ns\n"
	"  LEFT JOIN {cgroups} c ON c.id = p.cgroup\n"
	"ORDER BY total DESC";

static const char stalls_by_cgroup[] =
	"WITH own AS (SELECT t.cgroup AS id, count(*) AS n, sum(s.duration_ns) AS total,\n"
	"    max(s.duration_ns) AS longest\n"
	"  FROM stall s LEFT JOIN thread t ON t.id = s.thread WHERE s.kind <> {proactive}\n"
	"  GROUP BY t.cgroup),\n"
	"forced AS (SELECT target_cgroup AS id, count(*) AS n, sum(duration_ns) AS total\n"
	"  FROM stall WHERE kind <> {proactive} AND target_cgroup <> 0 GROUP BY target_cgroup),\n"
	"ids AS (SELECT id FROM own UNION SELECT id FROM forced)\n"
	"SELECT c.path AS cgroup, coalesce(own.n, 0) AS stalls,\n"
	"  coalesce(own.total, 0) / 1e6 AS total_ms, coalesce(own.longest, 0) / 1e6 AS max_ms,\n"
	"  coalesce(forced.n, 0) AS forced, coalesce(forced.total, 0) / 1e6 AS forced_ms,\n"
	"  ids.id AS cgroup_id\n"
	"FROM ids LEFT JOIN own ON own.id IS ids.id LEFT JOIN forced ON forced.id IS ids.id\n"
	"  LEFT JOIN {cgroups} c ON c.id = ids.id\n"
	"ORDER BY max(coalesce(own.total, 0), coalesce(forced.total, 0)) DESC";

static const char worst_stalls[] = "SELECT * FROM stalls WHERE seq IN (SELECT seq FROM stall\n"
				   "  WHERE kind <> {proactive} ORDER BY duration_ns DESC LIMIT "
				   "100)\n"
				   "ORDER BY ms DESC";

static const char major_faults[] =
	"SELECT {wall f.time_ns} AS time, t.comm, t.pid, t.tid,\n"
	"  {enum fault.class f.class} AS class,\n"
	"  CASE WHEN NOT f.flags & {untimed} THEN f.duration_ns / 1e6 END AS ms,\n"
	"  coalesce(n.path, nullif(f.file, '')) AS file, f.offset_bytes,\n"
	"  nullif(f.away_ns, 0) / 1e6 AS away_ms, printf('0x%x', f.address) AS address,\n"
	"  c.path AS cgroup, f.time_ns, f.seq\n"
	"FROM fault f LEFT JOIN thread t ON t.id = f.thread\n"
	"  LEFT JOIN {files} n ON n.ino = nullif(f.ino, 0) AND n.dev_major = f.dev_major\n"
	"    AND n.dev_minor = f.dev_minor\n"
	"  LEFT JOIN {cgroups} c ON c.id = t.cgroup";

static const char faults_by_file[] =
	"WITH a AS (SELECT f.ino, f.dev_major, f.dev_minor, max(nullif(f.file, '')) AS name,\n"
	"    count(*) AS n, sum(f.duration_ns) AS total, max(f.duration_ns) AS longest,\n"
	"    sum(f.away_ns > 0) AS refaults, count(DISTINCT t.pid) AS processes\n"
	"  FROM fault f LEFT JOIN thread t ON t.id = f.thread WHERE f.ino <> 0\n"
	"  GROUP BY f.ino, f.dev_major, f.dev_minor)\n"
	"SELECT coalesce(p.path, a.name) AS file, n AS faults, total / 1e6 AS total_ms,\n"
	"  longest / 1e6 AS max_ms, refaults, processes, a.ino, a.dev_major, a.dev_minor\n"
	"FROM a LEFT JOIN {files} p ON p.ino = a.ino AND p.dev_major = a.dev_major\n"
	"  AND p.dev_minor = a.dev_minor\n"
	"ORDER BY total DESC";

static const char faults_by_process[] =
	"WITH a AS (SELECT t.pid, t.start_ns, count(*) AS n{classes_sum},\n"
	"    sum(NOT f.flags & {untimed}) AS timed, sum(f.duration_ns) AS total,\n"
	"    max(f.duration_ns) AS longest\n"
	"  FROM fault f LEFT JOIN thread t ON t.id = f.thread GROUP BY t.pid, t.start_ns)\n"
	"SELECT p.comm, a.pid, n AS faults{classes}, timed, total / 1e6 AS total_ms,\n"
	"  total / 1e6 / nullif(timed, 0) AS mean_ms, longest / 1e6 AS max_ms, c.path AS cgroup,\n"
	"  l.cmdline, a.start_ns\n"
	"FROM a LEFT JOIN {processes} p ON p.pid = a.pid AND p.start_ns = a.start_ns\n"
	"  LEFT JOIN {cmdlines} l ON l.pid = a.pid AND l.start_ns = a.start_ns\n"
	"  LEFT JOIN {cgroups} c ON c.id = p.cgroup\n"
	"ORDER BY total DESC";

static const char swap_by_process[] =
	"WITH out AS (SELECT t.pid, t.start_ns, sum(o.anon_pages) AS pages,\n"
	"    sum(o.file_pages) AS file_pages\n"
	"  FROM swapout o LEFT JOIN thread t ON t.id = o.thread GROUP BY t.pid, t.start_ns),\n"
	"back AS (SELECT t.pid, t.start_ns, count(*) AS n, sum(f.duration_ns) AS total\n"
	"  FROM fault f LEFT JOIN thread t ON t.id = f.thread WHERE f.class = {swap}\n"
	"  GROUP BY t.pid, t.start_ns),\n"
	"size AS (SELECT t.pid, t.start_ns, max(k.seq) AS last, max(k.swap_bytes) AS most\n"
	"  FROM task k JOIN thread t ON t.id = k.thread WHERE k.leader GROUP BY t.pid, "
	"t.start_ns),\n"
	"ids AS (SELECT pid, start_ns FROM out UNION SELECT pid, start_ns FROM back\n"
	"  UNION SELECT pid, start_ns FROM size WHERE most > 0)\n"
	"SELECT p.comm, ids.pid, coalesce(back.n, 0) AS swapin_faults,\n"
	"  coalesce(back.total, 0) / 1e6 AS wait_ms, coalesce(out.pages, 0) AS pages_written,\n"
	"  coalesce(out.file_pages, 0) AS file_pages_written, k.swap_bytes / 1048576.0 AS "
	"swap_mib,\n"
	"  size.most / 1048576.0 AS max_swap_mib, c.path AS cgroup, ids.start_ns\n"
	"FROM ids LEFT JOIN out ON out.pid = ids.pid AND out.start_ns = ids.start_ns\n"
	"  LEFT JOIN back ON back.pid = ids.pid AND back.start_ns = ids.start_ns\n"
	"  LEFT JOIN size ON size.pid = ids.pid AND size.start_ns = ids.start_ns\n"
	"  LEFT JOIN task k ON k.seq = size.last\n"
	"  LEFT JOIN {processes} p ON p.pid = ids.pid AND p.start_ns = ids.start_ns\n"
	"  LEFT JOIN {cgroups} c ON c.id = p.cgroup\n"
	"ORDER BY coalesce(back.total, 0) DESC, coalesce(out.pages, 0) DESC, size.most DESC";

static const char memory_over_time[] =
	"SELECT {wall h.time_ns} AS time, mem_free / 1048576.0 AS free_mib,\n"
	"  mem_available / 1048576.0 AS available_mib, cached / 1048576.0 AS cached_mib,\n"
	"  anon / 1048576.0 AS anon_mib, shmem / 1048576.0 AS shmem_mib,\n"
	"  slab / 1048576.0 AS slab_mib, dirty / 1048576.0 AS dirty_mib,\n"
	"  writeback / 1048576.0 AS writeback_mib,\n"
	"  (swap_total - swap_free) / 1048576.0 AS swap_used_mib,\n"
	"  100.0 * (psi_some - lag(psi_some) OVER w) * 1000 / (time_ns - lag(time_ns) OVER w)\n"
	"    AS psi_some_percent,\n"
	"  100.0 * (psi_full - lag(psi_full) OVER w) * 1000 / (time_ns - lag(time_ns) OVER w)\n"
	"    AS psi_full_percent,\n"
	"  allocstall - lag(allocstall) OVER w AS direct_stalls,\n"
	"  pgmajfault - lag(pgmajfault) OVER w AS major_faults,\n"
	"  pswpin - lag(pswpin) OVER w AS swapped_in_pages,\n"
	"  pswpout - lag(pswpout) OVER w AS swapped_out_pages, time_ns, seq\n"
	"FROM host h WINDOW w AS (ORDER BY seq)";

/* A run is all its wakes and the sleep that ends them. */
static const char kswapd_runs[] =
	"WITH a AS (SELECT *, coalesce(sum(state = {sleep}) OVER (PARTITION BY node ORDER BY seq\n"
	"    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS run FROM kswapd),\n"
	"b AS (SELECT node, run, min(CASE WHEN state <> {sleep} THEN time_ns END) AS begin_ns,\n"
	"    max(CASE WHEN state = {sleep} THEN time_ns END) AS end_ns,\n"
	"    sum(state <> {sleep}) AS runs,\n"
	"    max(CASE WHEN state <> {sleep} THEN \"order\" END) AS most, min(seq) AS seq\n"
	"  FROM a GROUP BY node, run)\n"
	"SELECT {wall b.begin_ns} AS begin, {wall b.end_ns} AS end, node,\n"
	"  (end_ns - begin_ns) / 1e6 AS ms, runs, most AS \"order\", begin_ns, end_ns, seq\n"
	"FROM b ORDER BY seq";

static const char oom_kills[] =
	"SELECT {wall o.time_ns} AS time, v.comm, v.pid, v.uid, l.cmdline, c.path AS cgroup,\n"
	"  CASE WHEN o.sized THEN o.victim_anon_rss_bytes / 1048576.0 END AS anon_mib,\n"
	"  CASE WHEN o.sized THEN o.victim_file_rss_bytes / 1048576.0 END AS file_mib,\n"
	"  CASE WHEN o.sized THEN o.victim_shmem_rss_bytes / 1048576.0 END AS shmem_mib,\n"
	"  CASE WHEN o.sized THEN o.victim_swap_bytes / 1048576.0 END AS swap_mib,\n"
	"  o.victim_oom_score_adj AS oom_score_adj, g.path AS limit_of,\n"
	"  nullif(o.memcg_limit_bytes, 0) / 1048576.0 AS limit_mib,\n"
	"  t.comm AS trigger_comm, t.pid AS trigger_pid, o.time_ns, o.seq\n"
	"FROM oom_kill o LEFT JOIN thread v ON v.id = o.victim_thread\n"
	"  LEFT JOIN thread t ON t.id = o.trigger_thread\n"
	"  LEFT JOIN {cmdlines} l ON l.pid = v.pid AND l.start_ns = v.start_ns\n"
	"  LEFT JOIN {cgroups} c ON c.id = v.cgroup\n"
	"  LEFT JOIN {cgroups} g ON g.id = nullif(o.memcg_cgroup, 0)\n"
	"ORDER BY o.seq";

/* Rows that are as before are not kept: who is not gone was there at the last tick. */
static const char processes[] =
	"WITH k AS (SELECT t.pid, t.start_ns, min(k.time_ns) AS first, max(k.seq) AS last,\n"
	"    max(k.anon_rss_bytes + k.file_rss_bytes + k.shmem_rss_bytes) AS most\n"
	"  FROM task k JOIN thread t ON t.id = k.thread WHERE k.leader GROUP BY t.pid, "
	"t.start_ns),\n"
	"x AS (SELECT t.pid, t.start_ns, max(x.time_ns) AS ended, max(x.maxrss_bytes) AS peak\n"
	"  FROM exit x JOIN thread t ON t.id = x.thread WHERE x.group_dead\n"
	"  GROUP BY t.pid, t.start_ns),\n"
	"g AS (SELECT k.pid, k.start_ns, min(g.seq) AS seq\n"
	"  FROM k JOIN task_gone g ON g.tid = k.pid AND g.seq > k.last GROUP BY k.pid, "
	"k.start_ns)\n"
	"SELECT p.comm, p.pid, c.path AS cgroup, p.uid, {wall k.first} AS first_seen,\n"
	"  {wall coalesce(x.ended, (SELECT i.time_ns FROM tick i WHERE i.seq < g.seq\n"
	"    ORDER BY i.seq DESC LIMIT 1), (SELECT max(time_ns) FROM tick))} AS last_seen,\n"
	"  x.ended IS NOT NULL OR g.seq IS NOT NULL AS ended,\n"
	"  max(coalesce(k.most, 0), coalesce(x.peak, 0)) / 1048576.0 AS max_rss_mib, l.cmdline,\n"
	"  p.start_ns\n"
	"FROM {processes} p LEFT JOIN k ON k.pid = p.pid AND k.start_ns = p.start_ns\n"
	"  LEFT JOIN x ON x.pid = p.pid AND x.start_ns = p.start_ns\n"
	"  LEFT JOIN g ON g.pid = p.pid AND g.start_ns = p.start_ns\n"
	"  LEFT JOIN {cmdlines} l ON l.pid = p.pid AND l.start_ns = p.start_ns\n"
	"  LEFT JOIN {cgroups} c ON c.id = p.cgroup\n"
	"ORDER BY max_rss_mib DESC";

static const char signals[] =
	"SELECT signal, {enum probe.status status} AS status, source, reason\n"
	"FROM (SELECT *, max(seq) FROM probe GROUP BY signal) ORDER BY signal";

const struct store_view store_views[] = {
	{"stalls", "each stall in words; times in ms, causes NULL where they are not known",
	 stalls},
	{"worst_stalls", "the 100 longest of them", worst_stalls},
	{"stalls_by_process", "stalls and their causes, added up by process", stalls_by_process},
	{"stalls_by_cgroup",
	 "added up by cgroup: of its own tasks, and forced by its limit on them or others",
	 stalls_by_cgroup},
	{"stalls_by_cause", "added up by cause; only causes that occurred", "{causes_rows}"},
	{"major_faults", "each major fault in words; ms NULL where it is not known", major_faults},
	{"faults_by_file", "major faults added up by file", faults_by_file},
	{"faults_by_process", "major faults added up by process", faults_by_process},
	{"swap_by_process",
	 "swap-in faults, pages a process wrote while it reclaimed, its use of swap",
	 swap_by_process},
	{"memory_over_time",
	 "the host at each snapshot: sizes in MiB, PSI and events of the time since the one before",
	 memory_over_time},
	{"kswapd_runs",
	 "kswapd at work: from its waking (NULL: before the recording) to its sleep (NULL: after)",
	 kswapd_runs},
	{"oom_kills", "each OOM kill in words", oom_kills},
	{"processes", "every process that was seen, and when", processes},
	{"lost", "what was lost in the recorded time; no row: nothing", "{lost_rows}"},
	{"signals", "what this kernel could give, by which source, and why not more", signals},
};
const int store_nviews = sizeof(store_views) / sizeof(store_views[0]);
