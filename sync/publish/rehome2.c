/* SPDX-License-Identifier: MIT */
#include "sync/publish/rehome2.h"

#include "sync/core/sync_struct.h"
#include "sync/publish/own_get2.h"

struct rehoming {
	struct sync *s;
	struct ops ops;
	struct item *renamed; /* in order of the queue, from `first` on */
	size_t first, n;
};

static void rehoming_free(struct rehoming *r)
{
	ops_free(&r->ops);
	free(r->renamed);
}

static bool is_part(const struct item *it)
{
	unsigned class = it->sequence & 0xff;
	bool kept = it->kind == QUEUE_OBJECT || it->kind == QUEUE_RETAINED;
	return kept && (class == CLASS_PART || class == CLASS_COMMIT);
}

static bool ends(const struct item *it)
{
	return is_part(it) && (it->sequence & 0xff) == CLASS_COMMIT;
}

static err_t bytes_of(struct sync *s, const struct item *it, struct buf *out)
{
	struct rkey key = queue_key(it->kind, it->sequence, it->name);
	return map_get(s->c.map, MAP_QUEUE, rkey_span(&key), out);
}

/* is_taken: another commit of ours is in its place. The same may be there, by an answer that was lost before the
 * backup, or by the other life. */
static err_t is_taken(struct sync *s, const struct item *it, uint64_t n, bool *ret)
{
	cleanup(buf_free) struct buf here = BUF_INIT, there = BUF_INIT;
	err_t e = store_get_sync(s->c.store, it->name, 0, 0, OBJECT2_MAX, &there);
	if (!e)
		e = bytes_of(s, it, &here);
	bool same = !e && span_cmp(buf_span(&here), buf_span(&there)) == 0;
	*ret = false;
	for (uint32_t i = keyring_epoch(s->c.keyring); !e && !same && !*ret && i >= 1; i--) {
		cleanup(epoch2_wipe) struct epoch2 epoch = { 0 };
		cleanup(buf_free) struct buf contents = BUF_INIT;
		e = epoch2_open(s->c.keyring, i, &epoch);
		struct object2_place at = epoch2_place(&epoch, OBJECT2_COMMIT, it->name);
		if (!e)
			e = own_get2(s, &at, &contents);
		if (!e)
			e = own_get2_is(s, buf_span(&contents), n, ret);
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* find: where the first commit begins that has its place taken: its first part in the queue; *ret_first: its n. */
static err_t find(struct rehoming *r, uint64_t *ret_first)
{
	const struct queue *q = &r->s->queue;
	uint64_t n = r->s->st.confirmed + 1;
	size_t begin = 0;
	err_t e = ERR_OK;
	*ret_first = 0;
	for (size_t i = 0; !e && i < q->n; i++) {
		const struct item *it = &q->items[i];
		bool taken = false;
		if (it->kind == QUEUE_OBJECT && is_part(it))
			e = is_taken(r->s, it, n, &taken);
		if (taken) {
			r->first = begin;
			*ret_first = n;
			return e;
		}
		if (ends(it)) {
			begin = i + 1;
			n += it->kind == QUEUE_OBJECT;
		}
	}
	return e;
}

/* seal_again: under the name that its hash gives. */
static err_t seal_again(struct sync *s, uint32_t number, struct item *it, struct span bytes, struct buf *out)
{
	cleanup(epoch2_wipe) struct epoch2 epoch = { 0 };
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	char name[OBJECT2_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = epoch2_open(s->c.keyring, number, &epoch);
	struct object2_place at = epoch2_place(&epoch, OBJECT2_COMMIT, it->name);
	if (!e)
		e = object2_open(&at, bytes, &plain, &hash, sig);
	if (!e)
		e = name2_copy(&epoch.names, hash, name);
	at.name = name;
	if (!e)
		e = object2_seal(&at, buf_span(&plain), s->c.device_seed, out, &hash);
	if (!e)
		memcpy(it->name, name, sizeof(name));
	return e;
}

static err_t rename_one(struct rehoming *r, struct item *it)
{
	struct sync *s = r->s;
	cleanup(buf_free) struct buf bytes = BUF_INIT, sealed = BUF_INIT;
	struct rkey before = queue_key(it->kind, it->sequence, it->name);
	err_t e = bytes_of(s, it, &bytes), opened = ERR_DAMAGED;
	for (uint32_t i = keyring_epoch(s->c.keyring); !e && i >= 1 && opened == ERR_DAMAGED; i--)
		opened = seal_again(s, i, it, buf_span(&bytes), &sealed);
	e = e ? e : opened;
	if (e)
		return e;
	it->kind = QUEUE_OBJECT; /* a part that had gone is sent again */
	it->size = sealed.len;
	struct rkey after = queue_key(it->kind, it->sequence, it->name);
	ops_del(&r->ops, MAP_QUEUE, rkey_span(&before));
	ops_put(&r->ops, MAP_QUEUE, rkey_span(&after), buf_span(&sealed));
	return buf_ok(&r->ops.b);
}

static err_t rename_all(struct rehoming *r)
{
	struct queue *q = &r->s->queue;
	err_t e = ERR_OK;
	r->n = q->n - r->first;
	r->renamed = calloc(r->n, sizeof(*r->renamed));
	if (!r->renamed)
		return ERR_NOMEM;
	memcpy(r->renamed, q->items + r->first, r->n * sizeof(*r->renamed));
	for (size_t i = 0; !e && i < r->n; i++)
		if (is_part(&r->renamed[i]))
			e = rename_one(r, &r->renamed[i]);
	if (!e)
		e = ops_commit(&r->ops, r->s->c.map);
	if (!e)
		memcpy(q->items + r->first, r->renamed, r->n * sizeof(*r->renamed));
	return e;
}

err_t rehome2_run(struct sync *s, uint64_t *ret_first)
{
	cleanup(rehoming_free) struct rehoming r = { .s = s };
	err_t e = find(&r, ret_first);
	return e || !*ret_first ? e : rename_all(&r);
}
