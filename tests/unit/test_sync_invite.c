/* SPDX-License-Identifier: MIT
 * Invitations between engines: who gets in, what the store has when, and power cuts between the steps.
 */
#include "sync/members/invite.h"
#include "sync/members/invite_admit.h"
#include "sync/members/statements.h"
#include "tests/sync_files.h"
#include "vault/keys/header.h"
#include "vault/objects/invitation_reply.h"

static void put_header(struct store *s, const struct fleet_vault *v)
{
	cleanup(header_free) struct header h = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	ok(create_header(&v->made, &h));
	ok(header_encode(&h, &bytes));
	ok(store_put_sync(s, STORE_HEADER, buf_span(&bytes)));
}

static int set_up(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	fleet_new(f, &vault);
	put_header(f->shared, &vault);
	ship_step(&f->d[0]);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fleet_free(*state);
	free(*state);
	return 0;
}

/* -- a device that wants to join ---------------------------------------------------------------------------------- */

struct guest {
	struct invitation v;
	struct invitation_offer offer;
	struct signer_mine *mine; /* its mix key is not known yet */
	struct buf request;
	struct hash hash;
	struct invitation_reply reply;
};

static void guest_free(struct guest *g)
{
	invitation_wipe(&g->v);
	secret_freep(&g->mine);
	buf_free(&g->request);
	invitation_reply_free(&g->reply);
}

static err_t read_one(struct fleet *f, const struct guest *g, enum invitation_object which, struct buf *ret)
{
	char name[ID_TEXT];
	ok(invitation_name(&g->v, which, name));
	return store_get_sync(f->shared, name, 0, 0, INVITATION_MAX, ret);
}

static bool is_there(struct fleet *f, const struct guest *g, enum invitation_object which)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	return !read_one(f, g, which, &b);
}

/* by_code: what the code gives, and its offer. */
static void by_code(struct fleet *f, const uint8_t *code, struct guest *g)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	g->v.vault = keyring_vault(f->v->keyring);
	g->v.genesis = keyring_genesis(f->v->keyring);
	g->v.cipher = keyring_cipher(f->v->keyring);
	ok(invitation_of(code, &g->v));
	if (!read_one(f, g, INVITATION_OFFER, &b))
		ok(invitation_offer_open(&g->v, buf_span(&b), &g->offer));
}

static void put_request(struct fleet *f, const struct guest *g)
{
	char name[ID_TEXT];
	ok(invitation_name(&g->v, INVITATION_REQUEST, name));
	ok(store_put_sync(f->shared, name, buf_span(&g->request)));
}

static void ask(struct fleet *f, struct guest *g, const char *called)
{
	struct invitation_request r = { .name = "" };
	ok(signer_mine_draw(g->v.vault, SIGNER_DEVICE, &g->mine));
	memcpy(r.sign_key, g->mine->sign_key, sizeof(r.sign_key));
	memcpy(r.box_key, g->mine->box_key, sizeof(r.box_key));
	ok(mine_prove(g->mine, g->v.genesis, r.proof));
	snprintf(r.name, sizeof(r.name), "%s", called);
	ok(invitation_request_seal(&g->v, &g->offer, &r, &g->mine->seed, &g->request));
	ok(crypto_sha256(buf_span(&g->request), &g->hash));
	put_request(f, g);
}

static err_t read_reply(struct fleet *f, struct guest *g)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = read_one(f, g, INVITATION_REPLY, &b);
	return e ? e : invitation_reply_open(&g->v, &g->mine->seed, g->hash, buf_span(&b), &g->reply);
}

static err_t enter(struct fleet *f, const struct guest *g, struct ship **ret, struct why *why)
{
	cleanup(secret_freep) struct signer_mine *whole = NULL;
	struct ship *d = *ret = ship_new(f);
	secret_free(d->mine);
	ok(signer_mine_of(g->v.vault, SIGNER_DEVICE, &g->mine->seed, &g->reply.mix, &whole));
	ship_is(d, whole);
	struct bootstrap b = ship_bootstrap(f, d, "phone");
	b.slot = NULL;
	b.invited = &g->reply.positions;
	err_t e = bootstrap_join(&b, why);
	if (!e)
		ship_open(f, d);
	return e;
}

static bool counts(struct ship *at, struct id device)
{
	const struct roster_signer *x = roster_who(&at->sync->statements->roster, device);
	return x && roster_member(x);
}

/* -- how it goes -------------------------------------------------------------------------------------------------- */

