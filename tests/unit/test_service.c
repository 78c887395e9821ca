// SPDX-License-Identifier: GPL-2.0
/* What a service manager is told, by whoever listens in its place. */
#include <errno.h>
#include "test_sys_tree.h"
#include "service.h"

static struct service service;
static int listener = -1;

/* Listens at this name; "@..." is an abstract one. */
static void listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + strlen(name);

	strcpy(address.sun_path, name);
	if (name[0] == '@')
		address.sun_path[0] = 0;
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static const char *heard(void)
{
	static char buf[1024];
	ssize_t n = recv(listener, buf, sizeof(buf) - 1, 0);

	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

static int teardown(void **state)
{
	service_fini(&service);
	if (listener >= 0)
		close(listener);
	listener = -1;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return tree_teardown(state);
}

static void tell_all(void)
{
	service_init(&service);
	service_tick(&service, "no OOM kill yet");
	assert_string_equal(heard(), "READY=1\nWATCHDOG=1\nSTATUS=no OOM kill yet");
	service_tick(&service, "one");
	assert_string_equal(heard(), "WATCHDOG=1\nSTATUS=one");
	service_reloading(&service);
	assert_int_equal(strncmp(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	service_reloaded(&service);
	assert_string_equal(heard(), "READY=1");
	service_stopping(&service);
	assert_string_equal(heard(), "STOPPING=1");
}

static void it_is_told_in_order_by_a_socket_in_a_directory(void **state)
{
	char name[PATH_MAX];

	assert_int_equal(sys_path(*state, name, sizeof(name), "/notify"), 0);
	listen_at(name);
	tell_all();
}

static void it_is_told_by_an_abstract_socket(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@memtrace-test-%d", (int)getpid());
	listen_at(name);
	tell_all();
}

static void nobody_who_listens_is_no_harm(void **state)
{
	char name[200] = "/";

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000", 1);
	service_init(&service);
	assert_int_equal(service.fd, -1);
	assert_int_equal(service.watchdog_ns, 0);
	service_tick(&service, "x");
	memset(name + 1, 'x', sizeof(name) - 2);
	setenv("NOTIFY_SOCKET", name, 1);
	service_init(&service);
	assert_int_equal(service.fd, -1);
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	service_init(&service);
	service_tick(&service, "x");
}

static void the_watchdog_counts_only_if_it_is_ours(void **state)
{
	char pid[16];

	(void)state;
	setenv("NOTIFY_SOCKET", "@memtrace-test-x", 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	service_init(&service);
	assert_true(service.watchdog_ns == 30000000000);
	service_fini(&service);
	setenv("WATCHDOG_PID", "1", 1);
	service_init(&service);
	assert_true(service.watchdog_ns == 0);
	service_fini(&service);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	service_init(&service);
	assert_true(service.watchdog_ns == 30000000000);
	service_fini(&service);
	setenv("WATCHDOG_USEC", "soon", 1);
	service_init(&service);
	assert_true(service.watchdog_ns == 0);
}

static void a_long_status_is_cut_and_does_no_harm(void **state)
{
	char name[64], status[4096];

	(void)state;
	snprintf(name, sizeof(name), "@memtrace-test-%d", (int)getpid());
	listen_at(name);
	memset(status, 's', sizeof(status) - 1);
	status[sizeof(status) - 1] = 0;
	service_init(&service);
	service_tick(&service, status);
	assert_non_null(strstr(heard(), "\nWATCHDOG=1\nSTATUS=sss"));
}

#define service_test(f) cmocka_unit_test_setup_teardown(f, tree_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		service_test(it_is_told_in_order_by_a_socket_in_a_directory),
		service_test(it_is_told_by_an_abstract_socket),
		service_test(nobody_who_listens_is_no_harm),
		service_test(the_watchdog_counts_only_if_it_is_ours),
		service_test(a_long_status_is_cut_and_does_no_harm),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
