// SPDX-License-Identifier: GPL-2.0
/*
 * The hog's workload whose faults come from functions that are known by name: one allocates, the
 * other comes back to what was swapped out.
 *
 * Layer: tests. Part of the hog, see hog.c; the hog is built with frame pointers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "hog.h"

/*
 * Neither inlined, nor left by a jump, nor without a frame as gcc makes those that call nobody:
 * each is one of its own on the stack.
 */
#define FRAME	    __attribute__((noinline, noclone))
#define FRAME_END() __asm__ volatile("" ::"r"(__builtin_frame_address(0)) : "memory")

FRAME static void calls_allocate(char *p, size_t size, size_t page)
{
	for (size_t i = 0; i < size; i += page)
		*(volatile uint64_t *)(p + i) = (i + 1) * 0x9e3779b97f4a7c15UL;
	FRAME_END();
}

/* The count is on the stack, which must be in use: else it is swapped out, and its frames with it.
 */
FRAME static void calls_revisit(char *p, size_t size, size_t page, double end)
{
	volatile size_t touched = 0;

	do {
		for (size_t i = 0; i < size; i += page) {
			*(volatile uint64_t *)(p + i) += 1;
			touched++;
		}
	} while (now_s() < end);
	FRAME_END();
}

FRAME static void calls_work(size_t size, double end)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *p = memory_map(size);

	calls_allocate(p, size, page);
	calls_revisit(p, size, page, end);
	FRAME_END();
}

/* Touches MIB in calls_allocate(), then again and again in calls_revisit() for SECONDS. */
int run_calls(char **arg)
{
	calls_work(number(arg[0]) * MIB, now_s() + strtod(arg[1], NULL));
	usage_print("calls", "");
	return 0;
}
