/* SPDX-License-Identifier: MIT
 * Commits that stand on nothing: who may begin a vault, and one that was begun twice.
 */
#include "tests/sync_peers.h"

#include "sync/members/statements.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "vault/join/shared_key.h"

#include <sys/stat.h>

struct founding {
	const struct create *vault;
	struct records *records;
};

/* found_record: no name of another device. */
static err_t found_record(void *ctx, struct span key, struct span value)
{
	const struct founding *f = ctx;
	return *(const uint8_t *)key.p == SHARED_DEVICE ? ERR_OK : records_put(f->records, key, value);
}

/* founding: all that the first commit of a vault has. */
static void founding(struct making *m, void *ctx)
{
	const struct founding f = { ctx, &m->records };
	const struct stamp at = { m->c.lamport, m->c.stream, m->c.n };
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct shared_key root = shared_key_ino(SHARED_INODE, INO_ROOT);
	ok(create_records(f.vault, span_str("desk"), at, found_record, (void *)(uintptr_t)&f));
	inode_head_write(&r, &(struct inode_head){ .ino = INO_ROOT, .type = S_IFDIR >> 12 });
	ok(record_encode(&r, &value));
	ok(records_put(&m->records, shared_key_span(&root), buf_span(&value)));
}

/* refused_alone: what a member says that has applied nothing. */
static void refused_alone(struct peers *f, making_twist twist, const struct create *vault)
{
	peer_anew(f, &f->p[2]);
	published(f, &f->p[2], twist, (void *)(uintptr_t)vault);
	published(f, &f->p[0], NULL, NULL);
	(void)peer_pull(&f->p[0]);
	assert_true(peer_pull(&f->p[1]));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(peer_stream(&f->p[i], &f->p[2])->applied.n, 0);
		assert_non_null(strstr(peer_alarm(&f->p[i]), "does not begin this vault"));
		assert_int_equal(f->p[i].sync->deliver->room.refused.n, 1);
		peer_check(&f->p[i]);
	}
	assert_same_published(&f->p[0], &f->p[1]);
}

/* Whoever is let in can sign such a commit: it begins neither another vault nor this one anew. */
static void only_the_first_device_begins_the_vault(void **state)
{
	cleanup(create_free) struct create other = { 0 };
	(void)state;
	ok(create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1 }, &other));
	for (unsigned how = 0; how < 3; how++) {
		struct peers f;
		peers_new(&f, 3);
		refused_alone(&f, how ? founding : NULL, how == 1 ? &f.made : &other);
		peers_free(&f);
	}
}

static void hear(struct peer *p, const struct records *said)
{
	for (size_t i = 0; i < said->n; i++)
		ok(statements_visit(p->sync, records_key(said->v[i]), buf_span(&said->v[i]->value)));
	ok(statements_make(p->sync));
}

/* The first device was copied before it had said anything, and both copies began the vault: it is one all the same. */
static void a_vault_that_was_begun_twice_is_one(void **state)
{
	struct peers f;
	(void)state;
	peers_new(&f, 3);
	published(&f, &f.p[0], NULL, NULL);
	peers_found(&f);
	peer_anew(&f, &f.p[2]); /* it gets both at once */
	for (size_t i = 0; i < f.n; i++)
		hear(&f.p[i], &f.joins);
	peers_settle(&f);
	for (size_t i = 0; i < f.n; i++)
		assert_int_equal(peer_stream(&f.p[i], &f.founder)->applied.n, 1);
	published(&f, &f.p[2], NULL, NULL);
	peers_settle(&f);
	peers_same(&f);
	peers_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_first_device_begins_the_vault),
		cmocka_unit_test(a_vault_that_was_begun_twice_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
