/* SPDX-License-Identifier: MIT */
#include "sync/members/letter.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/members/statement_record.h"
#include "sync/members/statements.h"
#include "vault/join/vault_key.h"
#include "vault/objects/mailbox.h"

#define PLACES_MAX 1024            /* tried in one go */
#define LETTER_MAX (256u * 1024)   /* bytes of an object; what is larger proves nothing */
#define LETTER_MENDED (64u * 1024) /* bytes of statements of others in one letter */

/* -- one place --------------------------------------------------------------------------------------------------- */

/* get: what is there; ERR_DAMAGED: it proves nothing. */
static err_t get(struct sync *s, const struct letter_place *at, struct buf *contents)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, at->epoch, &epoch);
	if (!e)
		e = name_join(&epoch.names, at->place, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, LETTER_MAX, &body);
	struct object_place in = epoch_place(&epoch, OBJECT_JOIN, name);
	return e ? e : opened_get(&s->opened, &in, buf_span(&body), contents, &hash, sig);
}

static err_t put(struct sync *s, const struct letter_place *at, struct span contents)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, at->epoch, &epoch);
	if (!e)
		e = name_join(&epoch.names, at->place, name);
	struct object_place in = epoch_place(&epoch, OBJECT_JOIN, name);
	if (!e)
		e = object_seal(&in, contents, NULL, &sealed, &hash);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&sealed));
}

/* -- reading ----------------------------------------------------------------------------------------------------- */

static err_t read_visit(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct sync *s = ctx;
	struct vault_name n;
	struct span bytes;
	if (vault_key_parse(key, &n) || n.kind != SHARED_STATEMENT)
		return ERR_OK;
	err_t e = statement_record_get(value, &r, &bytes);
	return e ? e : statements_keep(s, bytes);
}

err_t letter_read(struct sync *s, const struct letter_place *at)
{
	cleanup(buf_wipe_free) struct buf contents = BUF_INIT;
	err_t e = get(s, at, &contents);
	return e ? e : mailbox_read(buf_span(&contents), read_visit, s);
}

/* -- writing ----------------------------------------------------------------------------------------------------- */

static err_t has_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* has: whether `contents` has the statements of `letter`, of which there must be some. */
static err_t has(struct span contents, const struct records *letter, bool *ret)
{
	cleanup(records_free) struct records there = RECORDS_INIT;
	err_t e = mailbox_read(contents, has_visit, &there);
	size_t wanted = 0, found = 0;
	for (size_t i = 0; !e && i < letter->n; i++) {
		if (letter->v[i]->key[0] != SHARED_STATEMENT)
			continue;
		wanted++;
		found += records_find(&there, records_key(letter->v[i])) != NULL;
	}
	*ret = wanted && wanted == found;
	return e;
}

/* look: ERR_OK: the letter is there; ERR_NOTFOUND: free; ERR_EXISTS: another's; ERR_DAMAGED: proves nothing; ERR_BUSY:
 * the store does not say. */
static err_t look(struct sync *s, const struct letter_place *at, const struct records *letter)
{
	cleanup(buf_wipe_free) struct buf contents = BUF_INIT;
	bool is = false;
	err_t was = get(s, at, &contents), e = asked_one(s, was);
	if (e != was)
		return ERR_BUSY;
	if (!e)
		e = has(buf_span(&contents), letter, &is);
	if (sync_unproved(e))
		return ERR_DAMAGED;
	return e || is ? e : ERR_EXISTS;
}

/* put_there: ERR_EXISTS: another's PUT came later. */
static err_t put_there(struct sync *s, const struct letter_place *at, const struct records *letter,
                       struct span contents)
{
	err_t e = put(s, at, contents);
	if (!e)
		e = look(s, at, letter);
	bool unseen = e == ERR_DAMAGED || e == ERR_NOTFOUND || e == ERR_BUSY;
	return unseen ? ERR_OK : e; /* PUT, and not shown yet: looked at again later */
}

static err_t pack(const struct records *letter, struct buf *contents)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < letter->n; i++)
		e = pack_add(&p, records_key(letter->v[i]), buf_span(&letter->v[i]->value));
	return e ? e : mailbox_put(contents, &p);
}

err_t letter_put(struct sync *s, const struct records *letter, struct letter_place *at, bool fresh)
{
	cleanup(buf_wipe_free) struct buf contents = BUF_INIT;
	err_t e = pack(letter, &contents);
	for (unsigned i = 0; !e && i < PLACES_MAX; i++) {
		err_t is = look(s, at, letter);
		if (is == ERR_NOTFOUND || (is == ERR_DAMAGED && !fresh))
			is = put_there(s, at, letter, buf_span(&contents));
		if (is == ERR_BUSY && !fresh)
			return ERR_OK; /* where it was PUT: looked at again later */
		if (is != ERR_EXISTS && is != ERR_DAMAGED && is != ERR_BUSY)
			return is;
		at->place++;
	}
	return e ? e : ERR_LIMIT;
}

