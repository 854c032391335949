/* SPDX-License-Identifier: MIT */
#include "vault/print/header.h"

#include "util/cleanup.h"
#include "vault/join/epoch.h"
#include "vault/keys/header.h"
#include "vault/keys/wrap.h"
#include "vault/print/statement.h"

static const char *slot_word(enum signer_kind kind)
{
	return kind == SIGNER_RECOVERY ? "recovery key" : "passphrase";
}

static err_t signer(const struct fields *f, const struct header *h, const struct signer_new *who)
{
	struct id id;
	err_t e = signer_id(h->g.vault, who, &id);
	if (e)
		return e;
	fields_open(f, NULL, FIELDS_OBJECT);
	fields_hex(f, "id", id.b, sizeof(id));
	fields_word(f, "is", who->kind == SIGNER_DEVICE ? "device" : slot_word(who->kind));
	fields_hex(f, "sign_key", who->sign_key, SIGNER_KEY);
	fields_close(f);
	return ERR_OK;
}

static err_t genesis(const struct fields *f, const struct header *h)
{
	fields_open(f, "genesis", FIELDS_OBJECT);
	fields_hex(f, "hash", h->genesis_hash.b, sizeof(h->genesis_hash));
	fields_hex(f, "vault", h->g.vault.b, sizeof(h->g.vault));
	fields_number(f, "cipher", h->g.cipher);
	fields_time(f, "time", h->g.time, 0);
	fields_open(f, "signers", FIELDS_LIST);
	err_t e = signer(f, h, &h->g.device);
	for (size_t i = 0; !e && i < h->g.slot_n; i++)
		e = signer(f, h, &h->g.slot[i].who);
	fields_close(f);
	fields_close(f);
	return e;
}

/* wrap: one that does not decode is shown by slot and hash alone. */
static void wrap(const struct fields *f, const struct header_item *i)
{
	struct wrap w;
	fields_open(f, NULL, FIELDS_OBJECT);
	fields_hex(f, "slot", i->slot.b, sizeof(i->slot));
	fields_hex(f, "hash", i->hash.b, sizeof(i->hash));
	if (!wrap_decode(buf_span(&i->bytes), &w)) {
		fields_word(f, "opened_by", slot_word(w.kind));
		if (w.kind == SIGNER_PASSPHRASE) {
			fields_number(f, "kdf_memory_kib", w.kdf.memory_kib);
			fields_number(f, "kdf_passes", w.kdf.passes);
			fields_number(f, "kdf_lanes", w.kdf.lanes);
		}
	}
	fields_secret(f, "seed");
	fields_close(f);
}

static err_t statement(const struct fields *f, const struct header_item *i)
{
	fields_open(f, NULL, FIELDS_OBJECT);
	fields_hex(f, "hash", i->hash.b, sizeof(i->hash));
	fields_hex(f, "slot", i->slot.b, sizeof(i->slot));
	err_t e = print_statement(f, buf_span(&i->bytes));
	fields_close(f);
	return e;
}

static err_t start(const struct fields *f, const struct header_item *i)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	err_t e = epoch_get_start(buf_span(&i->bytes), &s);
	if (e)
		return e;
	fields_open(f, NULL, FIELDS_OBJECT);
	fields_number(f, "number", i->number);
	fields_hex(f, "id", i->hash.b, sizeof(i->hash));
	fields_number(f, "causes", s.causes_n);
	fields_open(f, "slots", FIELDS_LIST);
	for (size_t k = 0; k < s.slots.n; k++)
		fields_hex(f, NULL, s.slots.v[k].to.b, sizeof(s.slots.v[k].to));
	fields_close(f);
	fields_secret(f, "root");
	fields_close(f);
	return ERR_OK;
}

static err_t list(const struct fields *f, const struct header *h, enum header_kind kind)
{
	static const char *const names[] = { "wraps", "statements", "epochs" };
	const struct header_list *l = &h->list[kind];
	err_t e = ERR_OK;
	fields_open(f, names[kind], FIELDS_LIST);
	for (size_t i = 0; !e && i < l->n; i++) {
		if (kind == HEADER_WRAP)
			wrap(f, &l->v[i]);
		else
			e = kind == HEADER_SLOT ? statement(f, &l->v[i]) : start(f, &l->v[i]);
	}
	fields_close(f);
	return e;
}

err_t print_header(const struct fields *f, const struct header *h)
{
	fields_number(f, "version", 2);
	fields_number(f, "compatible_features", h->compatible);
	err_t e = genesis(f, h);
	if (!e)
		e = list(f, h, HEADER_WRAP);
	if (!e)
		e = list(f, h, HEADER_SLOT);
	return e ? e : list(f, h, HEADER_START);
}
