/* SPDX-License-Identifier: MIT
 * The files that give the local secret back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "cli/vaults/disk.h"
#include "cli/vaults/secret_files.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define ok(e) assert_int_equal(e, ERR_OK)

static const struct key local = { { 1, 2, 3 } }, other = { { 9 } };
static const struct local_at at = { .cipher = CIPHER_AES256GCM };

struct place {
	char dir[PATH_MAX];
	struct vault_dir v;
	struct signer_mine *slot;
};

static void draw(struct signer_mine **ret)
{
	ok(signer_mine_draw(at.vault, SIGNER_RECOVERY, ret));
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");
	if (!p)
		return -1;
	*state = p;
	p->v = VAULT_DIR_INIT;
	snprintf(p->dir, sizeof(p->dir), "%s/cs-secret-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->dir) || setenv("XDG_DATA_HOME", p->dir, 1))
		return -1;
	draw(&p->slot);
	return vaults_make("demo", &p->v, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	vaults_close(&p->v);
	secret_freep(&p->slot);
	cleanup_fd int fd = open(p->dir, O_RDONLY | O_DIRECTORY);
	bool good = fd >= 0 && !disk_empty(fd, NULL, NULL) && !rmdir(p->dir);
	free(p);
	return good ? 0 : -1;
}

static void set_passphrase(struct place *p, const char *text, const struct key *secret)
{
	struct wrap_secret s = { span_str(text), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	ok(secret_files_passphrase(&p->v, &at, &s, secret, NULL));
}

static void set_rescue(struct place *p)
{
	struct box_to to = { SPAN(p->slot->box_key, sizeof(p->slot->box_key)), &p->slot->mix };
	ok(secret_files_rescue(&p->v, &at, &to, &local, NULL));
}

static void fails(err_t e, err_t want, const struct why *why, const char *word)
{
	assert_int_equal(e, want);
	if (!strstr(why->text, word))
		fail_msg("no '%s' in: %s", word, why->text);
}

static void the_passphrase_opens_it_and_is_changed(void **state)
{
	struct place *p = *state;
	struct key got = { { 0 } };
	struct why why = { 0 }, later = { 0 };
	struct stat st;
	set_passphrase(p, "first", &local);
	ok(secret_files_unlock(&p->v, &at, span_str("first"), &got, NULL));
	assert_memory_equal(&got, &local, sizeof(got));
	fails(secret_files_unlock(&p->v, &at, span_str("second"), &got, &why), ERR_WRONGKEY, &why, "passphrase");
	set_passphrase(p, "second", &local);
	fails(secret_files_unlock(&p->v, &at, span_str("first"), &got, &later), ERR_WRONGKEY, &later, "passphrase");
	ok(secret_files_unlock(&p->v, &at, span_str("second"), &got, NULL));
	assert_int_equal(fstatat(p->v.fd, "unlock", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static bool is_there(const struct place *p, const char *file)
{
	return !faccessat(p->v.fd, file, F_OK, 0);
}

static void of_the_former_nothing_is_left(void **state)
{
	struct place *p = *state;
	static const uint8_t zeros[LOCAL_UNLOCK_LEN];
	uint8_t left[LOCAL_UNLOCK_LEN + 1];
	set_passphrase(p, "first", &local);
	cleanup_fd int former = openat(p->v.fd, "unlock", O_RDONLY | O_CLOEXEC);
	set_passphrase(p, "second", &local);
	assert_int_equal(pread(former, left, sizeof(left), 0), sizeof(zeros));
	assert_memory_equal(left, zeros, sizeof(zeros));
	assert_false(is_there(p, "unlock.other"));
}

static void what_a_crash_left_goes(void **state)
{
	struct place *p = *state;
	static const char *const files[] = { "unlock.other", "unlock.other.new" };
	struct key got = { { 0 } };
	set_passphrase(p, "first", &local);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		ok(vaults_write(&p->v, files[i], span_str("what opened it once"), NULL));
	cleanup_fd int former = openat(p->v.fd, files[0], O_RDONLY | O_CLOEXEC);
	char byte = 1;
	secret_files_tidy(&p->v);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		assert_false(is_there(p, files[i]));
	assert_int_equal(pread(former, &byte, 1, 0), 1);
	assert_int_equal(byte, 0);
	ok(secret_files_unlock(&p->v, &at, span_str("first"), &got, NULL));
}

static void two_changes_at_once_are_one_after_the_other(void **state)
{
	struct place *p = *state;
	struct key got = { { 0 } };
	struct why why = { 0 };
	struct wrap_secret s = { span_str("second"), { KDF_FLOOR_KIB, KDF_PASSES_MIN, 1 } };
	set_passphrase(p, "first", &local);
	cleanup_fd int other_process = openat(p->v.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(other_process, LOCK_EX), 0);
	ok(vaults_write(&p->v, "unlock.other", span_str("under way"), NULL));
	fails(secret_files_passphrase(&p->v, &at, &s, &local, &why), ERR_BUSY, &why, "another cloudseal");
	secret_files_tidy(&p->v);
	assert_true(is_there(p, "unlock.other"));
	ok(secret_files_unlock(&p->v, &at, span_str("first"), &got, NULL));
}

static void the_recovery_key_opens_it(void **state)
{
	struct place *p = *state;
	cleanup(secret_freep) struct signer_mine *another = NULL;
	struct key got = { { 0 } };
	struct why why = { 0 };
	draw(&another);
	set_rescue(p);
	fails(secret_files_recover(&p->v, &at, another, &got, &why), ERR_WRONGKEY, &why, "recovery key");
	ok(secret_files_recover(&p->v, &at, p->slot, &got, NULL));
	assert_memory_equal(&got, &local, sizeof(got));
}

static void while_another_slot_comes_into_force_either_opens_it(void **state)
{
	struct place *p = *state;
	cleanup(secret_freep) struct signer_mine *next = NULL;
	struct key got = { { 0 } };
	struct why why = { 0 };
	draw(&next);
	struct box_to to = { SPAN(next->box_key, sizeof(next->box_key)), &next->mix };
	set_rescue(p);
	ok(secret_files_rescue_next(&p->v, &at, &to, &local, NULL));
	ok(secret_files_recover(&p->v, &at, p->slot, &got, NULL));
	ok(secret_files_recover(&p->v, &at, next, &got, &why));
	assert_memory_equal(&got, &local, sizeof(got));
	assert_int_equal(why.text[0], 0);
	ok(secret_files_rescue_take(&p->v, NULL));
	assert_false(is_there(p, "rescue.next"));
	ok(secret_files_recover(&p->v, &at, next, &got, NULL));
	fails(secret_files_recover(&p->v, &at, p->slot, &got, &why), ERR_WRONGKEY, &why, "recovery key");
	why.text[0] = 0;
	fails(secret_files_rescue_take(&p->v, &why), ERR_IO, &why, "cannot write"); /* there is none */
}