/* read_to: up to where the places of that epoch were read: behind the mark (mailbox.c) none was, before it all were. */
static uint64_t read_to(const struct sync *s, const struct letter_place *at)
{
	const struct keyring *k = s->c.keyring;
	if (keyring_number(k, at->epoch) < s->st.mailbox_epoch)
		return at->place;
	return at->epoch == keyring_from(k, s->st.mailbox_epoch + 1) - 1 ? s->st.mailbox : 0;
}

err_t letter_hole(struct sync *s, struct letter_place *at)
{
	struct letter_place p = { at->epoch, read_to(s, at) };
	err_t e = ERR_OK;
	for (; !e && p.place < at->place; p.place++) {
		cleanup(buf_wipe_free) struct buf contents = BUF_INIT;
		const err_t was = get(s, &p, &contents);
		if (was == ERR_NOTFOUND) {
			*at = p;
			break;
		}
		e = asked_one(s, was);
		if (e == ERR_NOTFOUND || sync_unproved(e))
			e = ERR_OK;
	}
	return e;
}

/* -- what the mailbox lost ---------------------------------------------------------------------------------------- */

struct mending {
	struct sync *s;
	struct records lost; /* STATEMENTs, by their keys */
	struct ops gone;     /* what need not be kept any more */
	struct buf all;      /* what is kept: blob32 each */
};

static void mending_free(struct mending *m)
{
	records_free(&m->lost);
	ops_free(&m->gone);
	buf_free(&m->all);
}

static int kept_visit(void *ctx, struct span key, struct span value)
{
	struct mending *m = ctx;
	(void)key;
	if (value.p)
		buf_blob32(&m->all, value);
	return (int)buf_ok(&m->all);
}

/* sort_one: a record has it, a place showed it, or it is lost. */
static err_t sort_one(struct mending *m, struct span bytes)
{
	cleanup(buf_free) struct buf kept = BUF_INIT;
	struct vault_name n = { .kind = SHARED_STATEMENT };
	err_t e = signer_statement_hash(bytes, &n.hash);
	struct vault_key key = vault_key_of(&n);
	if (!e)
		e = map_has(m->s->c.map, MAP_RECORDS, vault_key_span(&key));
	if (e == ERR_NOTFOUND)
		return hashes_has(&m->s->mailbox.shown, n.hash) ? ERR_OK
		                                                : statement_record_put(&m->lost, n.hash, bytes);
	buf_put(&kept, STATE_STATEMENT, strlen(STATE_STATEMENT));
	buf_hash(&kept, n.hash);
	if (!e)
		ops_del(&m->gone, MAP_STATE, buf_span(&kept));
	return e ? e : buf_ok(&kept);
}

static err_t sort(struct mending *m)
{
	err_t e = map_scan(m->s->c.map, MAP_STATE, span_str(STATE_STATEMENT), SPAN(NULL, 0), kept_visit, m);
	struct rd r = RD(buf_span(&m->all));
	while (!e && r.left && !r.bad)
		e = sort_one(m, rd_blob32(&r));
	return e || !m->gone.b.len ? e : ops_commit(&m->gone, m->s->c.map);
}

/* some: from `at` on what one letter takes. */
static err_t some(const struct records *all, size_t *at, struct records *letter)
{
	size_t bytes = 0;
	err_t e = ERR_OK;
	for (; !e && *at < all->n && (!letter->n || bytes < LETTER_MENDED); ++*at) {
		bytes += all->v[*at]->value.len;
		e = records_put(letter, records_key(all->v[*at]), buf_span(&all->v[*at]->value));
	}
	return e;
}

static err_t put_again(struct sync *s, const struct records *lost)
{
	struct letter_place at = { .epoch = keyring_epoch(s->c.keyring) };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < lost->n && !sync_stopping(s);) {
		cleanup(records_free) struct records letter = RECORDS_INIT;
		e = some(lost, &i, &letter);
		if (!e)
			e = letter_put(s, &letter, &at, true);
	}
	if (!e && lost->n)
		sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
		           "the cloud had lost the statement by which a device joined: stored again");
	return e;
}

err_t letter_mend(struct sync *s)
{
	cleanup(mending_free) struct mending m = { .s = s };
	err_t e = sort(&m);
	if (e)
		return e;
	e = put_again(s, &m.lost);
	if (!asked_untaken(e))
		return e;
	log_warn(AREA_SYNC, "a statement that the store lost could not be stored again (%s)", err_text(e));
	return ERR_OK;
}
