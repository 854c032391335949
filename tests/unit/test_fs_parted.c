/* SPDX-License-Identifier: MIT
 * A file is open for writing here, and others' commits show another version under its name: who has it open goes on in
 * its own, the name shows theirs, and neither is lost.
 */
#include "fs/core/node_table.h"
#include "fs/core/pin_mark.h"
#include "fs/invalidate.h"
#include "fs/meta/xattr.h"
#include "tests/unit/fs_pair.h"

struct open_file { /* here; "f", or what the test calls so */
	struct pair *p;
	struct fs *fs;
	struct fs_file *h;
	uint64_t f;
};

/* begin: both have "f" with "base", which was written here; it is open here. */
static struct open_file begin(struct pair *p)
{
	struct open_file o = { .p = p, .fs = p->here.fs };
	o.f = mk(o.fs, INO_ROOT, "f");
	write_text(o.fs, o.f, "base");
	send(&p->here, &p->there);
	assert_int_equal(fs_file_open(o.fs, o.f, O_RDWR, &o.h), 0);
	return o;
}

/* both_write: "here" here, "there!" there, which has the name: its root is the greater one. */
static struct open_file both_write(struct pair *p)
{
	struct open_file o = begin(p);
	put(o.fs, o.h, 0, "here");
	write_text(p->there.fs, o.f, "there!");
	to_here(p);
	return o;
}

static void end(const struct open_file *o)
{
	fs_file_close(o->fs, o->h);
	fs_forget(o->fs, o->f, 1);
}

static void has_text(const struct open_file *o, const char *text)
{
	char got[64] = "";
	assert_int_equal(st_of(o->fs, o->f).st_size, strlen(text));
	read_all(o->fs, o->h, got, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

/* copy_of: the number of what has a conflict name; it is the only one. */
static uint64_t copy_of(struct fs *fs)
{
	struct stat beside = { 0 };
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_conflict, &beside), 0);
	return beside.st_ino;
}

static void the_name_shows_the_other_version_under_a_number_of_its_own(void **state)
{
	struct open_file o = both_write(*state);
	uint64_t theirs = at(o.fs, INO_ROOT, "f");
	assert_true(theirs && theirs != o.f);
	was_told(o.p, "entry", INO_ROOT, "f");
	is_text(o.fs, theirs, "there!");
	is_text(o.fs, copy_of(o.fs), "here");
	has_text(&o, "here");
	put(o.fs, o.h, 4, " and more");
	has_text(&o, "here and more");
	is_text(o.fs, copy_of(o.fs), "here and more");
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "there!");
	end(&o);
	send(&o.p->here, &o.p->there);
	is_text(o.p->there.fs, at(o.p->there.fs, INO_ROOT, "f"), "there!");
	is_text(o.p->there.fs, copy_of(o.p->there.fs), "here and more");
}

static void when_nobody_has_it_open_the_number_is_that_of_the_name_again(void **state)
{
	struct open_file o = both_write(*state);
	struct stat st;
	assert_int_equal(fs_lookup(o.fs, INO_ROOT, "f", &st), 0);
	end(&o);
	assert_int_equal(at(o.fs, INO_ROOT, "f"), st.st_ino); /* the kernel knows it as that */
	struct open_file other = { o.p, o.fs, NULL, mk(o.fs, INO_ROOT, "other") };
	assert_int_equal(fs_file_open(o.fs, other.f, O_RDWR, &other.h), 0);
	fs_forget(o.fs, st.st_ino, 1);
	fs_file_close(o.fs, other.h);
	assert_int_equal(at(o.fs, INO_ROOT, "f"), o.f);
	is_text(o.fs, o.f, "there!");
}

static void a_save_over_the_name_takes_what_was_shown_there(void **state)
{
	struct open_file o = both_write(*state);
	write_text(o.fs, mk(o.fs, INO_ROOT, "new"), "saved");
	assert_int_equal(fs_rename(o.fs, INO_ROOT, "new", INO_ROOT, "f", 0), 0);
	put(o.fs, o.h, 4, " still");
	end(&o);
	send(&o.p->here, &o.p->there);
	is_text(o.p->there.fs, at(o.p->there.fs, INO_ROOT, "f"), "saved");
	is_text(o.p->there.fs, copy_of(o.p->there.fs), "here still");
}

