/* SPDX-License-Identifier: MIT
 * The HTTP thread: it alone touches libcurl's handles (but for curl_multi_wakeup), of which each carries one call.
 *
 *   queue by urgency --pop--> start --> xfer in the multi handle --done, no progress, canceled--> end --> c->done
 *
 * - A call is answered exactly once, and `open` counts those that are not.
 * - At most `connections` transfers run, bulk in three quarters of them (in one at least), so that a reader does not
 *   queue behind uploads.
 * - After http_shutdown nothing is started any more: what is queued or comes later is answered ERR_CANCELED here.
 */
#include "remote/http/http.h"

#include "crypto/secret.h"
#include "remote/http/xfer.h"
#include "remote/requests/thread.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/deadline.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>

#define DEFAULT_CONNECTIONS 8
#define MAX_CONNECTIONS 64
#define DEFAULT_TIMEOUT_MS 30000
#define BOTH_AUTHS (CURLAUTH_BASIC | CURLAUTH_DIGEST)
#define RUN_TRIES 3
#define SLOWEST 256 /* bytes a second */
#define WINDOW 10   /* timeouts, over which that is looked at */

struct call_queue {
	struct http_call *head, **tail;
};
struct http {
	struct http_config config;
	char *ca_file;
	CURLM *multi;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t idle, patience;           /* idle: nothing open; patience: ends the naps of http_run */
	struct call_queue queue[STORE_BULK + 1]; /* lock */
	bool canceled, ending;                   /* lock */
	unsigned open;                           /* lock: calls not answered yet */
	uint64_t up, down;                       /* lock */
	/* the rest belongs to the thread */
	struct xfer_setup setup;
	struct xfer xfer[MAX_CONNECTIONS];
	unsigned active, bulk;
};

static err_t init_curl(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) ? ERR_NOMEM : ERR_OK;
}

/* The next call that may start: bulk leaves a quarter of the connections to the others. Caller holds the lock. */
static struct http_call *pop(struct http *h)
{
	unsigned for_bulk = MAX(h->config.connections * 3 / 4, 1u);
	for (int u = 0; u <= STORE_BULK; u++) {
		struct call_queue *q = &h->queue[u];
		if (!q->head || (u == STORE_BULK && h->bulk >= for_bulk && !h->canceled))
			continue;
		struct http_call *c = q->head;
		q->head = c->next;
		return c;
	}
	return NULL;
}

static void finish(struct http *h, struct http_call *c)
{
	c->done(c); /* `c` may be gone, or queued again */
	guard(&h->lock);
	if (!--h->open)
		pthread_cond_broadcast(&h->idle);
}

static struct xfer *free_xfer(struct http *h)
{
	for (unsigned i = 0; i < h->config.connections; i++)
		if (!h->xfer[i].call)
			return &h->xfer[i];
	return NULL;
}

static void start(struct http *h, struct http_call *c, bool canceled)
{
	struct xfer *x = free_xfer(h);
	c->e = canceled ? ERR_CANCELED : ERR_OK;
	if (!c->e && c->prepare)
		c->e = c->prepare(c);
	if (!c->e)
		c->e = xfer_start(x, &h->setup, c);
	if (!c->e && curl_multi_add_handle(h->multi, x->easy)) {
		(void)xfer_finish(x, &h->setup, CURLE_OUT_OF_MEMORY);
		c->e = ERR_NOMEM;
	}
	if (c->e) {
		finish(h, c);
		return;
	}
	h->active++;
	h->bulk += c->urgency == STORE_BULK;
}

/* Which way of authentication the server wants; asked of each handle until one knows. */
static void learn_auth(struct http *h, CURL *easy)
{
	long offered = 0;
	if (!h->config.login || h->setup.auth != BOTH_AUTHS)
		return;
	if (curl_easy_getinfo(easy, CURLINFO_HTTPAUTH_AVAIL, &offered) || !offered)
		return;
	h->setup.auth = offered & CURLAUTH_DIGEST ? CURLAUTH_DIGEST : CURLAUTH_BASIC;
}

