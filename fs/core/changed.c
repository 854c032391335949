/* SPDX-License-Identifier: MIT */
#include "fs/core/changed.h"

#include "fs/core/fs_state.h"
#include "util/clock.h"
#include "util/invariant.h"

int changed_open(struct fs *fs)
{
	return pthread_mutex_init(&fs->changed.lock, NULL);
}

void changed_close(struct fs *fs)
{
	pthread_mutex_destroy(&fs->changed.lock);
}

void changed_add(struct fs *fs, struct changed_file *c)
{
	c->since = clock_mono();
	map_claim_change(fs->cfg.map, FILE_CLAIM);
	{
		struct changed *all = &fs->changed;
		guard(&all->lock);
		INVARIANT(!c->link); /* F8 */
		c->next = all->first;
		c->link = &all->first;
		if (c->next)
			c->next->link = &c->next;
		all->first = c;
	}
	wake_ask_resting(&fs->flusher_wake);
}

void changed_remove(struct fs *fs, struct changed_file *c)
{
	guard(&fs->changed.lock);
	if (!c->link)
		return;
	map_claim_change(fs->cfg.map, -(int64_t)FILE_CLAIM);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->link = NULL;
	c->next = NULL;
}

bool changed_any(struct fs *fs)
{
	guard(&fs->changed.lock);
	return fs->changed.first != NULL;
}

size_t changed_count(struct fs *fs, int64_t *ret_oldest)
{
	size_t n = 0;
	*ret_oldest = 0;
	guard(&fs->changed.lock);
	for (struct changed_file *c = fs->changed.first; c; c = c->next, n++)
		if (!*ret_oldest || c->since < *ret_oldest)
			*ret_oldest = c->since;
	return n;
}

uint64_t *changed_older(struct fs *fs, int64_t before, size_t *ret_n)
{
	guard(&fs->changed.lock);
	size_t n = 0;
	for (struct changed_file *c = fs->changed.first; c; c = c->next) /* short: open files */
		n++;
	uint64_t *v = malloc((n + 1) * sizeof(*v));
	*ret_n = 0;
	for (struct changed_file *c = fs->changed.first; v && c; c = c->next)
		if (c->since <= before)
			v[(*ret_n)++] = c->ino;
	return v;
}

void changed_round(struct fs *fs)
{
	fs->changed.round++;
}

uint64_t changed_next(struct fs *fs)
{
	guard(&fs->changed.lock);
	struct changed_file *c = fs->changed.first;
	while (c && c->round == fs->changed.round)
		c = c->next;
	if (!c)
		return 0;
	c->round = fs->changed.round;
	return c->ino;
}
