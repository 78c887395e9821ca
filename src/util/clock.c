/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: util. The contract is in clock.h. */
#include <time.h>
#include "clock.h"

uint64_t boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
