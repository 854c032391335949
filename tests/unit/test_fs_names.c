/* SPDX-License-Identifier: MIT
 * Names: what each operation answers and does, over the in-memory map.
 */
#include "fs/core/name.h"
#include "fs/core/node_table.h"
#include "tests/unit/fs_util.h"

#include <fcntl.h>
#include <linux/fs.h>

static void makes_what_was_asked_for(void **state)
{
	struct fs *fs = fs_of(state);
	struct stat st;
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "f", S_IFREG | 0666 }, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(st.st_uid, 1000);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "p", S_IFIFO | 0600 }, &st), 0);
	assert_int_equal(st.st_mode, S_IFIFO | 0600);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "c", S_IFCHR | 0600, 0x105 }, &st), 0);
	assert_int_equal(st.st_rdev, 0x105);
	assert_int_equal(fs_mkdir(fs, &me, INO_ROOT, "d", 0777, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st_of(fs, INO_ROOT).st_nlink, 3);
	assert_int_equal(fs_mkdir(fs, &me, INO_ROOT, "d", 0777, &st), EEXIST);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "d", S_IFREG }, &st), EEXIST);
	assert_int_equal(fs_mkdir(fs, &me, at(fs, INO_ROOT, "f"), "x", 0777, &st), ENOTDIR);
	assert_int_equal(fs_mkdir(fs, &me, 77, "x", 0777, &st), ENOENT);
}

static void symlinks_keep_their_target(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct stat st;
	char longest[4096], over[4097];
	memset(longest, 'x', 4095);
	longest[4095] = 0;
	memset(over, 'x', 4096);
	over[4096] = 0;
	assert_int_equal(fs_symlink(fs, &me, "to/here", INO_ROOT, "s", &st), 0);
	assert_int_equal(st.st_mode, S_IFLNK | 0777);
	assert_int_equal(st.st_size, 7);
	assert_int_equal(fs_readlink(fs, st.st_ino, &b), 0);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.p, "to/here", 7);
	assert_int_equal(fs_readlink(fs, INO_ROOT, &b), EINVAL);
	assert_int_equal(fs_symlink(fs, &me, "", INO_ROOT, "e", &st), ENOENT);
	assert_int_equal(fs_symlink(fs, &me, over, INO_ROOT, "o", &st), ENAMETOOLONG);
	assert_int_equal(fs_symlink(fs, &me, longest, INO_ROOT, "l", &st), 0);
	assert_int_equal(st_of(fs, at(fs, INO_ROOT, "l")).st_size, 4095);
}

static void names_are_any_255_bytes(void **state)
{
	struct fs *fs = fs_of(state);
	struct stat st;
	char name[257];
	for (int i = 0; i < 256; i++)
		name[i] = (char)(i % 255 + 1 == '/' ? 1 : i % 255 + 1);
	name[256] = 0;
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, name, S_IFREG }, &st), ENAMETOOLONG);
	assert_int_equal(fs_lookup(fs, INO_ROOT, name, &st), ENAMETOOLONG);
	name[255] = 0;
	uint64_t ino = mk(fs, INO_ROOT, name);
	assert_true(at(fs, INO_ROOT, name) == ino);
	assert_int_equal(fs_unlink(fs, INO_ROOT, name), 0);
	assert_true(at(fs, INO_ROOT, name) == 0);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "a/b", S_IFREG }, &st), EINVAL);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "", S_IFREG }, &st), EINVAL);
	assert_int_equal(fs_mkdir(fs, &me, INO_ROOT, "..", 0755, &st), EEXIST);
}

static void lookup_knows_dot_and_dotdot(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d"), e = mkd(fs, d, "e");
	assert_true(at(fs, e, ".") == e);
	assert_true(at(fs, e, "..") == d);
	assert_true(at(fs, d, "..") == INO_ROOT);
	assert_true(at(fs, INO_ROOT, "..") == INO_ROOT);
}