static void what_is_truncated_is_what_was_open(void **state)
{
	struct open_file o = both_write(*state);
	struct stat st, want = { .st_size = 8 };
	assert_int_equal(fs_setattr(o.fs, &me, o.f, &want, FS_SET_SIZE, &st), 0);
	put(o.fs, o.h, 4, "more");
	has_text(&o, "heremore");
	end(&o);
	is_text(o.fs, copy_of(o.fs), "heremore");
}

static void what_others_replaced_is_written_to_a_new_file(void **state)
{
	struct open_file o = begin(*state);
	write_text(o.p->there.fs, o.f, "there!");
	to_here(o.p);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "there!");
	assert_int_equal(copy_of(o.fs), 0);
	has_text(&o, "base");
	put(o.fs, o.h, 4, " and more");
	has_text(&o, "base and more");
	end(&o);
	send(&o.p->here, &o.p->there);
	is_text(o.p->there.fs, at(o.p->there.fs, INO_ROOT, "f"), "there!");
	is_text(o.p->there.fs, copy_of(o.p->there.fs), "base and more");
}

static void it_is_so_again_for_who_opened_the_name_since(void **state)
{
	struct open_file o = both_write(*state), next = { o.p, o.fs, NULL, 0 };
	struct stat st;
	assert_int_equal(fs_lookup(o.fs, INO_ROOT, "f", &st), 0);
	next.f = st.st_ino;
	assert_int_equal(fs_file_open(o.fs, next.f, O_RDWR, &next.h), 0);
	write_text(o.p->there.fs, o.f, "last");
	to_here(o.p);
	uint64_t now = at(o.fs, INO_ROOT, "f");
	assert_true(now != o.f && now != next.f);
	is_text(o.fs, now, "last");
	has_text(&next, "there!");
	has_text(&o, "here");
	put(o.fs, o.h, 4, " 1");
	end(&o);
	end(&next);
	is_text(o.fs, copy_of(o.fs), "here 1");
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "last");
}

static void what_was_not_applied_parts_nothing(void **state)
{
	struct open_file o = begin(*state);
	write_text(o.p->there.fs, o.f, "there!");
	in_vain(o.p);
	assert_int_equal(at(o.fs, INO_ROOT, "f"), o.f);
	put(o.fs, o.h, 4, " and more");
	is_text(o.fs, o.f, "base and more");
	assert_int_equal(copy_of(o.fs), 0);
	end(&o);
}

static void what_is_written_last_is_not_lost_with_the_last_user(void **state)
{
	struct open_file o = both_write(*state);
	assert_int_equal(fs_write(o.fs, o.h, 4, " and more", 9, 0), 0);
	end(&o);
	assert_int_equal(fs_sync(o.fs), 0);
	is_text(o.fs, copy_of(o.fs), "here and more");
}

static void nor_what_is_written_to_what_others_removed(void **state)
{
	struct open_file o = begin(*state);
	assert_int_equal(fs_unlink(o.p->there.fs, INO_ROOT, "f"), 0);
	to_here(o.p);
	assert_int_equal(fs_write(o.fs, o.h, 4, " and more", 9, 0), 0);
	end(&o);
	assert_int_equal(fs_sync(o.fs), 0);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "base and more");
}

static int add_key(void *ctx, struct span key, struct span value)
{
	(void)value;
	return (int)records_gone(ctx, key);
}

/* damage: of every extended attribute. */
static void damage(struct map *m)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct shared_key kind = shared_key_kind(SHARED_XATTR);
	assert_int_equal(map_scan(m, MAP_RECORDS, shared_key_span(&kind), shared_key_span(&kind), add_key, &keys),
	                 ERR_OK);
	assert_true(keys.n);
	for (size_t i = 0; i < keys.n; i++) {
		cleanup(buf_free) struct buf value = BUF_INIT;
		assert_int_equal(map_get(m, MAP_RECORDS, records_key(keys.v[i]), &value), ERR_OK);
		batch_put(b, MAP_RECORDS, records_key(keys.v[i]), SPAN(value.p, value.len - 1));
	}
	assert_int_equal(map_apply(m, b), ERR_OK);
}

