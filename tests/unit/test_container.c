// SPDX-License-Identifier: GPL-2.0
/* Tests of src/util/container.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "container.h"

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID  "8a2b3c4d-1111-2222-3333-444455556666"
#define UID_ "8a2b3c4d_1111_2222_3333_444455556666"

static void assert_container(const char *path, const char *kind, const char *id, const char *pod)
{
	struct container c;

	assert_int_equal(container_of_path(path, &c), kind[0] != '\0');
	assert_string_equal(c.kind, kind);
	assert_string_equal(c.id, id);
	assert_string_equal(c.pod, pod);
}

static void docker(void **state)
{
	(void)state;
	assert_container("/docker/" ID, "docker", ID, "");
	assert_container("/system.slice/docker-" ID ".scope", "docker", ID, "");
	assert_container("/system.slice/docker-" ID ".scope/init.scope", "docker", ID, "");
}

static void kubernetes_with_systemd_driver(void **state)
{
	(void)state;
	assert_container("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
			 ".slice/cri-containerd-" ID ".scope",
			 "containerd", ID, UID);
	assert_container("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", "cri-o",
			 ID, UID);
	assert_container("/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
			 "kubelet-kubepods-besteffort-pod" UID_ ".slice/docker-" ID ".scope",
			 "docker", ID, UID);
}

static void kubernetes_with_cgroupfs_driver(void **state)
{
	(void)state;
	assert_container("/kubepods/burstable/pod" UID "/" ID, "kubernetes", ID, UID);
	assert_container("/kubepods/pod" UID "/crio-" ID, "cri-o", ID, UID);
	assert_container("/kubepods/pod0123456789abcdef0123456789abcdef/" ID, "kubernetes", ID,
			 "0123456789abcdef0123456789abcdef");
}

static void kubernetes_with_mismatched_drivers(void **state)
{
	(void)state;
	assert_container("/system.slice/containerd.service/kubepods-burstable-pod" UID_
			 ".slice:cri-containerd:" ID,
			 "containerd", ID, UID);
}

static void pod_outside_its_containers(void **state)
{
	(void)state;
	assert_container("/kubepods/besteffort/pod" UID, "kubernetes", "", UID);
	assert_container("/kubepods.slice/kubepods-pod" UID_ ".slice", "kubernetes", "", UID);
}

static void podman(void **state)
{
	(void)state;
	assert_container("/machine.slice/libpod-" ID ".scope/container", "podman", ID, "");
	assert_container("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
			 ".scope",
			 "podman", ID, "");
	assert_container("/libpod_parent/libpod-" ID, "podman", ID, "");
}

static void monitor_processes_are_outside_the_container(void **state)
{
	(void)state;
	assert_container("/machine.slice/libpod-conmon-" ID ".scope", "", "", "");
	assert_container("/system.slice/crio-conmon-" ID ".scope", "", "", "");
}

static void containerd_alone(void **state)
{
	(void)state;
	assert_container("/system.slice/nerdctl-" ID ".scope", "containerd", ID, "");
	assert_container("/default/" ID, "container", ID, "");
}

static void nspawn_machines(void **state)
{
	(void)state;
	assert_container("/machine.slice/systemd-nspawn@web.service/payload", "nspawn", "web", "");
	assert_container("/machine.slice/machine-my\\x2dbox.scope", "nspawn", "my-box", "");
	assert_container("/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "", "", "");
}

static void escaped_name_is_unescaped_before_it_is_cut(void **state)
{
	char path[400] = "/machine.slice/machine-", expected[65];

	(void)state;
	for (int i = 0; i < 50; i++)
		strcat(path, "\\x2d");
	strcat(path, ".scope");
	memset(expected, '-', 50);
	expected[50] = '\0';
	assert_container(path, "nspawn", expected, "");
	strcpy(path, "/machine.slice/machine-");
	memset(path + strlen(path), 'n', 300);
	strcpy(path + 23 + 300, ".scope");
	memset(expected, 'n', 64);
	expected[64] = '\0';
	assert_container(path, "nspawn", expected, "");
}

static void innermost_container_wins(void **state)
{
	(void)state;
	assert_container("/kubepods/pod" UID "/" ID "/docker/" ID2, "docker", ID2, UID);
}

static void what_is_no_container(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"/system.slice/docker.service",
		"/docker",
		"/docker/" ID "0",
		"/docker/0123",
		"/docker-" ID "x.scope",
		"/pod" UID "/x",
		"/kubepods/podcast",
		"/kubepods/pod-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_",
		"/kubepods.slice/kubepods-podx.slice",
		"/a:b",
		"/a:b:c",
		"/::",
		"/machine.slice/machine-.scope",
		"/systemd-nspawn@",
		"////",
		"/user.slice/user-0.slice/session-1.scope",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_container(paths[i], "", "", "");
}

static void malformed_escapes_stay(void **state)
{
	(void)state;
	assert_container("/machine-a\\x2.scope", "nspawn", "a\\x2", "");
	assert_container("/machine-a\\x00b\\xzz\\.scope", "nspawn", "a\\x00b\\xzz\\", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docker),
		cmocka_unit_test(kubernetes_with_systemd_driver),
		cmocka_unit_test(kubernetes_with_cgroupfs_driver),
		cmocka_unit_test(kubernetes_with_mismatched_drivers),
		cmocka_unit_test(pod_outside_its_containers),
		cmocka_unit_test(podman),
		cmocka_unit_test(monitor_processes_are_outside_the_container),
		cmocka_unit_test(containerd_alone),
		cmocka_unit_test(nspawn_machines),
		cmocka_unit_test(escaped_name_is_unescaped_before_it_is_cut),
		cmocka_unit_test(innermost_container_wins),
		cmocka_unit_test(what_is_no_container),
		cmocka_unit_test(malformed_escapes_stay),
	};

	return cmocka_run_group_tests_name("sys_container", tests, NULL, NULL);
}
