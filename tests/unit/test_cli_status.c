/* SPDX-License-Identifier: MIT */
#include "cli/commands/vault_status.h"
#include "cli/daemon/mount_point.h"
#include "cli/daemon/openers.h"
#include "cli/daemon/status_words.h"
#include "cli/secrets/recovery.h"
#include "cli/ui/alarm_words.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/vaults/disk.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static char *printed(const char *json)
{
	char *text = NULL;
	size_t n;
	json_t *j = json_loads(json, 0, NULL);
	assert_non_null(j);
	FILE *f = open_memstream(&text, &n);
	status_print(j, f);
	fclose(f);
	json_decref(j);
	return text;
}

static void status_says_what_waits(void **state)
{
	(void)state;
	cleanup_free char *text = printed("{\"name\":\"demo\",\"mounted\":true,\"mount_point\":\"/m\",\"online\":true,"
	                                  "\"phase_text\":\"uploading\",\"queue\":{\"objects\":2,\"bytes\":2097152,"
	                                  "\"unpublished\":true,\"rate\":1048576,\"seconds_left\":3}}");
	assert_non_null(strstr(text, "demo: mounted at /m\n"));
	assert_non_null(strstr(text, "to upload    2.0 MiB, 1.0 MiB/s, time left: 3 s; newer changes follow\n"));
}

static void status_says_what_is_in_no_object_yet(void **state)
{
	(void)state;
	cleanup_free char *text = printed(
	        "{\"name\":\"demo\",\"mounted\":true,\"queue\":{\"objects\":0,"
	        "\"bytes\":2097152,\"unpublished\":true,\"rate\":0,\"starts_in\":2},\"debug\":{\"alarms\":[]}}");
	assert_non_null(strstr(text, "to upload    2.0 MiB waiting; upload starts in 2 s\n"));
	assert_non_null(strstr(text, "alarms                    none\n"));
	cleanup_free char *small = printed("{\"name\":\"demo\",\"mounted\":true,\"queue\":{\"objects\":0,"
	                                   "\"bytes\":0,\"unpublished\":true,\"rate\":0,\"starts_in\":0}}");
	assert_non_null(strstr(small, "to upload    changes waiting; upload starts now\n"));
	cleanup_free char *offline = printed("{\"name\":\"demo\",\"mounted\":true,\"queue\":{\"objects\":0,"
	                                     "\"bytes\":1024,\"unpublished\":true,\"rate\":0,\"starts_in\":null}}");
	assert_non_null(strstr(offline, "to upload    1.0 KiB waiting\n"));
}

static void status_names_damaged_files_and_errors(void **state)
{
	(void)state;
	cleanup_free char *text =
	        printed("{\"name\":\"d\",\"mounted\":true,\"last_error\":\"no \\u001b[31mroute \\u009b1m\\u00e4\","
	                "\"damaged\":[{\"path\":\"/a/b\",\"object\":\"00ff\"}]}");
	assert_non_null(strstr(text, "  DAMAGED      /a/b (object 00ff): bring that object back from a backup"));
	cleanup_free char *local = printed("{\"name\":\"d\",\"mounted\":true,"
	                                   "\"damaged\":[{\"path\":\"/a\",\"object\":\"\"}]}");
	assert_non_null(strstr(local, "  DAMAGED      /a (this device's copy): take the file from another device"));
	assert_non_null(strstr(text, "no \\x1b[31mroute \\xc2\\x9b1m\u00e4\n")); /* no escapes to the terminal */
}

static void status_says_what_to_do_about_alarms(void **state)
{
	(void)state;
	setenv("TZ", "CET-1", 1);
	cleanup_free char *text =
	        printed("{\"name\":\"d\",\"mounted\":true,\"last_error\":\"a head is lost (and 1 more)\","
	                "\"last_commit\":\"2026-11-24T23:15:03Z\",\"alarms\":["
	                "{\"kind\":\"head-missing\",\"text\":\"a head is lost\",\"since\":\"2026-11-24T10:15:03Z\"},"
	                "{\"kind\":\"later\",\"text\":\"another\",\"since\":null},{\"kind\":\"file-damaged\",\"text\":"
	                "\"f\"}]}");
	unsetenv("TZ");
	tzset();
	assert_non_null(
	        strstr(text, "  ALARM        a head is lost (since 2026-11-24 11:15:03 CET): look at the cloud"));
	assert_non_null(strstr(text, "  ALARM        another: look at the cloud"));
	assert_null(strstr(text, "ALARM        f"));
	assert_null(strstr(text, "last error")); /* it is the first alarm */
	assert_non_null(strstr(text, "  last upload  2026-11-25 00:15:03 CET\n"));
}