static void who_is_admitted_joins_and_what_lay_there_goes(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b;
	cleanup(guest_free) struct guest g = { .mine = NULL };
	struct invite_shown shown;
	struct invite_asked asked;
	uint32_t number;
	file_write(f, a, "before", 3000, 'b');
	ship_step(a);
	ok(invite_begin(a->sync, &shown, NULL));
	assert_false(shown.again);
	by_code(f, shown.code, &g);
	assert_int_equal(invite_look(a->sync, &asked), ERR_BUSY);
	ask(f, &g, "phone");
	ok(invite_look(a->sync, &asked));
	assert_string_equal(asked.name, "phone");
	ok(invitation_number(&g.v, g.offer.hash, g.hash, &number));
	assert_int_equal(asked.number, number);
	ok(invite_admit(a->sync, asked.request, NULL));
	assert_false(is_there(f, &g, INVITATION_REPLY)); /* not before the commit that lets it in */
	assert_false(invite_answered(a->sync, asked.request));
	ship_step(a);
	assert_true(invite_answered(a->sync, asked.request));
	ok(read_reply(f, &g));
	ok(enter(f, &g, &b, NULL));
	file_check(f, b, "before", 3000, 'b');
	ship_step(a);
	assert_true(is_there(f, &g, INVITATION_REPLY)); /* it may have to read it again */
	file_write(f, b, "from the phone", 100, 'p');
	ship_step(b);
	ship_step(a);
	ships_same(a, b);
	assert_true(counts(a, b->id));
	for (int i = 0; i < 3; i++)
		assert_false(is_there(f, &g, (enum invitation_object)i));
	ok(invite_begin(a->sync, &shown, NULL));
	assert_false(shown.again);
}

static void a_code_admits_one_device(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(guest_free) struct guest first = { .mine = NULL }, second = { .mine = NULL };
	struct invite_shown shown;
	struct invite_asked asked;
	ok(invite_begin(a->sync, &shown, NULL));
	by_code(f, shown.code, &first);
	by_code(f, shown.code, &second);
	ask(f, &first, "phone");
	ok(invite_look(a->sync, &asked));
	ask(f, &second, "thief");
	assert_int_equal(invite_admit(a->sync, asked.request, NULL), ERR_EXISTS);
	ok(invite_look(a->sync, &asked));
	assert_string_equal(asked.name, "thief"); /* with another number: a person sees it */
	put_request(f, &first);
	ok(invite_look(a->sync, &asked));
	ok(invite_admit(a->sync, asked.request, NULL));
	put_request(f, &second);
	assert_int_equal(invite_look(a->sync, &asked), ERR_NOTFOUND);
	assert_int_equal(invite_admit(a->sync, second.hash, NULL), ERR_NOTFOUND);
	ship_step(a);
	ok(read_reply(f, &first));
	assert_int_equal(read_reply(f, &second), ERR_WRONGKEY);
}

static void a_no_ends_it(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(guest_free) struct guest g = { .mine = NULL };
	struct invite_shown shown;
	struct invite_asked asked;
	ok(invite_begin(a->sync, &shown, NULL));
	by_code(f, shown.code, &g);
	ask(f, &g, "thief");
	ok(invite_look(a->sync, &asked));
	ok(invite_end(a->sync));
	assert_int_equal(invite_admit(a->sync, asked.request, NULL), ERR_NOTFOUND);
	ship_step(a);
	assert_false(is_there(f, &g, INVITATION_OFFER) || is_there(f, &g, INVITATION_REQUEST));
	assert_int_equal(invite_end(a->sync), ERR_NOTFOUND);
}

/* The store is away when a person says no: nobody is let in by that code all the same, and what lies there goes. */
static void a_no_counts_without_the_store(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(guest_free) struct guest g = { .mine = NULL };
	struct invite_shown shown;
	struct invite_asked asked;
	ok(invite_begin(a->sync, &shown, NULL));
	by_code(f, shown.code, &g);
	ask(f, &g, "thief");
	ok(invite_look(a->sync, &asked));
	fault_offline(a->store, ERR_NET);
	ok(invite_end(a->sync));
	fault_offline(a->store, ERR_OK);
	assert_int_equal(invite_look(a->sync, &asked), ERR_NOTFOUND);
	assert_true(is_there(f, &g, INVITATION_OFFER));
	ship_step(a);
	assert_false(is_there(f, &g, INVITATION_OFFER));
}

static void it_is_over_after_a_day(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	cleanup(guest_free) struct guest g = { .mine = NULL };
	struct invite_shown shown, next;
	struct invite_asked asked;
	ok(invite_begin(a->sync, &shown, NULL));
	by_code(f, shown.code, &g);
	ask(f, &g, "phone");
	f->now += (INVITATION_DAY - 3600) * NS_PER_S;
	ok(invite_look(a->sync, &asked));
	f->now += 3600 * NS_PER_S;
	assert_int_equal(invite_look(a->sync, &asked), ERR_NOTFOUND);
	assert_int_equal(invite_admit(a->sync, g.hash, NULL), ERR_NOTFOUND);
	ship_step(a);
	assert_false(is_there(f, &g, INVITATION_OFFER) || is_there(f, &g, INVITATION_REQUEST));
	ok(invite_begin(a->sync, &next, NULL));
	assert_memory_not_equal(shown.code, next.code, sizeof(next.code));
}

static void a_restart_knows_it(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	struct invite_shown shown, again;
	ok(invite_begin(a->sync, &shown, NULL));
	ship_crash(f, a);
	ok(invite_begin(a->sync, &again, NULL));
	assert_true(again.again);
	assert_memory_equal(shown.code, again.code, sizeof(again.code));
	assert_int_equal(shown.until, again.until);
}

