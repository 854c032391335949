/* SPDX-License-Identifier: MIT */
#include "tests/sim/plan.h"

#include "tests/sim/ops.h"
#include "tests/sim/prng.h"
#include "util/cleanup.h"

#include <inttypes.h>
#include <string.h>

static const char *const words[EVENT_KINDS] = {
	[EVENT_USER] = "user",         [EVENT_ROUND] = "round",     [EVENT_RUN] = "run",
	[EVENT_TICK] = "tick",         [EVENT_WALL] = "wall",       [EVENT_COMMIT] = "commit",
	[EVENT_CRASH] = "crash",       [EVENT_RESTART] = "restart", [EVENT_OFFLINE] = "offline",
	[EVENT_BACKUP] = "backup",     [EVENT_RESTORE] = "restore", [EVENT_CLONE] = "clone",
	[EVENT_WITHHOLD] = "withhold", [EVENT_VEIL] = "veil",       [EVENT_RELEASE] = "release",
	[EVENT_LATE] = "late",         [EVENT_EVICT] = "evict",     [EVENT_JOIN] = "join",
	[EVENT_LOSE] = "lose",         [EVENT_TURN] = "turn",       [EVENT_PART] = "part",
};

/* What a kind of schedule is made of: of how many events each is. */
struct mix {
	const char *name;
	bool narrow;
	unsigned faults; /* of 100 answers of the store, at most */
	unsigned turns;  /* hand-overs at the begin, so that there is something to work on */
	const char *ops; /* what users do then; NULL: everything */
	bool reader;     /* the last device only reads */
	bool apart;      /* nothing shares blocks, in hand-overs either */
	bool meet;       /* hand-overs after those are without work: just everything here and there */
	unsigned weight[EVENT_KINDS];
};
#define READING " open hclose read "
#define APART                                                                                                          \
	" create write append truncate save rename exchange link unlink mkdir rmdir symlink chmod chown utimens "      \
	"setxattr removexattr fallocate open hwrite hclose fsync read "
#define FILES_ONLY " write append truncate fallocate copy chmod open hwrite hclose read "
static const struct mix mixes[] = {
	{ "handover", .apart = true, .faults = 30,
	  .weight = { [EVENT_TURN] = 60,
	              [EVENT_TICK] = 10,
	              [EVENT_RESTART] = 6,
	              [EVENT_WALL] = 3,
	              [EVENT_EVICT] = 4,
	              [EVENT_LOSE] = 1,
	              [EVENT_JOIN] = 1 } },
	{ "sharing", .faults = 30,
	  .weight = { [EVENT_TURN] = 60,
	              [EVENT_TICK] = 10,
	              [EVENT_RESTART] = 6,
	              [EVENT_WALL] = 3,
	              [EVENT_EVICT] = 4,
	              [EVENT_LOSE] = 1,
	              [EVENT_JOIN] = 1 } },
	{ "narrow", .narrow = true, .faults = 10,
	  .weight = { [EVENT_TURN] = 60, [EVENT_TICK] = 10, [EVENT_RESTART] = 10 } },
	{ "calm", .weight = { [EVENT_USER] = 60, [EVENT_ROUND] = 40, [EVENT_TICK] = 10, [EVENT_RUN] = 10 } },
	{ "beside", .turns = 5, .ops = FILES_ONLY,
	  .weight = { [EVENT_USER] = 15, [EVENT_ROUND] = 60, [EVENT_TICK] = 10, [EVENT_RUN] = 10, [EVENT_EVICT] = 2 } },
	{ "shared", .turns = 6, .meet = true, .ops = " copy truncate write ",
	  .weight = { [EVENT_USER] = 30, [EVENT_TURN] = 25, [EVENT_TICK] = 3 } },
	{ "undo", .reader = true, .turns = 4,
	  .weight = { [EVENT_TURN] = 10,
	              [EVENT_PART] = 10,
	              [EVENT_USER] = 30,
	              [EVENT_ROUND] = 10,
	              [EVENT_TICK] = 5,
	              [EVENT_RELEASE] = 2 } },
	{ "wild", .faults = 25,
	  .weight = { [EVENT_USER] = 80,
	              [EVENT_ROUND] = 50,
	              [EVENT_TICK] = 12,
	              [EVENT_RUN] = 12,
	              [EVENT_WALL] = 1,
	              [EVENT_COMMIT] = 8,
	              [EVENT_CRASH] = 8,
	              [EVENT_RESTART] = 3,
	              [EVENT_OFFLINE] = 4,
	              [EVENT_VEIL] = 2,
	              [EVENT_WITHHOLD] = 2,
	              [EVENT_RELEASE] = 4,
	              [EVENT_LATE] = 6,
	              [EVENT_EVICT] = 4,
	              [EVENT_JOIN] = 1 } },
	{ "clones", .faults = 10, .turns = 2, .weight = { [EVENT_TURN] = 40, [EVENT_TICK] = 5, [EVENT_CLONE] = 3 } },
	{ "backups", .faults = 10, .turns = 2,
	  .weight = { [EVENT_TURN] = 40, [EVENT_TICK] = 5, [EVENT_BACKUP] = 5, [EVENT_RESTORE] = 3 } },
};

const char *plan_kind_name(unsigned i)
{
	return i < ARRAY_LEN(mixes) ? mixes[i].name : NULL;
}

static const struct mix *mix_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(mixes); i++)
		if (!strcmp(mixes[i].name, name))
			return &mixes[i];
	return NULL;
}