static void nor_is_it_for_want_of_what_belongs_to_it(void **state)
{
	struct pair *p = *state;
	uint64_t f = mk(p->here.fs, INO_ROOT, "f");
	assert_int_equal(fs_setxattr(p->here.fs, &me, f, "user.x", span_str("1"), 0), 0);
	fs_forget(p->here.fs, f, 1);
	struct open_file o = { p, p->here.fs, NULL, f };
	write_text(o.fs, f, "base");
	send(&p->here, &p->there);
	assert_int_equal(fs_file_open(o.fs, f, O_RDWR, &o.h), 0);
	damage(p->here.map);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	to_here(p);
	assert_int_equal(fs_write(o.fs, o.h, 4, " and more", 9, 0), 0);
	fs_file_close(o.fs, o.h);
	assert_int_equal(fs_sync(o.fs), 0);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "base and more");
}

static void who_removes_the_copy_removes_what_is_open(void **state)
{
	struct open_file o = both_write(*state);
	char name[NAME_LEN_MAX + 1] = "";
	assert_int_equal(fs_readdir(o.fs, INO_ROOT, 0, false, note_conflict_name, name), 0);
	put(o.fs, o.h, 4, " and more");
	assert_int_equal(fs_unlink(o.fs, INO_ROOT, name), 0);
	has_text(&o, "here and more");
	put(o.fs, o.h, 0, "gone");
	has_text(&o, "gone and more");
	end(&o);
	assert_int_equal(copy_of(o.fs), 0);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "there!");
}

/* brought_back: removed here while it is open; others moved it, and had not seen that. */
static void brought_back(const struct open_file *o)
{
	assert_int_equal(fs_unlink(o->fs, INO_ROOT, "f"), 0);
	for (unsigned i = 0; i < 9; i++) { /* later than the removal */
		assert_int_equal(fs_rename(o->p->there.fs, INO_ROOT, "f", INO_ROOT, "g", 0), 0);
		assert_int_equal(fs_rename(o->p->there.fs, INO_ROOT, "g", INO_ROOT, "f", 0), 0);
	}
	to_here(o->p);
}

static void what_others_bring_back_is_not_what_was_removed(void **state)
{
	struct open_file o = begin(*state);
	brought_back(&o);
	uint64_t back = at(o.fs, INO_ROOT, "f");
	assert_true(back && back != o.f);
	write_text(o.fs, back, "written to the name");
	put(o.fs, o.h, 0, "gone");
	has_text(&o, "gone");
	end(&o);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "written to the name");
	send(&o.p->here, &o.p->there);
	is_text(o.p->there.fs, at(o.p->there.fs, INO_ROOT, "f"), "written to the name");
}

#define BIG (2u * BLOCK_SIZE + 1)

/* put_big: more than a block. */
static void put_big(struct fs *fs, struct fs_file *h, char c)
{
	cleanup_free char *text = malloc(BIG);
	assert_non_null(text);
	memset(text, c, BIG);
	assert_int_equal(fs_write(fs, h, 0, text, BIG, 0), 0);
	assert_int_equal(fs_fsync(fs, fs_ino_of(h)), 0);
}

static void is_big(struct fs *fs, uint64_t ino, char c)
{
	cleanup_free char *got = calloc(1, BIG);
	struct fs_file *h;
	assert_non_null(got);
	assert_int_equal(st_of(fs, ino).st_size, BIG);
	assert_int_equal(fs_file_open(fs, ino, O_RDONLY, &h), 0);
	read_all(fs, h, got, BIG);
	for (size_t i = 0; i < BIG; i++)
		assert_int_equal(got[i], c);
	fs_file_close(fs, h);
}

struct shown_files {
	uint64_t ino[8];
	size_t n;
};

static bool note_file(void *ctx, const char *name, const struct stat *st, uint64_t cookie)
{
	struct shown_files *l = ctx;
	(void)name, (void)cookie;
	if (S_ISREG(st->st_mode) && l->n < ARRAY_LEN(l->ino))
		l->ino[l->n++] = st->st_ino;
	return true;
}

/* of_length: the number of what is so long. */
static uint64_t of_length(struct fs *fs, size_t len)
{
	struct shown_files l = { .n = 0 };
	assert_int_equal(fs_readdir(fs, INO_ROOT, 0, false, note_file, &l), 0);
	for (size_t i = 0; i < l.n; i++)
		if (st_of(fs, l.ino[i]).st_size == (off_t)len)
			return l.ino[i];
	fail_msg("nothing has %zu bytes", len);
	return 0;
}

