// SPDX-License-Identifier: GPL-2.0
/*
 * The choice among the sources of each signal.
 *
 * Layer: probe. The table is in signals.c.
 */
#include "ladder.h"
#include "probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prototype of a tracepoint: BTF typedef btf_trace_NAME, a pointer to a function whose first
 * argument is the probe's private data. NULL when there is no such tracepoint. */
static const struct btf_type *tp_proto(const struct types *types, const char *tp)
{
	const struct btf *btf = types_btf(types);
	const struct btf_type *t;
	char name[96];
	__s32 id;

	snprintf(name, sizeof(name), "btf_trace_%s", tp);
	id = types_find(types, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	t = btf__type_by_id(btf, id);
	t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_ptr(t))
		return NULL;
	t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

/* A type as struct need writes it: "gfp_t", "struct folio *". */
static void type_write(const struct btf *btf, __u32 id, char *buf, size_t cap)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name;
	int stars = 0;

	while (t && (btf_is_ptr(t) || btf_is_mod(t))) {
		stars += btf_is_ptr(t);
		t = btf__type_by_id(btf, t->type);
	}
	name = t && t->name_off ? btf__name_by_offset(btf, t->name_off) : "void";
	if (t && (btf_is_struct(t) || btf_is_fwd(t)))
		snprintf(buf, cap, "struct %s", name);
	else
		snprintf(buf, cap, "%s", strcmp(name, "_Bool") ? name : "bool");
	snprintf(buf + strlen(buf), cap - strlen(buf), "%s%.*s", stars ? " " : "", stars, "***");
}

/* The types of a prototype's parameters from the first-th on: "int, gfp_t". */
static void args_write(const struct btf *btf, const struct btf_type *proto, int first, char *buf,
		       size_t cap)
{
	size_t len = 0;

	buf[0] = 0;
	for (int i = first; i < btf_vlen(proto) && len + 1 < cap; i++) {
		if (i > first)
			snprintf(buf + len, cap - len, ", ");
		len = strlen(buf);
		type_write(btf, btf_params(proto)[i].type, buf + len, cap - len);
		len = strlen(buf);
	}
}

/* want: see struct need. */
static bool args_match(const char *have, const char *want)
{
	size_t len = strlen(want);

	if (len < 3 || strcmp(want + len - 3, "...") != 0)
		return !strcmp(have, want);
	len -= 3;
	if (strncmp(have, want, len) == 0)
		return true;
	/* "int, ..." is also satisfied by "int" */
	return len >= 2 && strlen(have) == len - 2 && !strncmp(have, want, len - 2);
}

bool ladder_enum_has(const struct types *types, const char *enum_name, const char *value)
{
	__s32 id = types_find(types, enum_name, BTF_KIND_ENUM);
	const struct btf *btf = types_btf(types);
	const struct btf_type *t;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, id);
	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), value))
			return true;
	return false;
}

/* What is asked of the kernel for one rung, and its answer. */
struct question {
	const struct types *types;
	const struct ladder_opts *opts;
	const struct choice *choice; /* of the signals so far */
	struct refusal *no;
};

static bool __attribute__((format(printf, 2, 3))) no(const struct question *q, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(q->no->why, sizeof(q->no->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool args_hold(const struct question *q, const struct need *need,
		      const struct btf_type *proto, int first)
{
	char have[128];

	args_write(types_btf(q->types), proto, first, have, sizeof(have));
	return args_match(have, need->args) ||
	       no(q, "%s has arguments (%s) here, not (%s)", need->name, have, need->args);
}

static bool tp_holds(const struct question *q, const struct need *need)
{
	const struct btf_type *proto = tp_proto(q->types, need->name);

	if (!proto)
		return no(q, "this kernel has no tracepoint %s", need->name);
	return args_hold(q, need, proto, 1);
}

static bool func_holds(const struct question *q, const struct need *need)
{
	__s32 id = types_find(q->types, need->name, BTF_KIND_FUNC);
	int err;

	if (id < 0)
		return no(q, "this kernel has no function %s", need->name);
	if (!args_hold(q, need,
		       btf__type_by_id(types_btf(q->types),
				       btf__type_by_id(types_btf(q->types), id)->type),
		       0))
		return false;
	err = q->opts->trampoline(id);
	if (!err)
		return true;
	q->no->by_trial = true;
	return no(q, "the kernel lets no BPF program onto its function %s (%s)", need->name,
		  ladder_strerror(-err));
}

const char *ladder_strerror(int err)
{
	return err == 524 ? "not supported on this architecture" /* ENOTSUPP of linux/errno.h */
			  : strerror(err);
}

static const struct choice *choice_of(const struct choice *choice, const char *signal)
{
	for (int s = 0; s < ladder_nsignals; s++)
		if (!strcmp(ladder_signals[s].name, signal))
			return &choice[s];
	abort(); /* no such signal in the table: a slip in the code */
}

/* SIGNAL:RUNG, of a signal that stands further up in the table. */
static bool rung_chosen(const struct choice *choice, const char *signal_rung)
{
	char signal[64];
	int len = strcspn(signal_rung, ":");

	snprintf(signal, sizeof(signal), "%.*s", len, signal_rung);
	if (!strcmp(signal_rung + len, ":*"))
		return choice_of(choice, signal)->rung;
	return ladder_is(choice, signal, signal_rung + len + 1);
}

/* How much of SIGNAL:RUNG to tell: SIGNAL, where any rung does. */
static int needed_len(const char *signal_rung)
{
	const char *any = strstr(signal_rung, ":*");

	return any ? any - signal_rung : (int)strlen(signal_rung);
}

/* Does this architecture raise the tracepoints page_fault_user and page_fault_kernel? */
static bool raises_faults(void)
{
#ifdef __aarch64__
	return false; /* arch/arm64/mm/fault.c calls neither */
#else
	return true;
#endif
}

static bool member_holds(const struct question *q, const struct need *need)
{
	__s32 id = types_find(q->types, need->name, BTF_KIND_STRUCT);
	const struct btf *btf = types_btf(q->types);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), need->args))
			return true;
	return no(q, "this kernel's struct %s has no %s", need->name, need->args);
}

