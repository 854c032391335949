/* SPDX-License-Identifier: MIT */
#include "fs/core/damage.h"

#include "fs/core/fs_state.h"
#include "fs/core/path.h"
#include "util/log.h"

#include <string.h>
#include <time.h>

#define DAMAGE_MAX 32

struct damage {
	pthread_mutex_t lock; /* all below */
	size_t next, n;
	struct fs_damage ring[DAMAGE_MAX];
};

int damage_open(struct fs *fs)
{
	struct damage *d = calloc(1, sizeof(*d));
	if (!d || pthread_mutex_init(&d->lock, NULL)) {
		free(d);
		return ENOMEM;
	}
	fs->damage = d;
	return 0;
}

void damage_close(struct fs *fs)
{
	if (fs->damage)
		pthread_mutex_destroy(&fs->damage->lock);
	free(fs->damage);
	fs->damage = NULL;
}

/* remember: false when it is known already. */
static bool remember(struct damage *d, const struct fs_damage *found)
{
	guard(&d->lock);
	for (size_t i = 0; i < d->n; i++) {
		struct fs_damage *old = &d->ring[i];
		if (strcmp(old->path, found->path) || strcmp(old->object, found->object))
			continue;
		old->when = found->when;
		return false;
	}
	d->ring[d->next] = *found;
	d->next = (d->next + 1) % DAMAGE_MAX;
	d->n = MIN(d->n + 1, DAMAGE_MAX);
	return true;
}

/* note: the namespace lock held; the path comes last in the log's line, where a long one may be cut. */
static void note(struct fs *fs, uint64_t ino, const char *name, const char *object, const char *what)
{
	struct fs_damage found = { .when = (int64_t)time(NULL) };
	cleanup(buf_free) struct buf path = BUF_INIT;
	if (path_of(fs, ino, &path)) {
		buf_clear(&path);
		snprintf(found.path, sizeof(found.path), "(inode %llu)", (unsigned long long)ino);
	}
	size_t n = strlen(found.path);
	snprintf(found.path + n, sizeof(found.path) - n, "%.*s%s%s", (int)path.len, path.p ? (const char *)path.p : "",
	         name || (!n && !path.len) ? "/" : "", name ? name : "");
	snprintf(found.object, sizeof(found.object), "%s", object);
	if (remember(fs->damage, &found))
		log_error(AREA_FS, "%s%s: %s is damaged: %s", object[0] ? "object " : "this device's copy", object,
		          what, found.path);
}

void damage_note(struct fs *fs, uint64_t ino, const char *object, const char *what)
{
	ns_guard_read(fs);
	note(fs, ino, NULL, object, what);
}

err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what)
{
	if (e == ERR_DAMAGED)
		note(fs, ino, name, "", what);
	return e;
}

size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max)
{
	struct damage *d = fs->damage;
	guard(&d->lock);
	size_t n = MIN(d->n, max);
	for (size_t i = 0; i < n; i++)
		list[i] = d->ring[(d->next + DAMAGE_MAX - 1 - i) % DAMAGE_MAX];
	return n;
}
