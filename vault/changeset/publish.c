/* SPDX-License-Identifier: MIT */
#include "vault/changeset/publish.h"

#include "util/cleanup.h"
#include "vault/join/apply.h"
#include "vault/join/shared_key.h"

#define PART_KEYS 512 /* at most so many inodes, or keys of none */

/* Which inodes, or keys of none, a part has: as keys. */
struct part {
	struct records keys;
};

static void part_free(struct part *p)
{
	records_free(&p->keys);
}

/* choose_visit: an inode is chosen by the first of its keys. */
static err_t choose_visit(void *ctx, struct span key, struct span value)
{
	struct part *p = ctx;
	struct shared_name n;
	struct shared_key inode;
	(void)value;
	if (shared_key_parse(key, &n) == ERR_OK) {
		inode = shared_key_ino(SHARED_INODE, n.ino);
		key = shared_key_span(&inode);
	}
	if (p->keys.n == PART_KEYS)
		return ERR_CANCELED;
	return records_gone(&p->keys, key);
}

static err_t choose(const struct changeset *c, struct part *p)
{
	const struct view *v = &c->closed->view;
	err_t e = v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), choose_visit, p);
	return e == ERR_CANCELED && p->keys.n == PART_KEYS ? ERR_OK : e;
}

static size_t size_of(const struct records *t)
{
	size_t sum = 0;
	for (size_t i = 0; i < t->n; i++)
		sum += records_key(t->v[i]).len + t->v[i]->value.len;
	return sum;
}

/* gather: what is said of the chosen ones, until it is enough. */
static err_t gather(const struct changeset *c, const struct part *p, size_t bytes, struct records *said)
{
	size_t sum = 0;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < p->keys.n && sum < bytes; i++) {
		cleanup(records_free) struct records one = RECORDS_INIT;
		e = said_of(c->closed, records_key(p->keys.v[i]), &one);
		if (!e)
			e = records_add_all(said, &one);
		sum += size_of(&one);
	}
	return e;
}

/* move: `said` leaves the set and joins what is published. */
static err_t move(const struct changeset *c, const struct records *said, const struct follow *f)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	const struct view *published = &c->shown.published;
	err_t e = b ? join_apply(published, said, &changes) : ERR_NOMEM;
	if (!e)
		e = follow_changes(f, published, &changes, b);
	for (size_t i = 0; !e && i < said->n; i++)
		e = said_del(c->closed, b, records_key(said->v[i]));
	if (e)
		return e;
	batch_use(b, MAP_CLAIMED); /* it makes room in the end */
	said_stay(c->closed);
	e = map_apply(c->map, b);
	said_stay_end(c->closed);
	if (!e)
		said_changed(c->closed, (struct said_change){ -(int64_t)said->n, -(int64_t)size_of(said) });
	return e;
}

err_t changeset_publish(struct changeset *c, size_t bytes, const struct follow *f)
{
	cleanup(part_free) struct part p = { .keys = RECORDS_INIT };
	cleanup(records_free) struct records said = RECORDS_INIT;
	if (said_empty(c->closed))
		return ERR_NOTFOUND;
	err_t e = choose(c, &p);
	if (!e && p.keys.n == 0) {
		said_none(c->closed);
		return ERR_NOTFOUND;
	}
	if (!e)
		e = gather(c, &p, bytes, &said);
	return e ? e : move(c, &said, f);
}
