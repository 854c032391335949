/* SPDX-License-Identifier: MIT */
#include "vault/changeset/digest.h"

#include "util/cleanup.h"
#include "vault/join/apply.h"
#include "vault/join/digest.h"

#define PAGE_KEYS 512

/* Keys of the closed set, a page of them: the set cannot be asked while it is scanned. */
struct page {
	struct records keys;
	struct buf last; /* the one before: the page begins behind it */
	bool begun;
};

static void page_free(struct page *p)
{
	records_free(&p->keys);
	buf_free(&p->last);
}

static err_t page_visit(void *ctx, struct span key, struct span value)
{
	struct page *p = ctx;
	(void)value;
	if (p->begun && span_cmp(key, buf_span(&p->last)) == 0)
		return ERR_OK;
	if (p->keys.n == PAGE_KEYS)
		return ERR_CANCELED;
	return records_gone(&p->keys, key);
}

/* page_next: no keys: all were there. */
static err_t page_next(const struct changeset *c, struct page *p)
{
	const struct view *v = &c->closed->view;
	if (p->keys.n) {
		struct span last = records_key(p->keys.v[p->keys.n - 1]);
		buf_clear(&p->last);
		buf_put(&p->last, last.p, last.len);
		p->begun = true;
		records_free(&p->keys);
	}
	err_t e = buf_ok(&p->last);
	if (!e)
		e = v->scan(v->ctx, SPAN(NULL, 0), p->begun ? buf_span(&p->last) : SPAN(NULL, 0), page_visit, p);
	return e == ERR_CANCELED && p->keys.n == PAGE_KEYS ? ERR_OK : e;
}

/* add: all that is said of the inode of `key`, or under `key` itself, unless that was added by an earlier key. */
static err_t add(const struct changeset *c, struct span key, struct lthash *h)
{
	cleanup(records_free) struct records said = RECORDS_INIT, changes = RECORDS_INIT;
	const struct view *published = &c->shown.published;
	err_t e = said_of(c->closed, key, &said);
	if (e || !said.n || span_cmp(records_key(said.v[0]), key) != 0)
		return e;
	e = join_apply(published, &said, &changes);
	return e ? e : digest_change(h, published, &changes);
}

err_t changeset_digest(const struct changeset *c, struct lthash *h)
{
	cleanup(page_free) struct page p = { .keys = RECORDS_INIT };
	struct lthash next = *h;
	err_t e = page_next(c, &p);
	while (!e && p.keys.n) {
		for (size_t i = 0; !e && i < p.keys.n; i++)
			e = add(c, records_key(p.keys.v[i]), &next);
		if (!e)
			e = page_next(c, &p);
	}
	if (!e)
		*h = next;
	return e;
}