static bool need_holds(const struct question *q, const struct need *need)
{
	switch (need->kind) {
	case NEED_NONE:
		return true;
	case NEED_TP:
		return tp_holds(q, need);
	case NEED_FUNC:
		return func_holds(q, need);
	case NEED_KFUNC:
		return types_find(q->types, need->name, BTF_KIND_FUNC) > 0 ||
		       no(q, "this kernel has no %s", need->name);
	case NEED_HELPER:
		return ladder_enum_has(q->types, "bpf_func_id", need->name) ||
		       no(q, "this kernel has no %s", need->name);
	case NEED_NO_TYPE:
		return types_find(q->types, need->name, BTF_KIND_STRUCT) < 0 ||
		       no(q, "this kernel's struct %s cannot be read by typed pointer", need->name);
	case NEED_RUNG:
		return rung_chosen(q->choice, need->name) ||
		       no(q, "needs %.*s", needed_len(need->name), need->name);
	case NEED_ENTRY:
		return raises_faults() || no(q, "this architecture does not raise page_fault_user");
	case NEED_TREE:
		return q->opts->tree || no(q, "not asked for");
	case NEED_STACKS:
		return q->opts->stacks || no(q, "not asked for");
	case NEED_OOM_STACKS:
		return q->opts->oom_stacks || no(q, "not asked for");
	case NEED_USTACKS:
		return q->opts->ustacks || no(q, "not asked for");
	case NEED_SAMPLE:
		return q->opts->sample || no(q, "not asked for");
	case NEED_PSI:
		return q->opts->psi ||
		       no(q, "the kernel does not account memory pressure (boot with psi=1)");
	case NEED_MEMBER:
		return member_holds(q, need);
	}
	return false;
}

bool probe_disabled(const char *list, const char *signal, const char *rung)
{
	char want[96];
	size_t len = snprintf(want, sizeof(want), "%s:%s", signal, rung), n;
	size_t all = strlen(signal) + 1;

	for (const char *p = list; p && *p; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		if (n == len && !strncmp(p, want, len))
			return true;
		if (n == all + 1 && !strncmp(p, want, all) && p[all] == '*')
			return true;
	}
	return false;
}

static bool rung_holds(const struct question *q, const struct signal_desc *sig,
		       const struct rung *r)
{
	if (probe_disabled(q->opts->disable, sig->name, r->name))
		return no(q, "disabled by MEMTRACE_DISABLE");
	for (int i = 0; i < RUNG_NEEDS; i++)
		if (!need_holds(q, &r->needs[i]))
			return false;
	return true;
}

void ladder_choose(const struct types *types, const struct ladder_opts *opts, struct choice *choice)
{
	struct question q = {.types = types, .opts = opts, .choice = choice};

	for (int s = 0; s < ladder_nsignals; s++) {
		const struct signal_desc *sig = &ladder_signals[s];
		struct choice *c = &choice[s];

		c->rung = NULL;
		for (int i = 0; i < SIGNAL_RUNGS && sig->rungs[i].name && !c->rung; i++) {
			q.no = &c->refused[i];
			if (!q.no->why[0] && rung_holds(&q, sig, &sig->rungs[i]))
				c->rung = &sig->rungs[i];
		}
	}
}

