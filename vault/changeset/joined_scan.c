/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined_scan.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/shared_key.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 128      /* records read at once */
#define INO_KEY 9     /* bytes of kind and inode number */
#define KIND_END 0x80 /* kinds below are shared */

/* What the sets say something of, in one kind: prefixes of an inode's records, or whole keys. Ascending. */
struct mark {
	uint8_t b[255];
	uint8_t len;
};
struct marks {
	struct mark *v;
	size_t n, cap;
	uint8_t kind;
};

static void marks_free(struct marks *m)
{
	free(m->v);
}

static struct span mark_span(const struct mark *m)
{
	return SPAN(m->b, m->len);
}

static int mark_order(const void *a, const void *b)
{
	return span_cmp(mark_span(a), mark_span(b));
}

static bool has_inode(uint8_t kind)
{
	return kind >= SHARED_INODE && kind <= SHARED_XATTR;
}

/* mark_visit: of an inode, whichever kind says something of it. */
static err_t mark_visit(void *ctx, struct span key, struct span value)
{
	struct marks *m = ctx;
	struct mark one = { .len = (uint8_t)MIN(key.len, sizeof(one.b)) };
	(void)value;
	memcpy(one.b, key.p, one.len);
	if (has_inode(m->kind)) {
		one.b[0] = m->kind;
		one.len = MIN(one.len, INO_KEY);
	}
	if (m->n && mark_order(&m->v[m->n - 1], &one) == 0)
		return ERR_OK;
	if (!vec_room(m->v, m->n, 1, &m->cap))
		return ERR_NOMEM;
	m->v[m->n++] = one;
	return ERR_OK;
}

static err_t mark_set(struct marks *m, const struct said *s)
{
	bool inode = has_inode(m->kind);
	err_t e = ERR_OK;
	for (unsigned kind = inode ? SHARED_INODE : m->kind; !e && kind <= (inode ? SHARED_XATTR : m->kind); kind++) {
		uint8_t prefix = (uint8_t)kind;
		e = s->view.scan(s->view.ctx, SPAN(&prefix, 1), SPAN(NULL, 0), mark_visit, m);
	}
	return e;
}

static err_t mark_all(struct marks *m, const struct joined *j)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(j->said); i++)
		if (j->said[i])
			e = mark_set(m, j->said[i]);
	if (e || !m->n)
		return e;
	size_t kept = 1;
	qsort(m->v, m->n, sizeof(*m->v), mark_order);
	for (size_t i = 1; i < m->n; i++)
		if (mark_order(&m->v[kept - 1], &m->v[i]))
			m->v[kept++] = m->v[i];
	m->n = kept;
	return ERR_OK;
}

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && (prefix.len == 0 || memcmp(key.p, prefix.p, prefix.len) == 0);
}

/* marks_at: the first that is not before `key`. */
static size_t marks_at(const struct marks *m, struct span key)
{
	size_t low = 0, high = m->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (span_cmp(mark_span(&m->v[mid]), key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_marked(const struct marks *m, struct span key)
{
	struct span of = SPAN(key.p, has_inode(m->kind) ? MIN(key.len, INO_KEY) : key.len);
	size_t at = marks_at(m, of);
	return at < m->n && span_cmp(mark_span(&m->v[at]), of) == 0;
}

/* One page of one kind. */
struct page {
	const struct marks *marks;
	struct records records;
	size_t read;
	struct mark last; /* key of the last one read */
};
#define PAGE_FULL ERR_CANCELED /* ends a page; the views do not say it */

static void page_free(struct page *p)
{
	records_free(&p->records);
}

static err_t page_visit(void *ctx, struct span key, struct span value)
{
	struct page *p = ctx;
	if (key.len > sizeof(p->last.b))
		return ERR_DAMAGED;
	err_t e = is_marked(p->marks, key) ? ERR_OK : records_put(&p->records, key, value);
	if (e)
		return e;
	p->last.len = (uint8_t)key.len;
	memcpy(p->last.b, key.p, key.len);
	return ++p->read < PAGE ? ERR_OK : PAGE_FULL;
}

/* add_marked: what the marks in the page's keys say: from `first` to its last one, or to the end. */
static err_t add_marked(const struct joined *j, struct page *p, struct span first, bool is_last)
{
	const struct marks *m = p->marks;
	err_t e = ERR_OK;
	for (size_t i = marks_at(m, first); !e && i < m->n; i++) {
		if (!is_last && span_cmp(mark_span(&m->v[i]), mark_span(&p->last)) > 0)
			break;
		e = joined_of(j, mark_span(&m->v[i]), &p->records);
	}
	return e;
}

static err_t page_show(const struct page *p, const struct joined_range *r, view_visit fn, void *arg)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < p->records.n; i++) {
		struct span key = records_key(p->records.v[i]);
		if (begins(key, r->prefix) && span_cmp(key, r->from) >= 0)
			e = fn(arg, key, buf_span(&p->records.v[i]->value));
	}
	return e;
}

/* after: the least key that is greater. */
static void after(struct mark *m)
{
	if (m->len < sizeof(m->b))
		m->b[m->len++] = 0;
}

/* first_key: where pages begin: all of the inode that `from` is of. */
static struct mark first_key(uint8_t kind, struct span from)
{
	struct mark m = { .b = { kind }, .len = 1 };
	if (from.len && *(const uint8_t *)from.p == kind) {
		m.len = (uint8_t)MIN(from.len, has_inode(kind) ? INO_KEY : sizeof(m.b));
		memcpy(m.b, from.p, m.len);
	}
	return m;
}

/* scan_kind: pages part the keys: a mark belongs to the page between whose first and last key it is. */
static err_t scan_kind(const struct joined *j, uint8_t kind, const struct joined_range *r, view_visit fn, void *arg)
{
	cleanup(marks_free) struct marks marks = { .kind = kind };
	struct mark first = first_key(kind, r->from);
	err_t e = mark_all(&marks, j), read = PAGE_FULL;
	while (!e && read == PAGE_FULL) {
		cleanup(page_free) struct page p = { .marks = &marks };
		read = j->published.scan(j->published.ctx, SPAN(&kind, 1), mark_span(&first), page_visit, &p);
		e = read == PAGE_FULL ? ERR_OK : read;
		if (!e)
			e = add_marked(j, &p, mark_span(&first), read != PAGE_FULL);
		if (!e)
			e = page_show(&p, r, fn, arg);
		first = p.last;
		after(&first);
	}
	return e;
}

/* scan_one: of an inode, or of a longer prefix. */
static err_t scan_one(const struct joined *j, const struct joined_range *r, view_visit fn, void *arg)
{
	cleanup(page_free) struct page p = { .read = 0 };
	err_t e = joined_of(j, r->prefix, &p.records);
	return e ? e : page_show(&p, r, fn, arg);
}

err_t joined_scan(const struct joined *j, const struct joined_range *range, view_visit fn, void *arg)
{
	struct span prefix = range->prefix;
	if (!joined_may(j, prefix))
		return j->published.scan(j->published.ctx, prefix, range->from, fn, arg);
	uint8_t first = prefix.len ? *(const uint8_t *)prefix.p : 0;
	if (prefix.len >= INO_KEY && has_inode(first))
		return scan_one(j, range, fn, arg);
	err_t e = ERR_OK;
	if (range->from.len && !prefix.len)
		first = *(const uint8_t *)range->from.p;
	for (unsigned kind = first; !e && kind < (prefix.len ? first + 1u : KIND_END); kind++)
		e = scan_kind(j, (uint8_t)kind, range, fn, arg);
	return e;
}
