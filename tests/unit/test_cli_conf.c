/* SPDX-License-Identifier: MIT */
#include "cli/vaults/conf.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

static void settings_survive_a_round_trip(void **state)
{
	(void)state;
	cleanup(conf_free) struct conf c = { 0 }, d = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	assert_int_equal(conf_set(&c, CONF_STORE, "s3://bucket/prefix", NULL), ERR_OK);
	assert_int_equal(conf_set(&c, CONF_CACHE_LIMIT, "10G", NULL), ERR_OK);
	assert_int_equal(conf_set(&c, CONF_POLL, "30s", NULL), ERR_OK);
	assert_int_equal(conf_set(&c, CONF_UP_LIMIT, "1M", NULL), ERR_OK);
	assert_int_equal(conf_set(&c, CONF_UP_LIMIT, NULL, NULL), ERR_OK);
	assert_int_equal(conf_encode(&c, &b), ERR_OK);
	assert_int_equal(conf_decode(buf_span(&b), &d, NULL), ERR_OK);
	assert_string_equal(d.text[CONF_STORE], "s3://bucket/prefix");
	assert_true(d.number[CONF_CACHE_LIMIT] == 10ull << 30);
	assert_true(d.number[CONF_POLL] == 30000);
	assert_null(d.text[CONF_UP_LIMIT]);
	struct store_config s;
	conf_store(&d, &s);
	assert_string_equal(s.url, "s3://bucket/prefix");
	assert_true(s.up == 0);
}

static void bad_values_are_refused_and_change_nothing(void **state)
{
	(void)state;
	static const struct {
		enum conf_key key;
		const char *value;
	} bad[] = {
		{ CONF_CACHE_LIMIT, "ten" },
		{ CONF_CACHE_LIMIT, "1K" },
		{ CONF_CACHE_LIMIT, "" },
		{ CONF_POLL, "10G" },
		{ CONF_POLL, "1ms" },
		{ CONF_CA_FILE, "relative.pem" },
		{ CONF_STORE, "" },
		{ CONF_STORE, "https://h/a\nb" },
		{ CONF_ADDRESSING, "sideways" },
		{ CONF_CONNECTIONS, "0" },
		{ CONF_CONNECTIONS, "100" },
		{ CONF_MOUNT_POINT, "x" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cleanup(conf_free) struct conf c = { 0 };
		struct why why = { 0 };
		assert_int_equal(conf_set(&c, bad[i].key, bad[i].value, &why), ERR_INVAL);
		assert_true(why.text[0]);
		assert_null(c.text[bad[i].key]);
	}
	cleanup(conf_free) struct conf c = { 0 };
	assert_int_equal(conf_set(&c, CONF_STORE, NULL, NULL), ERR_INVAL);
}

static void damaged_files_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		err_t e;
	} bad[] = {
		{ "", ERR_DAMAGED },
		{ "[]", ERR_DAMAGED },
		{ "{", ERR_DAMAGED },
		{ "{\"store\":\"/x\"}", ERR_DAMAGED },
		{ "{\"format\":1}", ERR_DAMAGED },
		{ "{\"format\":2,\"store\":\"/x\"}", ERR_VERSION },
		{ "{\"format\":1,\"store\":7}", ERR_DAMAGED },
		{ "{\"format\":1,\"store\":\"/x\",\"shiny\":\"1\"}", ERR_DAMAGED },
		{ "{\"format\":1,\"store\":\"/x\",\"cache-limit\":\"lots\"}", ERR_DAMAGED },
		{ "{\"format\":1,\"store\":\"/x\",\"store\":\"/y\"}", ERR_DAMAGED },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct conf c;
		struct why why = { 0 };
		assert_int_equal(conf_decode(span_str(bad[i].text), &c, &why), bad[i].e);
		assert_true(why.text[0]);
	}
}

static void an_old_name_in_the_file_is_still_read(void **state)
{
	(void)state;
	cleanup(conf_free) struct conf c = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct why why = { 0 };
	assert_int_equal(conf_decode(span_str("{\"format\":1,\"store\":\"/s\",\"settle\":\"5s\"}"), &c, &why), ERR_OK);
	assert_true(c.number[CONF_UPLOAD_DELAY] == 5000);
	assert_int_equal(conf_encode(&c, &b), ERR_OK);
	buf_u8(&b, 0);
	assert_non_null(strstr((const char *)b.p, "\"upload-delay\": \"5s\""));
}

static void every_key_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < CONF_KEYS; i++) {
		enum conf_key k;
		assert_int_equal(conf_find(conf_name((enum conf_key)i), &k, NULL), ERR_OK);
		assert_int_equal(k, i);
		assert_non_null(conf_help(k));
	}
	enum conf_key k;
	struct why why = { 0 };
	assert_int_equal(conf_find("nonsense", &k, &why), ERR_INVAL);
	assert_non_null(strstr(why.text, "cache-limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_survive_a_round_trip),
		cmocka_unit_test(bad_values_are_refused_and_change_nothing),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(an_old_name_in_the_file_is_still_read),
		cmocka_unit_test(every_key_is_found_by_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
