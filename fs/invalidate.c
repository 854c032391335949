/* SPDX-License-Identifier: MIT
 * What the kernel is to be told about other devices' changes: a set in which equal invalidations are one, drained by
 * one thread. State is published before one is queued; nothing waits for the thread; it holds no lock while it calls.
 */
#include "fs/invalidate.h"

#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "fs/core/node_table.h"
#include "fs/names/unlinked.h"
#include "fs/core/change.h"
#include "util/log.h"
#include "util/process.h"
#include "vault/act/spot.h"

#include <string.h>

struct invalidation {
	enum { ATTR, DATA, ENTRY, GONE } kind;
	uint64_t ino;   /* the inode, or the directory of the entry */
	uint64_t child; /* of ENTRY and GONE: the first that the name stood for; 0: none */
	uint32_t hash;
	char *name; /* of ENTRY and GONE; owned */
};
struct set {
	struct invalidation *list;
	size_t n, cap;
	uint32_t *slot; /* index + 1 by hash; twice as many as cap */
};
struct invalidations {
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	pthread_t thread;
	struct set set;     /* lock */
	struct set running; /* being told: the list is the thread's; it is read under lock */
	size_t told;        /* of `running`; lock */
	struct fs_notify_ops ops;
	bool has_ops, busy, stop, started;
};

static uint32_t hash_of(const struct invalidation *x)
{
	uint64_t h = x->ino * UINT64_C(0x9e3779b97f4a7c15) + (x->kind == ENTRY || x->kind == GONE);
	for (const char *s = x->name; s && *s; s++)
		h = (h ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

static bool same(const struct invalidation *a, const struct invalidation *b)
{
	if (a->ino != b->ino || !a->name != !b->name)
		return false;
	return !a->name || !strcmp(a->name, b->name);
}

static void set_clear(struct set *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].name);
	free(s->list);
	free(s->slot);
	*s = (struct set){ 0 };
}

static uint32_t *slot_for(const struct set *s, const struct invalidation *x)
{
	size_t mask = s->cap * 2 - 1, i = x->hash & mask;
	while (s->slot[i] && !same(&s->list[s->slot[i] - 1], x))
		i = (i + 1) & mask;
	return &s->slot[i];
}

static bool set_grow(struct set *s)
{
	struct set to = { .n = s->n, .cap = s->cap ? s->cap * 2 : 64 };
	to.slot = calloc(to.cap * 2, sizeof(*to.slot));
	to.list = to.slot ? realloc(s->list, to.cap * sizeof(*to.list)) : NULL;
	if (!to.list) {
		free(to.slot);
		return false;
	}
	for (size_t i = 0; i < to.n; i++)
		*slot_for(&to, &to.list[i]) = (uint32_t)i + 1;
	free(s->slot);
	*s = to;
	return true;
}

/* set_add: the stronger kind of two equal ones stays. */
static bool set_add(struct set *s, struct invalidation x)
{
	bool named = x.name;
	x.hash = hash_of(&x);
	if (s->n == s->cap && !set_grow(s))
		return false;
	uint32_t *at = slot_for(s, &x);
	if (!*at) {
		x.name = x.name ? strdup(x.name) : NULL;
		if (named && !x.name)
			return false;
		s->list[s->n++] = x;
		*at = (uint32_t)s->n;
		return true;
	}
	struct invalidation *old = &s->list[*at - 1];
	if (old->kind == GONE && x.kind == ENTRY)
		old->kind = ENTRY; /* removed, then made again */
	else
		old->kind = MAX(old->kind, x.kind);
	if (!old->child) /* else the kernel, which is not told yet, knows the name as that */
		old->child = x.child;
	return true;
}

static void add(struct fs *fs, struct invalidation x)
{
	struct invalidations *q = fs->invalidations;
	if (!nodes_known(fs, x.ino))
		return;
	guard(&q->lock);
	if (!q->has_ops)
		return;
	if (!set_add(&q->set, x))
		log_error(AREA_FS, "out of memory: the kernel may show an old state of " LOG_INO, x.ino);
	pthread_cond_signal(&q->wake);
}

