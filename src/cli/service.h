/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a service manager wants to know of us: that we are ready, what we do, that we still do it.
 *
 * Layer: cli. Speaks systemd's protocol of notifications, sd_notify(3), which asks for no more than
 * a datagram: so it works in every build, and allocates nothing. Does nothing when nobody listens.
 */
#ifndef MEMTRACE_SERVICE_H
#define MEMTRACE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct service {
	int fd; /* -1 = nobody listens */
	struct sockaddr_un address;
	socklen_t address_len;
	uint64_t watchdog_ns; /* we have to be heard of this often; 0 = need not be */
	bool ready;
};

/* Looks in the environment ($NOTIFY_SOCKET, $WATCHDOG_USEC). */
void service_init(struct service *s);
void service_fini(struct service *s);

/* At each tick: ready from the first one on; alive; what there was so far, in one line. */
void service_tick(struct service *s, const char *status);
/* Around a reload; and before the end. */
void service_reloading(struct service *s);
void service_reloaded(struct service *s);
void service_stopping(struct service *s);

#endif