static void nothing_is_offered_where_another_vault_is(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0];
	struct fleet_vault other;
	struct invite_shown shown;
	struct why why = { 0 };
	fleet_vault_make(&other);
	put_header(f->shared, &other);
	assert_int_equal(invite_begin(a->sync, &shown, &why), ERR_NOSTORE);
	assert_true(strlen(why.text) > 20);
	vault_free(&other);
}

static void an_older_store_is_refused(void **state)
{
	struct fleet *f = *state;
	struct ship *a = &f->d[0], *b;
	cleanup(guest_free) struct guest g = { .mine = NULL };
	struct invite_shown shown;
	struct why why = { 0 };
	ok(invite_begin(a->sync, &shown, NULL));
	by_code(f, shown.code, &g);
	ask(f, &g, "phone");
	ok(invite_admit(a->sync, g.hash, NULL));
	ship_step(a);
	ok(read_reply(f, &g));
	g.reply.positions.v[0].n++; /* as if the store had lost the last one */
	assert_int_equal(enter(f, &g, &b, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, "less than the inviting device had"));
	ok(map_close(b->map));
	keyring_freep(&b->keyring);
	secret_free(b->mine);
	store_close(b->store);
	f->n--;
}

/* -- power cuts --------------------------------------------------------------------------------------------------- */

/* invite: all that the inviter does; ends where the power goes. */
static void invite(struct fleet *f, struct ship *a, struct guest *g, uint8_t code[INVITATION_CODE])
{
	struct invite_shown shown;
	if (invite_begin(a->sync, &shown, NULL))
		return;
	memcpy(code, shown.code, INVITATION_CODE);
	by_code(f, code, g);
	ask(f, g, "phone");
	if (!invite_admit(a->sync, g->hash, NULL))
		(void)!sync_step(a->sync);
}

/* resumed: behind the power cut: either that code admits nobody any more and nothing lies there, or the device joins.
 */
static bool resumed(struct fleet *f, struct ship *a, struct guest *g)
{
	struct invite_asked asked;
	struct ship *b;
	struct why why = { 0 };
	ship_step(a);
	if (!g->mine)
		return false;
	if (!invite_look(a->sync, &asked))
		ok(invite_admit(a->sync, asked.request, NULL));
	ship_step(a);
	if (!is_there(f, g, INVITATION_REPLY))
		return false;
	ok(read_reply(f, g));
	if (enter(f, g, &b, &why))
		fail_msg("%s", why.text);
	file_write(f, b, "from the phone", 100, 'p');
	ship_step(b);
	ship_step(a);
	ships_same(a, b);
	assert_true(counts(a, b->id));
	return true;
}

static void a_power_cut_anywhere_leaves_nothing_half(void **state)
{
	unsigned joined = 0;
	(void)state;
	for (unsigned after = 1; after <= 12; after++) {
		struct fleet f;
		uint8_t code[INVITATION_CODE] = { 0 };
		cleanup(guest_free) struct guest g = { .mine = NULL };
		fleet_new(&f, &vault);
		put_header(f.shared, &vault);
		ship_step(&f.d[0]);
		ship_cut_after(&f.d[0], after);
		invite(&f, &f.d[0], &g, code);
		ship_crash(&f, &f.d[0]);
		joined += resumed(&f, &f.d[0], &g);
		if (!f.d[1].map)
			assert_false(g.mine && is_there(&f, &g, INVITATION_REPLY));
		fleet_free(&f);
	}
	assert_in_range(joined, 1, 12);
}

/* -- what is kept ------------------------------------------------------------------------------------------------- */

static void a_record_comes_back_whole_or_not_at_all(void **state)
{
	struct invite_record r = { .step = INVITE_ADMITTED, .until = 7, .join = BUF_INIT };
	cleanup(buf_free) struct buf b = BUF_INIT, again = BUF_INIT;
	cleanup(invite_record_free) struct invite_record back = { .join = BUF_INIT };
	(void)state;
	buf_put(&r.join, "said", 4);
	invite_record_encode(&r, &b);
	ok(invite_record_decode(buf_span(&b), &back));
	invite_record_encode(&back, &again);
	assert_int_equal(span_cmp(buf_span(&b), buf_span(&again)), 0);
	for (size_t n = 0; n < b.len; n++) {
		struct invite_record none = { .join = BUF_INIT };
		assert_int_equal(invite_record_decode(SPAN(b.p, n), &none), ERR_DAMAGED);
	}
	b.p[1] = 9;
	assert_int_equal(invite_record_decode(buf_span(&b), &back), ERR_DAMAGED);
	b.p[0] = 2;
	assert_int_equal(invite_record_decode(buf_span(&b), &back), ERR_VERSION);
	invite_record_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_admitted_joins_and_what_lay_there_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_code_admits_one_device, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_no_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_no_counts_without_the_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_over_after_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_restart_knows_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_offered_where_another_vault_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_older_store_is_refused, set_up, tear_down),
		cmocka_unit_test(a_power_cut_anywhere_leaves_nothing_half),
		cmocka_unit_test(a_record_comes_back_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, vault_begin, vault_end);
}
