/* SPDX-License-Identifier: MIT
 * The table's lock is taken after the namespace lock and before a file's; nothing is called under it but file_dirty.
 */
#include "fs/core/node_table.h"

#include "fs/core/fs_state.h"
#include "fs/core/lookups.h"

#include <string.h>

#define NODE_BUCKETS 4096

struct node_table {
	pthread_mutex_t lock; /* all below, and the fields of every node that say so */
	struct node *bucket[NODE_BUCKETS];
	struct node *idle;
	struct lookups kernel;
	nodes_orphan_fn unused; /* set before anything is used */
};

int nodes_open(struct fs *fs)
{
	struct node_table *t = calloc(1, sizeof(*t));
	if (!t)
		return ENOMEM;
	int err = pthread_mutex_init(&t->lock, NULL);
	if (err) {
		free(t);
		return err;
	}
	fs->nodes = t;
	return 0;
}

void nodes_close(struct fs *fs)
{
	struct node_table *t = steal_ptr(fs->nodes);
	if (!t)
		return;
	for (size_t i = 0; i < NODE_BUCKETS; i++) {
		struct node *n;
		while ((n = t->bucket[i])) {
			t->bucket[i] = n->next;
			file_free(n->file);
			free(n);
		}
	}
	lookups_free(&t->kernel);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void nodes_on_unused_orphan(struct fs *fs, nodes_orphan_fn fn)
{
	fs->nodes->unused = fn;
}

static struct node **place_of(struct node_table *t, uint64_t ino)
{
	struct node **p = &t->bucket[(ino * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
	while (*p && (*p)->ino != ino)
		p = &(*p)->next;
	return p;
}

/* acquire: under the nodes' lock. */
static struct node *acquire(struct node_table *t, uint64_t ino)
{
	struct node **p = place_of(t, ino);
	if (!*p) {
		struct node *n = calloc(1, sizeof(*n));
		if (!n)
			return NULL;
		n->ino = ino;
		n->orphan = lookups_marked(&t->kernel, ino);
		n->elsewhere = lookups_elsewhere(&t->kernel, ino);
		*p = n;
	}
	(*p)->users++;
	return *p;
}

struct node *node_acquire(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	return acquire(fs->nodes, ino);
}

struct node *node_find(struct fs *fs, uint64_t ino)
{
	struct node_table *t = fs->nodes;
	guard(&t->lock);
	struct node *n = *place_of(t, ino);
	if (n)
		n->users++;
	return n;
}

static void idle_push(struct node_table *t, struct node *n)
{
	if (n->on_idle)
		return;
	n->on_idle = true;
	n->idle = t->idle;
	t->idle = n;
}

/* idle_sweep: takes what can go out of the table; returns it as a list over `idle`, with `orphan` meaning: reap. */
static struct node *idle_sweep(struct node_table *t)
{
	struct node *dead = NULL, *n;
	while ((n = t->idle)) {
		t->idle = n->idle;
		n->on_idle = false;
		if (n->users)
			continue;
		bool reap = n->orphan && !lookups_count(&t->kernel, n->ino);
		if ((!reap || n->elsewhere) && n->file && file_dirty(n->file))
			continue; /* the flusher's node_release looks at it again */
		*place_of(t, n->ino) = n->next;
		n->orphan = reap;
		n->idle = dead;
		dead = n;
	}
	return dead;
}

/* free_dead: what idle_sweep took out. No lock held. */
static void free_dead(struct fs *fs, struct node *dead)
{
	while (dead) {
		struct node *n = dead;
		dead = n->idle;
		uint64_t reap = n->orphan ? n->ino : 0;
		file_free(n->file);
		free(n);
		if (reap)
			fs->nodes->unused(fs, reap);
	}
}

struct node *node_open(struct fs *fs, uint64_t ino)
{
	struct node_table *t = fs->nodes;
	struct node *dead, *ret;
	{
		guard(&t->lock);
		dead = idle_sweep(t);
		ret = acquire(t, ino);
	}
	free_dead(fs, dead);
	return ret;
}

static void node_drop(struct node_table *t, struct node *n)
{
	if (!--n->users)
		idle_push(t, n);
}

void node_release(struct fs *fs, struct node *n)
{
	struct node_table *t = fs->nodes;
	struct node *dead;
	{
		guard(&t->lock);
		node_drop(t, n);
		dead = idle_sweep(t);
	}
	free_dead(fs, dead);
}

void node_unref(struct fs *fs, struct node *n)
{
	guard(&fs->nodes->lock);
	node_drop(fs->nodes, n);
}

struct file *node_file(struct fs *fs, struct node *n)
{
	struct node_table *t = fs->nodes;
	{
		guard(&t->lock);
		if (n->file)
			return n->file;
	}
	struct file *f = file_new(fs, n->ino);
	struct file *ret;
	{
		guard(&t->lock);
		if (!n->file)
			n->file = steal_ptr(f);
		ret = n->file;
	}
	file_free(f); /* another thread was first */
	return ret;
}

struct file *node_file_if(struct fs *fs, struct node *n)
{
	guard(&fs->nodes->lock);
	return n->file;
}

void nodes_sweep(struct fs *fs)
{
	struct node *dead;
	{
		guard(&fs->nodes->lock);
		dead = idle_sweep(fs->nodes);
	}
	free_dead(fs, dead);
}

bool nodes_known(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	return ino == INO_ROOT || lookups_count(&fs->nodes->kernel, ino) > 0;
}

int node_ref_kernel(struct fs *fs, uint64_t ino)
{
	if (ino == INO_ROOT)
		return 0;
	guard(&fs->nodes->lock);
	return lookups_add(&fs->nodes->kernel, ino) ? 0 : ENOMEM;
}

void node_unref_kernel(struct fs *fs, uint64_t ino)
{
	bool orphan;
	if (ino == INO_ROOT)
		return;
	guard(&fs->nodes->lock);
	struct node *n = acquire(fs->nodes, ino); /* so that it is reaped if that was all; NULL: at the next fs_open */
	(void)lookups_sub(&fs->nodes->kernel, ino, 1, &orphan);
	if (n)
		node_drop(fs->nodes, n);
}

void nodes_forget(struct fs *fs, uint64_t ino, uint64_t nlookup)
{
	struct node_table *t = fs->nodes;
	struct node *dead = NULL;
	bool reap = false;
	if (ino == INO_ROOT)
		return;
	{
		guard(&t->lock);
		if (lookups_sub(&t->kernel, ino, nlookup, &reap) && reap) {
			struct node *n = *place_of(t, ino);
			if (n) {
				reap = false; /* when its last user goes, which may be now */
				idle_push(t, n);
				dead = idle_sweep(t);
			}
		}
	}
	free_dead(fs, dead);
	if (reap)
		fs->nodes->unused(fs, ino);
}

static bool mark(struct fs *fs, uint64_t ino, bool elsewhere)
{
	guard(&fs->nodes->lock);
	bool known = lookups_mark(&fs->nodes->kernel, ino, elsewhere);
	struct node *n = *place_of(fs->nodes, ino);
	if (!n)
		return known;
	n->orphan = true;
	n->elsewhere |= elsewhere;
	if (!n->users)
		idle_push(fs->nodes, n);
	return true;
}

bool node_mark_orphan(struct fs *fs, uint64_t ino)
{
	return mark(fs, ino, false);
}

bool node_mark_elsewhere(struct fs *fs, uint64_t ino)
{
	return mark(fs, ino, true);
}

bool node_is_elsewhere(struct fs *fs, const struct node *n)
{
	guard(&fs->nodes->lock);
	return n->elsewhere;
}

void node_opened(struct fs *fs, struct node *n)
{
	guard(&fs->nodes->lock);
	n->handles++;
}

void node_closed(struct fs *fs, struct node *n)
{
	guard(&fs->nodes->lock);
	n->handles--;
}

bool node_has_handles(struct fs *fs, const struct node *n)
{
	guard(&fs->nodes->lock);
	return n->handles;
}

bool node_in_use(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	return lookups_count(&fs->nodes->kernel, ino) || *place_of(fs->nodes, ino);
}

bool node_is_open(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	const struct node *n = *place_of(fs->nodes, ino);
	return n && (n->users || (n->file && file_dirty(n->file)));
}