static void links_are_counted(void **state)
{
	struct fs *fs = fs_of(state);
	struct stat st;
	uint64_t f = mk(fs, INO_ROOT, "f"), d = mkd(fs, INO_ROOT, "d");
	assert_int_equal(fs_link(fs, f, d, "g", &st), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_true(st.st_ino == f);
	assert_int_equal(fs_link(fs, f, d, "g", &st), EEXIST);
	assert_int_equal(fs_link(fs, d, INO_ROOT, "dd", &st), EPERM);
	assert_int_equal(fs_link(fs, f, f, "x", &st), ENOTDIR);
	assert_int_equal(fs_unlink(fs, INO_ROOT, "f"), 0);
	assert_int_equal(st_of(fs, f).st_nlink, 1);
	assert_true(at(fs, d, "g") == f);
}

static void removing_wants_the_right_kind(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d");
	mk(fs, d, "f");
	assert_int_equal(fs_unlink(fs, INO_ROOT, "d"), EISDIR);
	assert_int_equal(fs_rmdir(fs, INO_ROOT, "d"), ENOTEMPTY);
	assert_int_equal(fs_rmdir(fs, d, "f"), ENOTDIR);
	assert_int_equal(fs_rmdir(fs, d, "."), EINVAL);
	assert_int_equal(fs_rmdir(fs, d, ".."), ENOTEMPTY);
	assert_int_equal(fs_unlink(fs, d, "nothing"), ENOENT);
	assert_int_equal(fs_unlink(fs, d, "f"), 0);
	assert_int_equal(fs_rmdir(fs, INO_ROOT, "d"), 0);
	assert_int_equal(st_of(fs, INO_ROOT).st_nlink, 2);
	struct stat st;
	assert_int_equal(fs_mkdir(fs, &me, d, "late", 0755, &st), ENOENT); /* removed, still known */
}

static void an_orphan_lives_until_it_is_forgotten(void **state)
{
	struct fs *fs = fs_of(state);
	struct stat st;
	uint64_t f = mk(fs, INO_ROOT, "f"); /* one lookup reference */
	assert_int_equal(fs_setxattr(fs, &me, f, "user.x", SPAN("1", 1), 0), 0);
	assert_int_equal(fs_unlink(fs, INO_ROOT, "f"), 0);
	assert_int_equal(st_of(fs, f).st_nlink, 0);
	assert_int_equal(fs_link(fs, f, INO_ROOT, "again", &st), ENOENT);
	struct node *n = node_acquire(fs, f);
	fs_forget(fs, f, 1);
	assert_true(there(fs, f)); /* a handle still uses it */
	node_release(fs, n);
	assert_false(there(fs, f));
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(fs_getxattr(fs, f, "user.x", &b), ENODATA);
	struct rkey o = key_ino(REC_UNLINKED, f);
	assert_int_equal(map_has(fs->cfg.map, MAP_RECORDS, rkey_span(&o)), ERR_NOTFOUND);
}

static void what_nobody_knows_goes_at_once(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f"), d = mkd(fs, INO_ROOT, "d");
	fs_forget(fs, f, 1);
	fs_forget(fs, d, 1);
	assert_int_equal(fs_unlink(fs, INO_ROOT, "f"), 0);
	assert_int_equal(fs_rmdir(fs, INO_ROOT, "d"), 0);
	assert_false(there(fs, f));
	assert_false(there(fs, d));
}

static void orphans_of_the_last_run_go_at_open(void **state)
{
	struct fake *w = *state;
	uint64_t f = mk(w->fs, INO_ROOT, "f");
	assert_int_equal(fs_unlink(w->fs, INO_ROOT, "f"), 0);
	assert_true(there(w->fs, f));
	assert_int_equal(fs_close(steal_ptr(w->fs)), 0);
	assert_int_equal(fake_fs(w, 1000, 1000), 0);
	assert_false(there(w->fs, f));
}

static void rename_moves(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t a = mkd(fs, INO_ROOT, "a"), b = mkd(fs, INO_ROOT, "b"), f = mk(fs, a, "f"), d = mkd(fs, a, "d");
	assert_int_equal(fs_rename(fs, a, "f", b, "g", 0), 0);
	assert_true(at(fs, a, "f") == 0 && at(fs, b, "g") == f);
	assert_int_equal(fs_rename(fs, a, "d", b, "d", 0), 0);
	assert_int_equal(st_of(fs, a).st_nlink, 2);
	assert_int_equal(st_of(fs, b).st_nlink, 3);
	assert_true(at(fs, d, "..") == b);
	assert_int_equal(fs_rename(fs, b, "none", a, "x", 0), ENOENT);
	assert_int_equal(fs_rename(fs, b, "g", b, "g", 0), 0);
	assert_true(at(fs, b, "g") == f);
	assert_int_equal(fs_rename(fs, f, "x", b, "y", 0), ENOTDIR);
	assert_int_equal(fs_rename(fs, b, "g", b, "h", 8), EINVAL);
}

static void rename_replaces_only_its_like(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d"), e = mkd(fs, INO_ROOT, "e"), f = mk(fs, INO_ROOT, "f"),
	         g = mk(fs, INO_ROOT, "g");
	fs_forget(fs, g, 1);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "d", 0), EISDIR);
	assert_int_equal(fs_rename(fs, INO_ROOT, "d", INO_ROOT, "f", 0), ENOTDIR);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", RENAME_NOREPLACE), EEXIST);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", 0), 0);
	assert_true(at(fs, INO_ROOT, "g") == f);
	assert_false(there(fs, g));
	mk(fs, e, "inside");
	assert_int_equal(fs_rename(fs, INO_ROOT, "d", INO_ROOT, "e", 0), ENOTEMPTY);
	assert_int_equal(fs_unlink(fs, e, "inside"), 0);
	assert_int_equal(fs_rename(fs, INO_ROOT, "d", INO_ROOT, "e", 0), 0);
	assert_true(at(fs, INO_ROOT, "e") == d);
	assert_int_equal(st_of(fs, INO_ROOT).st_nlink, 3);
}

