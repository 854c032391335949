/* SPDX-License-Identifier: MIT
 * The threads of a pool: each takes the most urgent request, runs it, answers it. A shutdown lets them answer what is
 * left.
 */
#include "remote/requests/pool.h"

#include "remote/requests/thread.h"
#include "util/cleanup.h"
#include "util/process.h"
#include "util/log.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct store_op_queue queue; /* lock */
	unsigned busy;               /* lock: ops being worked on or answered */
	bool canceled, ending;       /* lock */
	pool_run run;
	void *ctx;
	unsigned threads;
	pthread_t thread[];
};

static struct store_op *take(struct pool *p, bool *canceled)
{
	guard(&p->lock);
	struct store_op *op;
	while (!(op = store_op_pop(&p->queue, STORE_BULK))) {
		if (p->ending)
			return NULL;
		pthread_cond_wait(&p->work, &p->lock);
	}
	p->busy++;
	*canceled = p->canceled;
	return op;
}

static void *worker(void *arg)
{
	process_name_thread("store");
	struct pool *p = arg;
	bool canceled;
	for (struct store_op *op; (op = take(p, &canceled));) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		log_operation_as(op->operation);
		err_t e = canceled ? ERR_CANCELED : p->run(p->ctx, op, &body);
		store_op_answer(op, e, op->kind == STORE_GET ? &body : NULL);
		guard(&p->lock);
		p->busy--;
		pthread_cond_broadcast(&p->idle);
	}
	return NULL;
}

err_t pool_new(unsigned threads, pool_run run, void *ctx, struct pool **ret)
{
	struct pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->thread[0]));
	if (!p)
		return ERR_NOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->idle, NULL);
	p->run = run;
	p->ctx = ctx;
	while (p->threads < threads && !store_thread_start(&p->thread[p->threads], worker, p))
		p->threads++;
	if (!p->threads) {
		pool_free(p);
		return ERR_NOMEM;
	}
	*ret = p;
	return ERR_OK;
}

void pool_submit(struct pool *p, enum store_op_kind kind, const struct store_request *r)
{
	struct store_op *op = store_op_new(sizeof(*op), kind, r);
	if (!op)
		return;
	guard(&p->lock);
	store_op_push(&p->queue, op);
	pthread_cond_signal(&p->work);
}

void pool_shutdown(struct pool *p)
{
	guard(&p->lock);
	p->canceled = true;
	while (p->threads && (p->busy || !store_op_empty(&p->queue)))
		pthread_cond_wait(&p->idle, &p->lock);
}

bool pool_down(struct pool *p)
{
	guard(&p->lock);
	return p->canceled;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pool_shutdown(p);
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