static void tell(const struct fs_notify_ops *ops, const struct invalidation *x)
{
	switch (x->kind) {
	case ATTR:
	case DATA:
		ops->inval_inode(ops->ctx, x->ino, x->kind == DATA);
		break;
	case ENTRY:
		ops->inval_entry(ops->ctx, x->ino, x->name, strlen(x->name));
		break;
	case GONE:
		ops->deleted(ops->ctx, x->ino, x->child, x->name, strlen(x->name));
		break;
	}
}

static void *invalidator(void *ctx)
{
	struct invalidations *q = ctx;
	process_name_thread("invalidate");
	guard(&q->lock);
	for (;;) {
		while (!q->stop && !q->set.n)
			pthread_cond_wait(&q->wake, &q->lock);
		if (q->stop)
			return NULL;
		struct fs_notify_ops ops = q->ops;
		q->running = q->set;
		q->set = (struct set){ 0 };
		for (q->told = 0; q->told < q->running.n && q->has_ops; q->told++) {
			const struct invalidation *x = &q->running.list[q->told];
			q->busy = true;
			pthread_mutex_unlock(&q->lock);
			tell(&ops, x);
			if (pthread_mutex_lock(&q->lock))
				abort();
			q->busy = false;
			if (!q->has_ops)
				pthread_cond_broadcast(&q->idle);
		}
		set_clear(&q->running);
	}
}

int invalidate_open(struct fs *fs)
{
	struct invalidations *q = calloc(1, sizeof(*q));
	if (!q)
		return ENOMEM;
	fs->invalidations = q;
	int err = pthread_mutex_init(&q->lock, NULL);
	if (!err)
		err = pthread_cond_init(&q->wake, NULL);
	if (!err)
		err = pthread_cond_init(&q->idle, NULL);
	if (!err)
		err = pthread_create(&q->thread, NULL, invalidator, q);
	q->started = !err;
	if (err)
		invalidate_close(fs);
	return err;
}

void invalidate_close(struct fs *fs)
{
	struct invalidations *q = steal_ptr(fs->invalidations);
	if (!q)
		return;
	if (q->started) {
		{
			guard(&q->lock);
			q->stop = true;
			pthread_cond_signal(&q->wake);
		}
		pthread_join(q->thread, NULL);
	}
	set_clear(&q->set);
	pthread_cond_destroy(&q->idle);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void fs_set_notify(struct fs *fs, const struct fs_notify_ops *ops)
{
	struct invalidations *q = fs->invalidations;
	guard(&q->lock);
	q->has_ops = ops;
	if (ops) {
		q->ops = *ops;
		return;
	}
	set_clear(&q->set);
	while (q->busy)
		pthread_cond_wait(&q->idle, &q->lock);
}

static bool set_has_data(const struct set *s, uint64_t ino)
{
	struct invalidation x = { .kind = DATA, .ino = ino };
	x.hash = hash_of(&x);
	if (!s->n)
		return false;
	uint32_t at = *slot_for(s, &x);
	return at && s->list[at - 1].kind == DATA;
}

bool fs_cache_valid(struct fs *fs, uint64_t ino)
{
	struct invalidations *q = fs->invalidations;
	guard(&q->lock);
	return !set_has_data(&q->set, ino) && !set_has_data(&q->running, ino);
}

static bool has_child(const struct set *s, size_t from, uint64_t ino)
{
	for (size_t i = from; i < s->n; i++)
		if (s->list[i].name && s->list[i].child == ino)
			return true;
	return false;
}

/* is_telling: rare (data/handle.c), so it looks through all. */
static bool is_telling(struct fs *fs, uint64_t ino)
{
	struct invalidations *q = fs->invalidations;
	guard(&q->lock);
	return has_child(&q->set, 0, ino) || has_child(&q->running, q->told, ino);
}

/* --- what a change means to the kernel --- */

/* refresh: an open file looks at its record anew. */
static void refresh(struct fs *fs, uint64_t ino)
{
	struct node *n = node_find(fs, ino);
	if (!n)
		return;
	struct file *f = node_file_if(fs, n);
	if (f)
		file_refresh(f);
	node_unref(fs, n);
}

static void entry_changed(struct fs *fs, const struct tree_change *c)
{
	char name[NAME_LEN_MAX + 1];
	memcpy(name, c->name.p, c->name.len);
	name[c->name.len] = 0;
	add(fs,
	    (struct invalidation){ .kind = c->after ? ENTRY : GONE, .ino = c->ino, .child = c->before, .name = name });
}

static void inode_changed(struct fs *fs, const struct tree_change *c)
{
	refresh(fs, c->ino);
	add(fs, (struct invalidation){ .kind = c->kind == TREE_CONTENTS ? DATA : ATTR, .ino = c->ino });
}

void fs_tree_changed(struct fs *fs, const struct tree_change *list, size_t n)
{
	wake_ask(&fs->pins_wake);
	for (size_t i = 0; i < n; i++) {
		if (list[i].kind == TREE_ENTRY)
			entry_changed(fs, &list[i]);
		else
			inode_changed(fs, &list[i]);
	}
}

static bool known(void *ctx, uint64_t ino)
{
	return nodes_known(ctx, ino) || node_in_use(ctx, ino);
}

static bool used(void *ctx, uint64_t ino)
{
	struct fs *fs = ctx;
	struct rkey k = key_ino(REC_UNLINKED, ino);
	return known(fs, ino) || map_has(fs->cfg.map, MAP_RECORDS, rkey_span(&k)) == ERR_OK;
}

static bool is_open(void *ctx, uint64_t ino)
{
	return node_is_open(ctx, ino);
}

static err_t nameless(void *ctx, struct u64s *ret)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	err_t e = nameless_list(ctx, &inos);
	for (size_t i = 0; !e && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		e = u64s_add(ret, ino);
	}
	return e;
}

