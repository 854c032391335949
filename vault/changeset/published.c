/* SPDX-License-Identifier: MIT */
#include "vault/changeset/published.h"

static err_t get(void *ctx, struct span key, struct buf *out)
{
	return map_get(ctx, MAP_RECORDS, key, out);
}

struct visit {
	view_visit fn;
	void *arg;
};

static int visit_one(void *ctx, struct span key, struct span value)
{
	const struct visit *v = ctx;
	if (*(const uint8_t *)key.p >= MAP_LOCAL)
		return MAP_STOP;
	return value.p ? (int)v->fn(v->arg, key, value) : (int)ERR_DAMAGED;
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	struct visit v = { fn, arg };
	return map_scan(ctx, MAP_RECORDS, prefix, from, visit_one, &v);
}

struct view published_view(struct map *map)
{
	return (struct view){ get, scan, map };
}
