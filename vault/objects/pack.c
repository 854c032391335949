/* SPDX-License-Identifier: MIT */
#include "vault/objects/pack.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/group.h"
#include "vault/join/varint.h"

#include <string.h>

#define STAMP_LEAST 3         /* bytes of a stamp in a pack */
#define RAW_STAMP_LEAST 10    /* in a record */
#define HEAD_MAX (10 + 10)    /* of a pack: lamport and number of streams */
#define STREAM_BYTES (8 + 10) /* of one of its streams, at most */

bool pack_key_ok(struct span key)
{
	const uint8_t *p = key.p;
	return key.len && key.len <= PACK_KEY_MAX && p[0] >= SHARED_LOW && p[0] <= SHARED_HIGH;
}

/* stream_at: index of the first that is not before `stream`. */
static size_t stream_at(const struct pack_stream *v, size_t n, uint64_t stream)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (v[mid].stream < stream)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* -- gathering --------------------------------------------------------------------------------------------------- */

void pack_free(struct pack *p)
{
	buf_wipe_free(&p->raw);
	free(p->streams);
	*p = PACK_INIT;
}

/* note: a stamp that the pack has. False: out of memory. */
static bool note(struct pack *p, struct stamp s)
{
	size_t at = stream_at(p->streams, p->n, s.stream);
	p->stamps++;
	p->lamport = MAX(p->lamport, s.lamport);
	if (at < p->n && p->streams[at].stream == s.stream) {
		p->streams[at].n = MAX(p->streams[at].n, s.n);
		return true;
	}
	if (!vec_room(p->streams, p->n, 1, &p->cap))
		return false;
	memmove(p->streams + at + 1, p->streams + at, (p->n - at) * sizeof(*p->streams));
	p->streams[at] = (struct pack_stream){ s.stream, s.n };
	p->n++;
	return true;
}

/* has_table: whether a value is one of this version, which begins with a table of stamps. */
static bool has_table(struct span value)
{
	return value.len && *(const uint8_t *)value.p == SHARED_RECORD_VERSION;
}

/* table: the stamps of a value; `p`: noted there. */
static err_t table(struct span value, struct pack *p)
{
	struct rd r = RD(value);
	(void)rd_u8(&r);
	uint64_t n = varint_get(&r);
	for (uint64_t i = 0; i < n && !r.bad; i++) {
		struct stamp s = stamp_get(&r);
		if (p && !r.bad && !note(p, s))
			return ERR_NOMEM;
	}
	return r.bad ? ERR_INVAL : ERR_OK;
}

static struct span raw_key(const struct pack *p, size_t at)
{
	return SPAN(p->raw.p + at + 1, p->raw.p[at]);
}

err_t pack_add(struct pack *p, struct span key, struct span value)
{
	if (!pack_key_ok(key) || (p->raw.len && span_cmp(raw_key(p, p->last), key) >= 0))
		return ERR_INVAL;
	err_t e = value.len && value.len <= UINT32_MAX ? ERR_OK : ERR_INVAL;
	if (!e && has_table(value))
		e = table(value, NULL);
	if (!e && !buf_reserve(&p->raw, 1 + key.len + 4 + value.len))
		e = ERR_NOMEM;
	if (!e && has_table(value))
		e = table(value, p);
	if (e)
		return e;
	p->last = p->raw.len;
	buf_u8(&p->raw, (uint8_t)key.len);
	buf_put(&p->raw, key.p, key.len);
	buf_blob32(&p->raw, value);
	return buf_ok(&p->raw);
}

static size_t varint_len(uint64_t v)
{
	size_t n = 1;
	while (v >>= 7)
		n++;
	return n;
}

size_t pack_bound(const struct pack *p)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		n = MAX(n, p->streams[i].n);
	size_t stamp = varint_len(p->n) + varint_len(n) + varint_len(p->lamport);
	return HEAD_MAX + p->n * STREAM_BYTES + p->raw.len - p->stamps * RAW_STAMP_LEAST + p->stamps * stamp;
}

/* -- writing ----------------------------------------------------------------------------------------------------- */

static void put_value(const struct pack *p, struct span value, struct buf *out)
{
	struct rd r = RD(value);
	if (!has_table(value)) {
		buf_put(out, value.p, value.len);
		return;
	}
	buf_u8(out, rd_u8(&r));
	uint64_t n = varint_get(&r);
	varint_put(out, n);
	for (; n > 0; n--) {
		struct stamp s = stamp_get(&r);
		size_t at = stream_at(p->streams, p->n, s.stream);
		varint_put(out, at);
		varint_put(out, p->streams[at].n - s.n);
		varint_put(out, p->lamport - s.lamport);
	}
	buf_put(out, r.p, r.left);
}

static size_t shared_bytes(struct span a, struct span b)
{
	size_t n = 0;
	while (n < a.len && n < b.len && ((const uint8_t *)a.p)[n] == ((const uint8_t *)b.p)[n])
		n++;
	return n;
}

