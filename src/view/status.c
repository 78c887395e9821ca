/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: view. The status line shown while tracing on a terminal. */
#include "render.h"

const char *view_status(const struct model *m, char *buf, size_t cap)
{
	char stalls[UNITS_LEN], waited[UNITS_LEN], faults[UNITS_LEN], lost[UNITS_LEN];
	unsigned long long sec = model_elapsed_ns(m) / 1000000000ULL;
	int ooms = model_ooms(m, NULL, 0);
	int n = snprintf(buf, cap, "%llu:%02llu  stalls %s (%s)  major faults %s  lost %s",
			 sec / 60, sec % 60,
			 fmt_count(model_stalls(m)->all.count, stalls, sizeof(stalls)),
			 fmt_ns(model_stalls(m)->all.total_ns, waited, sizeof(waited)),
			 fmt_count(faults_seen(model_faults(m)), faults, sizeof(faults)),
			 fmt_count(model_lost(m), lost, sizeof(lost)));

	if (ooms > 0 && n >= 0 && (size_t)n < cap)
		snprintf(buf + n, cap - (size_t)n, "  OOM kills %d", ooms);
	return buf;
}
