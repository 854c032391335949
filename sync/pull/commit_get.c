/* SPDX-License-Identifier: MIT
 * One commit of another device: its parts, fetched and verified.
 * What does not verify is named in the log, shown in status, and changes nothing.
 */
#include "sync/pull/commit_get.h"

#include "sync/core/sync_struct.h"

void pulled_free(struct pulled *p)
{
	for (uint32_t i = 0; p && p->plain && i < p->parts; i++)
		buf_free(&p->plain[i]);
	if (p)
		free(p->plain);
	free(p);
}

struct commit_at { /* where a commit may be */
	const struct stream *st;
	uint64_t n;
	uint32_t epoch;
};

/* part_get: one part, opened with the stream's device key. */
static err_t part_get(struct sync *s, const struct commit_at *at, uint32_t part, struct buf *plain, struct hash *hash,
                      uint64_t *size)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	err_t e = name_commit(s->c.keyring, at->epoch, at->st->id, at->n, part, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, OBJECT_MAX, &body);
	if (e)
		return e;
	*size += body.len;
	return object_open(OBJECT_PLACE(s->c.keyring, at->epoch, OBJ_COMMIT, name), buf_span(&body), at->st->key, plain,
	                   hash, sig);
}

static bool part_fits(const struct commit *c, const struct commit_at *at, uint32_t part)
{
	if (!id_eq(c->stream, at->st->id) || c->n != at->n || c->epoch != at->epoch)
		return false;
	return c->part == part && c->parts > part && c->parts <= COMMIT_PARTS_MAX;
}

/* parts_read: parts 0.. of the commit; `c` is the last one's. */
static err_t parts_read(struct sync *s, const struct commit_at *at, struct pulled *p, struct commit *c, uint64_t *size)
{
	cleanup(buf_free) struct buf hashes = BUF_INIT;
	uint32_t parts = 1;
	for (uint32_t i = 0; i < parts; i++) {
		struct buf plain = BUF_INIT;
		err_t e = part_get(s, at, i, &plain, &p->hash, size);
		if (!e)
			e = commit_decode(buf_span(&plain), c);
		if (!e && (!part_fits(c, at, i) || (i > 0 && c->parts != parts)))
			e = ERR_DAMAGED;
		if (!e && i == 0) {
			parts = c->parts;
			p->plain = calloc(parts, sizeof(*p->plain));
			e = p->plain ? ERR_OK : ERR_NOMEM;
		}
		if (e) {
			buf_free(&plain);
			return e;
		}
		p->plain[i] = plain;
		p->parts = i + 1;
		p->bytes += plain.len;
		if (i + 1 < parts)
			buf_hash(&hashes, p->hash);
	}
	if (hashes.failed)
		return ERR_NOMEM;
	return !hashes.len || memcmp(c->part_hashes, hashes.p, hashes.len) == 0 ? ERR_OK : ERR_DAMAGED;
}

/* parts_find: at the epoch where its first part is. Parts are PUT in any order, the last one last: while some are
 * missing, the commit is not there yet (ERR_NOTFOUND). */
static err_t parts_find(struct sync *s, const struct stream *st, uint64_t n, struct pulled *p, struct commit *c,
                        uint64_t *size)
{
	uint32_t newest = keyring_claimed(s->c.keyring);
	struct commit_at at = { st, n, MAX(st->epoch, 1u) };
	err_t e = ERR_NOTFOUND;
	for (; e == ERR_NOTFOUND && !p->parts && at.epoch <= newest; at.epoch++)
		e = parts_read(s, &at, p, c, size);
	return e;
}

static void pulled_identity(const struct commit *c, struct pulled *p)
{
	p->digest = c->digest;
	if (!hash_is_zero(c->manifest)) {
		p->manifest.hash = c->manifest;
		p->manifest.id = c->manifest_id;
		p->manifest.epoch = c->epoch;
		p->manifest.height = c->height;
	}
}

static void commit_bad(struct sync *s, const struct stream *st, uint64_t n, err_t e)
{
	char id[ID_TEXT];
	id_hex(st->id, id);
	struct transient_key k = transient_key(TRANSIENT_COMMIT, st->id, n);
	alarm_transient(s, &k, "commit %llu of stream %.8s does not verify (%s) and is ignored", (unsigned long long)n,
	                id, err_text(e));
}

/* commit_whole: it was lost or cut in its upload, and is there now. What is still missing is named anew. */
static void commit_whole(struct sync *s, const struct stream *st, uint64_t n)
{
	struct transient_key bad = transient_key(TRANSIENT_COMMIT, st->id, n),
	                     lost = transient_key(TRANSIENT_LACKS, st->id, n);
	alarm_clear(s, &bad);
	alarm_clear(s, &lost);
}

err_t pull_commit(struct sync *s, struct stream *st, uint64_t n, struct commit_record *record, struct pulled **ret)
{
	cleanup(pulled_freep) struct pulled *p = calloc(1, sizeof(*p));
	struct commit c = { 0 };
	uint64_t size = 0;
	if (!p)
		return ERR_NOMEM;
	err_t e = parts_find(s, st, n, p, &c, &size);
	if (sync_unproved(e)) {
		commit_bad(s, st, n, e);
		return ERR_DAMAGED;
	}
	if (e)
		return e;
	pulled_identity(&c, p);
	*record = (struct commit_record){ .n = n,
		                          .height = c.height,
		                          .epoch = c.epoch,
		                          .parts = c.parts,
		                          .bytes = size,
		                          .manifest = p->manifest.epoch != 0 };
	record->hash = p->hash;
	record->parent = c.parent;
	record->stream = st->id;
	record->own = id_eq(st->id, s->c.stream);
	commit_whole(s, st, n);
	*ret = steal_ptr(p);
	return ERR_OK;
}
