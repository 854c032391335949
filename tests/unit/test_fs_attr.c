/* SPDX-License-Identifier: MIT
 * Attributes, set-id rules, xattrs and ACLs.
 */
#include "tests/unit/fs_util.h"

#include <sys/xattr.h>

static mode_t set_mode(struct fs *fs, uint64_t ino, mode_t mode)
{
	struct stat want = { .st_mode = mode }, st;
	assert_int_equal(fs_setattr(fs, &me, ino, &want, FS_SET_MODE, &st), 0);
	return st.st_mode;
}

static void chmod_keeps_the_type(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f");
	struct stat before = st_of(fs, f);
	assert_int_equal(set_mode(fs, f, 04755), S_IFREG | 04755);
	struct stat now = st_of(fs, f);
	assert_int_equal(now.st_mode, S_IFREG | 04755);
	assert_true(newer(now.st_ctim, before.st_ctim) && !newer(now.st_mtim, before.st_mtim));
	struct stat want = { 0 };
	assert_int_equal(fs_setattr(fs, &me, 12345, &want, FS_SET_MODE, &now), ENOENT);
}

static void chown_clears_set_id_of_files(void **state)
{
	static const struct {
		mode_t before, after;
	} rows[] = {
		{ S_IFREG | 06755, S_IFREG | 0755 },
		{ S_IFREG | 02745, S_IFREG | 02745 }, /* no group execute: mandatory locking of old, kept for root */
		{ S_IFREG | 04644, S_IFREG | 0644 },
		{ S_IFDIR | 06755, S_IFDIR | 06755 },
	};
	struct fs *fs = fs_of(state);
	struct fs_caller root = { 0 };
	uint64_t ino[2] = { mk(fs, INO_ROOT, "f"), mkd(fs, INO_ROOT, "d") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t at_ = ino[S_ISDIR(rows[i].before)];
		struct stat want = { .st_uid = 5, .st_gid = 6 }, st;
		set_mode(fs, at_, rows[i].before & 07777);
		assert_int_equal(fs_setattr(fs, &root, at_, &want, FS_SET_UID | FS_SET_GID, &st), 0);
		assert_int_equal(st.st_mode, rows[i].after);
		assert_int_equal(st.st_uid, 5);
		assert_int_equal(st.st_gid, 6);
	}
	struct stat want = { .st_uid = 7, .st_mode = 04711 }, st;
	assert_int_equal(fs_setattr(fs, &me, ino[0], &want, FS_SET_UID | FS_SET_MODE, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 04711); /* the kernel worked it out already */
	set_mode(fs, ino[0], 06755);
	assert_int_equal(fs_setattr(fs, &me, ino[0], &want, FS_KILL_SUID, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0755);
}

/* named_acl: an access ACL with a named user, so that it is kept. */
static size_t named_acl(uint8_t *p)
{
	static const uint16_t e[][3] = {
		{ 1, 7, 0xffff }, { 2, 5, 99 }, { 4, 5, 0xffff }, { 16, 5, 0xffff }, { 32, 5, 0xffff }
	};
	struct buf b = BUF_INIT;
	buf_u32(&b, 2);
	for (size_t i = 0; i < ARRAY_LEN(e); i++) {
		buf_u16(&b, e[i][0]);
		buf_u16(&b, e[i][1]);
		buf_u32(&b, e[i][2] == 0xffff ? UINT32_MAX : e[i][2]);
	}
	size_t n = b.len;
	memcpy(p, b.p, n);
	buf_free(&b);
	return n;
}

static void outsiders_take_the_set_gid_bit(void **state)
{
	static const gid_t groups[] = { 5, 77 };
	const struct {
		struct fs_caller who;
		bool kept;
	} rows[] = {
		{ { .uid = 0 }, true },
		{ { .uid = 1000, .gid = 1000 }, false },
		{ { .uid = 1000, .gid = 77 }, true },
		{ { .uid = 1000, .gid = 1000, .groups = groups, .ngroups = 2 }, true },
		{ { .uid = 1000, .gid = 1000, .groups = groups, .ngroups = 1 }, false },
	};
	struct fs *fs = fs_of(state);
	uint8_t acl[64];
	size_t n = named_acl(acl);
	uint64_t f = mk(fs, INO_ROOT, "f");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct stat want = { .st_uid = 1000, .st_gid = 77 }, st;
		assert_int_equal(fs_setattr(fs, &rows[0].who, f, &want, FS_SET_GID, &st), 0);
		set_mode(fs, f, 02755);
		assert_int_equal(fs_setxattr(fs, &rows[i].who, f, "system.posix_acl_access", SPAN(acl, n), 0), 0);
		assert_int_equal(st_of(fs, f).st_mode & S_ISGID, rows[i].kept ? S_ISGID : 0);
		set_mode(fs, f, 02666); /* no group execute: the kernel leaves this one to us */
		assert_int_equal(fs_setattr(fs, &rows[i].who, f, &want, FS_SET_UID, &st), 0);
		assert_int_equal(st.st_mode & S_ISGID, rows[i].kept ? S_ISGID : 0);
	}
}

static void trusted_names_are_for_root(void **state)
{
	struct fs *fs = fs_of(state);
	struct fs_caller root = { 0 };
	struct buf b = BUF_INIT;
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(fs_setxattr(fs, &root, f, "trusted.t", SPAN("1", 1), 0), 0);
	assert_int_equal(fs_setxattr(fs, &root, f, "user.u", SPAN("1", 1), 0), 0);
	assert_int_equal(fs_listxattr(fs, &me, f, &b), 0);
	assert_int_equal(b.len, sizeof("user.u"));
	assert_memory_equal(b.p, "user.u", sizeof("user.u"));
	assert_int_equal(fs_listxattr(fs, &root, f, &b), 0);
	assert_int_equal(b.len, sizeof("user.u") + sizeof("trusted.t"));
	buf_free(&b);
}

static void the_owner_is_whoever_mounts(void **state)
{
	struct fake *w = *state;
	uint64_t f = mk(w->fs, INO_ROOT, "f");
	struct stat want = { .st_uid = 33, .st_gid = 1000 }, st;
	assert_int_equal(fs_close(steal_ptr(w->fs)), 0);
	assert_int_equal(fake_fs(w, 2000, 2001), 0);
	assert_int_equal(st_of(w->fs, f).st_uid, 2000);
	assert_int_equal(st_of(w->fs, f).st_gid, 2001);
	assert_int_equal(fs_setattr(w->fs, &me, f, &want, FS_SET_UID | FS_SET_GID, &st), 0);
	assert_int_equal(st.st_uid, 33);
	assert_int_equal(st.st_gid, 1000);
}

static void times_are_kept_to_the_nanosecond(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f");
	struct stat want = { .st_atim = { -5, 999999999 }, .st_mtim = { INT64_C(1) << 34, 1 } }, st;
	assert_int_equal(fs_setattr(fs, &me, f, &want, FS_SET_ATIME | FS_SET_MTIME, &st), 0);
	st = st_of(fs, f);
	assert_true(st.st_atim.tv_sec == -5 && st.st_atim.tv_nsec == 999999999);
	assert_true(st.st_mtim.tv_sec == INT64_C(1) << 34 && st.st_mtim.tv_nsec == 1);
	assert_int_equal(fs_setattr(fs, &me, f, &want, FS_SET_ATIME_NOW | FS_SET_MTIME_NOW, &st), 0);
	assert_true(st.st_atim.tv_sec > 0 && st.st_mtim.tv_sec < INT64_C(1) << 34);
}

static void size_is_of_regular_files(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f"), d = mkd(fs, INO_ROOT, "d");
	struct stat want = { .st_size = 1234567 }, st;
	assert_int_equal(fs_setattr(fs, &me, f, &want, FS_SET_SIZE, &st), 0);
	assert_int_equal(st.st_size, 1234567);
	assert_int_equal(st_of(fs, f).st_size, 1234567);
	assert_int_equal(fs_setattr(fs, &me, d, &want, FS_SET_SIZE, &st), EISDIR);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ INO_ROOT, "p", S_IFIFO }, &st), 0);
	assert_int_equal(fs_setattr(fs, &me, st.st_ino, &want, FS_SET_SIZE, &st), EINVAL);
	want.st_size = -1;
	assert_int_equal(fs_setattr(fs, &me, f, &want, FS_SET_SIZE, &st), EINVAL);
}

