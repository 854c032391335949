/* SPDX-License-Identifier: MIT */
#include "vault/members/pins.h"

#include "util/cleanup.h"

size_t pins_common(const struct roster *r, size_t a, size_t b)
{
	while (a != b && a != ROSTER_NONE && b != ROSTER_NONE) {
		if (r->said[a].s->as.number >= r->said[b].s->as.number)
			a = r->said[a].before;
		else
			b = r->said[b].before;
	}
	return a == b ? a : ROSTER_NONE;
}

void pins_put(struct roster *r, size_t signer, size_t pin)
{
	struct roster_signer *x = &r->signer[signer];
	x->pin = x->pinned ? pins_common(r, x->pin, pin) : pin;
	x->pinned = true;
	for (size_t i = x->first; i < x->first + x->n; i++)
		r->said[i].kept = false;
	for (size_t i = x->pin; i != ROSTER_NONE; i = r->said[i].before)
		r->said[i].kept = true;
}

struct walk {
	struct roster *r;
	size_t *todo, n;
};

static void enter(struct walk *w, size_t signer)
{
	if (!w->r->signer[signer].in)
		w->todo[w->n++] = signer;
	w->r->signer[signer].in = true;
}

err_t pins_find_in(struct roster *r)
{
	cleanup_free size_t *todo = calloc(r->signer_n + 1, sizeof(*todo));
	struct walk w = { .r = r, .todo = todo };
	if (!todo)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->signer_n; i++)
		r->signer[i].in = false;
	for (size_t i = 0; i < r->signer_n; i++)
		if (r->signer[i].by_genesis || r->signer[i].place != ROSTER_NONE)
			enter(&w, i);
	while (w.n) {
		const struct roster_signer *x = &r->signer[todo[--w.n]];
		for (size_t i = x->first; i < x->first + x->n; i++)
			if (r->said[i].kept && heard_lets_in(r->said[i].s))
				enter(&w, r->said[i].about);
	}
	return ERR_OK;
}
