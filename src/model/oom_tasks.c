/* SPDX-License-Identifier: GPL-2.0 */
/* Layer: model, private. Candidates of an OOM kill; see oom_tasks.h. */
#include <stdlib.h>
#include <string.h>
#include "oom_tasks.h"

#define ADJ_MIN	 (-1000) /* OOM_SCORE_ADJ_MIN */
#define PAGE_MAX 65536ULL

static uint64_t pages(const struct oom_candidate *c, uint64_t page_size)
{
	return c->rss_bytes / page_size + c->swap_bytes / page_size + c->pgtables_bytes / page_size;
}

int64_t oom_points(const struct oom_candidate *c, uint64_t total_pages, uint64_t page_size)
{
	return (int64_t)pages(c, page_size) +
	       (int64_t)c->oom_score_adj * (int64_t)(total_pages / 1000);
}

void oom_table_begin(struct oom_table *t, uint64_t page_size, uint64_t total_pages)
{
	t->format = OOM_TASKS_NONE;
	t->page_size = page_size ? page_size : 4096;
	t->total_pages = total_pages;
	t->all = t->rest_bytes = 0;
	t->n = 0;
	t->least = -1;
}

/* How sure a process ought to be kept: a protected one as if it were not. */
static int64_t weight(const struct oom_table *t, const struct oom_candidate *c)
{
	return c->bar == CANDIDATE_PROTECTED ? (int64_t)pages(c, t->page_size) : c->points;
}

static int least(struct oom_table *t)
{
	if (t->least >= 0)
		return t->least;
	t->least = 0;
	for (int i = 1; i < t->n; i++) {
		if (weight(t, &t->row[i]) < weight(t, &t->row[t->least]))
			t->least = i;
	}
	return t->least;
}

void oom_table_add(struct oom_table *t, struct oom_candidate c)
{
	int at = t->n;

	c.points = oom_points(&c, t->total_pages, t->page_size);
	if (c.oom_score_adj == ADJ_MIN)
		c.bar = CANDIDATE_PROTECTED;
	t->all++;
	if (t->n == OOM_TASKS) {
		at = least(t);
		if (weight(t, &c) <= weight(t, &t->row[at])) {
			t->rest_bytes += c.rss_bytes;
			return;
		}
		t->rest_bytes += t->row[at].rss_bytes;
		t->least = -1;
	} else {
		t->n++;
	}
	t->row[at] = c;
}

void oom_table_total(struct oom_table *t, uint64_t total_pages)
{
	t->total_pages = total_pages;
	for (int i = 0; i < t->n; i++)
		t->row[i].points = oom_points(&t->row[i], total_pages, t->page_size);
}

/* The next number of a row; blanks before it. */
static bool number(const char **text, int64_t *value)
{
	const char *at = *text;
	char *end;

	while (*at == ' ')
		at++;
	if (!(*at >= '0' && *at <= '9') && !(*at == '-' && at[1] >= '0' && at[1] <= '9'))
		return false;
	*value = strtoll(at, &end, 10);
	if (*end != ' ')
		return false;
	*text = end;
	return true;
}

/* "[%7d]" */
static bool bracket(const char **text, uint32_t *tid)
{
	const char *at = *text;

	if (*at++ != '[')
		return false;
	while (*at == ' ')
		at++;
	if (*at < '0' || *at > '9')
		return false;
	for (*tid = 0; *at >= '0' && *at <= '9'; at++)
		*tid = *tid * 10 + (uint32_t)(*at - '0');
	if (*at != ']')
		return false;
	*text = at + 1;
	return true;
}

static uint64_t page_bytes(int64_t count, uint64_t page_size)
{
	uint64_t n =
		count > 0 ? (uint64_t)count : 0; /* counters of RSS may be below 0 for a while */

	return n > (UINT64_MAX >> 1) / PAGE_MAX ? UINT64_MAX >> 1 : n * page_size;
}

enum column { UID, TGID, TOTAL_VM, RSS, PGTABLES, SWAP, ADJ, ANON, FILE_RSS, SHMEM, COLUMNS };

