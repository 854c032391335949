/* SPDX-License-Identifier: MIT */
#include "sync/deliver/pulled.h"

#include "util/vec.h"

#include <stdlib.h>

void pulled_free(struct pulled *p)
{
	for (size_t i = 0; p && i < p->n; i++) {
		commit_free(&p->parts[i].c);
		buf_wipe_free(&p->plain[i]);
	}
	if (p) {
		free(p->parts);
		free(p->plain);
	}
	free(p);
}

err_t pulled_add(struct pulled *p, struct buf *plain, struct hash hash)
{
	struct commit_part part = { .hash = hash, .bytes = plain->len };
	if (!vec_room(p->parts, p->n, 1, &p->cap) || !vec_room(p->plain, p->n, 1, &p->plain_cap))
		return ERR_NOMEM;
	if (p->arrival.bytes + plain->len > COMMIT_BYTES_MAX)
		return ERR_DAMAGED;
	err_t e = commit_decode(buf_span(plain), &part.c);
	if (e)
		return e;
	if (part.c.part != p->n || (p->n && part.c.parts != p->parts[0].c.parts)) {
		commit_free(&part.c);
		return ERR_DAMAGED;
	}
	p->plain[p->n] = BUF_INIT;
	buf_move(&p->plain[p->n], plain);
	p->parts[p->n++] = part;
	p->arrival.bytes += part.bytes;
	p->hash = hash;
	return ERR_OK;
}

err_t pulled_whole(struct pulled *p)
{
	const struct commit *last = p->n ? pulled_last(p) : NULL;
	if (!last || !commit_is_last(last))
		return ERR_DAMAGED;
	for (size_t i = 0; i < p->n; i++) {
		const struct commit *c = &p->parts[i].c;
		if (c->stream != last->stream || c->n != last->n)
			return ERR_DAMAGED;
		if (i + 1 < p->n && !hash_eq(p->parts[i].hash, hash_from(last->part_hashes + i * HASH_LEN)))
			return ERR_DAMAGED;
	}
	p->arrival.at = past_position(last->stream, last->n, p->hash);
	p->arrival.previous = last->n > 1 ? id_from(last->previous.b) : ID_ZERO;
	p->arrival.entries = last->vv;
	return ERR_OK;
}
