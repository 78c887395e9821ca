// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: cli. See service.h.
 */
#include "service.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "log.h"

/* "/path" or "@abstract". */
static bool set_address(struct service *s, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(s->address.sun_path))
		return false;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, name, len + 1);
	s->address_len = offsetof(struct sockaddr_un, sun_path) + len + 1;
	if (name[0] == '@') {
		s->address.sun_path[0] = 0;
		s->address_len--;
	}
	return true;
}

/* Meant for us only if it names us, or nobody: a wrapper may have started us. */
static uint64_t watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long value;
	char *end;

	if (!usec || (pid && strtoul(pid, NULL, 10) != (unsigned long)getpid()))
		return 0;
	value = strtoull(usec, &end, 10);
	if (end == usec || *end || value > UINT64_MAX / 1000) {
		log_warn("WATCHDOG_USEC=%s is no number of microseconds", usec);
		return 0;
	}
	return value * 1000;
}

void service_init(struct service *s)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*s = (struct service){.fd = -1};
	if (!name || !*name)
		return;
	if (!set_address(s, name)) {
		log_warn("NOTIFY_SOCKET=%s: only local sockets are served", name);
		return;
	}
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		log_warn("cannot notify the service manager: %s", strerror(errno));
	else
		s->watchdog_ns = watchdog_ns();
}

void service_fini(struct service *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void notify(struct service *s, const char *text)
{
	if (s->fd < 0)
		return;
	if (sendto(s->fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&s->address,
		   s->address_len) < 0)
		log_warn_once("cannot notify the service manager: %s", strerror(errno));
}

void service_tick(struct service *s, const char *status)
{
	char text[512];

	/* The status comes last: if anything is cut, then it. */
	snprintf(text, sizeof(text), "%sWATCHDOG=1\nSTATUS=%s", s->ready ? "" : "READY=1\n",
		 status);
	notify(s, text);
	s->ready = true;
}

void service_reloading(struct service *s)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 now.tv_sec * 1000000ll + now.tv_nsec / 1000);
	notify(s, text);
}

void service_reloaded(struct service *s)
{
	notify(s, "READY=1");
}

void service_stopping(struct service *s)
{
	notify(s, "STOPPING=1");
}
