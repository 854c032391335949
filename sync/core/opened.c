/* SPDX-License-Identifier: MIT */
#include "sync/core/opened.h"

#include "util/cleanup.h"

#include <string.h>

struct opened_one { /* where: name, type and the epoch's id, of which the first follows from the last, but for chance */
	char name[OBJECT_NAME];
	enum object_type type;
	struct hash epoch;
	struct buf sealed, contents; /* sealed.len 0: nothing is here */
	struct hash hash;
	uint8_t sig[SIG_LEN];
};

static void forget(struct opened_one *x)
{
	buf_free(&x->sealed);
	buf_wipe_free(&x->contents);
}

void opened_free(struct opened *o)
{
	for (size_t i = 0; o->v && i < OPENED_MAX; i++)
		forget(&o->v[i]);
	free(o->v);
	*o = (struct opened){ 0 };
}

/* slot: names are hashes, so their begins are spread. Two that meet push each other out. */
static struct opened_one *slot(struct opened *o, const char *name)
{
	unsigned h = 0;
	for (size_t i = 0; i < 4 && name[i]; i++)
		h = h * 31 + (uint8_t)name[i];
	return &o->v[h % OPENED_MAX];
}

static bool is(const struct opened_one *x, const struct object_place *at, struct span bytes)
{
	return x->sealed.len && x->type == at->type && !strcmp(x->name, at->name) && hash_eq(x->epoch, at->epoch->id) &&
	       !span_cmp(buf_span(&x->sealed), bytes);
}

static err_t give(const struct opened_one *x, struct buf *contents, struct hash *ret_hash, uint8_t ret_sig[SIG_LEN])
{
	buf_put(contents, x->contents.p, x->contents.len);
	err_t e = buf_ok(contents);
	if (e)
		return e;
	*ret_hash = x->hash;
	memcpy(ret_sig, x->sig, SIG_LEN);
	return ERR_OK;
}

/* again: what is read again. A commit is read once, and has more to tell. */
static bool again(const struct object_place *at, struct span bytes)
{
	const bool type = at->type == OBJECT_HEAD || at->type == OBJECT_JOIN || at->type == OBJECT_GUIDE;
	return type && bytes.len <= OPENED_BYTES && strlen(at->name) < OBJECT_NAME;
}

/* keep: what was opened. Without memory it is opened again the next time. */
static void keep(struct opened_one *x, const struct object_place *at, struct span bytes, struct span contents)
{
	forget(x);
	strcpy(x->name, at->name);
	x->type = at->type;
	x->epoch = at->epoch->id;
	buf_put(&x->sealed, bytes.p, bytes.len);
	buf_put(&x->contents, contents.p, contents.len);
	if (buf_ok(&x->sealed) || buf_ok(&x->contents))
		forget(x);
}

err_t opened_get(struct opened *o, const struct object_place *at, struct span bytes, struct buf *contents,
                 struct hash *ret_hash, uint8_t ret_sig[SIG_LEN])
{
	const size_t before = contents->len;
	if (!again(at, bytes))
		return object_open(at, bytes, contents, ret_hash, ret_sig);
	if (!o->v && !(o->v = calloc(OPENED_MAX, sizeof(*o->v))))
		return ERR_NOMEM;
	struct opened_one *x = slot(o, at->name);
	if (is(x, at, bytes))
		return give(x, contents, ret_hash, ret_sig);
	o->n++;
	err_t e = object_open(at, bytes, contents, ret_hash, ret_sig);
	if (e)
		return e;
	keep(x, at, bytes, SPAN(contents->p + before, contents->len - before));
	x->hash = *ret_hash;
	memcpy(x->sig, ret_sig, SIG_LEN);
	return ERR_OK;
}