static void has_file(struct fs *fs, const char *text)
{
	is_text(fs, of_length(fs, strlen(text)), text);
}

/* again: as after a crash: the kernel knows it all when the file system goes. */
static void again(struct pair *p)
{
	fs_set_notify(p->here.fs, NULL);
	assert_int_equal(fs_close(p->here.fs), 0);
	assert_int_equal(fake_fs(&p->here, 1000, 1000), 0);
}

/* open_name: what is shown there, as others open it. */
static struct open_file open_name(const struct open_file *o)
{
	struct open_file next = { o->p, o->fs, NULL, 0 };
	struct stat st;
	assert_int_equal(fs_lookup(o->fs, INO_ROOT, "f", &st), 0);
	next.f = st.st_ino;
	assert_int_equal(fs_file_open(o->fs, next.f, O_RDWR, &next.h), 0);
	return next;
}

/* A stand-in has no record, and is parted, too: that says nothing of the contents of what it showed. */
static void what_a_stand_in_showed_is_not_lost_with_it(void **state)
{
	struct open_file o = both_write(*state), next = open_name(&o);
	struct pair *p = o.p;
	put(o.fs, next.h, 0, "ours");
	end(&o);
	send(&p->here, &p->there);
	put_big(o.fs, next.h, 'v');
	for (unsigned i = 0; i < 3; i++) /* a greater root */
		assert_true(mk(p->there.fs, INO_ROOT, (const char[]){ (char)('1' + i), 0 }));
	write_text(p->there.fs, at(p->there.fs, INO_ROOT, "f"), "last");
	to_here(p);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "last");
	assert_int_not_equal(at(o.fs, INO_ROOT, "f"), next.f);
	is_big(o.fs, next.f, 'v');
	again(p);
	free(next.h); /* nobody closed it: its process ended with the mount */
	is_text(p->here.fs, at(p->here.fs, INO_ROOT, "f"), "last");
	is_big(p->here.fs, of_length(p->here.fs, BIG), 'v');
}

/* The copy is written by its own name, too: whose it was goes on beside it, and neither loses a byte. */
static void what_is_written_to_the_copy_and_beside_it_is_there(void **state)
{
	struct open_file o = both_write(*state), copy = { o.p, o.fs, NULL, 0 };
	put(o.fs, o.h, 4, " 1");
	copy.f = copy_of(o.fs);
	assert_int_equal(fs_file_open(o.fs, copy.f, O_RDWR, &copy.h), 0);
	put(o.fs, copy.h, 6, " copy");
	mkd(o.p->there.fs, INO_ROOT, "other");
	to_here(o.p);
	put(o.fs, copy.h, 11, " 2");
	put(o.fs, o.h, 0, "HERE 11");
	has_text(&copy, "here 1 copy 2");
	has_text(&o, "HERE 11");
	fs_file_close(o.fs, copy.h);
	end(&o);
	assert_int_equal(fs_sync(o.fs), 0);
	has_file(o.fs, "here 1 copy 2");
	has_file(o.fs, "HERE 11");
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "there!");
}

/* Flushed, and still in memory: somebody looks at it, so that it does not go. */
static void what_nobody_has_open_is_not_gone_on_with(void **state)
{
	struct open_file o = begin(*state);
	assert_int_equal(fs_write(o.fs, o.h, 0, "here", 4, 0), 0);
	fs_file_close(o.fs, o.h);
	write_text(o.p->there.fs, o.f, "there!");
	to_here(o.p);
	assert_int_equal(at(o.fs, INO_ROOT, "f"), o.f);
	struct node *looker = node_acquire(o.fs, o.f);
	assert_int_equal(fs_file_open(o.fs, o.f, O_RDWR, &o.h), 0);
	has_text(&o, "there!");
	put(o.fs, o.h, 6, " and here");
	node_release(o.fs, looker);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "there! and here");
	is_text(o.fs, copy_of(o.fs), "here");
	end(&o);
}

