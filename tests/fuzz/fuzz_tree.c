/* SPDX-License-Identifier: MIT
 * Any set of records gives a tree (tests/tree_check.h). The input is a row of records in small numbers, so that they
 * meet.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/tree_check.h"

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	conflict_who(id_span(&root->tag), time, out);
}

static void must(err_t e)
{
	if (e != ERR_OK)
		abort();
}

static struct stamp stamp(struct rd *r)
{
	uint8_t b = rd_u8(r);
	return (struct stamp){ b >> 4, b & 3, (b >> 2) & 3 };
}

static struct version_id version_id(struct rd *r)
{
	struct version_id v = { .stamp = stamp(r) };
	v.tag.b[0] = rd_u8(r) & 7;
	return v;
}

static struct spot spot(struct rd *r)
{
	struct spot s = { .dir = rd_u8(r) & 31 };
	s.name.len = rd_u8(r);
	uint8_t own = MIN(s.name.len, rd_u8(r) & 31); /* the rest of a long name is filled up */
	memset(s.name.b, 'x', s.name.len);
	rd_copy(r, s.name.b, own);
	return s;
}

static struct partner partner(struct rd *r)
{
	struct partner p = { .ino = rd_u8(r) & 31 };
	p.lid = rd_u8(r) & 3;
	p.life = stamp(r);
	return p;
}

static struct seat seat(struct rd *r)
{
	struct seat s = { .stamp = stamp(r) };
	s.handed_on = rd_u8(r) & 1;
	return s;
}

static void add_link(struct tree *t, struct rd *r, uint64_t ino, uint64_t lid)
{
	uint8_t has = rd_u8(r);
	struct version_id seen[2] = { version_id(r), version_id(r) };
	struct replacement by = { .by = partner(r), .seen = { seen, 1, 1 } };
	struct link_rec l = { .ino = ino, .lid = lid, .life = stamp(r) };
	l.where = (struct where){ .stamp = stamp(r), .at = spot(r), .seat = seat(r) };
	l.where.has_back = has & 1;
	l.where.back = spot(r);
	l.where.has_half = has & 2;
	l.where.half.with = partner(r);
	l.where.half.before = spot(r);
	l.is_removed = has & 4;
	l.removed = (struct removal){ stamp(r), { seen, has >> 6 & 1, 2 }, stamp(r) };
	l.replaced = &by;
	l.replaced_n = has >> 3 & 1;
	must(tree_add_link(t, &l));
}

struct made { /* each record once */
	bool inode[32], link[32][4];
	uint64_t inos[32];
	size_t n, versions;
};

static void add_one(struct tree *t, struct rd *r, struct made *m)
{
	static const uint8_t types[] = { 4, 8, 10, 1 };
	uint8_t what = rd_u8(r), ino = what & 31, more = rd_u8(r);
	struct inode_head h = { .ino = ino, .type = types[more & 3], .birth.b[0] = more };
	struct version_rec v = { .ino = ino, .via = more & 3, .gone = more & 4 };
	if (what < 64 && !m->inode[ino]) {
		m->inode[ino] = true;
		m->inos[m->n++] = ino;
		must(tree_add_inode(t, &h));
	} else if (what < 192 && !m->link[ino][more & 3]) {
		m->link[ino][more & 3] = true;
		add_link(t, r, ino, more & 3);
	} else if (what >= 192) {
		v.id = version_id(r);
		v.id.stamp.n = 16 + m->versions++;
		v.root = more & 8 ? v.id : version_id(r);
		v.root_time = rd_u8(r);
		must(tree_add_version(t, &v));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tree_naming naming = { .who = who };
	cleanup(tree_freep) struct tree *t = NULL;
	struct rd r = RD(SPAN(data, size));
	struct made m = { 0 };
	must(tree_new(&naming, &t));
	while (r.left && !r.bad)
		add_one(t, &r, &m);
	must(tree_derive(t));
	tree_check(t, m.inos, m.n);
	return 0;
}
