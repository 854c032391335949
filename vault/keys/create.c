/* SPDX-License-Identifier: MIT */
#include "vault/keys/create.h"

#include "crypto/crypto.h"
#include "util/cleanup.h"
#include "vault/join/group_encode.h"
#include "vault/join/vault_key.h"
#include "vault/keys/record_map.h"
#include "vault/keys/recovery_slot.h"
#include "vault/members/root_box.h"

void create_free(struct create *c)
{
	secret_free(c->device);
	secret_free(c->recovery);
	secret_free(c->passphrase);
	secret_free(c->recovery_key);
	keyring_freep(&c->keyring);
	for (size_t i = 0; i < GENESIS_SLOTS_MAX; i++)
		buf_free(&c->wraps[i]);
	buf_free(&c->genesis);
	*c = (struct create){ 0 };
}

static struct id vault_of(const struct create *c)
{
	return c->device->vault;
}

static size_t slots_of(const struct create *c)
{
	return c->passphrase ? 2 : 1;
}

static const struct signer_mine *slot_of(const struct create *c, size_t i)
{
	return i ? c->passphrase : c->recovery;
}

/* -- drawing ------------------------------------------------------------------------------------------------------ */

static err_t draw_signers(const struct create_wish *w, struct create *c)
{
	struct id vault;
	err_t e = crypto_random_id(&vault);
	if (!e)
		e = signer_mine_draw(vault, SIGNER_DEVICE, &c->device);
	if (!e)
		e = signer_mine_draw(vault, SIGNER_RECOVERY, &c->recovery);
	if (!e && w->portable)
		e = signer_mine_draw(vault, SIGNER_PASSPHRASE, &c->passphrase);
	return e;
}

/* -- genesis ------------------------------------------------------------------------------------------------------ */

static err_t say_slot(const struct create *c, size_t i, const struct root_box_at *at, const struct key *root,
                      struct buf *box, struct genesis_slot *ret)
{
	const struct signer_mine *m = slot_of(c, i);
	ret->who = signer_mine_new_of(m, 0);
	err_t e = crypto_sha256(buf_span(&c->wraps[i]), &ret->who.wrap);
	if (!e)
		e = root_box_seal(at, root, m->id, &(struct box_to){ ret->who.box_key, &m->mix }, box);
	ret->box = buf_span(box);
	return e;
}

static void two_free(struct buf (*two)[GENESIS_SLOTS_MAX])
{
	for (size_t i = 0; i < GENESIS_SLOTS_MAX; i++)
		buf_free(&(*two)[i]);
}

static err_t sign(struct create *c, struct span genesis)
{
	const struct signer_mine *by[GENESIS_SIGNERS_MAX];
	size_t n = slots_of(c);
	for (size_t i = 0; i < n; i++)
		by[i] = slot_of(c, i);
	by[n] = c->device;
	err_t e = genesis_hash(genesis, &c->genesis_hash);
	return e ? e : genesis_sign(genesis, by, n + 1, &c->genesis);
}

static err_t say_genesis(const struct create_wish *w, const struct key *root, struct create *c)
{
	cleanup(two_free) struct buf boxes[GENESIS_SLOTS_MAX] = { 0 };
	cleanup(buf_free) struct buf genesis = BUF_INIT;
	struct genesis g = { .vault = vault_of(c), .cipher = w->cipher, .time = w->now };
	struct root_box_at at = { .vault = g.vault, .cipher = w->cipher, .number = 1 };
	g.device = signer_mine_new_of(c->device, 0);
	err_t e = root_box_commits(&at, root, &g.commitment);
	while (!e && g.slot_n < slots_of(c)) {
		e = say_slot(c, g.slot_n, &at, root, &boxes[g.slot_n], &g.slot[g.slot_n]);
		g.slot_n++;
	}
	if (!e)
		e = genesis_encode(&g, &genesis);
	return e ? e : sign(c, buf_span(&genesis));
}

static err_t draw_root(const struct create_wish *w, struct create *c)
{
	cleanup(key_wipe) struct key root = { 0 };
	err_t e = crypto_random(root.b, sizeof(root.b));
	if (!e)
		e = say_genesis(w, &root, c);
	if (e)
		return e;
	c->keyring = keyring_new(w->cipher, vault_of(c), c->genesis_hash);
	return c->keyring ? keyring_add(c->keyring, 1, c->genesis_hash, &root) : ERR_NOMEM;
}

