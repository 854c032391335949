/* SPDX-License-Identifier: MIT */
#include "sync/core/looks.h"

#include "sync/core/asked.h"
#include "util/cleanup.h"

#include <pthread.h>

#define LOOKS_MAX 8 /* at once */

struct looking {
	pthread_mutex_t lock;
	pthread_cond_t one;
	unsigned flying; /* under lock */
};
struct look_job {
	struct looking *all;
	struct look *look;
};

static void look_done(void *ctx, err_t e, struct buf *body)
{
	struct look_job *j = ctx;
	struct looking *all = j->all;
	(void)body;
	j->look->result = e;
	free(j);
	guard(&all->lock);
	all->flying--;
	pthread_cond_broadcast(&all->one);
}

static err_t look_start(struct store *store, struct looking *all, struct look *look)
{
	struct look_job *j = malloc(sizeof(*j));
	if (!j)
		return ERR_NOMEM;
	*j = (struct look_job){ all, look };
	struct store_request r = { .name = look->name,
		                   .offset = look->at,
		                   .length = 1,
		                   .limit = 1,
		                   .urgency = STORE_SOON,
		                   .done = look_done,
		                   .ctx = j };
	{
		guard(&all->lock);
		all->flying++;
	}
	store->ops->get(store, &r);
	return ERR_OK;
}

/* wait_below: until fewer than `n` are under way. */
static void wait_below(struct looking *all, unsigned n)
{
	guard(&all->lock);
	while (all->flying >= n)
		pthread_cond_wait(&all->one, &all->lock);
}

bool look_is_answer(err_t e)
{
	return !e || e == ERR_NOTFOUND || e == ERR_DAMAGED || e == ERR_LIMIT;
}

err_t looks_run(struct store *store, struct look *list, size_t n)
{
	struct looking all = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++) {
		wait_below(&all, LOOKS_MAX);
		e = look_start(store, &all, &list[i]);
	}
	wait_below(&all, 1);
	pthread_cond_destroy(&all.one);
	pthread_mutex_destroy(&all.lock);
	for (size_t i = 0; !e && i < n; i++)
		if (look_is_answer(list[i].result) || asked_alone(list[i].result))
			return ERR_OK;
	return e || !n ? e : list[0].result;
}