/* dump_task(): a name ends the row, and may be any text; only what is before it is looked at. */
static bool parse_row(const struct oom_table *t, const char *text, struct oom_candidate *c)
{
	static const enum column rss_only[] = {UID, TGID, TOTAL_VM, RSS, PGTABLES, SWAP, ADJ};
	static const enum column kinds[] = {UID,      TGID,  TOTAL_VM, RSS,  ANON,
					    FILE_RSS, SHMEM, PGTABLES, SWAP, ADJ};
	bool has_kinds = t->format == OOM_TASKS_KINDS;
	const enum column *order = has_kinds ? kinds : rss_only;
	int n = (int)(has_kinds ? sizeof(kinds) : sizeof(rss_only)) / (int)sizeof(*order);
	int64_t v[COLUMNS] = {0};
	uint32_t tid;

	if (!bracket(&text, &tid))
		return false;
	for (int i = 0; i < n; i++) {
		if (!number(&text, &v[order[i]]))
			return false;
	}
	*c = (struct oom_candidate){
		.pid = (uint32_t)v[TGID],
		.tid = tid,
		.uid = (uint32_t)v[UID],
		.total_vm_bytes = page_bytes(v[TOTAL_VM], t->page_size),
		.rss_bytes = page_bytes(v[RSS], t->page_size),
		.anon_bytes = has_kinds ? page_bytes(v[ANON], t->page_size) : EV_ABSENT,
		.file_bytes = has_kinds ? page_bytes(v[FILE_RSS], t->page_size) : EV_ABSENT,
		.shmem_bytes = has_kinds ? page_bytes(v[SHMEM], t->page_size) : EV_ABSENT,
		.swap_bytes = page_bytes(v[SWAP], t->page_size),
		.pgtables_bytes = v[PGTABLES] > 0 ? (uint64_t)v[PGTABLES] : 0,
		.oom_score_adj = (int32_t)v[ADJ],
	};
	strncpy(c->comm, text + 1, EV_COMM_LEN - 1);
	return v[TGID] > 0 && v[ADJ] >= ADJ_MIN && v[ADJ] <= -ADJ_MIN;
}

void oom_table_line(struct oom_table *t, const char *text)
{
	static const char before[] = "[  pid  ]   uid  tgid total_vm      rss ";
	struct oom_candidate c;

	if (strncmp(text, before, sizeof(before) - 1) == 0) {
		text += sizeof(before) - 1;
		t->format = strncmp(text, "rss_anon ", 9) == 0		? OOM_TASKS_KINDS
			    : strncmp(text, "pgtables_bytes ", 15) == 0 ? OOM_TASKS_RSS
									: OOM_TASKS_NONE;
		return;
	}
	if (t->format != OOM_TASKS_NONE && parse_row(t, text, &c))
		oom_table_add(t, c);
}

/* Does a come before b? Those that could be chosen by points, then the others by size. */
static bool before(const struct oom_table *t, uint32_t victim, const struct oom_candidate *a,
		   const struct oom_candidate *b)
{
	int64_t x = a->points, y = b->points;

	if ((a->bar == CANDIDATE_OK) != (b->bar == CANDIDATE_OK))
		return a->bar == CANDIDATE_OK;
	if (a->bar != CANDIDATE_OK) {
		x = (int64_t)pages(a, t->page_size);
		y = (int64_t)pages(b, t->page_size);
	}
	if (x != y)
		return x > y;
	return oom_candidate_is(a, victim) && !oom_candidate_is(b, victim);
}

static void sift_down(struct oom_table *t, uint32_t victim, int at, int n)
{
	struct oom_candidate moved = t->row[at];

	for (int child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && before(t, victim, &t->row[child], &t->row[child + 1]))
			child++;
		if (!before(t, victim, &moved, &t->row[child]))
			break;
		t->row[at] = t->row[child];
	}
	t->row[at] = moved;
}

/* A heap sort, as qsort() may allocate. */
static void sort(struct oom_table *t, uint32_t victim)
{
	for (int i = t->n / 2; i-- > 0;)
		sift_down(t, victim, i, t->n);
	for (int n = t->n; n-- > 1;) {
		struct oom_candidate last = t->row[n];

		t->row[n] = t->row[0];
		t->row[0] = last;
		sift_down(t, victim, 0, n);
	}
}

/* Its row, and its rank among those that could be chosen. */
static int find_victim(const struct oom_table *t, uint32_t victim, int *rank)
{
	for (int i = 0; i < t->n; i++) {
		if (!oom_candidate_is(&t->row[i], victim))
			continue;
		*rank = i + 1;
		return i;
	}
	*rank = 0;
	return -1;
}

void oom_table_choose(struct oom_table *t, uint32_t victim, struct oom_choice *out)
{
	int eligible = 0, barred, room, at;

	sort(t, victim);
	while (eligible < t->n && t->row[eligible].bar == CANDIDATE_OK)
		eligible++;
	barred = t->n - eligible < OOM_BARRED_LISTED ? t->n - eligible : OOM_BARRED_LISTED;
	room = eligible < REPORT_CANDIDATES - barred ? eligible : REPORT_CANDIDATES - barred;
	at = find_victim(t, victim, &out->victim_rank);
	memcpy(out->list, t->row, (size_t)room * sizeof(*t->row));
	if (at >= room && at < eligible)
		out->list[room - 1] = t->row[at];
	memcpy(out->list + room, t->row + eligible, (size_t)barred * sizeof(*t->row));
	if (at >= eligible + barred)
		out->list[room + barred - 1] = t->row[at];
	out->n = room + barred;
	out->all = t->all;
	out->total_pages = t->total_pages;
	out->first_points = t->n ? t->row[0].points : 0;
	out->victim_points = at >= 0 ? t->row[at].points : 0;
	out->rest_bytes = t->rest_bytes;
	for (int i = 0; i < t->n; i++)
		out->rest_bytes += t->row[i].rss_bytes;
	for (int i = 0; i < out->n; i++)
		out->rest_bytes -= out->list[i].rss_bytes;
}
