/* SPDX-License-Identifier: MIT */
#include "vault/join/group_decode.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#include <stdlib.h>

#define STAMPS_FEW 8 /* most records have no more: these need no memory of their own */
#define NODES_FEW 21 /* what malloc gives at once is not larger */

struct reader_stamp {
	struct stamp stamp;
	bool used;
};
struct reader {
	struct rd r;
	struct record rec;
	struct reader_stamp *stamp; /* of index 1 and on */
	size_t stamps;
	bool no_memory;
	uint16_t most; /* groups of the record with greater numbers are not read */
	struct reader_stamp few[STAMPS_FEW];
};

static void reader_free(struct reader *d)
{
	record_free(&d->rec);
	if (d->stamp != d->few)
		free(d->stamp);
}

/* get_count: of things that have at least `least` bytes each. */
static size_t get_count(struct reader *d, size_t least)
{
	uint64_t n = varint_get(&d->r);
	if (n > d->r.left / least)
		d->r.bad = true;
	return d->r.bad ? 0 : (size_t)n;
}

static void get_stamps(struct reader *d)
{
	d->stamps = get_count(d, 10);
	d->stamp = d->stamps < STAMPS_FEW ? d->few : calloc(d->stamps + 1, sizeof(*d->stamp));
	d->no_memory = !d->stamp;
	for (size_t i = 1; !d->no_memory && !d->r.bad && i <= d->stamps; i++) { /* the zero stamp is the first */
		d->stamp[i].stamp = stamp_get(&d->r);
		if (stamp_cmp(d->stamp[i - 1].stamp, d->stamp[i].stamp) >= 0)
			d->r.bad = true;
	}
}

static struct stamp get_stamp(struct reader *d)
{
	uint64_t i = varint_get(&d->r);
	if (i > d->stamps)
		d->r.bad = true;
	if (d->r.bad)
		return STAMP_ZERO;
	d->stamp[i].used = true;
	return d->stamp[i].stamp;
}

static struct span get_bytes(struct reader *d, size_t len)
{
	const uint8_t *p = rd_bytes(&d->r, len);
	return SPAN(p, p ? len : 0);
}

/* begin: one node more. False: stop. */
static bool begin(struct reader *d, struct group_node g)
{
	if (d->r.bad || d->no_memory)
		return false;
	if (!vec_room(d->rec.v, d->rec.n, 1, &d->rec.cap)) {
		d->no_memory = true;
		return false;
	}
	d->rec.v[d->rec.n++] = g;
	return true;
}

/* end: of the node at `at`, whose elder in the list is at `before` (or SIZE_MAX): it must come after that. */
static bool end(struct reader *d, size_t at, size_t before)
{
	struct group_node *v = d->rec.v;
	v[at].size = (uint32_t)(d->rec.n - at);
	if (before != SIZE_MAX && node_cmp(&v[before], &v[at]) >= 0)
		d->r.bad = true;
	return !d->r.bad && !d->no_memory;
}

static void get_groups(struct reader *d, unsigned depth);

/* get_keys: of a MAP, or with a tag as bytes of a VERSION. */
static void get_keys(struct reader *d, bool tags, unsigned depth)
{
	size_t n = get_count(d, 3), before = SIZE_MAX;
	if (n == 0)
		d->r.bad = true;
	for (size_t i = 0; i < n; i++) {
		size_t at = d->rec.n;
		struct group_node g = { .class = GROUP_KEY, .stamp = get_stamp(d) };
		g.bytes = get_bytes(d, tags ? ID_LEN : get_count(d, 1));
		if (!begin(d, g))
			return;
		get_groups(d, depth);
		if (!end(d, at, before))
			return;
		before = at;
	}
}

static void get_body(struct reader *d, struct group_node g, unsigned depth)
{
	if (g.class == GROUP_VALUE || g.class == GROUP_SCOPED)
		g.stamp = get_stamp(d);
	if (g.class == GROUP_VALUE)
		g.bytes = get_bytes(d, get_count(d, 1));
	if (!begin(d, g) || g.class == GROUP_VALUE)
		return;
	if (g.class == GROUP_SCOPED)
		get_groups(d, depth + 1);
	else
		get_keys(d, g.class == GROUP_VERSION, depth + 1);
}

/* get_groups: one list, which is `depth` deep unless it is empty. */
static void get_groups(struct reader *d, unsigned depth)
{
	size_t n = get_count(d, 4), before = SIZE_MAX;
	if (n && depth > GROUP_DEPTH_MAX)
		d->r.bad = true;
	for (size_t i = 0; i < n && !d->r.bad; i++) {
		size_t at = d->rec.n;
		uint64_t number = varint_get(&d->r);
		uint8_t class = rd_u8(&d->r);
		if (number < 1 || number > GROUP_NUMBER_MAX || class < GROUP_VALUE || class > GROUP_VERSION)
			d->r.bad = true;
		if (!d->r.bad && depth == 1 && number > d->most)
			return;
		get_body(d, (struct group_node){ .number = (uint16_t)number, .class = class }, depth);
		if (d->r.bad || d->no_memory || !end(d, at, before))
			return;
		before = at;
	}
}

static bool all_used(const struct reader *d)
{
	for (size_t i = 1; i <= d->stamps; i++)
		if (!d->stamp[i].used)
			return false;
	return true;
}

bool record_is_later(struct span value)
{
	return value.len && *(const uint8_t *)value.p > SHARED_RECORD_VERSION;
}

static err_t read_record(struct reader *d)
{
	const size_t left = d->r.left;
	uint8_t version = rd_u8(&d->r);
	if (version > SHARED_RECORD_VERSION)
		return ERR_VERSION;
	if (version < SHARED_RECORD_VERSION)
		return ERR_DAMAGED;
	get_stamps(d);
	d->no_memory |= !vec_room(d->rec.v, 0, MIN(left / 4 + 1, NODES_FEW), &d->rec.cap);
	if (!d->no_memory && !d->r.bad)
		get_groups(d, 1);
	if (d->no_memory)
		return ERR_NOMEM;
	return d->r.bad ? ERR_DAMAGED : ERR_OK;
}

static err_t give(struct reader *d, struct record *ret)
{
	*ret = d->rec;
	d->rec = RECORD_INIT;
	return ERR_OK;
}

err_t record_decode(struct span value, struct record *ret)
{
	cleanup(reader_free) struct reader d = { .r = RD(value), .most = GROUP_NUMBER_MAX };
	err_t e = read_record(&d);
	if (!e && (!rd_end(&d.r) || d.rec.n == 0 || !all_used(&d)))
		e = ERR_DAMAGED;
	return e ? e : give(&d, ret);
}

err_t record_decode_to(struct span value, uint16_t most, struct record *ret)
{
	cleanup(reader_free) struct reader d = { .r = RD(value), .most = most };
	err_t e = read_record(&d);
	return e ? e : give(&d, ret);
}
