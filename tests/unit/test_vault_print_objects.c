/* SPDX-License-Identifier: MIT
 * What is printed of commits, heads and manifests of format 2: those of the vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/print_util.h"
#include "tests/unit/vault_values.h"
#include "vault/print/objects.h"

#define TIME "time=2026-11-29T15:34:36.000000000Z "

struct printed {
	struct buf plain, text;
	struct fields f;
};

static void printed_begin(struct printed *p, void (*make)(struct buf *out))
{
	*p = (struct printed){ .f = { &print_ops, NULL } };
	p->f.ctx = &p->text;
	make(&p->plain);
}

static const char *text_of(struct printed *p)
{
	buf_u8(&p->text, 0);
	ok(buf_ok(&p->text));
	return (const char *)p->text.p;
}

static void printed_end(struct printed *p)
{
	buf_free(&p->plain);
	buf_free(&p->text);
}

static void a_commit_says_what_it_stands_on(void **state)
{
	(void)state;
	struct printed p;
	struct commit c = { 0 };
	printed_begin(&p, commit_last);
	ok(commit_decode(buf_span(&p.plain), &c));
	print_commit(&p.f, &c);
	const char *text = text_of(&p);
	assert_has(text, "stream=8877665544332211 n=300 parts=2 " TIME "lamport=6 previous=0909");
	assert_has(
	        text,
	        "changeset=303132333435363738393a3b3c3d3e3f rules=1 entries=1 stands_on{-{stream=9000000000000000 n=5 "
	        "commit=02020202020202020202020202020202 } } ");
	assert_has(text, "manifest_object=03030303030303030303030303030303 manifest=0404");
	assert_has(text, "purged=2 first_purged{=unknown:4361 =unknown:4862 } ");
	assert_has(text, "extensions_not_known{-{number=1 bytes=0 } -{number=200 bytes=3 } } ");
	commit_free(&c);
	printed_end(&p);
}

static void a_commit_that_begins_an_epoch_keeps_its_root(void **state)
{
	(void)state;
	struct printed p;
	struct commit c = { 0 };
	printed_begin(&p, commit_epoch);
	ok(commit_decode(buf_span(&p.plain), &c));
	print_commit(&p.f, &c);
	assert_has(text_of(&p), "new_epoch{epoch=7 causes=2 slots=1 devices=2 root=(secret) } ");
	commit_free(&c);
	printed_end(&p);
}

static void a_time_before_1970_is_right_too(void **state)
{
	(void)state;
	struct printed p;
	struct commit c = { .stream = STREAM, .n = 1, .parts = 1, .time = -1 };
	printed_begin(&p, pack_none);
	print_commit(&p.f, &c);
	assert_has(text_of(&p), "time=1969-12-31T23:59:59.999999999Z ");
	printed_end(&p);
}

static void a_head_says_what_is_applied(void **state)
{
	(void)state;
	struct printed p;
	struct head h = { 0 };
	printed_begin(&p, head_full);
	ok(head_decode(buf_span(&p.plain), &h));
	print_head(&p.f, &h);
	const char *text = text_of(&p);
	assert_has(text, "stream=8877665544332211 counter=9 " TIME
	                 "features=9223372036854775808 settled=yes rules=1 lamport=300 streams=3 "
	                 "applied{-{stream=0101010101010101 n=5 commit=02020202020202020202020202020202 } -{");
	assert_has(text, "checkpoint{manifest_object=06060606060606060606060606060606 manifest=0707");
	assert_has(text, "epoch=3 } extensions_not_known{-{number=7 bytes=3 } } ");
	assert_null(strstr(text, "tree_digest"));
	head_free(&h);
	printed_end(&p);
}

static void a_manifest_counts_its_chunks(void **state)
{
	(void)state;
	struct printed p;
	struct manifest m = { 0 };
	printed_begin(&p, manifest_full);
	ok(manifest_decode(buf_span(&p.plain), &m));
	print_manifest(&p.f, &m);
	const char *text = text_of(&p);
	assert_has(text, "stream=8877665544332211 lamport=300 rules=1 records=1000 digest=0101");
	assert_has(text, "tree_digest=0202");
	assert_has(text, "streams=3 applied{-{");
	assert_has(text, "behind=2 chunks=2 chunk_bytes=9441280 first_chunks{-{object=06060606060606060606060606060606 "
	                 "bytes=4096 } -{");
	manifest_free(&m);
	printed_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_says_what_it_stands_on),
		cmocka_unit_test(a_commit_that_begins_an_epoch_keeps_its_root),
		cmocka_unit_test(a_time_before_1970_is_right_too),
		cmocka_unit_test(a_head_says_what_is_applied),
		cmocka_unit_test(a_manifest_counts_its_chunks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
