/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The views of a recording, and its manual: src/store/SCHEMA.md must be what the tables make of it.
 * MEMTRACE_BLESS=1 writes it anew.
 */
#include "test_golden.h"
#include "test_rec.h"

#define MANUAL GOLDEN_DIR "/../../src/store/SCHEMA.md"

/* All rows of a query, columns parted by |, rows by \n; NULL is nothing. In static storage. */
static const char *rows(struct rec *f, const char *sql)
{
	static char out[65536];
	FILE *to = fmemopen(out, sizeof(out), "w");
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(f->db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(f->db));
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const unsigned char *s = sqlite3_column_text(st, i);

			fprintf(to, "%s%s", i ? "|" : "", s ? (const char *)s : "");
		}
		fputc('\n', to);
	}
	assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
	fclose(to);
	return out;
}

static struct rec *filled(const char *events)
{
	struct rec *f = rec_open(":memory:");
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.events", GOLDEN_DIR, events);
	rec_file(f, path);
	return f;
}

static void test_all_views_work_on_nothing(void **state)
{
	struct rec *f = rec_open(":memory:");
	char sql[128];

	(void)state;
	for (int i = 0; i < store_nviews; i++) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s", store_views[i].name);
		assert_string_equal(rows(f, sql), "");
	}
	rec_close(f);
}

static void test_stalls_are_told_in_words(void **state)
{
	struct rec *f = filled("jitter");

	(void)state;
	assert_string_equal(
		rows(f, "SELECT time, comm, pid, tid, kind, \"order\", ms, throttled_ms, "
			"throttle_reason, cgroup, target_cgroup, limit_mib FROM stalls LIMIT 2"),
		"2026-11-21T12:00:01.100Z|server|5201|5201|memcg|0|2.4|0.0|none|/app/server|/app|"
		"512.0\n"
		"2026-11-21T12:00:01.225Z|worker-1|5201|5202|memcg|0|12.2|9.76|writeback|"
		"/app/server|/app|512.0\n");
	assert_string_equal(rows(f, "SELECT count(*), sum(kind = 'proactive') FROM stalls"),
			    "38|1\n");
	/* The causes of each add up to it, as far as they are known. */
	assert_string_equal(rows(f, "SELECT count(*) FROM stalls WHERE abs(ms - cpu_ms - slab_ms "
				    "- throttled_ms - io_ms - blocked_ms - runqueue_ms) > 1e-6"),
			    "0\n");
	assert_string_equal(rows(f, "SELECT count(*), max(ms), min(ms) <= max(ms), "
				    "sum(kind = 'proactive') FROM worst_stalls"),
			    "37|26.4|1|0\n");
	rec_close(f);
}

static void test_sums_are_those_of_the_page(void **state)
{
	struct rec *f = filled("jitter");

	(void)state;
	assert_string_equal(rows(f, "SELECT comm, pid, stalls, total_ms, max_ms, cgroup, cmdline "
				    "FROM stalls_by_process"),
			    "server|5201|26|206.69|26.4|/app/server|/usr/bin/server --port 8080\n"
			    "backup|5310|8|63.5|18.5|/app/backup|backup --repository /srv/backup "
			    "/home\n"
			    "indexer|5400|3|10.3|6.8|/batch|indexer --all\n");
	assert_string_equal(
		rows(f, "SELECT cgroup, stalls, round(total_ms, 3), forced, round(forced_ms, 3) "
			"FROM stalls_by_cgroup WHERE stalls + forced > 3"),
		"/app|0|0.0|32|254.79\n/app/server|26|206.69|0|0.0\n/app/backup|8|63.5|0|0.0\n");
	assert_string_equal(rows(f, "SELECT round(sum(percent), 6), round(sum(total_ms), 3), "
				    "(SELECT round(sum(ms), 3) FROM stalls WHERE kind <> "
				    "'proactive') FROM stalls_by_cause"),
			    "100.0|280.49|280.49\n");
	assert_string_equal(rows(f, "SELECT cause, stalls FROM stalls_by_cause LIMIT 2"),
			    "cpu|37\nthrottled|13\n");
	rec_close(f);
}

static void test_stalls_without_causes_have_none(void **state)
{
	struct rec *f = filled("hostile");

	(void)state;
	assert_string_equal(rows(f, "SELECT DISTINCT cpu_ms IS NULL, io_ms IS NULL FROM stalls"),
			    "1|1\n");
	assert_string_equal(rows(f, "SELECT cause, total_ms, percent, stalls FROM stalls_by_cause"),
			    "unknown|30.0|100.0|5\n");
	/* What is not UTF-8 is bytes, all else text. */
	assert_string_equal(
		rows(f, "SELECT typeof(comm), count(*) FROM stalls GROUP BY 1 ORDER BY 1"),
		"blob|1\ntext|4\n");
	rec_close(f);
}

