/* SPDX-License-Identifier: MIT
 * Records made by hand for the tests of vault/tree: the tree of them, and what it shows.
 */
#pragma once

#include "tests/tree_check.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>

struct some { /* records, and the tree of them */
	struct tree *t;
	uint64_t inos[128];
	size_t n;
};

static inline void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)time;
	snprintf(out, CONFLICT_WHO, "%c %" PRIu64, (char)('@' + root->stamp.stream % 27), root->stamp.lamport);
}
static const struct tree_naming naming = { .who = who };

static inline struct stamp at(uint64_t lamport)
{
	return (struct stamp){ lamport, 1, lamport };
}

static inline struct version_id ver(uint64_t lamport, uint8_t text)
{
	return (struct version_id){ at(lamport), { { text } } };
}

static inline struct spot spot(uint64_t dir, const char *name)
{
	struct spot s = { .dir = dir, .name.len = (uint8_t)strlen(name) };
	memcpy(s.name.b, name, s.name.len);
	return s;
}

static inline void begin(struct some *s)
{
	*s = (struct some){ 0 };
	assert_int_equal(tree_new(&naming, &s->t), ERR_OK);
}

static inline void add_inode(struct some *s, uint64_t ino, uint8_t type)
{
	struct inode_head h = { .ino = ino, .type = type, .birth = { { (uint8_t)ino } } };
	assert_int_equal(tree_add_inode(s->t, &h), ERR_OK);
	s->inos[s->n++] = ino;
}

static inline struct link_rec place(uint64_t ino, uint64_t lid, struct spot where, uint64_t lamport)
{
	struct link_rec l = { .ino = ino, .lid = lid, .life = at(lamport) };
	l.where = (struct where){ .stamp = at(lamport), .at = where, .seat.stamp = at(lamport) };
	return l;
}

static inline void add_link(struct some *s, const struct link_rec *l)
{
	assert_int_equal(tree_add_link(s->t, l), ERR_OK);
}

static inline void add_version(struct some *s, uint64_t ino, struct version_id id, struct version_id root)
{
	struct version_rec v = { .ino = ino, .id = id, .root = root };
	assert_int_equal(tree_add_version(s->t, &v), ERR_OK);
}

/* A directory that was never moved, a file with one version of the text `text`, made at `lamport`. */
static inline void dir(struct some *s, uint64_t ino, uint64_t in, const char *name, uint64_t lamport)
{
	struct link_rec l = place(ino, LID_FIRST, spot(in, name), lamport);
	add_inode(s, ino, 4);
	add_link(s, &l);
}

static inline void moved(struct some *s, uint64_t ino, struct spot to, uint64_t lamport, struct spot back)
{
	struct link_rec l = place(ino, LID_FIRST, to, lamport);
	l.where.has_back = true;
	l.where.back = back;
	add_inode(s, ino, 4);
	add_link(s, &l);
}

static inline void file(struct some *s, uint64_t ino, uint64_t in, const char *name, uint64_t lamport, uint8_t text)
{
	struct link_rec l = place(ino, LID_FIRST, spot(in, name), lamport);
	add_inode(s, ino, 8);
	add_link(s, &l);
	add_version(s, ino, ver(lamport, text), ver(lamport, text));
}

/* A link that was removed at `lamport` by somebody who saw `seen`. */
static inline void add_removed(struct some *s, struct link_rec l, uint64_t lamport, struct version_id *seen, size_t n)
{
	l.is_removed = true;
	l.removed = (struct removal){ at(lamport), { seen, n, n }, at(lamport) };
	add_link(s, &l);
}

static inline void print(const struct tree *t, const struct tree_dir *d, struct buf *out)
{
	for (size_t i = 0; i < d->children_n; i++) {
		const struct tree_entry *e = d->children[i];
		const struct tree_dir *sub;
		char text[64];
		snprintf(text, sizeof(text), "=%" PRIu64 "%s", e->ino, e->sibling ? "s" : "");
		buf_put(out, i ? " " : "", i > 0);
		buf_put(out, e->name.p, e->name.len);
		buf_put(out, text, strlen(text));
		if (e->version || tree_dir(t, e->ino, &sub) != ERR_OK)
			continue;
		buf_u8(out, '(');
		print(t, sub, out);
		buf_u8(out, ')');
	}
}

/* The tree, in order of names: name=number, "s" behind a sibling, (what is in a directory). Frees it. */
static inline void shows(struct some *s, const char *text)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	const struct tree_dir *root;
	assert_int_equal(tree_derive(s->t), ERR_OK);
	tree_check(s->t, s->inos, s->n);
	assert_int_equal(tree_dir(s->t, INO_ROOT, &root), ERR_OK);
	print(s->t, root, &out);
	buf_u8(&out, 0);
	assert_int_equal(buf_ok(&out), ERR_OK);
	assert_string_equal((char *)out.p, text);
}

static inline void ends(struct some *s)
{
	tree_freep(&s->t);
}