err_t create_draw(const struct create_wish *w, struct create *ret)
{
	cleanup(create_free) struct create c = { 0 };
	err_t e = draw_signers(w, &c);
	if (!e)
		e = recovery_slot_wrap(w->cipher, c.recovery, HASH_ZERO, &c.recovery_key, &c.wraps[0]);
	if (!e && c.passphrase)
		e = wrap_seal(w->cipher, c.passphrase, w->portable, HASH_ZERO, &c.wraps[1]);
	if (!e)
		e = draw_root(w, &c);
	if (e)
		return e;
	*ret = c;
	c = (struct create){ 0 };
	return ERR_OK;
}

/* -- records ------------------------------------------------------------------------------------------------------ */

struct putting {
	create_put put;
	void *ctx;
	struct stamp at;
};

static err_t put_record(const struct putting *p, const struct vault_name *n, const struct record *r)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct vault_key key = vault_key_of(n);
	err_t e = record_encode(r, &value);
	return e ? e : p->put(p->ctx, vault_key_span(&key), buf_span(&value));
}

static void add_days(struct record *r, uint16_t number, struct stamp at, uint32_t days)
{
	uint8_t b[4] = { (uint8_t)days, (uint8_t)(days >> 8), (uint8_t)(days >> 16), (uint8_t)(days >> 24) };
	group_value(r, number, at, SPAN(b, sizeof(b)));
}

static err_t put_super(const struct putting *p)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	add_days(&r, 2, p->at, CREATE_RETENTION);
	add_days(&r, 3, p->at, CREATE_GRACE);
	return put_record(p, &(struct vault_name){ .kind = SHARED_SUPER }, &r);
}

static err_t put_genesis(const struct putting *p, const struct create *c)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	record_map_add(&r, 1, buf_span(&c->genesis));
	return put_record(p, &(struct vault_name){ .kind = SHARED_GENESIS }, &r);
}

static err_t put_slot(const struct putting *p, const struct create *c, size_t i)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct signer_mine *m = slot_of(c, i);
	record_map_add(&r, 1, SPAN(m->mix.b, sizeof(m->mix.b)));
	record_map_add(&r, 2, buf_span(&c->wraps[i]));
	return put_record(p, &(struct vault_name){ .kind = SHARED_SLOT, .id = m->id }, &r);
}

/* put_slots: ascending. */
static err_t put_slots(const struct putting *p, const struct create *c)
{
	bool turned = c->passphrase && id_cmp(c->passphrase->id, c->recovery->id) < 0;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < slots_of(c); i++)
		e = put_slot(p, c, turned ? 1 - i : i);
	return e;
}

static err_t put_device(const struct putting *p, const struct create *c, struct span name)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	record_map_add(&r, 1, SPAN(c->device->mix.b, sizeof(c->device->mix.b)));
	group_value(&r, 2, p->at, name);
	return put_record(p, &(struct vault_name){ .kind = SHARED_DEVICE, .id = c->device->id }, &r);
}

static err_t put_epoch(const struct putting *p, const struct create *c)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(key_wipe) struct key root = { 0 };
	err_t e = keyring_epoch_root(c->keyring, 1, &root);
	if (e)
		return e;
	record_map_add(&r, 2, SPAN(root.b, sizeof(root.b)));
	return put_record(p, &(struct vault_name){ .kind = SHARED_EPOCH, .hash = c->genesis_hash, .number = 1 }, &r);
}

err_t create_records(const struct create *c, struct span name, struct stamp at, create_put put, void *ctx)
{
	struct putting p = { put, ctx, at };
	err_t e = signer_name_ok(name) ? put_super(&p) : ERR_INVAL;
	if (!e)
		e = put_genesis(&p, c);
	if (!e)
		e = put_slots(&p, c);
	if (!e)
		e = put_device(&p, c, name);
	return e ? e : put_epoch(&p, c);
}

/* -- header ------------------------------------------------------------------------------------------------------- */

err_t create_header(const struct create *c, struct header *ret)
{
	cleanup(header_free) struct header h = { 0 };
	err_t e = header_set_genesis(&h, buf_span(&c->genesis));
	for (size_t i = 0; !e && i < slots_of(c); i++) {
		cleanup(header_item_free) struct header_item item = { 0 };
		e = header_item_of(HEADER_WRAP, vault_of(c), buf_span(&c->wraps[i]), &item);
		if (!e)
			e = header_insert(&h, HEADER_WRAP, &item);
	}
	if (e)
		return e;
	*ret = h;
	h = (struct header){ 0 };
	return ERR_OK;
}