static void nor_is_it_if_the_delivery_fails_first(void **state)
{
	struct open_file o = begin(*state);
	assert_int_equal(fs_write(o.fs, o.h, 0, "here", 4, 0), 0);
	fs_file_close(o.fs, o.h);
	write_text(o.p->there.fs, o.f, "there!");
	in_vain(o.p);
	struct node *looker = node_acquire(o.fs, o.f);
	assert_int_equal(fs_file_open(o.fs, o.f, O_RDWR, &o.h), 0);
	has_text(&o, "here");
	fs_tree_changed(o.fs, &(struct tree_change){ .kind = TREE_CONTENTS, .ino = o.f }, 1); /* by something else */
	to_here(o.p);
	assert_int_not_equal(at(o.fs, INO_ROOT, "f"), o.f);
	has_text(&o, "here");
	node_release(o.fs, looker);
	end(&o);
}

static void who_comes_by_a_name_that_is_gone_looks_again(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h;
	uint64_t f = mk(fs, INO_ROOT, "f");
	send(&p->here, &p->there);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	to_here(p);
	assert_int_equal(fs_file_open(fs, f, O_RDWR, &h), ESTALE);
	assert_int_equal(fs_file_open(fs, f, O_WRONLY | O_TRUNC, &h), ESTALE);
	assert_int_equal(fs_file_open(fs, f, O_RDONLY, &h), 0);
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
}

/* reopens: as through /proc/self/fd: once nobody can come by the name any more. */
static void reopens(struct pair *p, uint64_t f)
{
	struct fs_file *again;
	was_told(p, "gone", INO_ROOT, "f");
	int err = ESTALE;
	while (err == ESTALE) /* told, and about to say that it was */
		err = fs_file_open(p->here.fs, f, O_RDWR, &again);
	assert_int_equal(err, 0);
	fs_file_close(p->here.fs, again);
}

static void but_who_has_it_open_may_open_it_again(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	struct fs_file *h, *again;
	uint64_t f = mk(fs, INO_ROOT, "f");
	send(&p->here, &p->there);
	assert_int_equal(fs_file_open(fs, f, O_RDONLY, &h), 0);
	assert_int_equal(fs_unlink(p->there.fs, INO_ROOT, "f"), 0);
	pthread_mutex_lock(&p->told.lock); /* the kernel takes its time */
	to_here(p);
	assert_int_equal(fs_file_open(fs, f, O_RDWR, &again), ESTALE);
	pthread_mutex_unlock(&p->told.lock);
	reopens(p, f);
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
}

/* The kernel is told of another name first, and takes its time: so both changes of this one wait. */
static void also_when_the_name_is_there_again(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs, *there = p->there.fs;
	struct fs_file *h, *again;
	uint64_t other = mk(fs, INO_ROOT, "other"), f = mk(fs, INO_ROOT, "f");
	send(&p->here, &p->there);
	assert_int_equal(fs_file_open(fs, f, O_RDONLY, &h), 0);
	pthread_mutex_lock(&p->told.lock);
	assert_int_equal(fs_unlink(there, INO_ROOT, "other"), 0);
	to_here(p);
	assert_int_equal(fs_unlink(there, INO_ROOT, "f"), 0);
	to_here(p);
	fs_forget(there, mk(there, INO_ROOT, "f"), 1);
	to_here(p);
	int err = fs_file_open(fs, f, O_RDWR, &again);
	pthread_mutex_unlock(&p->told.lock);
	assert_int_equal(err, ESTALE);
	fs_file_close(fs, h);
	fs_forget(fs, f, 1);
	fs_forget(fs, other, 1);
}

static void nor_does_who_writes_to_it_look_again(void **state)
{
	struct open_file o = begin(*state);
	struct fs_file *again;
	assert_int_equal(fs_unlink(o.p->there.fs, INO_ROOT, "f"), 0);
	to_here(o.p);
	assert_int_equal(fs_file_open(o.fs, o.f, O_RDWR, &again), 0);
	put(o.fs, again, 4, " and more");
	fs_file_close(o.fs, again);
	end(&o);
	is_text(o.fs, at(o.fs, INO_ROOT, "f"), "base and more");
}

static void pin_is(struct fs *fs, uint64_t ino, enum fs_pin_state want)
{
	enum fs_pin_state pin;
	assert_int_equal(fs_pin_state(fs, ino, &pin), 0);
	assert_int_equal(pin, want);
}