static void set_gid_directories_hand_their_group_down(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d");
	struct stat want = { .st_gid = 77 }, st;
	assert_int_equal(fs_setattr(fs, &me, d, &want, FS_SET_GID, &st), 0);
	set_mode(fs, d, 02775);
	assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ d, "f", S_IFREG | 0644 }, &st), 0);
	assert_int_equal(st.st_gid, 77);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(fs_mkdir(fs, &me, d, "e", 0755, &st), 0);
	assert_int_equal(st.st_gid, 77);
	assert_int_equal(st.st_mode, S_IFDIR | 02755);
}

/* --- xattrs --- */

static int get(struct fs *fs, uint64_t ino, const char *name, struct buf *b)
{
	return fs_getxattr(fs, ino, name, b);
}

static void xattrs_follow_the_flags(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(get(fs, f, "user.a", &b), ENODATA);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.a", SPAN("1", 1), XATTR_REPLACE), ENODATA);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.a", SPAN("1", 1), XATTR_CREATE), 0);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.a", SPAN("2", 1), XATTR_CREATE), EEXIST);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.a", SPAN("\0long", 5), XATTR_REPLACE), 0);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.b", SPAN("", 0), 0), 0);
	assert_int_equal(get(fs, f, "user.a", &b), 0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.p, "\0long", 5);
	assert_int_equal(get(fs, f, "user.b", &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(fs_listxattr(fs, &me, f, &b), 0);
	assert_int_equal(b.len, 14);
	assert_int_equal(fs_removexattr(fs, f, "user.a"), 0);
	assert_int_equal(fs_removexattr(fs, f, "user.a"), ENODATA);
	assert_int_equal(fs_listxattr(fs, &me, f, &b), 0);
	assert_int_equal(b.len, 7);
}

static void xattr_names_and_sizes_have_limits(void **state)
{
	struct fs *fs = fs_of(state);
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup_free char *big = calloc(1, 65537);
	char name[300];
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(fs_setxattr(fs, &me, f, "user.big", SPAN(big, 65536), 0), 0);
	assert_int_equal(get(fs, f, "user.big", &b), 0);
	assert_int_equal(b.len, 65536);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.big", SPAN(big, 65537), 0), E2BIG);
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[256] = 0;
	assert_int_equal(fs_setxattr(fs, &me, f, name, SPAN("", 0), 0), ERANGE);
	name[255] = 0;
	assert_int_equal(fs_setxattr(fs, &me, f, name, SPAN("", 0), 0), 0);
	assert_int_equal(fs_setxattr(fs, &me, f, "system.other", SPAN("", 0), 0), EOPNOTSUPP);
	assert_int_equal(fs_setxattr(fs, &me, f, "plain", SPAN("", 0), 0), EOPNOTSUPP);
	assert_int_equal(fs_setxattr(fs, &me, f, "user.", SPAN("", 0), 0), EINVAL);
	assert_int_equal(fs_setxattr(fs, &me, f, "trusted.x", SPAN("", 0), 0), 0);
	assert_int_equal(fs_setxattr(fs, &me, f, "security.x", SPAN("", 0), 0), 0);
}

/* --- ACLs: text such as "u:rwx u5:rw- g:r-- m:rw- o:---" --- */

static void acl_of(const char *text, struct buf *b)
{
	buf_clear(b);
	buf_u32(b, 2);
	while (*text) {
		static const char kinds[] = "ugmo";
		static const uint16_t plain[] = { 1, 4, 16, 32 }, named[] = { 2, 8, 0, 0 };
		size_t kind = (size_t)(strchr(kinds, *text) - kinds);
		char *end;
		unsigned long id = strtoul(text + 1, &end, 10);
		buf_u16(b, end > text + 1 ? named[kind] : plain[kind]);
		buf_u16(b, (uint16_t)((end[1] == 'r') * 4 + (end[2] == 'w') * 2 + (end[3] == 'x')));
		buf_u32(b, end > text + 1 ? (uint32_t)id : UINT32_MAX);
		text = end + 4;
		text += *text == ' ';
	}
}

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

static int set_acl(struct fs *fs, uint64_t ino, const char *which, const char *text)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	acl_of(text, &b);
	return fs_setxattr(fs, &me, ino, which, SPAN(b.p, b.len), 0);
}

