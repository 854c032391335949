/* SPDX-License-Identifier: MIT
 * What the first commit of a vault must have, and that nothing else may stand on nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/commit_world.h"
#include "vault/join/inode_head.h"
#include "vault/keys/create.h"

#include <sys/stat.h>

static struct create made, foreign; /* the vault that all stand in; another one */

static int draw_vaults(void **state)
{
	const struct create_wish wish = { .cipher = CIPHER_AES256GCM, .now = 1 };
	(void)state;
	ok(create_draw(&wish, &made));
	ok(create_draw(&wish, &foreign));
	return 0;
}

static int free_vaults(void **state)
{
	(void)state;
	create_free(&made);
	create_free(&foreign);
	return 0;
}

struct founding {
	struct world *w;
	unsigned without; /* kind */
};

static err_t found_record(void *ctx, struct span key, struct span value)
{
	const struct founding *f = ctx;
	return *(const uint8_t *)key.p == f->without ? ERR_OK : records_put(&f->w->records, key, value);
}

/* alone: it stands on nothing. */
static void alone(struct world *w)
{
	w->p[0] = (struct position){ w->part[0].c.stream, w->part[0].c.n, ID_ZERO };
	w->vv.n = 1;
}

/* put_directory: `type` 0: without identity. */
static void put_directory(struct world *w, uint64_t ino, unsigned type)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct inode_head h = { .ino = ino, .type = (uint8_t)type };
	if (type)
		inode_head_write(&r, &h);
	else
		group_value(&r, GROUP_ATTR, STAMP_ZERO, SPAN("\0\0", 2)); /* its mode */
	put_file(w, shared_key_ino(SHARED_INODE, ino), &r);
}

/* found_by: a first commit by the first device of `c`, that stands on nothing, with all that a vault begins with but
 * what is of one kind. */
static void found_by(struct world *w, const struct create *c, unsigned without)
{
	struct founding f = { w, without };
	first_commit(w, SIGNER_INCARNATION, 0);
	const struct stamp now = { 300, w->part[0].c.stream, 1 };
	ok(create_records(c, span_str("desk"), now, found_record, &f));
	if (without != SHARED_INODE)
		put_directory(w, INO_ROOT, S_IFDIR >> 12);
	w->b.vault = made.device->vault;
	w->b.genesis = made.genesis_hash;
	w->b.device = c->device->id;
	w->b.lamport = 0;
	alone(w);
}

static void found_vault(struct world *w, unsigned without)
{
	found_by(w, &made, without);
}

/* put_one: another record in the place of one: with MAP `number` of these keys. */
static void put_one(struct world *w, struct vault_name n, uint16_t number, struct span key, struct span more)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key k = vault_key_of(&n);
	size_t map = group_open(&r, number, GROUP_MAP, STAMP_ZERO);
	bool turned = more.len && span_cmp(key, more) > 0;
	group_close(&r, group_key(&r, STAMP_ZERO, turned ? more : key));
	if (more.len)
		group_close(&r, group_key(&r, STAMP_ZERO, turned ? key : more));
	group_close(&r, map);
	put(w, vault_key_span(&k), &r);
}

/* junk_genesis: with a signature that is not right. */
static void junk_genesis(struct buf *out)
{
	buf_put(out, made.genesis.p, made.genesis.len);
	out->p[out->len - 1] ^= 1;
}

static void put_genesis(struct world *w, bool right)
{
	cleanup(buf_free) struct buf junk = BUF_INIT;
	junk_genesis(&junk);
	put_one(w, (struct vault_name){ .kind = SHARED_GENESIS }, 1, buf_span(&junk),
	        right ? buf_span(&made.genesis) : SPAN(NULL, 0));
}

static void put_root_of(struct world *w, struct vault_name n, bool right)
{
	cleanup(key_wipe) struct key root = { 0 };
	const uint8_t junk[sizeof(root.b)] = { 1 };
	ok(keyring_epoch_root(made.keyring, 1, &root));
	n.kind = SHARED_EPOCH;
	put_one(w, n, 2, SPAN(junk, sizeof(junk)), right ? SPAN(root.b, sizeof(root.b)) : SPAN(NULL, 0));
}

static void put_super(struct world *w)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_SUPER });
	group_value(&r, 2, STAMP_ZERO, SPAN("\x1e\0\0", 4));
	put(w, vault_key_span(&k), &r);
}