/* is_kept: what the fetcher and eviction walk from. */
static bool is_kept(struct fs *fs, uint64_t ino)
{
	cleanup(buf_free) struct buf list = BUF_INIT;
	bool ret = false;
	assert_int_equal(pin_list(fs, &list), ERR_OK);
	for (size_t i = 0; i + 8 <= list.len; i += 8)
		ret |= !memcmp(list.p + i, &ino, sizeof(ino));
	return ret;
}

static void a_pin_holds_for_the_name_while_it_has_a_stand_in(void **state)
{
	struct open_file o = begin(*state);
	assert_int_equal(fs_pin(o.fs, o.f), 0);
	put(o.fs, o.h, 0, "here");
	write_text(o.p->there.fs, o.f, "there!");
	to_here(o.p);
	const uint64_t shown = at(o.fs, INO_ROOT, "f");
	assert_int_not_equal(shown, o.f);
	pin_is(o.fs, shown, FS_PINNED);
	assert_true(is_kept(o.fs, shown) && is_kept(o.fs, o.f));
	assert_int_equal(fs_unpin(o.fs, shown), 0);
	pin_is(o.fs, shown, FS_UNPINNED);
	pin_is(o.fs, o.f, FS_UNPINNED);
	end(&o);
}

static void a_pin_of_a_stand_in_stays_when_that_goes(void **state)
{
	struct open_file o = both_write(*state);
	assert_int_equal(fs_pin(o.fs, at(o.fs, INO_ROOT, "f")), 0);
	end(&o);
	assert_int_equal(at(o.fs, INO_ROOT, "f"), o.f);
	pin_is(o.fs, o.f, FS_PINNED);
}

/* One that is pinned, and by another of its numbers than that which is shown. */
static void a_pin_holds_for_all_that_is_united(void **state)
{
	struct pair *p = *state;
	struct fs *fs = p->here.fs;
	uint64_t ours = mkd(fs, INO_ROOT, "d"), theirs = mkd(p->there.fs, INO_ROOT, "d");
	uint64_t in = mk(p->there.fs, theirs, "in");
	to_here(p);
	const uint64_t shown = at(fs, INO_ROOT, "d");
	assert_int_equal(fs_pin(fs, shown == ours ? theirs : ours), 0);
	pin_is(fs, shown, FS_PINNED);
	pin_is(fs, in, FS_PINNED_ABOVE);
	assert_int_equal(fs_unpin(fs, shown), 0);
	pin_is(fs, ours, FS_UNPINNED);
	pin_is(fs, theirs, FS_UNPINNED);
}

#define OF_A_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_open, pair_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_A_PAIR(the_name_shows_the_other_version_under_a_number_of_its_own),
		OF_A_PAIR(when_nobody_has_it_open_the_number_is_that_of_the_name_again),
		OF_A_PAIR(a_save_over_the_name_takes_what_was_shown_there),
		OF_A_PAIR(what_is_truncated_is_what_was_open),
		OF_A_PAIR(what_others_replaced_is_written_to_a_new_file),
		OF_A_PAIR(it_is_so_again_for_who_opened_the_name_since),
		OF_A_PAIR(what_was_not_applied_parts_nothing),
		OF_A_PAIR(what_others_bring_back_is_not_what_was_removed),
		OF_A_PAIR(what_is_written_last_is_not_lost_with_the_last_user),
		OF_A_PAIR(nor_what_is_written_to_what_others_removed),
		OF_A_PAIR(what_a_stand_in_showed_is_not_lost_with_it),
		OF_A_PAIR(what_is_written_to_the_copy_and_beside_it_is_there),
		OF_A_PAIR(nor_is_it_for_want_of_what_belongs_to_it),
		OF_A_PAIR(who_removes_the_copy_removes_what_is_open),
		OF_A_PAIR(what_nobody_has_open_is_not_gone_on_with),
		OF_A_PAIR(nor_is_it_if_the_delivery_fails_first),
		OF_A_PAIR(who_comes_by_a_name_that_is_gone_looks_again),
		OF_A_PAIR(but_who_has_it_open_may_open_it_again),
		OF_A_PAIR(also_when_the_name_is_there_again),
		OF_A_PAIR(nor_does_who_writes_to_it_look_again),
		OF_A_PAIR(a_pin_holds_for_the_name_while_it_has_a_stand_in),
		OF_A_PAIR(a_pin_of_a_stand_in_stays_when_that_goes),
		OF_A_PAIR(a_pin_holds_for_all_that_is_united),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
