/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this process may do here, and what the kernel offers it: capabilities, lockdown, BTF,
 * tracefs.
 *
 * Layer: sys, above sysfile.h. Called by the loader and by doctor.
 */
#ifndef MEMTRACE_PRIV_H
#define MEMTRACE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sysroot.h"

/* Capabilities we can make use of. */
struct priv_cap {
	int number;	     /* of include/uapi/linux/capability.h */
	const char *name;    /* "cap_bpf" */
	bool required;	     /* nothing works without it */
	bool by_sys_admin;   /* CAP_SYS_ADMIN stands in for it */
	const char *lacking; /* what is missing without it */
};
extern const struct priv_cap priv_caps[];
extern const int priv_ncaps;

struct priv {
	uint64_t effective; /* bits by capability number */
	uint64_t required;  /* missing, and nothing works without */
	uint64_t useful;    /* missing, and something is poorer */
	bool user_ns;	    /* in a user namespace, where capabilities do not reach the kernel */
};

/* Returns 0 or -errno; then all count as missing. */
int priv_check(const struct sysroot *root, struct priv *out);

/* May programs be loaded at all? */
static inline bool priv_enough(const struct priv *p)
{
	return !p->required && !p->user_ns;
}

/*
 * Says in one line which required capabilities are missing and how to grant all that are wanted;
 * "" when none is. Writes at most cap bytes (512 are enough). Returns buf.
 */
const char *priv_missing(const struct priv *p, char *buf, size_t cap);

enum lockdown { LOCKDOWN_UNKNOWN, LOCKDOWN_NONE, LOCKDOWN_INTEGRITY, LOCKDOWN_CONFIDENTIALITY };

/* LOCKDOWN_UNKNOWN when securityfs is not mounted or cannot be read. */
enum lockdown lockdown_mode(const struct sysroot *root);
const char *lockdown_name(enum lockdown mode);

/* Can the kernel's own BTF be read? */
bool btf_present(const struct sysroot *root);

/*
 * Where tracefs is mounted, sysroot included. Returns 0, -ENOENT when it is not, -EACCES when this
 * user may not look.
 */
int tracefs_path(const struct sysroot *root, char *buf, size_t cap);

#endif