static void stand_on(struct world *w, uint64_t stream)
{
	w->p[1] = w->p[0];
	w->p[0] = (struct position){ stream, 2, ID_ZERO };
	w->vv.n = 2;
	vv_sort(&w->vv);
}

/* Whoever is let in could else begin the vault anew, or lead who joins into another one. */
static void test_the_first_of_a_vault_founds_it(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, found_vault(w, 0));
	CHECK(REFUSED_FIRST, found_vault(w, SHARED_INODE));
	CHECK(REFUSED_FIRST, found_vault(w, SHARED_SUPER));
	CHECK(REFUSED_FIRST, found_vault(w, SHARED_GENESIS));
	CHECK(REFUSED_FIRST, found_vault(w, SHARED_EPOCH));
	CHECK(REFUSED_MEMBER, found_vault(w, SHARED_SLOT));
	CHECK(REFUSED_MEMBER, found_vault(w, SHARED_DEVICE));
	CHECK(REFUSED_FIRST, (first_commit(w, SIGNER_INCARNATION, 0), alone(w)));
}

static void test_only_the_first_device_founds_it(void **state)
{
	(void)state;
	CHECK(REFUSED_FIRST, (found_vault(w, SHARED_DEVICE), w->b.device = device_of(NULL, OTHER)));
	CHECK(REFUSED_ANOTHERS, (found_vault(w, 0), w->b.device = device_of(NULL, OTHER)));
	CHECK(REFUSED_FIRST, found_by(w, &foreign, 0));
	CHECK(REFUSED_FIRST, (found_by(w, &foreign, SHARED_DEVICE), w->b.device = device_of(NULL, OTHER)));
}

static void test_what_the_first_of_a_vault_has_is_that_vaults(void **state)
{
	(void)state;
	const struct vault_name first = { .number = 1, .hash = made.genesis_hash };
	const struct vault_name second = { .number = 2, .hash = made.genesis_hash }, other = { .number = 1 };
	const struct vault_name slot = { .kind = SHARED_SLOT, .id = made.recovery->id };
	const struct span mix_key = SPAN(made.recovery->mix.b, sizeof(made.recovery->mix.b));
	CHECK(REFUSED_FIRST, (found_vault(w, 0), put_genesis(w, false)));
	CHECK(REFUSED_NOT, (found_vault(w, 0), put_genesis(w, true))); /* junk beside it is nobody's */
	CHECK(REFUSED_FIRST, (found_vault(w, 0), put_root_of(w, first, false)));
	CHECK(REFUSED_NOT, (found_vault(w, 0), put_root_of(w, first, true)));
	CHECK(REFUSED_EPOCH, (found_vault(w, SHARED_EPOCH), put_root_of(w, second, true))); /* nobody has begun it */
	CHECK(REFUSED_FIRST, (found_vault(w, SHARED_EPOCH), put_root_of(w, other, true)));
	CHECK(REFUSED_MEMBER, (found_vault(w, 0), put_one(w, slot, 1, mix_key, SPAN(NULL, 0)))); /* no wrap */
	CHECK(REFUSED_FIRST, (found_vault(w, SHARED_SUPER), put_super(w)));
	CHECK(REFUSED_FIRST, (found_vault(w, SHARED_INODE), put_directory(w, INO_ROOT, 0)));
	CHECK(REFUSED_FIRST, (found_vault(w, SHARED_INODE), put_directory(w, 77, S_IFDIR >> 12)));
}

/* A device that begins another stream, or joins, brings none of it. */
static void test_what_stands_on_something_founds_nothing(void **state)
{
	(void)state;
	CHECK(REFUSED_NOT, (found_vault(w, SHARED_SUPER), stand_on(w, OTHER)));
	CHECK(REFUSED_NOT, (first_commit(w, SIGNER_INCARNATION, 0), alone(w), stand_on(w, OTHER)));
	CHECK(REFUSED_NOT, (found_vault(w, SHARED_GENESIS), w->part[0].c.n = 2, alone(w)));
	CHECK(REFUSED_NOT, (found_vault(w, 0), stand_on(w, OTHER)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_of_a_vault_founds_it),
		cmocka_unit_test(test_only_the_first_device_founds_it),
		cmocka_unit_test(test_what_the_first_of_a_vault_has_is_that_vaults),
		cmocka_unit_test(test_what_stands_on_something_founds_nothing),
	};
	return cmocka_run_group_tests(tests, draw_vaults, free_vaults);
}
