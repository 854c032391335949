/* SPDX-License-Identifier: MIT */
#include "cli/vaults/disk.h"
#include "cli/vaults/disk_fit.h"
#include "cli/vaults/vaults.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

struct place {
	char dir[PATH_MAX];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");
	if (!p)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "%s/cs-vaults-XXXXXX", tmp ? tmp : "/tmp");
	*state = p;
	return mkdtemp(p->dir) && !setenv("XDG_DATA_HOME", p->dir, 1) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	cleanup_fd int fd = open(p->dir, O_RDONLY | O_DIRECTORY);
	bool good = fd >= 0 && !disk_empty(fd, NULL, NULL) && !rmdir(p->dir);
	free(p);
	return good ? 0 : -1;
}

static void save_store(const struct vault_dir *v, const char *store)
{
	cleanup(conf_free) struct conf c = { 0 };
	assert_int_equal(conf_set(&c, CONF_STORE, store, NULL), ERR_OK);
	assert_int_equal(vaults_save_conf(v, &c, NULL), ERR_OK);
}

static enum vaults_visit count(void *ctx, const char *name)
{
	(void)name;
	++*(int *)ctx;
	return 0;
}

static void a_vault_exists_once_its_settings_are_written(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT, w = VAULT_DIR_INIT;
	int n = 0;
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	struct stat st;
	assert_int_equal(fstat(v.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(vaults_open("demo", &w, NULL), ERR_NOTFOUND);
	assert_int_equal(vaults_each(count, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	save_store(&v, "/x");
	assert_int_equal(vaults_open("demo", &w, NULL), ERR_OK);
	assert_int_equal(vaults_each(count, &n, NULL), ERR_OK);
	assert_int_equal(n, 1);
	cleanup(conf_free) struct conf c = { 0 };
	assert_int_equal(vaults_load_conf(&w, &c, NULL), ERR_OK);
	assert_string_equal(c.text[CONF_STORE], "/x");
}

static void a_second_one_of_that_name_is_refused(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT, w = VAULT_DIR_INIT;
	struct why why = { 0 };
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	save_store(&v, "/x");
	assert_int_equal(vaults_make("demo", &w, &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "--name"));
}

static void what_an_unfinished_init_left_goes(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	assert_int_equal(vaults_write(&v, "salt", span_str("old"), NULL), ERR_OK);
	assert_int_equal(mkdirat(v.fd, "map", 0700), 0);
	vaults_close(&v);
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	assert_int_equal(vaults_read(&v, "salt", 100, &b, NULL), ERR_NOTFOUND);
	assert_int_equal(faccessat(v.fd, "map", F_OK, 0), -1);
}

/* One that has a local secret may have told others of its device: who goes on with it says so. */
static void what_has_a_local_secret_stays_until_it_is_cleared(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	assert_false(vaults_begun(&v));
	assert_int_equal(vaults_write(&v, "unlock", span_str("x"), NULL), ERR_OK);
	assert_int_equal(vaults_write(&v, "rescue", span_str("x"), NULL), ERR_OK);
	vaults_close(&v);
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	assert_true(vaults_begun(&v));
	assert_int_equal(vaults_read(&v, "rescue", 100, &b, NULL), ERR_OK);
	assert_int_equal(vaults_clear(&v, NULL), ERR_OK);
	assert_false(vaults_begun(&v));
	assert_int_equal(vaults_read(&v, "rescue", 100, &b, NULL), ERR_NOTFOUND);
}

static void a_copy_has_another_place(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT, w = VAULT_DIR_INIT;
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	assert_int_equal(vaults_make("other", &w, NULL), ERR_OK);
	assert_false(hash_is_zero(vaults_place(&v)));
	assert_true(hash_eq(vaults_place(&v), vaults_place(&v)));
	assert_false(hash_eq(vaults_place(&v), vaults_place(&w)));
}

static void only_one_process_uses_a_vault(void **state)
{
	(void)state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT, w = VAULT_DIR_INIT;
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK); /* holds the lock */
	save_store(&v, "/x");
	assert_int_equal(vaults_open("demo", &w, NULL), ERR_OK);
	assert_int_equal(vaults_lock(&w, NULL), ERR_BUSY);
	vaults_close(&v);
	assert_int_equal(vaults_lock(&w, NULL), ERR_OK);
}

static void removing_leaves_nothing(void **state)
{
	struct place *p = *state;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	char path[PATH_MAX + 32];
	assert_int_equal(vaults_make("demo", &v, NULL), ERR_OK);
	save_store(&v, "/x");
	assert_int_equal(mkdirat(v.fd, "map", 0700), 0);
	assert_int_equal(vaults_remove(&v, NULL), ERR_OK);
	snprintf(path, sizeof(path), "%s/cloudseal/demo", p->dir);
	assert_int_equal(access(path, F_OK), -1);
}

static void names_are_checked(void **state)
{
	(void)state;
	static const char *const bad[] = { "", ".", "..", "a/b", "-x", ".hidden", "a b", "a\n" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(vaults_check_name(bad[i], NULL), ERR_INVAL);
	assert_int_equal(vaults_check_name("Work-2.x_y", NULL), ERR_OK);
	char name[VAULT_NAME_MAX + 1];
	vaults_name_of("s3://bucket/My Files/", name);
	assert_string_equal(name, "My_Files");
	vaults_name_of("dir:/", name);
	assert_string_equal(name, "vault");
	vaults_name_of("https://host/dav", name);
	assert_string_equal(name, "dav");
}

static void a_disk_without_room_is_refused(void **state)
{
	struct place *p = *state;
	struct why why = { 0 };
	cleanup_fd int fd = open(p->dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(disk_check(fd, p->dir, UINT64_MAX, &why), ERR_NOSPACE);
	assert_non_null(strstr(why.text, "full"));
	assert_int_equal(disk_check(fd, p->dir, 1, NULL), ERR_OK);
	cleanup_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(disk_check(proc, "/proc", 1, NULL), ERR_OK);
}

static void remote_file_systems_are_told_from_local_fuse(void **state)
{
	(void)state;
	assert_non_null(disk_unfit(0x6969, "nfs4"));
	assert_non_null(disk_unfit(0x65735546, "fuse.sshfs"));
	assert_non_null(disk_unfit(0x65735546, "fuse.cloudseal"));
	assert_null(disk_unfit(0x65735546, "fuseblk"));
	assert_null(disk_unfit(0x65735546, "fuse.sshfsx"));
	assert_null(disk_unfit(0xef53, "ext4"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_vault_exists_once_its_settings_are_written),
		TEST(a_second_one_of_that_name_is_refused),
		TEST(what_an_unfinished_init_left_goes),
		TEST(what_has_a_local_secret_stays_until_it_is_cleared),
		TEST(a_copy_has_another_place),
		TEST(only_one_process_uses_a_vault),
		TEST(removing_leaves_nothing),
		TEST(names_are_checked),
		TEST(a_disk_without_room_is_refused),
		TEST(remote_file_systems_are_told_from_local_fuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