const char *plan_turn_ops(const char *kind)
{
	const struct mix *m = mix_find(kind);
	return m && m->apart ? APART : NULL;
}

/* --- making --- */
static unsigned weighed(const unsigned *weight, unsigned n, uint64_t *r)
{
	unsigned all = 0, i = 0;
	for (unsigned k = 0; k < n; k++)
		all += weight[k];
	unsigned at = prng_pick(r, all);
	for (; at >= weight[i]; i++)
		at -= weight[i];
	return i;
}

unsigned plan_some_op(const char *allowed, uint64_t *r)
{
	unsigned weight[64];
	char word[24];
	for (unsigned k = 0; k < op_kinds; k++) {
		snprintf(word, sizeof(word), " %s ", op_names[k].name);
		weight[k] = !allowed || strstr(allowed, word) ? op_names[k].weight : 0;
	}
	return weighed(weight, op_kinds, r);
}

static void numbers(struct event *e, const struct mix *m, bool bare, uint64_t *r)
{
	unsigned faults = m->faults;
	for (unsigned i = 0; i < PLAN_NUMBERS; i++)
		e->n[i] = prng_pick(r, 10000);
	switch (e->kind) {
	case EVENT_USER:
		e->n[0] = plan_some_op(m->reader && e->device % PLAN_DEVICES == PLAN_DEVICES - 1 ? READING : m->ops, r);
		break;
	case EVENT_ROUND:
		e->n[0] = e->n[0] % 4 ? 1 + e->n[0] % 12 : 60;
		e->n[1] = faults && e->n[1] % 3 ? e->n[1] % (faults + 1) : 0;
		break;
	case EVENT_PART:
		e->n[0] = 1 + e->n[0] % 3;
		break;
	case EVENT_TURN:
		e->n[0] = bare ? 0 : 1 + e->n[0] % 6;
		e->n[1] = faults && e->n[1] % 2 ? e->n[1] % (faults + 1) : 0;
		break;
	case EVENT_RUN:
		e->n[0] = 1 + e->n[0] % 12;
		break;
	case EVENT_TICK:
		e->n[0] = e->n[0] % 5 ? 1 + e->n[0] % 600 : 5000;
		break;
	case EVENT_CRASH:
		e->n[0] = e->n[0] % 3 ? e->n[0] % 30 : 0;
		break;
	case EVENT_RESTART:
		e->n[0] = 1 + 2 * e->n[0];
		break;
	case EVENT_OFFLINE:
		e->n[0] %= 2;
		break;
	default:
		break;
	}
}

bool plan_make(struct plan *p, const char *kind, uint64_t seed, unsigned steps)
{
	const struct mix *m = mix_find(kind);
	uint64_t r = seed ^ UINT64_C(0x5eed);
	if (!m)
		return false;
	*p = (struct plan){
		.seed = seed, .narrow = m->narrow, .form = 1, .list = calloc(steps + 1, sizeof(*p->list)), .n = steps
	};
	if (!p->list)
		abort();
	snprintf(p->kind, sizeof(p->kind), "%s", kind);
	for (size_t i = 0; i < steps; i++) {
		struct event *e = &p->list[i];
		e->kind = i < m->turns ? EVENT_TURN : (enum event_kind)weighed(m->weight, EVENT_KINDS, &r);
		e->device = prng_pick(&r, 60);
		numbers(e, m, m->meet && i >= m->turns, &r);
	}
	return true;
}

void plan_free(struct plan *p)
{
	free(p->list);
	p->list = NULL;
}

/* --- text --- */
void plan_text(const struct event *e, char *ret, size_t size)
{
	snprintf(ret, size, "%s %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, words[e->kind], e->device, e->n[0],
	         e->n[1], e->n[2], e->n[3]);
}

void plan_write(const struct plan *p, FILE *f)
{
	fprintf(f, "plan %s %" PRIu64 " %d %u\n", p->kind, p->seed, p->narrow, p->form);
	for (size_t i = 0; i < p->n; i++) {
		char line[160];
		plan_text(&p->list[i], line, sizeof(line));
		fprintf(f, "%s\n", line);
	}
}

static bool event_read(const char *line, struct event *ret)
{
	char word[16];
	*ret = (struct event){ .kind = EVENT_KINDS };
	int n = sscanf(line, "%15s %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, word, &ret->device, &ret->n[0],
	               &ret->n[1], &ret->n[2], &ret->n[3]);
	for (int k = 0; n >= 1 && k < EVENT_KINDS; k++)
		if (!strcmp(word, words[k]))
			ret->kind = (enum event_kind)k;
	return ret->kind != EVENT_KINDS && (ret->kind != EVENT_USER || ret->n[0] < op_kinds);
}

static bool line_read(struct plan *p, const char *line)
{
	int narrow;
	unsigned form = 0;
	if (line[0] == '#' || line[0] == '\n')
		return true;
	if (sscanf(line, "plan %15s %" SCNu64 " %d %u", p->kind, &p->seed, &narrow, &form) >= 3) {
		p->narrow = narrow;
		p->form = form;
		return true;
	}
	p->list = realloc(p->list, (p->n + 1) * sizeof(*p->list));
	if (!p->list)
		abort();
	return event_read(line, &p->list[p->n++]);
}

bool plan_read(struct plan *p, FILE *f)
{
	char line[256];
	*p = (struct plan){ .seed = 0 };
	while (fgets(line, sizeof(line), f))
		if (!line_read(p, line)) {
			fprintf(stderr, "sim: not an event: %s", line);
			plan_free(p);
			return false;
		}
	return true;
}
