/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: source. The contract is in worker.h. */
#include <sched.h>
#include <time.h>
#include "worker.h"

void worker_idle(pthread_t thread, bool idle)
{
	const struct sched_param none = {0};

	pthread_setschedparam(thread, idle ? SCHED_IDLE : SCHED_OTHER, &none);
}

bool worker_join(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	return !pthread_timedjoin_np(thread, NULL, &until);
}
