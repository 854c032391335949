/* SPDX-License-Identifier: MIT
 * What another device's changes make the file system tell the kernel.
 */
#include "tests/unit/fs_util.h"

#include <fcntl.h>

struct told {
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool hold; /* the notifier waits in its call */
	size_t n, inside;
	char text[64][320];
};

static void tell(struct told *t, const char *text)
{
	guard(&t->lock);
	t->inside++;
	pthread_cond_broadcast(&t->more);
	while (t->hold)
		pthread_cond_wait(&t->more, &t->lock);
	snprintf(t->text[t->n++ % 64], sizeof(t->text[0]), "%s", text);
	pthread_cond_broadcast(&t->more);
}

static void on_inode(void *ctx, uint64_t ino, bool data)
{
	char text[320];
	snprintf(text, sizeof(text), "%s %llu", data ? "data" : "attr", (unsigned long long)ino);
	tell(ctx, text);
}

static void on_entry(void *ctx, uint64_t parent, const char *name, size_t len)
{
	char text[320];
	snprintf(text, sizeof(text), "entry %llu %.*s", (unsigned long long)parent, (int)len, name);
	tell(ctx, text);
}

static void on_deleted(void *ctx, uint64_t parent, uint64_t child, const char *name, size_t len)
{
	char text[320];
	snprintf(text, sizeof(text), "gone %llu %llu %.*s", (unsigned long long)parent, (unsigned long long)child,
	         (int)len, name);
	tell(ctx, text);
}

static void watch(struct fs *fs, struct told *t)
{
	assert_int_equal(pthread_mutex_init(&t->lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&t->more, NULL), 0);
	struct fs_notify_ops ops = { on_inode, on_entry, on_deleted, t };
	fs_set_notify(fs, &ops);
}

static void wait_told(struct told *t, size_t n)
{
	guard(&t->lock);
	while (t->n < n)
		pthread_cond_wait(&t->more, &t->lock);
}

static bool was_told(struct told *t, const char *text)
{
	guard(&t->lock);
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->text[i], text))
			return true;
	return false;
}

/* changed: as another device's changes arrive, while the file system is stopped. */
static void changed(struct fs *fs, const struct tree_change *list, size_t n)
{
	ns_wrlock(fs);
	fs_tree_changed(fs, list, n);
	ns_unlock(fs);
}

static void contents_and_attributes_are_told_apart(void **state)
{
	struct fs *fs = fs_of(state);
	struct told t = { 0 };
	char text[64];
	uint64_t f = mk(fs, INO_ROOT, "f"), g = mk(fs, INO_ROOT, "g"), unknown = mk(fs, INO_ROOT, "u");
	fs_forget(fs, unknown, 1);
	watch(fs, &t);
	const struct tree_change list[] = { { .kind = TREE_CONTENTS, .ino = unknown },
		                            { .kind = TREE_CONTENTS, .ino = f },
		                            { .kind = TREE_ATTRS, .ino = g } };
	changed(fs, list, ARRAY_LEN(list));
	wait_told(&t, 2);
	snprintf(text, sizeof(text), "data %llu", (unsigned long long)f);
	assert_true(was_told(&t, text));
	snprintf(text, sizeof(text), "attr %llu", (unsigned long long)g);
	assert_true(was_told(&t, text));
	fs_set_notify(fs, NULL);
	assert_int_equal(t.n, 2); /* the kernel does not know the third */
}

static void entries_are_told_by_what_became_of_them(void **state)
{
	struct fs *fs = fs_of(state);
	struct told t = { 0 };
	watch(fs, &t);
	const struct tree_change list[] = { { TREE_ENTRY, INO_ROOT, 5, 0, span_str("gone") },
		                            { TREE_ENTRY, INO_ROOT, 7, 8, span_str("moved") },
		                            { TREE_ENTRY, INO_ROOT, 0, 9, span_str("new") } };
	changed(fs, list, ARRAY_LEN(list));
	wait_told(&t, 3);
	assert_true(was_told(&t, "gone 1 5 gone"));
	assert_true(was_told(&t, "entry 1 moved"));
	assert_true(was_told(&t, "entry 1 new"));
	fs_set_notify(fs, NULL);
	assert_int_equal(t.n, 3);
}