static void end(struct http *h, struct xfer *x, CURLcode code, err_t forced)
{
	if (curl_multi_remove_handle(h->multi, x->easy))
		log_error(AREA_REMOTE, "a transfer cannot be taken off");
	learn_auth(h, x->easy);
	if (forced)
		x->call->e = forced;
	struct http_call *c = xfer_finish(x, &h->setup, code);
	h->active--;
	h->bulk -= c->urgency == STORE_BULK;
	finish(h, c);
}

static void reap(struct http *h)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
		char *x = NULL;
		CURLcode code = m->data.result; /* gone once the handle is removed */
		if (m->msg == CURLMSG_DONE && !curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x) && x)
			end(h, (struct xfer *)(void *)x, code, ERR_OK);
	}
}

/* too_slow: a server that moves a byte now and then would hold who waits for years. A line on which honest ones are so
 * slow carries no objects in a useful time. */
static bool too_slow(struct xfer *x, int64_t window, int64_t now)
{
	if (now - x->window_at < window)
		return false;
	uint64_t moved = x->total - x->window;
	x->window = x->total;
	x->window_at = now;
	return moved < (uint64_t)(SLOWEST * (window / NS_PER_MS) / 1000);
}

/* Ends what has not moved a byte for too long, or few. Returns ms until the next may be due. */
static int check_progress(struct http *h, bool canceled)
{
	int64_t now = clock_mono(), patience = h->config.timeout_ms * NS_PER_MS, next = 60 * NS_PER_S;
	for (unsigned i = 0; i < h->config.connections; i++) {
		struct xfer *x = &h->xfer[i];
		if (!x->call)
			continue;
		if (canceled) {
			end(h, x, CURLE_OK, ERR_CANCELED);
		} else if (now - x->moved_at > patience) {
			http_say(x->call, ERR_TIMEOUT,
			         "The host %s moved no byte for %u seconds: try again later, or check the network.",
			         h->config.host, (h->config.timeout_ms + 999) / 1000);
			end(h, x, CURLE_OK, ERR_TIMEOUT);
		} else if (too_slow(x, WINDOW * patience, now)) {
			http_say(x->call, ERR_TIMEOUT,
			         "The host %s is too slow (under %u bytes a second): try again later, or check the "
			         "network.",
			         h->config.host, SLOWEST);
			end(h, x, CURLE_OK, ERR_TIMEOUT);
		} else {
			next = MIN(next, patience - (now - x->moved_at));
			next = MIN(next, WINDOW * patience - (now - x->window_at));
		}
	}
	return (int)(next / NS_PER_MS) + 1;
}

/* Starts what may start. True: the thread shall end. */
static bool feed(struct http *h, bool *canceled)
{
	for (;;) {
		struct http_call *c = NULL;
		pthread_mutex_lock(&h->lock);
		*canceled = h->canceled;
		h->setup.up = h->up;
		h->setup.down = h->down;
		if (h->active < h->config.connections)
			c = pop(h);
		bool ending = h->ending && !h->open;
		pthread_mutex_unlock(&h->lock);
		if (!c)
			return ending;
		start(h, c, *canceled);
	}
}

static void *loop(void *arg)
{
	process_name_thread("http");
	struct http *h = arg;
	bool canceled = false;
	for (int running; !feed(h, &canceled);) {
		CURLMcode m = curl_multi_perform(h->multi, &running);
		unsigned before = h->active;
		reap(h);
		int ms = check_progress(h, canceled);
		if (m)
			log_error(AREA_REMOTE, "curl_multi_perform: %s", curl_multi_strerror(m));
		if (h->active == before && curl_multi_poll(h->multi, NULL, 0, ms, NULL))
			log_error(AREA_REMOTE, "curl_multi_poll failed");
	}
	return NULL;
}

static void ready(struct http *h, const struct http_config *c)
{
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->idle, NULL);
	pthread_cond_init(&h->patience, NULL);
	h->config = *c;
	h->config.connections = MIN(c->connections ? c->connections : DEFAULT_CONNECTIONS, (unsigned)MAX_CONNECTIONS);
	h->config.timeout_ms = c->timeout_ms ? c->timeout_ms : DEFAULT_TIMEOUT_MS;
	h->setup = (struct xfer_setup){ .config = &h->config, .auth = BOTH_AUTHS };
}

