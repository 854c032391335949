/* SPDX-License-Identifier: MIT
 * What another device's changes make the file system tell the kernel.
 */
#include "fs/core/record.h"
#include "tests/unit/fs_util.h"

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

/* changed: as the sync engine calls it, while the file system is stopped. */
static void changed(struct fs *fs, struct rkey k, const struct buf *before, const struct buf *after)
{
	ns_wrlock(fs);
	fs_changed(fs, rkey_span(&k), before ? buf_span(before) : SPAN(NULL, 0),
	           after ? buf_span(after) : SPAN(NULL, 0));
	ns_unlock(fs);
}

static void inode_bytes(struct fs *fs, uint64_t ino, uint8_t version, struct buf *out)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct inode in;
	ns_guard_read(fs);
	assert_int_equal(inode_get(fs, ino, &in, &raw), 0);
	memset(in.version.b, version, ID_LEN);
	buf_clear(out);
	record_inode_encode(&in, out);
}

static void contents_and_attributes_are_told_apart(void **state)
{
	struct fs *fs = fs_of(state);
	struct told t = { 0 };
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	char text[64];
	uint64_t f = mk(fs, INO_ROOT, "f"), g = mk(fs, INO_ROOT, "g"), unknown = mk(fs, INO_ROOT, "u");
	fs_forget(fs, unknown, 1);
	watch(fs, &t);
	inode_bytes(fs, f, 1, &a);
	inode_bytes(fs, f, 2, &b);
	changed(fs, key_ino(REC_INODE, unknown), &a, &b);
	changed(fs, key_ino(REC_INODE, f), &a, &b);
	changed(fs, key_ino(REC_INODE, g), &a, &a);
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
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	struct dirent_rec before[] = { { span_str("gone"), 5, S_IFREG },
		                       { span_str("kept"), 6, S_IFREG },
		                       { span_str("moved"), 7, S_IFREG } };
	struct dirent_rec after[] = { { span_str("kept"), 6, S_IFREG },
		                      { span_str("moved"), 8, S_IFREG },
		                      { span_str("new"), 9, S_IFREG } };
	dirent_encode(before, 3, &a);
	dirent_encode(after, 3, &b);
	watch(fs, &t);
	changed(fs, key_ino_hash(REC_DIRENT, INO_ROOT, 1), &a, &b);
	wait_told(&t, 3);
	assert_true(was_told(&t, "gone 1 5 gone"));
	assert_true(was_told(&t, "entry 1 moved"));
	assert_true(was_told(&t, "entry 1 new"));
	fs_set_notify(fs, NULL);
	assert_int_equal(t.n, 3);
}

static void equal_notices_are_one_and_nothing_waits(void **state)
{
	struct fs *fs = fs_of(state);
	struct told t = { .hold = true };
	cleanup(buf_free) struct buf a = BUF_INIT, b = BUF_INIT;
	uint64_t f = mk(fs, INO_ROOT, "f"), g = mk(fs, INO_ROOT, "g");
	inode_bytes(fs, f, 1, &a);
	inode_bytes(fs, f, 2, &b);
	watch(fs, &t);
	assert_true(fs_cache_valid(fs, f));
	changed(fs, key_ino(REC_INODE, g), &a, &b);
	{
		guard(&t.lock);
		while (!t.inside)
			pthread_cond_wait(&t.more, &t.lock);
	}
	for (int i = 0; i < 1000; i++) { /* while the kernel does not answer */
		changed(fs, key_ino(REC_INODE, f), &a, i % 2 ? &a : &b);
		changed(fs, key_ino_hash(REC_XATTR, f, 7), NULL, NULL);
	}
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
		T(equal_notices_are_one_and_nothing_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
