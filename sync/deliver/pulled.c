/* SPDX-License-Identifier: MIT */
#include "sync/deliver/pulled.h"

#include "util/vec.h"

#include <stdlib.h>

static void drop_parts(struct pulled *p)
{
	for (size_t i = 0; i < p->n; i++) {
		commit_free(&p->parts[i].c);
		buf_wipe_free(&p->plain[i]);
	}
	p->n = 0;
	p->arrival.bytes = 0;
}

void pulled_free(struct pulled *p)
{
	if (p) {
		drop_parts(p);
		free(p->parts);
		free(p->plain);
	}
	free(p);
}

/* take: there is room in the lists. */
static void take(struct pulled *p, struct commit_part part, struct buf *plain)
{
	p->plain[p->n] = BUF_INIT;
	buf_move(&p->plain[p->n], plain);
	p->parts[p->n++] = part;
	p->arrival.bytes += part.bytes;
	p->hash = part.hash;
}

err_t pulled_add(struct pulled *p, struct buf *plain, struct hash hash)
{
	struct commit_part part = { .hash = hash, .bytes = plain->len };
	if (!vec_room(p->parts, p->n, 1, &p->cap) || !vec_room(p->plain, p->n, 1, &p->plain_cap))
		return ERR_NOMEM;
	if (p->arrival.bytes + plain->len > (p->most ? p->most : COMMIT_BYTES_MAX)) {
		p->over = hash;
		return ERR_LIMIT;
	}
	err_t e = commit_decode(buf_span(plain), &part.c);
	if (e)
		return e;
	if (part.c.part != p->n || (p->n && part.c.parts != p->parts[0].c.parts)) {
		commit_free(&part.c);
		return ERR_DAMAGED;
	}
	take(p, part, plain);
	return ERR_OK;
}

/* named: by the last part, as its i-th; `hash` is its own. */
static bool named(const struct commit *last, struct hash hash, size_t i, struct hash part)
{
	return hash_eq(part, i < last->part ? hash_from(last->part_hashes + i * HASH_LEN) : hash);
}

/* names: as its last part, the parts that are here, and the one that is too much. */
static bool names(const struct commit *last, struct hash hash, const struct pulled *p)
{
	if (!p->n || !commit_is_last(last) || last->parts != p->parts[0].c.parts)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!named(last, hash, i, p->parts[i].hash))
			return false;
	return named(last, hash, p->n, p->over);
}

static void arrive(struct pulled *p)
{
	const struct commit *last = pulled_last(p);
	p->arrival.at = past_position(last->stream, last->n, p->hash);
	p->arrival.previous = last->n > 1 ? id_from(last->previous.b) : ID_ZERO;
	p->arrival.entries = last->vv;
}

err_t pulled_only_last(struct pulled *p, struct buf *plain, struct hash hash)
{
	struct commit_part part = { .hash = hash, .bytes = plain->len };
	err_t e = commit_decode(buf_span(plain), &part.c);
	if (!e && !names(&part.c, hash, p)) {
		commit_free(&part.c);
		e = ERR_DAMAGED;
	}
	if (e)
		return e;
	drop_parts(p);
	take(p, part, plain);
	p->too_large = true;
	arrive(p);
	return ERR_OK;
}

err_t pulled_whole(struct pulled *p)
{
	const struct commit *last = p->n ? pulled_last(p) : NULL;
	if (p->too_large)
		return ERR_OK;
	if (!last || !commit_is_last(last))
		return ERR_DAMAGED;
	for (size_t i = 0; i < p->n; i++) {
		const struct commit *c = &p->parts[i].c;
		if (c->stream != last->stream || c->n != last->n)
			return ERR_DAMAGED;
		if (i + 1 < p->n && !hash_eq(p->parts[i].hash, hash_from(last->part_hashes + i * HASH_LEN)))
			return ERR_DAMAGED;
	}
	arrive(p);
	return ERR_OK;
}