static bool rung_has(const struct rung *r, const char *prog)
{
	for (int i = 0; i < RUNG_PROGS && r->progs[i]; i++)
		if (!strcmp(r->progs[i], prog))
			return true;
	return false;
}

static void refuse_chosen(struct choice *choice, int signal, const char *why, bool by_trial)
{
	struct choice *c = &choice[signal];
	struct refusal *no = &c->refused[c->rung - ladder_signals[signal].rungs];

	snprintf(no->why, sizeof(no->why), "%s", why);
	no->by_trial = by_trial;
	c->rung = NULL;
}

void ladder_refuse_dependents(struct choice *choice)
{
	char why[96];

	for (int s = 0; s < ladder_nsignals; s++) {
		for (int i = 0; choice[s].rung && i < RUNG_NEEDS; i++) {
			const struct need *need = &choice[s].rung->needs[i];

			if (need->kind != NEED_RUNG || rung_chosen(choice, need->name))
				continue;
			snprintf(why, sizeof(why), "needs %.*s", needed_len(need->name),
				 need->name);
			refuse_chosen(choice, s, why, false);
		}
	}
}

bool ladder_refuse(struct choice *choice, const char *prog, const char *why)
{
	bool any = false;

	for (int s = 0; s < ladder_nsignals; s++) {
		if (!choice[s].rung || !rung_has(choice[s].rung, prog))
			continue;
		refuse_chosen(choice, s, why, true);
		any = true;
	}
	return any;
}

void ladder_refuse_all(struct choice *choice, const char *why)
{
	for (int s = 0; s < ladder_nsignals; s++) {
		choice[s] = (struct choice){0};
		snprintf(choice[s].refused[0].why, sizeof(choice[s].refused[0].why), "%s", why);
	}
}

bool ladder_uses(const struct choice *choice, const char *prog, bool *on_demand)
{
	for (int s = 0; s < ladder_nsignals; s++) {
		if (choice[s].rung && rung_has(choice[s].rung, prog)) {
			*on_demand = choice[s].rung->on_demand;
			return true;
		}
	}
	return false;
}

bool ladder_is(const struct choice *choice, const char *signal, const char *rung)
{
	const struct rung *r = choice_of(choice, signal)->rung;

	return r && !strcmp(r->name, rung);
}

/* Why the best rung was refused; a rung whose next one is a mere variant of it is no better. */
static const char *why_not_better(const struct choice *c, const struct signal_desc *sig)
{
	for (int i = 0; i < SIGNAL_RUNGS && sig->rungs[i].name && &sig->rungs[i] != c->rung; i++)
		if (c->refused[i].why[0] && !(i + 1 < SIGNAL_RUNGS && sig->rungs[i + 1].variant))
			return c->refused[i].why;
	return NULL;
}

/*
 * Why there is none: the word of the rung that came nearest, the last one of equals. Those below a
 * rung that was lost while attaching were never asked for.
 */
static const char *why_none(const struct choice *c, const struct signal_desc *sig)
{
	const struct refusal *best = &c->refused[0];

	for (int i = 1; i < SIGNAL_RUNGS && sig->rungs[i].name; i++)
		if (c->refused[i].why[0] && c->refused[i].by_trial >= best->by_trial)
			best = &c->refused[i];
	return best->why;
}

static void report_none(const struct choice *c, const struct signal_desc *sig, struct ev_probe *out)
{
	const char *why = why_none(c, sig);

	if (!strcmp(why, "not asked for")) { /* an option */
		out->status = PROBE_OFF;
		snprintf(out->reason, sizeof(out->reason), "%s", why);
		return;
	}
	out->status = PROBE_MISSING;
	snprintf(out->reason, sizeof(out->reason), "%s: %s", why, sig->without);
}

void ladder_report(const struct choice *choice, int signal, struct ev_probe *out)
{
	const struct signal_desc *sig = &ladder_signals[signal];
	const struct choice *c = &choice[signal];
	const char *why;

	memset(out, 0, sizeof(*out));
	out->hdr.kind = EV_PROBE;
	out->hdr.size = sizeof(*out);
	snprintf(out->signal, sizeof(out->signal), "%s", sig->name);
	if (!c->rung) {
		report_none(c, sig, out);
		return;
	}
	snprintf(out->rung, sizeof(out->rung), "%s", c->rung->name);
	snprintf(out->source, sizeof(out->source), "%s", c->rung->source);
	why = why_not_better(c, sig);
	out->status = c->rung->lacks ? PROBE_DEGRADED : PROBE_OK;
	if (c->rung->lacks)
		snprintf(out->reason, sizeof(out->reason), "%s%s%s", c->rung->lacks,
			 why ? ": " : "", why ? why : "");
}
