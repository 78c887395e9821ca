// SPDX-License-Identifier: GPL-2.0
/*
 * Layer: source. See kstack.h.
 */
#include "kstack.h"

#include <stdbool.h>
#include <string.h>

#define CUT "..."

/* Machinery is looked for among so many of the inner frames. */
#define INNER 16

/* What is between the function that is traced and the BPF helper that takes the stack. */
static bool is_machinery(const char *name)
{
	static const char *const prefixes[] = {
		"bpf_prog_",	  "bpf_trace_run",   "__bpf_trace_", "__traceiter_",
		"bpf_get_stack",  "bpf_trampoline_", "__bpf_prog_",  "perf_trace_",
		"trace_call_bpf", "bpf_dispatcher_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Programs themselves have no name where net.core.bpf_jit_kallsyms is 0: what called them has. */
static int inner_end(const char *const *names, int n)
{
	int begin = 0;

	for (int i = 0; i < n && i < INNER; i++)
		if (is_machinery(names[i]))
			begin = i + 1;
	return begin;
}

int kstack_text(const char *const *names, int n, char *buf, size_t cap)
{
	int known = 0, begin = inner_end(names, n);
	size_t len = 0;

	buf[0] = '\0';
	for (int i = begin; i < n; i++) {
		const char *name = names[i][0] ? names[i] : "?";
		size_t need = strlen(name) + (i > begin);
		size_t reserve = i + 1 < n ? sizeof(";" CUT) : 1;

		if (len + need + reserve > cap) {
			strcpy(buf + len, i > begin ? ";" CUT : CUT);
			break;
		}
		if (i > begin)
			buf[len++] = ';';
		strcpy(buf + len, name);
		len += strlen(name);
		known += names[i][0] != '\0';
	}
	return known;
}
