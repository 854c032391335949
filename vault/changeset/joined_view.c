/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined_view.h"

#include "vault/changeset/joined_scan.h"

static err_t get(void *ctx, struct span key, struct buf *out)
{
	return joined_get(ctx, key, out);
}

static err_t scan(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	return joined_scan(ctx, &(struct joined_range){ prefix, from }, fn, arg);
}

void joined_begin(struct joined *j, struct view published, struct said *first, struct said *second)
{
	*j = (struct joined){ .published = published, .said = { first, second }, .view = { get, scan, j } };
}
