/* SPDX-License-Identifier: MIT */
#include "cli/vaults/noted_store.h"

#include "cli/ui/escape.h"
#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define UPLOADED "uploaded"
#define UPLOADED_MAX 1048576

struct noted {
	struct store base;
	struct store *to;
	const struct vault_dir *v;
	pthread_mutex_t lock;
	struct buf lines; /* lock */
};

static void put_line(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
	buf_put(b, "\n", 1);
}

static err_t note(struct noted *n, const char *name)
{
	guard(&n->lock);
	put_line(&n->lines, name);
	err_t e = buf_ok(&n->lines);
	return e ? e : vaults_write(n->v, UPLOADED, buf_span(&n->lines), NULL);
}

static void noted_put(struct store *s, const struct store_request *r)
{
	struct noted *n = (struct noted *)s;
	err_t e = note(n, r->name);
	if (e)
		r->done(r->ctx, e, NULL);
	else
		n->to->ops->put(n->to, r);
}
static void noted_get(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct noted *)s)->to;
	to->ops->get(to, r);
}
static void noted_del(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct noted *)s)->to;
	to->ops->del(to, r);
}
static err_t noted_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *to = ((struct noted *)s)->to;
	return to->ops->list(to, fn, ctx);
}
static err_t noted_check(struct store *s, bool create, struct why *why)
{
	struct store *to = ((struct noted *)s)->to;
	return to->ops->check(to, create, why);
}
static void noted_shutdown(struct store *s)
{
	(void)s; /* `to` is the caller's */
}
static void noted_destroy(struct store *s)
{
	struct noted *n = (struct noted *)s;
	pthread_mutex_destroy(&n->lock);
	buf_free(&n->lines);
	free(n);
}

struct store *noted_store_new(struct store *to, const struct vault_dir *v, const char *address)
{
	static const struct store_ops ops = { .put = noted_put,
		                              .get = noted_get,
		                              .del = noted_del,
		                              .list = noted_list,
		                              .check = noted_check,
		                              .shutdown = noted_shutdown,
		                              .destroy = noted_destroy };
	struct noted *n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	*n = (struct noted){ .base = { &ops }, .to = to, .v = v, .lines = BUF_INIT };
	pthread_mutex_init(&n->lock, NULL);
	put_line(&n->lines, address);
	return &n->base;
}

/* -- what an earlier one put -----------------------------------------------------------------------------------------
 */

/* read_lines: each ends with a NUL. */
static err_t read_lines(const struct vault_dir *v, struct buf *ret)
{
	err_t e = vaults_read(v, UPLOADED, UPLOADED_MAX, ret, NULL);
	buf_put(ret, "", 1);
	if (!e)
		e = buf_ok(ret);
	for (size_t i = 0; !e && i + 1 < ret->len; i++)
		if (ret->p[i] == '\n')
			ret->p[i] = 0;
	return e;
}

static const char *next_line(const struct buf *b, const char *line)
{
	const char *next = line + strlen(line) + 1;
	return next < (const char *)b->p + b->len && *next ? next : NULL;
}

bool noted_store_has(const struct vault_dir *v, const char *name)
{
	cleanup(buf_free) struct buf lines = BUF_INIT;
	bool found = false;
	if (read_lines(v, &lines))
		return false;
	for (const char *l = (const char *)lines.p; l; l = next_line(&lines, l))
		found |= !strcmp(l, name);
	return found;
}

err_t noted_store_undo(struct store *store, const struct vault_dir *v, const char *address, struct why *why)
{
	cleanup(buf_free) struct buf lines = BUF_INIT;
	err_t e = read_lines(v, &lines);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	const char *l = (const char *)lines.p;
	if (strcmp(l, address)) {
		escape_print(stderr,
		             "cloudseal: an init that was ended left files of no vault in %s: delete them there", l);
		return ERR_OK;
	}
	while (!e && (l = next_line(&lines, l)))
		e = strcmp(l, STORE_HEADER) ? store_del_sync(store, l) : ERR_OK;
	return e ? why_set(why, e, "what an init before left in the cloud could not be deleted: %s", err_text(e)) : e;
}

void noted_store_forget(const struct vault_dir *v)
{
	if (unlinkat(v->fd, UPLOADED, 0) && errno != ENOENT)
		log_warn(AREA_CLI, "%s/" UPLOADED ": %s", v->path, strerror(errno));
}
