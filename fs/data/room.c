/* SPDX-License-Identifier: MIT */
#include "fs/data/room.h"

#include "fs/core/fs_state.h"

struct room {
	pthread_mutex_t lock; /* all below */
	pthread_cond_t idle;
	void (*fn)(void *ctx);
	void *ctx;
	bool running;
};

static void drained(void *ctx)
{
	struct room *r = ctx;
	void (*fn)(void *);
	void *arg;
	{
		guard(&r->lock);
		fn = r->fn;
		arg = r->ctx;
		r->running = fn != NULL;
	}
	if (!fn)
		return;
	fn(arg);
	guard(&r->lock);
	r->running = false;
	pthread_cond_broadcast(&r->idle);
}

void fs_on_room(struct fs *fs, void (*fn)(void *ctx), void *ctx)
{
	struct room *r = fs->room;
	guard(&r->lock);
	while (r->running)
		pthread_cond_wait(&r->idle, &r->lock);
	r->fn = fn;
	r->ctx = ctx;
}

int room_open(struct fs *fs)
{
	struct room *r = calloc(1, sizeof(*r));
	if (!r)
		return ENOMEM;
	if (pthread_mutex_init(&r->lock, NULL) || pthread_cond_init(&r->idle, NULL)) {
		free(r);
		return ENOMEM;
	}
	fs->room = r;
	map_on_drain(fs->cfg.map, drained, r);
	return 0;
}

void room_close(struct fs *fs)
{
	struct room *r = steal_ptr(fs->room);
	if (!r)
		return;
	map_on_drain(fs->cfg.map, NULL, NULL);
	pthread_cond_destroy(&r->idle);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
