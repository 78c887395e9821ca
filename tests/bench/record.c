// SPDX-License-Identifier: GPL-2.0
/*
 * What recording an event costs: feeds a writer with stalls as they come from reclaim, and prints
 * the CPU time and the bytes of one.
 *
 *	bench-record FILE [EVENTS [PER-SECOND]]
 *
 * Layer: tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include "test_stalls.h"
#include "writer.h"

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* As a tracer does it: what came in 10 ms, then a pause. */
static void pause_for_rate(long i, long per_second)
{
	const struct timespec ten_ms = {.tv_nsec = 10000000};

	if (per_second && i % (per_second / 100 + 1) == 0)
		nanosleep(&ten_ms, NULL);
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 200000, rate = argc > 3 ? atol(argv[3]) : 100000;
	struct writer_opts opts = {0};
	struct writer_status status;
	struct ev_stall stall;
	struct writer *w;
	double begin;
	struct stat st;

	if (argc < 2 || writer_open(argv[1], &opts, &w)) {
		fprintf(stderr, "%s\n", argc < 2 ? "usage: record FILE [EVENTS]" : writer_error(w));
		return 1;
	}
	stat(argv[1], &st);
	begin = cpu_s();
	for (long i = 0; i < n; i++) {
		stall_make(&stall, (unsigned long)i);
		writer_event(w, &stall.hdr);
		pause_for_rate(i, rate);
	}
	if (writer_close(w)) {
		fprintf(stderr, "%s\n", writer_error(w));
		return 1;
	}
	writer_status(w, &status);
	begin = cpu_s() - begin;
	stat(argv[1], &st);
	n -= (long)status.lost;
	printf("{\"events\":%ld,\"lost\":%llu,\"us_per_event\":%.3f,\"bytes_per_event\":%.1f}\n", n,
	       (unsigned long long)status.lost, begin / (double)n * 1e6,
	       (double)st.st_size / (double)n);
	writer_free(w);
	return 0;
}
