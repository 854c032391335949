/* SPDX-License-Identifier: MIT */
#include "sync/fetch/confirmed.h"

#include "sync/core/looks.h"
#include "sync/core/stored.h"
#include "sync/fetch/block_where.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

#define SEEN_MAX 8192u /* segments remembered, by the begin of their ids */
#define SEEN_AGE (600 * NS_PER_S)

struct seen {
	struct id segment;
	int64_t when; /* mono ns; 0: never */
};
struct confirmed {
	struct store *store;
	struct map *map;
	struct seen seen[SEEN_MAX];
};

struct confirmed *confirmed_new(struct store *store, struct map *map)
{
	struct confirmed *c = calloc(1, sizeof(*c));
	if (c) {
		c->store = store;
		c->map = map;
	}
	return c;
}

void confirmed_freep(struct confirmed **c)
{
	free(steal_ptr(*c));
}

static struct seen *seen_of(struct confirmed *c, struct id segment)
{
	return &c->seen[(segment.b[0] | (unsigned)segment.b[1] << 8) % SEEN_MAX];
}

static bool is_seen(struct confirmed *c, struct id segment, int64_t now)
{
	const struct seen *s = seen_of(c, segment);
	return s->when && id_eq(s->segment, segment) && now - s->when < SEEN_AGE;
}

struct asking {
	struct id *segments; /* of each block; zero: nothing names it */
	struct look *looks;  /* of segments that were not seen */
	struct id *looked;
	size_t n;
};

static void asking_free(struct asking *a)
{
	free(a->segments);
	free(a->looks);
	free(a->looked);
}

static bool is_listed(const struct asking *a, struct id segment)
{
	for (size_t i = 0; i < a->n; i++)
		if (id_eq(a->looked[i], segment))
			return true;
	return false;
}

/* list: the segment of a block, and whether it is to be looked for. ERR_NOTFOUND: nothing names it. */
static err_t list(struct confirmed *c, struct asking *a, struct id block, struct id *ret, int64_t now)
{
	struct block_where at;
	err_t e = block_where(c->map, block, &at);
	if (e)
		return e;
	*ret = at.rec.segment;
	if (is_seen(c, *ret, now) || is_listed(a, *ret))
		return ERR_OK;
	a->looks[a->n].at = at.object - 1;
	name_id(*ret, a->looks[a->n].name);
	a->looked[a->n++] = *ret;
	return ERR_OK;
}

static void note(struct confirmed *c, const struct asking *a, int64_t now)
{
	for (size_t i = 0; i < a->n; i++) {
		if (!a->looks[i].result)
			*seen_of(c, a->looked[i]) = (struct seen){ a->looked[i], now };
		else if (look_is_answer(a->looks[i].result) && stored_lose(c->map, a->looked[i]))
			log_warn(AREA_SYNC, "that the cloud lost object %s could not be remembered", a->looks[i].name);
	}
}

err_t confirmed_ask(struct confirmed *c, const struct id *ids, size_t n, bool send, int64_t now, bool *ret)
{
	cleanup(asking_free) struct asking a = { .segments = calloc(n, sizeof(struct id)),
		                                 .looks = calloc(n, sizeof(struct look)),
		                                 .looked = calloc(n, sizeof(struct id)) };
	if (!a.segments || !a.looks || !a.looked)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		ret[i] = list(c, &a, ids[i], &a.segments[i], now) == ERR_NOTFOUND;
	if (send && a.n && !looks_run(c->store, a.looks, a.n))
		note(c, &a, now);
	for (size_t i = 0; i < n; i++)
		ret[i] = ret[i] || (!id_is_zero(a.segments[i]) && is_seen(c, a.segments[i], now));
	return ERR_OK;
}
