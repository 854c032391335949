/* SPDX-License-Identifier: MIT */
#include "remote/layers/refusals.h"

#include "util/clock.h"

#include <stdio.h>
#include <string.h>

#define FORGOTTEN (3600 * NS_PER_S)

static size_t find(const struct refusals *r, const struct store_op *op)
{
	size_t i = 0;
	while (i < r->n && (r->list[i].kind != op->kind || strcmp(r->list[i].name, op->name) != 0))
		i++;
	return i;
}

static void take_off(struct refusals *r, size_t at)
{
	r->n--;
	memmove(&r->list[at], &r->list[at + 1], (r->n - at) * sizeof(r->list[0]));
}

void refusals_add(struct refusals *r, const struct store_op *op, const char *text)
{
	struct store_refusal one = { .kind = op->kind, .since = clock_wall(), .last = clock_mono() };
	size_t at = find(r, op);
	snprintf(one.name, sizeof(one.name), "%s", op->name);
	snprintf(one.text, sizeof(one.text), "%s", text);
	if (at < r->n) {
		one.since = r->list[at].since;
		take_off(r, at);
	}
	if (r->n == REFUSALS_MAX)
		r->n--;
	memmove(&r->list[1], &r->list[0], r->n * sizeof(r->list[0]));
	r->list[0] = one;
	r->n++;
}

void refusals_answered(struct refusals *r, const struct store_op *op)
{
	size_t at = find(r, op);
	if (at < r->n)
		take_off(r, at);
}

size_t refusals_now(const struct refusals *r, struct store_refusal ret[REFUSALS_MAX])
{
	const int64_t now = clock_mono();
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		if (now - r->list[i].last < FORGOTTEN)
			ret[n++] = r->list[i];
	return n;
}
