/* SPDX-License-Identifier: MIT */
#include "vault/changeset/recent.h"

#include "util/cleanup.h"
#include "vault/join/shared_key.h"

#define INODES_MOST 256
#define BYTES_MOST 4096 /* of one: most have some hundred */

void recent_begin(struct recent *r)
{
	*r = (struct recent){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

void recent_end(struct recent *r)
{
	records_free(&r->inodes);
	pthread_mutex_destroy(&r->lock);
}

void recent_drop(struct recent *r)
{
	guard(&r->lock);
	records_free(&r->inodes);
}

static bool is_inode(struct span key)
{
	return key.len == SHARED_INO_KEY && *(const uint8_t *)key.p == SHARED_INODE;
}

/* make_room: for one more. */
static void make_room(struct recent *r)
{
	if (r->inodes.n < INODES_MOST)
		return;
	r->next = (r->next + 1) % r->inodes.n;
	records_drop(&r->inodes, records_key(r->inodes.v[r->next]));
}

/* keep: what is not kept is read again. */
static void keep(struct recent *r, struct span key, struct span value)
{
	if (value.len <= BYTES_MOST && !records_find(&r->inodes, key))
		make_room(r);
	if (value.len > BYTES_MOST || records_put(&r->inodes, key, value))
		records_drop(&r->inodes, key);
}

void recent_changed(struct recent *r, const struct records *changes)
{
	guard(&r->lock);
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *x = changes->v[i];
		if (is_inode(records_key(x)) && x->gone)
			records_drop(&r->inodes, records_key(x));
		else if (is_inode(records_key(x)))
			keep(r, records_key(x), buf_span(&x->value));
	}
}

/* -- the view ---------------------------------------------------------------------------------------------------- */

/* find: ERR_NOTFOUND: nothing is kept of it. */
static err_t find(struct recent *r, struct span key, struct buf *out)
{
	guard(&r->lock);
	const struct records_entry *x = records_find(&r->inodes, key);
	if (!x)
		return ERR_NOTFOUND;
	buf_clear(out);
	buf_put(out, x->value.p, x->value.len);
	return buf_ok(out);
}

static void note(struct recent *r, struct span key, struct span value)
{
	guard(&r->lock);
	keep(r, key, value);
}

static err_t get(void *ctx, struct span key, struct buf *out)
{
	const struct recent_view *v = ctx;
	const bool keeps = v->recent && is_inode(key);
	err_t e = keeps ? find(v->recent, key, out) : ERR_NOTFOUND;
	if (e != ERR_NOTFOUND)
		return e;
	e = v->below->get(v->below->ctx, key, out);
	if (!e && keeps)
		note(v->recent, key, buf_span(out));
	return e;
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	const struct recent_view *v = ctx;
	return v->below->scan(v->below->ctx, prefix, from, fn, arg);
}

void recent_view_begin(struct recent_view *v, struct recent *r, const struct view *below)
{
	*v = (struct recent_view){ r, below, { get, scan, v } };
}