static void assert_acl(struct fs *fs, uint64_t ino, const char *which, const char *text)
{
	cleanup(buf_free) struct buf want = BUF_INIT, is = BUF_INIT;
	if (!text) {
		assert_int_equal(get(fs, ino, which, &is), ENODATA);
		return;
	}
	acl_of(text, &want);
	assert_int_equal(get(fs, ino, which, &is), 0);
	assert_int_equal(is.len, want.len);
	assert_memory_equal(is.p, want.p, want.len);
}

static void an_acl_sets_the_mode(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(set_acl(fs, f, ACCESS, "u:rwx u5:rw- g:r-- m:rw- o:--x"), 0);
	assert_int_equal(st_of(fs, f).st_mode, S_IFREG | 0761);
	assert_int_equal(set_acl(fs, f, ACCESS, "u:rw- g:r-- o:---"), 0);
	assert_int_equal(st_of(fs, f).st_mode, S_IFREG | 0640);
	assert_acl(fs, f, ACCESS, NULL); /* it says no more than the mode */
	assert_int_equal(set_acl(fs, f, DEFAULT, "u:rw- g:r-- o:---"), EACCES);
}

static void chmod_changes_the_acl(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t f = mk(fs, INO_ROOT, "f");
	assert_int_equal(set_acl(fs, f, ACCESS, "u:rwx u5:rw- g:r-- m:rw- o:--x"), 0);
	set_mode(fs, f, 0615);
	assert_acl(fs, f, ACCESS, "u:rw- u5:rw- g:r-- m:--x o:r-x");
}