/* put_record: `one` is scratch. */
static void put_record(const struct pack *p, struct span before, struct rd *r, struct buf *one, struct buf *out)
{
	size_t len = rd_u8(r);
	struct span key = SPAN(rd_bytes(r, len), len);
	size_t both = shared_bytes(before, key);
	buf_clear(one);
	put_value(p, rd_blob32(r), one);
	varint_put(out, both);
	varint_put(out, len - both);
	buf_put(out, (const uint8_t *)key.p + both, len - both);
	varint_put(out, one->len);
	buf_put(out, one->p, one->len);
	out->failed |= one->failed;
}

err_t pack_put(const struct pack *p, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf one = BUF_INIT;
	struct rd r = RD(buf_span(&p->raw));
	struct span before = SPAN("", 0);
	varint_put(out, p->lamport);
	varint_put(out, p->n);
	for (size_t i = 0; i < p->n; i++) {
		buf_u64(out, p->streams[i].stream);
		varint_put(out, p->streams[i].n);
	}
	while (r.left) {
		struct span key = raw_key(p, p->raw.len - r.left);
		put_record(p, before, &r, &one, out);
		before = key;
	}
	return buf_ok(out);
}

/* -- reading ----------------------------------------------------------------------------------------------------- */

struct unpack {
	struct rd r;
	uint64_t lamport, top;          /* said; of all that were met */
	struct pack_stream *said, *met; /* of `met` the n is the greatest that was met; 0 at first */
	bool *used;
	size_t n;
	uint8_t key[PACK_KEY_MAX];
	size_t len;
	struct buf value;
};

static void unpack_free(struct unpack *u)
{
	free(u->said);
	free(u->met);
	free(u->used);
	buf_wipe_free(&u->value);
}

static err_t get_head(struct unpack *u)
{
	u->lamport = varint_get(&u->r);
	uint64_t n = varint_get(&u->r);
	if (u->r.bad || n > u->r.left / 9)
		return ERR_DAMAGED;
	u->n = (size_t)n;
	u->said = calloc(u->n + 1, sizeof(*u->said));
	u->met = calloc(u->n + 1, sizeof(*u->met));
	u->used = calloc(u->n + 1, sizeof(*u->used));
	if (!u->said || !u->met || !u->used)
		return ERR_NOMEM;
	for (size_t i = 0; i < u->n; i++) {
		u->said[i].stream = rd_u64(&u->r);
		u->said[i].n = varint_get(&u->r);
		if (u->r.bad || (i && u->said[i - 1].stream >= u->said[i].stream))
			return ERR_DAMAGED;
	}
	return ERR_OK;
}

static bool get_key(struct unpack *u)
{
	uint64_t both = varint_get(&u->r), len = varint_get(&u->r);
	const uint8_t *rest = len <= PACK_KEY_MAX ? rd_bytes(&u->r, (size_t)len) : NULL;
	if (!rest || u->r.bad || len == 0 || both > u->len || both + len > PACK_KEY_MAX)
		return false;
	if (both < u->len && rest[0] <= u->key[both]) /* else it shares more, or is not after it */
		return false;
	memcpy(u->key + both, rest, (size_t)len);
	u->len = (size_t)(both + len);
	return pack_key_ok(SPAN(u->key, u->len));
}

/* get_stamp: one of a value. */
static bool get_stamp(struct unpack *u, struct rd *r, struct stamp *ret)
{
	uint64_t at = varint_get(r), n = varint_get(r), lamport = varint_get(r);
	if (r->bad || at >= u->n || n > u->said[at].n || lamport > u->lamport)
		return false;
	*ret = (struct stamp){ u->lamport - lamport, u->said[at].stream, u->said[at].n - n };
	u->used[at] = true;
	u->met[at].n = MAX(u->met[at].n, ret->n);
	u->top = MAX(u->top, ret->lamport);
	return true;
}

static bool get_value(struct unpack *u)
{
	uint64_t len = varint_get(&u->r);
	const uint8_t *p = len <= u->r.left ? rd_bytes(&u->r, (size_t)len) : NULL;
	struct rd r = RD(SPAN(p, (size_t)len));
	if (!p || len == 0)
		return false;
	buf_clear(&u->value);
	if (!has_table(SPAN(p, (size_t)len))) {
		buf_put(&u->value, p, (size_t)len);
		return true;
	}
	buf_u8(&u->value, rd_u8(&r));
	uint64_t n = varint_get(&r);
	if (r.bad || n > r.left / STAMP_LEAST)
		return false;
	varint_put(&u->value, n);
	for (struct stamp s; n > 0; n--) {
		if (!get_stamp(u, &r, &s))
			return false;
		stamp_put(&u->value, s);
	}
	buf_put(&u->value, r.p, r.left);
	return true;
}

/* is_tight: nothing in its head that an encoder would not have written. */
static bool is_tight(const struct unpack *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (!u->used[i] || u->said[i].n != u->met[i].n)
			return false;
	return u->lamport == u->top;
}

err_t pack_read(struct span bytes, view_visit fn, void *ctx)
{
	cleanup(unpack_free) struct unpack u = { .r = RD(bytes) };
	err_t e = get_head(&u);
	while (!e && u.r.left) {
		if (!get_key(&u) || !get_value(&u))
			return ERR_DAMAGED;
		e = buf_ok(&u.value);
		if (!e && fn)
			e = fn(ctx, SPAN(u.key, u.len), buf_span(&u.value));
	}
	return e || is_tight(&u) ? e : ERR_DAMAGED;
}
