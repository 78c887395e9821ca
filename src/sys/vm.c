// SPDX-License-Identifier: GPL-2.0
/*
 * Settings of the kernel's memory management. See host.h.
 *
 * Layer: sys.
 */
#include "host.h"
#include "sysctl.h"

void vm_read(const struct sysroot *root, struct ev_vm *out)
{
	const struct {
		const char *name;
		uint64_t *value;
	} settings[] = {
		{"vm/panic_on_oom", &out->panic_on_oom},
		{"vm/oom_kill_allocating_task", &out->oom_kill_allocating_task},
		{"vm/oom_dump_tasks", &out->oom_dump_tasks},
		{"vm/overcommit_memory", &out->overcommit_memory},
		{"vm/swappiness", &out->swappiness},
		{"vm/watermark_scale_factor", &out->watermark_scale_factor},
		{"vm/min_free_kbytes", &out->min_free_bytes},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (sysctl_u64(root, settings[i].name, settings[i].value))
			*settings[i].value = EV_ABSENT;
	if (out->min_free_bytes != EV_ABSENT &&
	    __builtin_mul_overflow(out->min_free_bytes, 1024, &out->min_free_bytes))
		out->min_free_bytes = EV_ABSENT;
}