static void every_alarm_has_words(void **state)
{
	(void)state;
	for (int k = ALARM_OVER; k < ALARM_KINDS; k++)
		assert_non_null(alarm_name((enum alarm_kind)k));
	assert_string_not_equal(alarm_next("commit-refused"), alarm_next("head-old"));
}

static void a_failure_is_one_line_of_text(void **state)
{
	(void)state;
	char line[64] = "";
	int pipe_fd[2], stderr_fd = dup(STDERR_FILENO);
	assert_int_equal(pipe(pipe_fd), 0);
	assert_true(stderr_fd >= 0 && dup2(pipe_fd[1], STDERR_FILENO) >= 0);
	int code = exit_fail(ERR_NOTFOUND, "a\nb\x1b[31m", &(struct why){ "no \xc2\x9bvault" });
	assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
	assert_int_equal(code, EXIT_NOTFOUND);
	assert_true(read(pipe_fd[0], line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "cloudseal: a\\nb\\x1b[31m: no \\xc2\\x9bvault\n");
	close(stderr_fd);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static void json_has_no_control_character_as_itself(void **state)
{
	(void)state;
	char *text = NULL;
	size_t n;
	json_t *j = json_pack("{s:s}", "name",
	                      "\x1b[1m \x7f \xc2\x9b"
	                      "1m \u00e4");
	FILE *f = open_memstream(&text, &n);
	print_json(j, f);
	fclose(f);
	assert_string_equal(text, "{\n  \"name\": \"\\u001B[1m \\u007F \\u009B1m \u00e4\"\n}\n");
	json_t *again = json_loads(text, 0, NULL);
	assert_true(json_equal(j, again));
	json_decref(again);
	json_decref(j);
	free(text);
}

static void status_of_anything_prints_without_harm(void **state)
{
	(void)state;
	static const char *const odd[] = { "{}", "{\"mounted\":true}", "{\"mounted\":true,\"queue\":7,\"cache\":[]}",
		                           "{\"name\":7,\"mounted\":true,\"damaged\":{}}" };
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		cleanup_free char *text = printed(odd[i]);
		assert_non_null(text);
	}
}

static void every_phase_has_a_name_and_words(void **state)
{
	(void)state;
	for (int p = SYNC_IDLE; p <= SYNC_STOPPED_FORK; p++) {
		assert_string_not_equal(status_phase_name((enum sync_phase)p), "unknown");
		assert_string_not_equal(status_phase_words((enum sync_phase)p), "unknown");
	}
	json_t *t = status_json_time(INT64_C(1795515303) * 1000000000);
	assert_string_equal(json_string_value(t), "2026-11-24T10:15:03Z");
	json_decref(t);
	t = status_json_time(0);
	assert_true(json_is_null(t));
	json_decref(t);
}

static void recovery_groups_are_told_apart(void **state)
{
	(void)state;
	char out[32];
	assert_int_equal(recovery_group("ab1-CD2 ef3", 0, out, sizeof(out)), 3);
	assert_string_equal(out, "AB1");
	assert_int_equal(recovery_group("ab1-CD2 ef3", 2, out, sizeof(out)), 3);
	assert_string_equal(out, "EF3");
	assert_int_equal(recovery_group("ab1-CD2 ef3", 3, out, sizeof(out)), 0);
	assert_int_equal(recovery_group("", 0, out, sizeof(out)), 0);
	assert_int_equal(recovery_group("toolong", 0, out, 4), 0);
}

struct place {
	char dir[64];
	struct vault_dir v;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	if (!p)
		return -1;
	p->v = VAULT_DIR_INIT;
	snprintf(p->dir, sizeof(p->dir), "/tmp/cs-status-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->v.path, sizeof(p->v.path), "%s", p->dir);
	p->v.fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->v.fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r = disk_empty(p->v.fd, NULL, NULL) ? -1 : rmdir(p->dir);
	vaults_close(&p->v);
	free(p);
	return r;
}

static void what_was_left_is_remembered(void **state)
{
	struct place *p = *state;
	struct last l = { .objects = 3, .bytes = 5, .mount_point = "/m" }, got;
	char words[128];
	assert_int_equal(last_write(&p->v, &l, NULL), ERR_OK);
	last_read(&p->v, &got);
	assert_false(got.open);
	assert_true(got.objects == 3 && got.bytes == 5);
	assert_string_equal(got.mount_point, "/m");
	assert_true(last_pending(&got));
	last_words(&got, words, sizeof(words));
	assert_string_equal(words, "5 bytes not uploaded yet");
	got = (struct last){ .bytes = 5, .unpublished = true };
	last_words(&got, words, sizeof(words));
	assert_string_equal(words, "5 bytes not uploaded yet");
	l = (struct last){ .saved = true };
	assert_int_equal(last_write(&p->v, &l, NULL), ERR_OK);
	last_read(&p->v, &got);
	assert_false(last_pending(&got));
}

/* says: after a lock that left this. */
static void says(const struct place *p, const struct last *l, const char *words)
{
	struct last got;
	char said[256];
	assert_int_equal(last_write(&p->v, l, NULL), ERR_OK);
	last_read(&p->v, &got);
	last_said(&got, said, sizeof(said));
	assert_string_equal(said, words);
}

#define STAYS "; they stay encrypted on this disk and go up at the next mount"
static void what_was_left_is_said_in_files_and_bytes(void **state)
{
	const struct place *p = *state;
	says(p, &(struct last){ .saved = true }, "everything is uploaded");
	says(p, &(struct last){ .files = 3, .bytes = 1288490189 }, "3 files, 1.2 GiB not uploaded yet" STAYS);
	says(p, &(struct last){ .files = 1, .unpublished = true }, "1 file not uploaded yet" STAYS);
	says(p, &(struct last){ .files = 20000, .more = true, .bytes = 5 },
	     "more than 20000 files, 5 bytes not uploaded yet" STAYS);
	says(p, &(struct last){ .unpublished = true }, "changes not uploaded yet" STAYS);
	says(p, &(struct last){ .lacks = "the cloud lost it" }, "the cloud lost it");
}

static void what_was_known_to_be_wrong_is_remembered(void **state)
{
	const struct place *p = *state;
	struct last l = { .saved = true, .alarm = "a file is damaged", .alarms = 3 }, got;
	char known[320];
	assert_int_equal(last_write(&p->v, &l, NULL), ERR_OK);
	last_read(&p->v, &got);
	last_known(&got, known, sizeof(known));
	assert_string_equal(known, "a file is damaged, and 2 more");
	last_known(&(struct last){ .lacks = "the cloud lost it" }, known, sizeof(known));
	assert_string_equal(known, "the cloud lost it");
	last_known(&(struct last){ .saved = true }, known, sizeof(known));
	assert_string_equal(known, "");
}

static void an_unknown_end_counts_as_pending(void **state)
{
	struct place *p = *state;
	struct last got;
	last_read(&p->v, &got); /* no file */
	assert_true(last_pending(&got));
	assert_int_equal(vaults_write(&p->v, "last.json", span_str("{garbage"), NULL), ERR_OK);
	last_read(&p->v, &got);
	assert_true(last_pending(&got));
}

static void recovery_file_is_private_and_never_overwrites(void **state)
{
	struct place *p = *state;
	char path[128];
	struct stat st;
	struct why why = { 0 };
	snprintf(path, sizeof(path), "%s/key", p->dir);
	assert_int_equal(recovery_to_file(path, "AAAA-BBBB", NULL), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 10);
	assert_int_equal(recovery_to_file(path, "CCCC", &why), ERR_EXISTS);
	assert_true(why.text[0]);
}

static void mount_points_are_checked(void **state)
{
	struct place *p = *state;
	char path[128];
	assert_int_equal(mount_point_check(p->dir, NULL), ERR_OK);
	assert_int_equal(mount_point_check("/proc", NULL), ERR_BUSY);
	snprintf(path, sizeof(path), "%s/file", p->dir);
	assert_int_equal(mount_point_check(path, NULL), ERR_NOTFOUND);
	assert_int_equal(vaults_write(&p->v, "file", span_str("x"), NULL), ERR_OK);
	assert_int_equal(mount_point_check(path, NULL), ERR_INVAL);
	assert_int_equal(mount_point_check(p->dir, NULL), ERR_BUSY);
	assert_false(mount_point_clear_stale(p->dir, NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_says_what_waits),
		cmocka_unit_test(status_says_what_is_in_no_object_yet),
		cmocka_unit_test(status_names_damaged_files_and_errors),
		cmocka_unit_test(status_says_what_to_do_about_alarms),
		cmocka_unit_test(every_alarm_has_words),
		cmocka_unit_test(a_failure_is_one_line_of_text),
		cmocka_unit_test(json_has_no_control_character_as_itself),
		cmocka_unit_test(status_of_anything_prints_without_harm),
		cmocka_unit_test(every_phase_has_a_name_and_words),
		cmocka_unit_test(recovery_groups_are_told_apart),
		TEST(what_was_left_is_remembered),
		TEST(what_was_left_is_said_in_files_and_bytes),
		TEST(what_was_known_to_be_wrong_is_remembered),
		TEST(an_unknown_end_counts_as_pending),
		TEST(recovery_file_is_private_and_never_overwrites),
		TEST(mount_points_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
