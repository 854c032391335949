/* SPDX-License-Identifier: MIT */
#include "vault/join/group_join.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"

/* wins: which of two nodes of one place is greater before one looks at what is inside; 0: what is inside joins. */
static int wins(const struct group_node *a, const struct group_node *b)
{
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	int c = a->class == GROUP_VALUE || a->class == GROUP_SCOPED ? stamp_cmp(a->stamp, b->stamp) : 0;
	return c == 0 && a->class == GROUP_VALUE ? span_cmp(a->bytes, b->bytes) : c;
}

/* open_like: begins a node as `g`, with nothing inside yet. */
static size_t open_like(struct record *out, const struct group_node *g)
{
	size_t at = out->n;
	struct group_node alone = *g;
	alone.size = 1;
	group_copy(out, &alone);
	return at;
}

static void join_two(const struct group_node *a, const struct group_node *b, struct record *out)
{
	int c = wins(a, b);
	if (c || a->class == GROUP_VALUE) {
		group_copy(out, c < 0 ? b : a);
		return;
	}
	size_t at = open_like(out, a);
	groups_join(group_inside(a), group_inside(b), out);
	group_close(out, at);
}

void groups_join(struct nodes a, struct nodes b, struct record *out)
{
	const struct group_node *x = a.v, *y = b.v, *xe = group_end(a), *ye = group_end(b);
	if (!vec_room(out->v, out->n, a.n + b.n, &out->cap))
		out->failed = true;
	while (x < xe && y < ye) {
		int c = node_cmp(x, y);
		if (c == 0)
			join_two(x, y, out);
		else
			group_copy(out, c < 0 ? x : y);
		if (c <= 0)
			x += x->size;
		if (c >= 0)
			y += y->size;
	}
	for (; x < xe; x += x->size)
		group_copy(out, x);
	for (; y < ye; y += y->size)
		group_copy(out, y);
}

static void delta_two(const struct group_node *before, const struct group_node *after, struct record *out)
{
	if (wins(before, after)) {
		group_copy(out, after);
		return;
	}
	size_t at = open_like(out, after);
	groups_delta(group_inside(before), group_inside(after), out);
	group_close(out, at);
	if (!out->failed && out->v[at].size == 1)
		out->n = at; /* nothing new */
}

void groups_delta(struct nodes before, struct nodes after, struct record *out)
{
	const struct group_node *x = before.v, *xe = group_end(before);
	for (const struct group_node *y = after.v; y < group_end(after); y += y->size) {
		while (x < xe && node_cmp(x, y) < 0)
			x += x->size;
		if (x < xe && node_cmp(x, y) == 0)
			delta_two(x, y, out);
		else
			group_copy(out, y);
	}
}

static err_t decode_some(struct span value, struct record *ret)
{
	return value.len ? record_decode(value, ret) : ERR_OK;
}

static err_t encode_some(const struct record *r, struct buf *out)
{
	cleanup(buf_free) struct buf made = BUF_INIT;
	err_t e = r->n || r->failed ? record_encode(r, &made) : ERR_OK;
	if (!e)
		buf_move(out, &made);
	return e;
}

/* put_greater: `out` becomes the greater one; the first byte is the version. */
static err_t put_greater(struct span a, struct span b, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf made = BUF_INIT;
	struct span c = span_cmp(a, b) < 0 ? b : a;
	buf_put(&made, c.p, c.len);
	err_t e = buf_ok(&made);
	if (!e)
		buf_move(out, &made);
	return e;
}

err_t record_join(struct span a, struct span b, struct buf *out)
{
	if (record_is_later(a) || record_is_later(b))
		return put_greater(a, b, out);
	cleanup(record_free) struct record ra = RECORD_INIT, rb = RECORD_INIT, sum = RECORD_INIT;
	err_t e = decode_some(a, &ra);
	if (!e)
		e = decode_some(b, &rb);
	if (e)
		return e;
	groups_join(group_all(&ra), group_all(&rb), &sum);
	return encode_some(&sum, out);
}

static err_t same_bytes(struct span before, struct span d, struct span after)
{
	cleanup(buf_free) struct buf sum = BUF_INIT;
	err_t e = record_join(before, d, &sum);
	return !e && span_cmp(buf_span(&sum), after) ? ERR_INVAL : e;
}

/* delta_whole: of a record that is carried whole. */
static err_t delta_whole(struct span before, struct span after, struct buf *out)
{
	const struct span none = SPAN(NULL, 0);
	int c = span_cmp(before, after);
	if (c > 0)
		return ERR_INVAL;
	return put_greater(none, c ? after : none, out);
}

err_t record_delta(struct span before, struct span after, struct buf *out)
{
	if (record_is_later(before) || record_is_later(after))
		return delta_whole(before, after, out);
	cleanup(record_free) struct record rb = RECORD_INIT, ra = RECORD_INIT, d = RECORD_INIT;
	cleanup(buf_free) struct buf made = BUF_INIT;
	err_t e = decode_some(before, &rb);
	if (!e)
		e = decode_some(after, &ra);
	if (e)
		return e;
	groups_delta(group_all(&rb), group_all(&ra), &d);
	e = encode_some(&d, &made);
	if (!e)
		e = same_bytes(before, buf_span(&made), after);
	if (!e)
		buf_move(out, &made);
	return e;
}
