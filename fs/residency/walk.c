/* SPDX-License-Identifier: MIT */
#include "fs/residency/walk.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pin_mark.h"
#include "fs/data/extent_source.h"
#include "util/vec.h"
#include "vault/work/ask.h"

#include <sys/stat.h>

#define WALK_ENTRIES 512u /* entries read in one scan */
#define ONE_HASH 16u      /* and of the last hash so many more */

struct todo {
	uint64_t ino;
	bool pinned;
};
struct stack {
	struct todo *v;
	size_t n, cap;
};

static int push(struct stack *s, uint64_t ino, bool pinned)
{
	if (!vec_room(s->v, s->n, 1, &s->cap))
		return ENOMEM;
	s->v[s->n++] = (struct todo){ ino, pinned };
	return 0;
}

static void stack_free(struct stack *s)
{
	free(s->v);
}

/* --- one step of a directory --- */
struct step {
	size_t n;
	uint64_t hash; /* of the last name seen */
	struct {
		uint64_t ino;
		bool dir;
	} list[WALK_ENTRIES + ONE_HASH];
};

/* add_shown: ERR_CANCELED: enough for one step, which ends between two hashes. */
static err_t add_shown(void *ctx, const struct work_entry *x)
{
	struct step *s = ctx;
	if (s->n >= WALK_ENTRIES && x->hash != s->hash)
		return ERR_CANCELED;
	if (s->n == ARRAY_LEN(s->list))
		return ERR_LIMIT;
	s->hash = x->hash;
	s->list[s->n].ino = x->ino;
	s->list[s->n++].dir = x->type == S_IFDIR >> 12;
	return ERR_OK;
}

struct walk {
	struct fs *fs;
	int (*fn)(void *ctx, const struct walk_at *at);
	void *ctx;
	struct stack todo; /* directories */
};

/* visit: one inode; 0 also when it is gone. */
static int visit(struct walk *w, uint64_t ino, bool *pinned, bool *is_dir)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	struct walk_at at = { .in = &in };
	if (w->fs->walks_stop)
		return ECANCELED;
	{
		ns_guard_read(w->fs);
		int err = inode_get(w->fs, ino, &in, &raw);
		if (err == ENOENT || err == EIO)
			return *is_dir = false, 0;
		if (err)
			return err;
		at.recorded = work_recorded(w->fs->cfg.work, ino);
		at.has_pin = pin_has(w->fs, ino, S_ISDIR(in.mode));
	}
	*is_dir = S_ISDIR(in.mode);
	at.pinned = *pinned |= at.has_pin;
	return w->fn(w->ctx, &at);
}

static int walk_one(struct walk *w, uint64_t ino, bool pinned)
{
	bool is_dir;
	int err = visit(w, ino, &pinned, &is_dir);
	return err || !is_dir ? err : push(&w->todo, ino, pinned);
}

static err_t step_shown(struct walk *w, const struct todo *dir, uint64_t from, struct step *s)
{
	ns_guard_read(w->fs);
	s->n = 0;
	err_t e = work_children(w->fs->cfg.work, dir->ino, from, add_shown, s);
	return e == ERR_NOTFOUND ? ERR_OK : e; /* it is gone */
}

static int walk_dir(struct walk *w, const struct todo *dir)
{
	cleanup_free struct step *s = calloc(1, sizeof(*s));
	err_t e = ERR_CANCELED;
	if (!s)
		return ENOMEM;
	for (uint64_t from = 0; e == ERR_CANCELED; from = s->hash + 1) { /* if it is enough, a greater hash comes */
		e = step_shown(w, dir, from, s);
		int err = e == ERR_CANCELED ? 0 : errno_of(e);
		for (size_t i = 0; !err && i < s->n; i++)
			err = walk_one(w, s->list[i].ino, dir->pinned);
		if (err)
			return err;
	}
	return 0;
}

int tree_walk(struct fs *fs, uint64_t ino, int (*fn)(void *ctx, const struct walk_at *at), void *ctx)
{
	struct walk w = { .fs = fs, .fn = fn, .ctx = ctx };
	int err = walk_one(&w, ino, false);
	while (!err && w.todo.n) {
		struct todo dir = w.todo.v[--w.todo.n];
		err = walk_dir(&w, &dir);
	}
	stack_free(&w.todo);
	return err;
}

/* --- contents --- */
struct group_step {
	uint32_t no;
	size_t n;
	struct extent list[EXTENTS_MAX];
};

/* next_group: the first one from `from` on. ENOENT: there is none. */
static int next_group(struct extent_source *from, uint32_t no, struct group_step *s)
{
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	ns_guard_read(from->fs);
	err_t e = extent_source_groups(from, (struct group_range){ no, UINT32_MAX, 1 }, &list, &n);
	if (!e && !n)
		return ENOENT;
	if (!e) {
		s->no = list[0];
		e = extent_source_group(from, s->no, s->list, EXTENTS_MAX, &s->n);
	}
	return errno_of(e);
}

int extents_walk(struct fs *fs, const struct inode *in, int (*fn)(void *ctx, const struct extent *p), void *ctx)
{
	struct extent_source from = extent_source_of(fs, NULL, in);
	cleanup_free struct group_step *s = malloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	for (uint32_t no = 0;; no = s->no + 1) {
		int err = fs->walks_stop ? ECANCELED : next_group(&from, no, s);
		if (err)
			return err == ENOENT ? 0 : err;
		for (size_t i = 0; !err && i < s->n; i++)
			err = fn(ctx, &s->list[i]);
		if (err || s->no == UINT32_MAX)
			return err;
	}
}