static void malformed_acls_are_refused(void **state)
{
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d");
	static const char *const bad[] = { "u:rwx g:rwx", "u:rwx u5:rwx g:rwx o:rwx", "u:rwx u:rwx g:rwx o:rwx",
		                           "g:rwx u:rwx o:r--", "u:rwx g:rwx m:rwx m:rwx o:r--" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(set_acl(fs, d, ACCESS, bad[i]), EINVAL);
		assert_int_equal(set_acl(fs, d, DEFAULT, bad[i]), EINVAL);
	}
	assert_int_equal(fs_setxattr(fs, &me, d, ACCESS, SPAN("\2\0\0\0\1", 5), 0), EINVAL);
	assert_int_equal(fs_setxattr(fs, &me, d, ACCESS, SPAN("\1\0\0\0", 4), 0), EINVAL);
}

static void default_acls_are_inherited(void **state)
{
	static const struct {
		const char *dflt;
		mode_t asked, mode;
		const char *access;
	} rows[] = {
		{ "u:rwx g:r-x o:---", 0666, 0640, NULL },
		{ "u:rwx g:rwx o:rwx", 0666, 0666, NULL },
		{ "u:rwx u5:rwx g:r-x m:rwx o:---", 0664, 0660, "u:rw- u5:rwx g:r-x m:rw- o:---" },
		{ "u:r-x u5:rwx g:r-x m:r-x o:r--", 0777, 0554, "u:r-x u5:rwx g:r-x m:r-x o:r--" },
		{ "u:rwx g:r-x g9:rw- m:rwx o:rwx", 0600, 0600, "u:rw- g:r-x g9:rw- m:--- o:---" },
	};
	struct fs *fs = fs_of(state);
	uint64_t d = mkd(fs, INO_ROOT, "d");
	struct stat st;
	char name[16];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(set_acl(fs, d, DEFAULT, rows[i].dflt), 0);
		snprintf(name, sizeof(name), "f%zu", i);
		assert_int_equal(fs_mknod(fs, &me, &(struct fs_new){ d, name, S_IFREG | rows[i].asked }, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | rows[i].mode);
		assert_int_equal(st_of(fs, st.st_ino).st_mode, S_IFREG | rows[i].mode);
		assert_acl(fs, st.st_ino, ACCESS, rows[i].access);
		assert_acl(fs, st.st_ino, DEFAULT, NULL);
		snprintf(name, sizeof(name), "d%zu", i);
		assert_int_equal(fs_mkdir(fs, &me, d, name, rows[i].asked, &st), 0);
		assert_acl(fs, st.st_ino, DEFAULT, rows[i].dflt);
		assert_acl(fs, st.st_ino, ACCESS, rows[i].access);
	}
	assert_int_equal(fs_symlink(fs, &me, "x", d, "s", &st), 0);
	assert_int_equal(st.st_mode, S_IFLNK | 0777);
	assert_int_equal(set_acl(fs, st.st_ino, ACCESS, "u:rw- g:r-- o:---"), EOPNOTSUPP);
}

static void statfs_says_what_is_there(void **state)
{
	struct fs *fs = fs_of(state);
	struct statvfs sv, disk;
	assert_int_equal(fs_statfs(fs, &sv), 0);
	assert_int_equal(statvfs("/tmp", &disk), 0);
	assert_int_equal(sv.f_namemax, 255);
	assert_int_equal(sv.f_bsize, sv.f_frsize); /* GIO and Qt multiply by the first */
	assert_true(sv.f_frsize && sv.f_blocks >= sv.f_bfree && sv.f_bavail <= sv.f_bfree);
	assert_true(sv.f_bavail * sv.f_frsize < 2 * disk.f_blocks * disk.f_frsize);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(chmod_keeps_the_type),           T(chown_clears_set_id_of_files),
		T(outsiders_take_the_set_gid_bit), T(trusted_names_are_for_root),
		T(the_owner_is_whoever_mounts),    T(times_are_kept_to_the_nanosecond),
		T(size_is_of_regular_files),       T(set_gid_directories_hand_their_group_down),
		T(xattrs_follow_the_flags),        T(xattr_names_and_sizes_have_limits),
		T(an_acl_sets_the_mode),           T(chmod_changes_the_acl),
		T(malformed_acls_are_refused),     T(default_acls_are_inherited),
		T(statfs_says_what_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
