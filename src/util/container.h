/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which container a cgroup path belongs to, by the names that container managers give cgroups.
 *
 * Layer: util. A pure function on strings.
 */
#ifndef MEMTRACE_CONTAINER_H
#define MEMTRACE_CONTAINER_H

#include <stdbool.h>

struct container {
	char kind[16]; /* docker containerd cri-o podman nspawn kubernetes container */
	char id[65];   /* 64 hexadecimal digits, or the machine's name */
	char pod[40];  /* Kubernetes pod uid, dashes as in the API; "" = none */
};

/*
 * The innermost container of the path, and the pod if there is one. kind is "kubernetes" when
 * only the kubelet's part names it, "container" when it is an id alone. A pod's cgroup outside its
 * containers gives pod only, id "" and kind "kubernetes". Returns false, and empty strings, when
 * nothing in the path is known.
 */
bool container_of_path(const char *path, struct container *out);

#endif
