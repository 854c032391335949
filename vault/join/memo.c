/* SPDX-License-Identifier: MIT */
#include "vault/join/memo.h"

#include "util/cleanup.h"

#define PREFIX_LEAST 9 /* a kind and a number: what is shorter begins too many keys to be kept */

static err_t put_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && __builtin_memcmp(key.p, prefix.p, prefix.len) == 0;
}

static err_t answer(const struct records_entry *x, struct buf *out)
{
	if (x->gone)
		return ERR_NOTFOUND;
	buf_clear(out);
	buf_put(out, x->value.p, x->value.len);
	return buf_ok(out);
}

/* Of a key that begins with what was scanned nothing else is there. */
static bool is_scanned(const struct memo *m, struct span key)
{
	return key.len > PREFIX_LEAST && records_find(&m->scanned, SPAN(key.p, PREFIX_LEAST));
}

static err_t get(void *ctx, struct span key, struct buf *out)
{
	struct memo *m = ctx;
	const struct records_entry *x = records_find(&m->got, key);
	if (x)
		return answer(x, out);
	if (is_scanned(m, key))
		return ERR_NOTFOUND;
	err_t e = m->below->get(m->below->ctx, key, out);
	if (e && e != ERR_NOTFOUND)
		return e;
	err_t kept = e ? records_gone(&m->got, key) : records_put(&m->got, key, buf_span(out));
	return kept ? kept : e;
}

static err_t read_all(struct memo *m, struct span prefix)
{
	if (records_find(&m->scanned, prefix))
		return ERR_OK;
	err_t e = m->below->scan(m->below->ctx, prefix, SPAN(NULL, 0), put_visit, &m->got);
	return e ? e : records_gone(&m->scanned, prefix);
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct memo *m = ctx;
	if (prefix.len != PREFIX_LEAST)
		return m->below->scan(m->below->ctx, prefix, from, fn, arg);
	err_t e = read_all(m, prefix);
	struct span first = from.len && span_cmp(from, prefix) > 0 ? from : prefix;
	for (size_t i = records_at(&m->got, first); !e && i < m->got.n; i++) {
		const struct records_entry *x = m->got.v[i];
		if (!begins(records_key(x), prefix))
			break;
		if (!x->gone)
			e = fn(arg, records_key(x), buf_span(&x->value));
	}
	return e;
}

void memo_begin(struct memo *m, const struct view *below)
{
	*m = (struct memo){ .below = below };
	m->view = (struct view){ get, scan, m };
}

void memo_end(struct memo *m)
{
	records_free(&m->got);
	records_free(&m->scanned);
}