static void two_names_of_one_inode_stay(void **state)
{
	struct fs *fs = fs_of(state);
	struct stat st;
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(fs_link(fs, f, INO_ROOT, "g", &st), 0);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", 0), 0);
	assert_true(at(fs, INO_ROOT, "f") == f && at(fs, INO_ROOT, "g") == f);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", RENAME_NOREPLACE), EEXIST);
}

static void exchange_swaps_any_kinds(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t a = mkd(fs, INO_ROOT, "a"), d = mkd(fs, a, "d"), f = mk(fs, INO_ROOT, "f");
	mk(fs, d, "inside");
	assert_int_equal(fs_rename(fs, a, "d", INO_ROOT, "none", RENAME_EXCHANGE), ENOENT);
	assert_int_equal(fs_rename(fs, a, "d", INO_ROOT, "f", RENAME_EXCHANGE), 0);
	assert_true(at(fs, a, "d") == f && at(fs, INO_ROOT, "f") == d);
	assert_int_equal(st_of(fs, a).st_nlink, 2);
	assert_int_equal(st_of(fs, INO_ROOT).st_nlink, 4);
	assert_true(at(fs, d, "..") == INO_ROOT);
	assert_int_equal(fs_rename(fs, a, "d", INO_ROOT, "f", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
}

static void a_whiteout_stays_where_the_name_was(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f");
	mk(fs, INO_ROOT, "g");
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", RENAME_EXCHANGE | RENAME_WHITEOUT), EINVAL);
	assert_int_equal(fs_rename(fs, INO_ROOT, "f", INO_ROOT, "g", RENAME_WHITEOUT), 0);
	struct stat left = st_of(fs, at(fs, INO_ROOT, "f"));
	assert_true(S_ISCHR(left.st_mode) && !left.st_rdev && left.st_nlink == 1);
	assert_true(left.st_ino != f && at(fs, INO_ROOT, "g") == f);
	assert_int_equal(fs_rename(fs, INO_ROOT, "g", INO_ROOT, "f", RENAME_WHITEOUT), 0); /* and over one */
	assert_true(at(fs, INO_ROOT, "f") == f);
	assert_true(S_ISCHR(st_of(fs, at(fs, INO_ROOT, "g")).st_mode));
}

static void no_move_makes_a_cycle(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t a = mkd(fs, INO_ROOT, "a"), b = mkd(fs, a, "b"), c = mkd(fs, b, "c");
	mk(fs, INO_ROOT, "f");
	assert_int_equal(fs_rename(fs, INO_ROOT, "a", c, "x", 0), EINVAL);
	assert_int_equal(fs_rename(fs, INO_ROOT, "a", a, "x", 0), EINVAL);
	assert_int_equal(fs_rename(fs, b, "c", INO_ROOT, "a", 0), ENOTEMPTY);
	assert_int_equal(fs_rename(fs, b, "c", INO_ROOT, "a", RENAME_EXCHANGE), EINVAL);
	assert_int_equal(fs_rename(fs, INO_ROOT, "a", b, "c", RENAME_EXCHANGE), EINVAL);
	assert_int_equal(fs_rename(fs, b, "c", INO_ROOT, "z", 0), 0);
	assert_int_equal(fs_rename(fs, INO_ROOT, "a", c, "x", 0), 0);
	assert_true(at(fs, c, "x") == a);
}

static void times_change_as_on_linux(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d"), f = mk(fs, d, "f");
	struct stat d0 = st_of(fs, d), f0 = st_of(fs, f), st;
	assert_int_equal(fs_link(fs, f, d, "g", &st), 0);
	struct stat d1 = st_of(fs, d), f1 = st_of(fs, f);
	assert_true(newer(d1.st_mtim, d0.st_mtim) && newer(d1.st_ctim, d0.st_ctim));
	assert_true(newer(f1.st_ctim, f0.st_ctim) && !newer(f1.st_mtim, f0.st_mtim));
	assert_int_equal(fs_unlink(fs, d, "g"), 0);
	struct stat d2 = st_of(fs, d), f2 = st_of(fs, f);
	assert_true(newer(d2.st_mtim, d1.st_mtim) && newer(f2.st_ctim, f1.st_ctim));
	assert_int_equal(fs_rename(fs, d, "f", INO_ROOT, "f", 0), 0);
	assert_true(newer(st_of(fs, d).st_mtim, d2.st_mtim) && newer(st_of(fs, f).st_ctim, f2.st_ctim));
}

/* damaged: what of it is not known. */
static void damaged(struct fs *fs, uint64_t ino, const char *object)
{
	damage_block(fs, &(struct damage_place){ ino, 0 }, object, ID_ZERO);
}

static void paths_follow_renames(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t a = mkd(fs, INO_ROOT, "a"), f = mk(fs, a, "f");
	assert_int_equal(fs_path_of(fs, f, &b), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, "/a/f", 4);
	assert_int_equal(fs_path_of(fs, INO_ROOT, &b), 0);
	assert_memory_equal(b.p, "/", 1);
	assert_int_equal(fs_rename(fs, INO_ROOT, "a", INO_ROOT, "bb", 0), 0);
	assert_int_equal(fs_path_of(fs, f, &b), 0);
	assert_memory_equal(b.p, "/bb/f", 5);
	assert_int_equal(fs_unlink(fs, a, "f"), 0);
	assert_int_equal(fs_path_of(fs, f, &b), ENOENT);
	damaged(fs, a, "00ff");
	damaged(fs, a, "00ff");
	struct fs_damage seen[4];
	assert_int_equal(fs_damaged(fs, seen, 4), 1);
	assert_string_equal(seen[0].path, "/bb");
	assert_string_equal(seen[0].object, "00ff");
}

static void damage_ends_when_it_is_removed(void **state)
{
	struct fs *fs = fs_of(state);
	struct fs_damage seen[4];
	uint64_t f = mk(fs, INO_ROOT, "f"), g = mk(fs, INO_ROOT, "g");
	damaged(fs, f, "00ff");
	damaged(fs, g, "");
	damaged(fs, INO_ROOT, "");
	assert_int_equal(fs_damaged(fs, seen, 4), 3);
	assert_string_equal(seen[0].path, "/"); /* the newest first */
	assert_string_equal(seen[2].path, "/f");
	assert_int_equal(fs_unlink(fs, INO_ROOT, "g"), 0);
	assert_int_equal(fs_damaged(fs, seen, 4), 2);
	assert_string_equal(seen[1].path, "/f");
}

static void create_opens_or_says_that_it_exists(void **state)
{
	struct fs *fs = fs_of(state);
	struct fs_file *f;
	struct stat st;
	assert_int_equal(fs_create(fs, &me, &(struct fs_new){ INO_ROOT, "f", 0666 }, O_RDWR, &st, &f), 0);
	assert_true(fs_ino_of(f) == st.st_ino);
	struct fs_file *g;
	assert_int_equal(fs_create(fs, &me, &(struct fs_new){ INO_ROOT, "f", 0666 }, O_RDWR, &st, &g), EEXIST);
	assert_int_equal(fs_unlink(fs, INO_ROOT, "f"), 0);
	fs_forget(fs, st.st_ino, 1);
	assert_int_equal(st_of(fs, fs_ino_of(f)).st_nlink, 0);
	uint64_t ino = fs_ino_of(f);
	fs_file_close(fs, f);
	assert_false(there(fs, ino));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(makes_what_was_asked_for),
		T(symlinks_keep_their_target),
		T(names_are_any_255_bytes),
		T(lookup_knows_dot_and_dotdot),
		T(links_are_counted),
		T(removing_wants_the_right_kind),
		T(an_orphan_lives_until_it_is_forgotten),
		T(what_nobody_knows_goes_at_once),
		T(orphans_of_the_last_run_go_at_open),
		T(rename_moves),
		T(rename_replaces_only_its_like),
		T(two_names_of_one_inode_stay),
		T(exchange_swaps_any_kinds),
		T(a_whiteout_stays_where_the_name_was),
		T(no_move_makes_a_cycle),
		T(times_change_as_on_linux),
		T(paths_follow_renames),
		T(damage_ends_when_it_is_removed),
		T(create_opens_or_says_that_it_exists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