static struct tree_change change_of(const struct work_change *c)
{
	struct tree_change ret = { .ino = c->ino, .before = c->before, .after = c->after };
	ret.kind = c->kind == WORK_ATTRS ? TREE_ATTRS : TREE_CONTENTS; /* of what is gone too */
	if (c->kind == WORK_ENTRY) {
		ret.kind = TREE_ENTRY;
		ret.name = SPAN(c->name.b, c->name.len);
	}
	return ret;
}

/* kept: what others removed and somebody uses here. */
static err_t kept(void *ctx, const struct work_change *list, size_t n, struct batch *b)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		if (list[i].kind == WORK_GONE)
			e = unlinked_keep(ctx, list[i].ino, b);
	return e;
}

static void told(void *ctx, const struct work_change *list, size_t n)
{
	fs_tree_changed(ctx, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		const struct tree_change c = change_of(&list[i]);
		if (list[i].kind == WORK_GONE)
			unlinked_elsewhere(ctx, list[i].ino);
		fs_tree_changed(ctx, &c, 1);
	}
}

/* on_again: as if another device had made it, or written to it. What was not applied gives its reference back. */
static void on_again(struct fs *fs, const struct made_again *made)
{
	const struct tree_change list[] = {
		{ .kind = TREE_CONTENTS, .ino = made->ino },
		{ .kind = TREE_CONTENTS, .ino = made->at.dir },
		{ .kind = TREE_ENTRY, .ino = made->at.dir, .after = made->ino, .name = spot_span(&made->at.name) },
	};
	if (made->applied && made->before)
		node_unref_kernel(fs, made->before);
	if (!made->applied)
		node_unref_kernel(fs, made->ino);
	else
		fs_tree_changed(fs, list, made->created ? ARRAY_LEN(list) : 1);
}

int invalidate_follow(struct fs *fs)
{
	const struct work_told who = { known, used, is_open, nameless, kept, told, fs };
	ns_wrlock(fs);
	fs->on_again = on_again;
	fs->is_telling = is_telling;
	work_on_changes(fs->cfg.work, &who);
	ns_unlock(fs);
	return 0;
}

void invalidate_unfollow(struct fs *fs)
{
	ns_wrlock(fs);
	work_on_changes(fs->cfg.work, NULL);
	ns_unlock(fs);
}