struct reply {
	int err;
	char text[16];
};

static void on_read(void *ctx, int err, const void *p, size_t n)
{
	struct reply *r = ctx;
	r->err = err;
	if (n && n < sizeof(r->text))
		memcpy(r->text, p, n);
}

static void says(struct fs *fs, struct fs_file *h, const char *want)
{
	struct reply r = { .err = -1 };
	assert_int_equal(fs_read(fs, h, 0, sizeof(r.text) - 1, on_read, &r), 0);
	assert_int_equal(r.err, 0);
	assert_string_equal(r.text, want);
}

/* two_for_one: another device's version of the file's contents, in the records. */
static void two_for_one(struct fs *fs, uint64_t ino)
{
	cleanup(change_freep) struct change *t = change_new(fs);
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	assert_int_equal(inode_get_txn(t, ino, &in, &raw), 0);
	const struct inode before = in;
	in.inline_data = span_str("two");
	in.mtime = in.ctime = stamp_now();
	assert_int_equal(crypto_random_id(&in.version), ERR_OK);
	inode_store(t, &before, &in);
	assert_int_equal(change_apply(t), ERR_OK);
}

/* Whoever has it open for writing stays in the version that it was opened with. */
static void an_open_file_shows_the_new_contents(void **state)
{
	struct fs *fs = fs_of(state);
	struct fs_file *h;
	struct stat st;
	assert_int_equal(fs_create(fs, &me, &(struct fs_new){ INO_ROOT, "f", 0644 }, O_RDWR, &st, &h), 0);
	assert_int_equal(fs_write(fs, h, 0, "one", 3, 0), 0);
	assert_int_equal(fs_fsync(fs, st.st_ino), 0);
	fs_file_close(fs, h);
	assert_int_equal(fs_file_open(fs, st.st_ino, O_RDONLY, &h), 0);
	says(fs, h, "one");
	const struct tree_change c = { .kind = TREE_CONTENTS, .ino = st.st_ino };
	ns_wrlock(fs);
	two_for_one(fs, st.st_ino);
	fs_tree_changed(fs, &c, 1);
	ns_unlock(fs);
	says(fs, h, "two");
	fs_file_close(fs, h);
}

static void equal_notices_are_one_and_nothing_waits(void **state)
{
	struct fs *fs = fs_of(state);
	struct told t = { .hold = true };
	uint64_t f = mk(fs, INO_ROOT, "f"), g = mk(fs, INO_ROOT, "g");
	const struct tree_change first = { .kind = TREE_CONTENTS, .ino = g };
	const struct tree_change list[] = { { .kind = TREE_CONTENTS, .ino = f }, { .kind = TREE_ATTRS, .ino = f } };
	watch(fs, &t);
	assert_true(fs_cache_valid(fs, f));
	changed(fs, &first, 1);
	{
		guard(&t.lock);
		while (!t.inside)
			pthread_cond_wait(&t.more, &t.lock);
	}
	for (int i = 0; i < 1000; i++) /* while the kernel does not answer */
		changed(fs, list, ARRAY_LEN(list));
	assert_false(fs_cache_valid(fs, f));
	mk(fs, INO_ROOT, "still working");
	{
		guard(&t.lock);
		t.hold = false;
		pthread_cond_broadcast(&t.more);
	}
	wait_told(&t, 2);
	fs_set_notify(fs, NULL);
	assert_int_equal(t.n, 2);
	assert_true(fs_cache_valid(fs, f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(contents_and_attributes_are_told_apart),
		T(entries_are_told_by_what_became_of_them),
		T(an_open_file_shows_the_new_contents),
		T(equal_notices_are_one_and_nothing_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
