/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One table of what can get lost: its JSON key, what it means, what helps.
 *
 * Layer: view, private to it.
 */
#ifndef MEMTRACE_LOSSES_H
#define MEMTRACE_LOSSES_H

#include "render.h"

struct loss_kind {
	const char *key;
	size_t offset;	  /* of a uint64_t in struct model_loss */
	const char *what; /* follows the number */
	const char *remedy;
};

extern const struct loss_kind loss_kinds[];
extern const int loss_nkinds;

/* How often this kind of loss occurred. */
uint64_t loss_value(const struct model_loss *loss, const struct loss_kind *kind);
/* An object with one key per kind of loss. */
void losses_json(struct json *j, const char *key, const struct model_loss *loss);

#endif