static void test_faults_have_files_and_processes(void **state)
{
	struct rec *f = filled("squeeze");

	(void)state;
	assert_string_equal(rows(f, "SELECT class, ms, file, address FROM major_faults LIMIT 2"),
			    "file||/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-"
			    "gnu.so|0x7f00000000\nswap|||0x7f00001000\n");
	assert_string_equal(rows(f, "SELECT file, faults, processes FROM faults_by_file LIMIT 1"),
			    "/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so|"
			    "5|1\n");
	assert_string_equal(rows(f, "SELECT comm, pid, faults = file + swap + other, faults = "
				    "(SELECT count(*) FROM fault), timed < faults "
				    "FROM faults_by_process"),
			    "python3|6096|1|1|1\n");
	assert_string_equal(rows(f, "SELECT comm, swapin_faults > 0, pages_written > 0, swap_mib > "
				    "0, max_swap_mib >= swap_mib FROM swap_by_process"),
			    "python3|1|1|1|1\nhelper|0|0|1|1\n");
	rec_close(f);
}

static void test_the_host_over_time(void **state)
{
	struct rec *f = filled("export");

	(void)state;
	/* Set back by 101 s in between. */
	assert_string_equal(
		rows(f, "SELECT time, free_mib, available_mib, swap_used_mib, psi_some_percent, "
			"psi_full_percent FROM memory_over_time"),
		"2026-11-21T12:00:00.000Z|1024.0|1500.0|0.0||\n"
		"2026-11-21T12:00:01.000Z|100.0|200.0|124.0|25.0|5.0\n"
		"2026-11-21T11:58:20.900Z|300.0|400.0|124.0|0.0|0.0\n");
	assert_string_equal(
		rows(f, "SELECT begin, end, node, ms, runs, \"order\" FROM kswapd_runs"),
		"|2026-11-21T12:00:00.100Z|0||0|\n2026-11-21T11:58:20.101Z||0||2|3\n");
	rec_close(f);
}

static void test_kills_and_processes(void **state)
{
	struct rec *f = filled("export");

	(void)state;
	assert_string_equal(
		rows(f, "SELECT time, comm, pid, cmdline, cgroup, anon_mib, limit_of, limit_mib, "
			"trigger_comm, trigger_pid FROM oom_kills"),
		"2026-11-21T11:58:20.400Z|db|10|/usr/bin/db --port 1|/app|200.0|/app|256.0|idle|"
		"20\n");
	assert_string_equal(
		rows(f, "SELECT comm, pid, cgroup, first_seen, last_seen, ended, max_rss_mib, "
			"cmdline FROM processes ORDER BY pid, start_ns"),
		"db|10|/app|2026-11-21T12:00:00.000Z|2026-11-21T11:58:20.500Z|1|220.0|/usr/bin/db "
		"--port 1\n"
		"=1+cmd|' /C'!A|10|||2026-11-21T11:58:20.900Z|0|0.0|\n"
		"idle|20||2026-11-21T12:00:00.000Z|2026-11-21T12:00:01.000Z|1|1.0|\n");
	rec_close(f);
}

static void test_losses_and_signals(void **state)
{
	struct rec *f = filled("export");

	(void)state;
	assert_string_equal(rows(f, "SELECT * FROM lost"), "memcg.lost|3|ring buffer full\n");
	rec_line(f, "counts time_ns=1003s memcg.lost=5 memcg.seen=9 memcg.filtered=9 "
		    "names_unresolved=4 unrecorded=7 open_stalls=2 fault.extra=9 bad_events=1");
	assert_string_equal(rows(f, "SELECT what, events FROM lost"),
			    "memcg.lost|5\nnames_unresolved|4\nbad_events|1\nunrecorded|7\n");
	rec_line(f, "probe time_ns=1003s signal=stall.memcg status=missing reason=\"it's gone\"");
	assert_string_equal(rows(f, "SELECT signal, status, source, reason FROM signals"),
			    "kernel.symbols|ok|/proc/kallsyms|\nstall.memcg|missing||it's gone\n");
	rec_close(f);
}

/* Columns that the tables really have are in the manual, one line each, and nothing else is. */
static void test_the_manual_is_that_of_the_tables(void **state)
{
	struct rec *f = rec_open(":memory:");
	char *text, *line, *save, table[64] = "", sql[256], want[80];
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int columns = 0;

	(void)state;
	store_manual(out);
	fclose(out);
	golden_compare(MANUAL, text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[64];

		if (sscanf(line, "### `%63[a-z_]`", table) == 1)
			continue;
		if (!table[0] || sscanf(line, "| `%63[a-z_0-9]` |", name) != 1)
			continue;
		snprintf(sql, sizeof(sql),
			 "SELECT name FROM pragma_table_info('%s') WHERE name = '%s'", table, name);
		snprintf(want, sizeof(want), "%s\n", name);
		assert_string_equal(rows(f, sql), want);
		columns++;
	}
	snprintf(want, sizeof(want), "%d\n", columns);
	assert_string_equal(rows(f,
				 "SELECT count(*) FROM sqlite_master m, pragma_table_info(m.name)"
				 " WHERE m.type = 'table'"),
			    want);
	free(text);
	rec_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_views_work_on_nothing),
		cmocka_unit_test(test_stalls_are_told_in_words),
		cmocka_unit_test(test_sums_are_those_of_the_page),
		cmocka_unit_test(test_stalls_without_causes_have_none),
		cmocka_unit_test(test_faults_have_files_and_processes),
		cmocka_unit_test(test_the_host_over_time),
		cmocka_unit_test(test_kills_and_processes),
		cmocka_unit_test(test_losses_and_signals),
		cmocka_unit_test(test_the_manual_is_that_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
