/* SPDX-License-Identifier: MIT
 * Heads: where each stream's device stands. Ours is written lazily and only when all that it names is on the store;
 * the others' say what is final, and whether the store went back.
 */
#include "sync/internal.h"

#include "util/hex.h"

static void head_fill(struct sync *s, struct head *h, struct stream_pos *at)
{
	for (size_t i = 0; i < s->nstreams; i++)
		at[i] = s->streams[i].applied;
	memcpy(h->stream, s->c.stream, ID_LEN);
	memcpy(h->tip, s->st.tip, HASH_LEN);
	h->n = s->st.n;
	h->epoch = keyring_epoch(s->c.ring);
	h->height = s->st.height;
	h->time = s->c.clock.wall(s->c.clock.ctx);
	h->counter = s->st.head_counter;
	if (s->st.announced.epoch && !s->st.announced_n) {
		memcpy(h->manifest, s->st.announced.hash, HASH_LEN);
		memcpy(h->manifest_id, s->st.announced.id, ID_LEN);
		h->manifest_epoch = s->st.announced.epoch;
	}
	h->applied = at;
	h->napplied = s->nstreams;
}

/* head_count: the counter moves on durably before the head that bears it is PUT. */
static err_t head_count(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.head_counter++;
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}

err_t head_write(struct sync *s)
{
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	cleanup_free struct stream_pos *at = calloc(s->nstreams + 1, sizeof(*at));
	char name[OBJECT_NAME];
	uint8_t hash[HASH_LEN];
	struct head h = { 0 };
	if (!at)
		return ERR_NOMEM;
	if (s->st.confirmed != s->st.n)
		return ERR_OK;
	err_t e = head_count(s);
	if (e)
		return e;
	head_fill(s, &h, at);
	e = head_encode(&h, &plain);
	if (!e)
		e = name_head(s->c.ring, h.epoch, s->c.stream, name);
	if (!e)
		e = object_seal(s->c.ring, h.epoch, OBJ_HEAD, name, buf_span(&plain), s->c.device_seed, &sealed, hash);
	if (!e)
		e = store_put_sync(s->c.store, name, buf_span(&sealed));
	if (e)
		return e;
	s->head_due = false;
	s->head_time = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

static err_t head_get(struct sync *s, const struct stream *st, uint32_t epoch, struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t hash[HASH_LEN], sig[SIG_LEN];
	err_t e = name_head(s->c.ring, epoch, st->id, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	return e ? e : object_open(s->c.ring, epoch, OBJ_HEAD, name, buf_span(&body), st->key, plain, hash, sig);
}

err_t head_read(struct sync *s, const struct stream *st, struct head *ret, struct stream_pos at[], size_t max)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	err_t e = ERR_NOTFOUND;
	for (uint32_t epoch = keyring_claimed(s->c.ring); e == ERR_NOTFOUND && epoch >= 1; epoch--)
		e = head_get(s, st, epoch, &plain);
	struct head h;
	if (!e)
		e = head_decode(buf_span(&plain), &h, at, max);
	if (!e && memcmp(h.stream, st->id, ID_LEN) != 0)
		e = ERR_DAMAGED;
	if (!e)
		*ret = h;
	return e;
}

void head_bad(struct sync *s, const struct stream *st)
{
	struct passing_key k = passing_key(PASSING_HEAD, st->id, 0);
	sync_passing(s, &k, "a device's head does not verify and is ignored");
}

static void head_whole(struct sync *s, const struct stream *st)
{
	struct passing_key k = passing_key(PASSING_HEAD, st->id, 0);
	sync_passed(s, &k);
}

static err_t head_note(struct sync *s, struct stream *st, const struct head *h)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (h->counter >= st->head_counter)
		st->claimed = h->n;
	struct stream next = *st;
	if (h->counter == st->head_counter)
		return ERR_OK;
	if (h->counter < st->head_counter) {
		if (st->alarmed != h->counter + 1)
			sync_alarm(s,
			           "the store shows an older head of another device than before: it went back in time");
		st->alarmed = h->counter + 1;
		return ERR_OK;
	}
	next.head_counter = h->counter;
	next.head_height = h->height;
	memcpy(next.head_tip, h->tip, HASH_LEN);
	state_put_stream(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (!e)
		*st = next;
	return e;
}

static err_t head_read_all(struct sync *s)
{
	cleanup_free struct stream_pos *at = calloc(STREAMS_MAX, sizeof(*at));
	err_t e = ERR_OK;
	if (!at)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < s->nstreams && !sync_stopping(s); i++) {
		struct stream *st = &s->streams[i];
		struct head h;
		if (st->closed)
			head_whole(s, st); /* nobody reads it any more */
		if (memcmp(st->id, s->c.stream, ID_LEN) == 0 || st->closed)
			continue;
		e = head_read(s, st, &h, at, STREAMS_MAX);
		if (!e) {
			head_whole(s, st);
			member_claims(s, &h);
			e = head_note(s, st, &h);
		} else if (sync_unproved(e)) {
			head_bad(s, st);
		}
		if (e == ERR_NOTFOUND || sync_unproved(e))
			e = ERR_OK;
	}
	if (!e)
		s->heads_read_time = s->c.clock.mono(s->c.clock.ctx);
	return e;
}

/* head_ahead: a stream whose head counts commits that no pull has found. */
static bool head_ahead(const struct stream *st)
{
	return !st->closed && st->claimed > st->seen.n;
}

/* head_missing: names what heads prove to exist and the store does not show. */
static void head_missing(struct sync *s)
{
	for (size_t i = 0; i < s->nstreams; i++) {
		struct stream *st = &s->streams[i];
		if (!head_ahead(st) || st->lost == st->seen.n + 1)
			continue;
		char id[2 * ID_LEN + 1];
		hex_encode(st->id, ID_LEN, id);
		struct passing_key k = passing_key(PASSING_LACKS, st->id, st->seen.n + 1);
		sync_passing(s, &k,
		             "of stream %.8s the commits %llu to %llu are lost, damaged or withheld by the store: what "
		             "is shown here is older than the vault",
		             id, (unsigned long long)st->seen.n + 1, (unsigned long long)st->claimed);
		st->lost = st->seen.n + 1;
	}
}

err_t head_check(struct sync *s, bool *ret_news)
{
	bool ahead = false;
	err_t e = head_read_all(s);
	for (size_t i = 0; !e && i < s->nstreams; i++)
		ahead |= head_ahead(&s->streams[i]);
	if (e)
		return e;
	bool sweep = member_sweep_due(s);
	if (!ahead && !sweep)
		return ERR_OK;
	/* A head is PUT after the commits and statements it stands on: a pull that begins now must find them. */
	e = pull_run(s, ret_news);
	if (!e)
		head_missing(s);
	if (!e && sweep)
		member_unproved(s);
	return e;
}