static void missing_or_damaged_says_what_helps(void **state)
{
	struct place *p = *state;
	struct key got = other;
	static const char *const junk[] = { "", "junk", "cloudseal-unlock\n\1 and more" };
	struct why why = { 0 };
	fails(secret_files_unlock(&p->v, &at, span_str("x"), &got, &why), ERR_NOTFOUND, &why, "--recovery");
	why.text[0] = 0;
	fails(secret_files_recover(&p->v, &at, p->slot, &got, &why), ERR_NOTFOUND, &why, "join again");
	for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
		ok(vaults_write(&p->v, "unlock", span_str(junk[i]), NULL));
		why.text[0] = 0;
		fails(secret_files_unlock(&p->v, &at, span_str("x"), &got, &why), ERR_DAMAGED, &why, "--recovery");
	}
	uint8_t no_work[LOCAL_UNLOCK_LEN] = "cloudseal-unlock\n\1";
	ok(vaults_write(&p->v, "unlock", SPAN(no_work, sizeof(no_work)), NULL));
	why.text[0] = 0;
	fails(secret_files_unlock(&p->v, &at, span_str("x"), &got, &why), ERR_DAMAGED, &why, "--recovery");
	ok(vaults_write(&p->v, "unlock", span_str("cloudseal-unlock\n\2"), NULL));
	why.text[0] = 0;
	fails(secret_files_unlock(&p->v, &at, span_str("x"), &got, &why), ERR_VERSION, &why, "newer");
	ok(vaults_write(&p->v, "rescue", span_str("\1"), NULL));
	why.text[0] = 0;
	fails(secret_files_recover(&p->v, &at, p->slot, &got, &why), ERR_DAMAGED, &why, "damaged");
	assert_memory_equal(&got, &other, sizeof(got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_passphrase_opens_it_and_is_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_the_former_nothing_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_crash_left_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_changes_at_once_are_one_after_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_recovery_key_opens_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(while_another_slot_comes_into_force_either_opens_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_or_damaged_says_what_helps, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
