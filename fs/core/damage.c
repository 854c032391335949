/* SPDX-License-Identifier: MIT */
#include "fs/core/damage.h"

#include "fs/core/fs_state.h"
#include "fs/core/path.h"
#include "util/log.h"
#include "vault/objects/name.h"

#include <string.h>
#include <time.h>

struct damage {
	pthread_mutex_t lock; /* all below; a leaf */
	size_t n;
	struct damage_met list[FS_DAMAGE_MAX]; /* the newest last */
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

static void drop(struct damage *d, size_t at)
{
	d->n--;
	memmove(d->list + at, d->list + at + 1, (d->n - at) * sizeof(*d->list));
}

static bool same(const struct damage_met *a, const struct damage_met *b)
{
	return !strcmp(a->shown.path, b->shown.path) && !strcmp(a->shown.object, b->shown.object);
}

/* remember: false when it is known already. */
static bool remember(struct damage *d, const struct damage_met *found)
{
	guard(&d->lock);
	for (size_t i = 0; i < d->n; i++) {
		if (!same(&d->list[i], found))
			continue;
		d->list[i] = *found;
		return false;
	}
	if (d->n == FS_DAMAGE_MAX)
		drop(d, 0);
	d->list[d->n++] = *found;
	return true;
}

struct damage_at {
	uint64_t ino;
	const char *name;   /* of an entry in it, or NULL */
	const char *object; /* "": on this device */
	uint64_t at;        /* of a block: where in the file */
};

/* note: the namespace lock held; the path comes last in the log's line, where a long one may be cut. */
static void note(struct fs *fs, const struct damage_at *w, struct id block, const char *what)
{
	struct damage_met found = { .shown.when = (int64_t)time(NULL), .ino = w->ino, .at = w->at };
	cleanup(buf_free) struct buf path = BUF_INIT;
	char *text = found.shown.path;
	found.block = block;
	if (path_of(fs, w->ino, &path)) {
		buf_clear(&path);
		snprintf(text, sizeof(found.shown.path), "(inode %llu)", (unsigned long long)w->ino);
	}
	size_t n = strlen(text);
	snprintf(text + n, sizeof(found.shown.path) - n, "%.*s%s%s", (int)path.len, path.p ? (const char *)path.p : "",
	         w->name || (!n && !path.len) ? "/" : "", w->name ? w->name : "");
	snprintf(found.shown.object, sizeof(found.shown.object), "%s", w->object);
	if (remember(fs->damage, &found))
		log_error(AREA_FS, "%s%s: %s is damaged: %s", w->object[0] ? "object " : "this device's copy",
		          w->object, what, text);
}

void damage_block(struct fs *fs, const struct damage_place *place, const char *object, struct id block)
{
	char hex[OBJECT_NAME], what[OBJECT_NAME + 16];
	name_id(block, hex);
	snprintf(what, sizeof(what), "block %s", hex);
	ns_guard_read(fs);
	note(fs, &(struct damage_at){ place->ino, NULL, object, place->at }, block, what);
}

void damage_block_over(struct fs *fs, struct id block)
{
	struct damage *d = fs->damage;
	guard(&d->lock);
	for (size_t i = d->n; i-- > 0;)
		if (id_eq(d->list[i].block, block))
			drop(d, i);
}

err_t damage_check(struct fs *fs, err_t e, uint64_t ino, const char *name, const char *what)
{
	if (e == ERR_DAMAGED)
		note(fs, &(struct damage_at){ .ino = ino, .name = name, .object = "" }, ID_ZERO, what);
	return e;
}

/* It is the damage lock's turn after the namespace lock's: another may have dropped it already. */
void damage_forget(struct fs *fs, const struct damage_met *m)
{
	struct damage *d = fs->damage;
	guard(&d->lock);
	for (size_t i = d->n; i-- > 0;)
		if (same(&d->list[i], m))
			drop(d, i);
}

size_t damage_copy(struct fs *fs, struct damage_met ret[FS_DAMAGE_MAX])
{
	guard(&fs->damage->lock);
	memcpy(ret, fs->damage->list, fs->damage->n * sizeof(*ret));
	return fs->damage->n;
}
