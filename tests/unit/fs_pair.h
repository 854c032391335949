/* SPDX-License-Identifier: MIT
 * Two file systems of format 2 that hear of each other, and what the kernel of one was told.
 */
#pragma once

#include "tests/unit/fs_util.h"
#include "vault/changeset/close.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"

#include <fcntl.h>

#define TOLD 64

struct told { /* what the kernel of `here` was told, in words */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	char text[TOLD][80];
	size_t n;
};

struct pair {
	struct fake here, there;
	struct told told;
	unsigned lamport;
};

static inline void note(struct told *t, const char *text)
{
	guard(&t->lock);
	assert_true(t->n < TOLD);
	snprintf(t->text[t->n++], sizeof(t->text[0]), "%s", text);
	pthread_cond_signal(&t->cond);
}

static inline void on_inode(void *ctx, uint64_t ino, bool data)
{
	char text[80];
	snprintf(text, sizeof(text), "%s %llu", data ? "data" : "attr", (unsigned long long)ino);
	note(ctx, text);
}

static inline void on_entry(void *ctx, uint64_t parent, const char *name, size_t len)
{
	char text[80];
	snprintf(text, sizeof(text), "entry %llu %.*s", (unsigned long long)parent, (int)len, name);
	note(ctx, text);
}

static inline void on_deleted(void *ctx, uint64_t parent, uint64_t child, const char *name, size_t len)
{
	(void)child;
	char text[80];
	snprintf(text, sizeof(text), "gone %llu %.*s", (unsigned long long)parent, (int)len, name);
	note(ctx, text);
}

/* was_told: waits for it; the test's own time limit ends it. */
static inline void was_told(struct pair *p, const char *what, uint64_t ino, const char *name)
{
	struct told *t = &p->told;
	char want[80];
	snprintf(want, sizeof(want), "%s %llu%s%s", what, (unsigned long long)ino, name ? " " : "", name ? name : "");
	guard(&t->lock);
	for (size_t i = 0;; i++) {
		while (i == t->n)
			pthread_cond_wait(&t->cond, &t->lock);
		if (!strcmp(t->text[i], want))
			return;
	}
}

static inline int pair_open(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	*state = p;
	assert_non_null(p);
	p->there.stream = 0xb;
	assert_int_equal(pthread_mutex_init(&p->told.lock, NULL) || pthread_cond_init(&p->told.cond, NULL), 0);
	assert_int_equal(fake_open(&p->here, NULL, 1000, 1000), 0);
	p->there.keyring = p->here.keyring;
	assert_int_equal(fake_open(&p->there, NULL, 1000, 1000), 0);
	fs_set_notify(p->here.fs, &(struct fs_notify_ops){ on_inode, on_entry, on_deleted, &p->told });
	return 0;
}

static inline int pair_close(void **state)
{
	struct pair *p = *state;
	fs_set_notify(p->here.fs, NULL);
	assert_int_equal(fake_close(&p->there), 0);
	fake_free(&p->here);
	free(p);
	return 0;
}

static inline err_t add_record(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* send: one device publishes, the other gets it. */
static inline void send(struct fake *from, struct fake *to)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct changeset *c = work_changeset(from->work);
	err_t e = changeset_close(c, work_closing(from->work));
	assert_int_equal(e, ERR_OK);
	const struct view *v = &c->closed->view;
	assert_int_equal(v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), add_record, &said), ERR_OK);
	const struct delivery d = { &said, c->lamport, NULL, work_follow(to->work) };
	assert_int_equal(changeset_deliver(work_changeset(to->work), &d), ERR_OK);
	while (!(e = changeset_publish(c, PUBLISH_PART, NULL)))
		continue;
	assert_int_equal(e, ERR_NOTFOUND);
}

static inline void to_here(struct pair *p)
{
	send(&p->there, &p->here);
}

/* A delivery that fails at last, as for want of room. */
static inline err_t no_room(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	const struct follow *f = ctx;
	err_t e = f->fn(f->ctx, published, changes, b);
	return e ? e : ERR_NOSPACE;
}

static inline void no_room_end(void *ctx, bool applied)
{
	follow_end(ctx, applied);
}

/* in_vain: what is said there finds no room here. */
static inline void in_vain(struct pair *p)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct changeset *c = work_changeset(p->there.work);
	const struct view *v = &c->open->view;
	const struct follow f = { no_room, (void *)(uintptr_t)work_follow(p->here.work), no_room_end };
	assert_int_equal(v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), add_record, &said), ERR_OK);
	const struct delivery d = { &said, c->lamport, NULL, &f };
	assert_int_equal(changeset_deliver(work_changeset(p->here.work), &d), ERR_NOSPACE);
}

static inline void write_text(struct fs *fs, uint64_t ino, const char *text)
{
	struct fs_file *h;
	assert_int_equal(fs_file_open(fs, ino, O_RDWR | O_TRUNC, &h), 0);
	assert_int_equal(fs_write(fs, h, 0, text, strlen(text), 0), 0);
	assert_int_equal(fs_fsync(fs, ino), 0);
	fs_file_close(fs, h);
}

static inline bool note_conflict(void *ctx, const char *name, const struct stat *st, uint64_t cookie)
{
	(void)cookie;
	if (strstr(name, "conflict"))
		*(struct stat *)ctx = *st;
	return true;
}

static inline bool note_conflict_name(void *ctx, const char *name, const struct stat *st, uint64_t cookie)
{
	(void)cookie, (void)st;
	if (strstr(name, "conflict"))
		snprintf(ctx, NAME_LEN_MAX + 1, "%s", name);
	return true;
}

struct got {
	char *to;
	size_t n;
};

static inline void on_read(void *ctx, int err, const void *p, size_t n)
{
	struct got *g = ctx;
	assert_int_equal(err, 0);
	assert_true(n <= g->n);
	memcpy(g->to, p, n);
	g->n = n;
}

/* read_all: nothing is fetched, so it is there at once. */
static inline void read_all(struct fs *fs, struct fs_file *h, char *to, size_t n)
{
	struct got g = { to, n };
	assert_int_equal(fs_read(fs, h, 0, n, on_read, &g), 0);
	assert_int_equal(g.n, n);
}

static inline void is_text(struct fs *fs, uint64_t ino, const char *text)
{
	char got[64] = "";
	struct fs_file *h;
	size_t n = strlen(text);
	assert_int_equal(fs_file_open(fs, ino, O_RDONLY, &h), 0);
	assert_int_equal(st_of(fs, ino).st_size, n);
	read_all(fs, h, got, n);
	assert_memory_equal(got, text, n);
	fs_file_close(fs, h);
}

static inline void put(struct fs *fs, struct fs_file *h, uint64_t off, const char *text)
{
	assert_int_equal(fs_write(fs, h, off, text, strlen(text), 0), 0);
	assert_int_equal(fs_fsync(fs, fs_ino_of(h)), 0);
}