err_t http_new(const struct http_config *c, struct http **ret, struct why *why)
{
	struct http *h = calloc(1, sizeof(*h));
	if (!h) {
		secret_free(c->login);
		return ERR_NOMEM;
	}
	ready(h, c);
	err_t e = process_curl_once(init_curl);
	if (!e && c->ca_file) {
		h->config.ca_file = h->ca_file = strdup(c->ca_file);
		if (access(c->ca_file, R_OK))
			e = why_set(why, ERR_TLS, "The file of trusted certificates %s cannot be read: %s.", c->ca_file,
			            strerror(errno));
	}
	if (!e) {
		h->multi = curl_multi_init();
		bool ok =
		        h->multi && !curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->config.connections + 2);
		e = ok && (!c->ca_file || h->ca_file) ? store_thread_start(&h->thread, loop, h) : ERR_NOMEM;
		h->started = !e;
	}
	if (e)
		http_free(h);
	else
		*ret = h;
	return e;
}

void http_submit(struct http *h, struct http_call *c)
{
	struct call_queue *q = &h->queue[c->urgency];
	guard(&h->lock);
	c->next = NULL;
	if (q->head)
		*q->tail = c;
	else
		q->head = c;
	q->tail = &c->next;
	h->open++;
	(void)curl_multi_wakeup(h->multi); /* fails only for a multi handle that is not one */
}

struct runner {
	struct http *h;
	bool done; /* h->lock */
	pthread_cond_t cond;
};

static void wake(struct http_call *c)
{
	struct runner *r = c->ctx;
	guard(&r->h->lock);
	r->done = true;
	pthread_cond_signal(&r->cond);
}

static void run_once(struct http *h, struct http_call *c)
{
	struct runner r = { h, false, PTHREAD_COND_INITIALIZER };
	c->ctx = &r;
	c->done = wake;
	http_submit(h, c);
	pthread_mutex_lock(&h->lock);
	while (!r.done)
		pthread_cond_wait(&r.cond, &h->lock);
	pthread_mutex_unlock(&h->lock);
	pthread_cond_destroy(&r.cond);
}

/* True unless shut down meanwhile. */
static bool nap(struct http *h, unsigned ms)
{
	struct deadline end = deadline_in(ms * NS_PER_MS);
	guard(&h->lock);
	while (!h->canceled && deadline_wait(&h->patience, &h->lock, end))
		;
	return !h->canceled;
}

err_t http_run(struct http *h, struct http_call *c)
{
	for (unsigned i = 1;; i++) {
		void *ctx = c->ctx;
		run_once(h, c);
		c->ctx = ctx;
		bool hiccup =
		        c->e == ERR_NET ||
		        (!c->e && (c->status == 429 || (c->status >= 500 && c->status != 501 && c->status != 507)));
		if (!hiccup || i == RUN_TRIES || !nap(h, 150 * i))
			return c->e;
		buf_free(&c->answer);
		c->answer_headers = (struct http_headers){ 0 };
		c->text[0] = 0;
	}
}

void http_login(struct http *h, struct login *login)
{
	secret_free(h->config.login);
	h->config.login = login;
}

const struct login *http_login_now(const struct http *h)
{
	return h->config.login;
}

void http_limit(struct http *h, uint64_t up, uint64_t down)
{
	guard(&h->lock);
	h->up = up;
	h->down = down;
}

void http_shutdown(struct http *h)
{
	guard(&h->lock);
	h->canceled = true;
	pthread_cond_broadcast(&h->patience);
	if (h->started)
		(void)curl_multi_wakeup(h->multi);
	while (h->open)
		pthread_cond_wait(&h->idle, &h->lock);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->started) {
		http_shutdown(h);
		pthread_mutex_lock(&h->lock);
		h->ending = true;
		(void)curl_multi_wakeup(h->multi);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->thread, NULL);
	}
	for (unsigned i = 0; i < MAX_CONNECTIONS; i++)
		xfer_free(&h->xfer[i]);
	if (h->multi)
		(void)curl_multi_cleanup(h->multi); /* every handle was removed before */
	secret_free(h->config.login);
	free(h->ca_file);
	pthread_cond_destroy(&h->idle);
	pthread_cond_destroy(&h->patience);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
