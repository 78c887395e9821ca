// SPDX-License-Identifier: GPL-2.0
/* Layer: store. Views of a recording for people who ask it by SQL. */
#include "schema.h"

const char *const store_views[] = {
	/* What was lost, by the last reading of the counters: empty = nothing. */
	"CREATE VIEW lost AS\n"
	"  WITH last AS (SELECT * FROM counts ORDER BY seq DESC LIMIT 1)\n"
	"  SELECT 'unrecorded' AS what, unrecorded AS events FROM last WHERE unrecorded > 0",
};
const int store_nviews = sizeof(store_views) / sizeof(store_views[0]);
