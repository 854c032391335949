/* SPDX-License-Identifier: MIT
 * The header's bytes. Frame of every version: magic(16) version(2) ... SHA-256 of all before(32), so that plain damage
 * is told from a newer format. The order of lists is canonical and enforced.
 */
#include "vault/keys/header.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC "cloudseal-vault\n" /* without its NUL */
#define MAGIC_LEN 16
#define FRAME_LEN (MAGIC_LEN + 2 + HASH_LEN)

struct header *header_new(void)
{
	return calloc(1, sizeof(struct header));
}

void header_freep(struct header **h)
{
	if (!*h)
		return;
	for (size_t i = 0; i < (*h)->nstatements; i++)
		buf_free(&(*h)->statements[i].bytes);
	buf_free(&(*h)->genesis_bytes);
	buf_free(&(*h)->hints);
	free(steal_ptr(*h));
}

static void put_wraps(const struct header *h, struct buf *out)
{
	buf_u16(out, (uint16_t)h->nwraps);
	for (size_t i = 0; i < h->nwraps; i++) {
		const struct wrap *w = &h->wraps[i];
		buf_id(out, w->id);
		buf_u8(out, w->kind);
		buf_u32(out, w->kdf.memory_kib);
		buf_u32(out, w->kdf.passes);
		buf_u32(out, w->kdf.lanes);
		buf_put(out, w->salt, sizeof(w->salt));
		buf_put(out, w->wrapped, sizeof(w->wrapped));
	}
}

static void put_roots(const struct header *h, struct buf *out)
{
	buf_u16(out, (uint16_t)h->nepoch_roots);
	for (size_t i = 0; i < h->nepoch_roots; i++) {
		const struct sealed_epoch_root *r = &h->epoch_roots[i];
		buf_u32(out, r->epoch);
		buf_hash(out, r->id);
		buf_id(out, r->slot);
		buf_put(out, r->sealed, sizeof(r->sealed));
	}
}

err_t header_encode(const struct header *h, struct buf *out)
{
	size_t before = out->len;
	buf_put(out, MAGIC, MAGIC_LEN);
	buf_u16(out, HEADER_VERSION);
	buf_u32(out, HEADER_INCOMPATIBLE);
	buf_u32(out, h->compatible);
	buf_blob16(out, buf_span(&h->genesis_bytes));
	buf_put(out, h->genesis_sig, sizeof(h->genesis_sig));
	buf_u16(out, (uint16_t)h->nstatements);
	for (size_t i = 0; i < h->nstatements; i++)
		buf_blob16(out, buf_span(&h->statements[i].bytes));
	put_wraps(h, out);
	put_roots(h, out);
	buf_blob16(out, buf_span(&h->hints));
	struct hash sum;
	err_t e = buf_ok(out);
	if (!e)
		e = crypto_sha256(SPAN(out->p + before, out->len - before), &sum);
	buf_put(out, sum.b, e ? 0 : sizeof(sum));
	if (!e)
		e = buf_ok(out);
	if (!e && out->len - before > HEADER_MAX)
		e = ERR_LIMIT;
	if (e)
		out->len = before;
	return e;
}

err_t header_version_check(unsigned version, struct why *why)
{
	if (version == 0)
		return why_set(why, ERR_DAMAGED, HEADER_TAMPERED " (it has no version)");
	if (version > HEADER_VERSION)
		return why_set(why, ERR_VERSION,
		               "the vault has format %u, this cloudseal reads up to %u: a newer version is needed",
		               version, HEADER_VERSION);
	if (version < HEADER_VERSION)
		return why_set(why, ERR_VERSION,
		               "the vault was made by a development version; copy your files out with it");
	return ERR_OK;
}

/* check_frame: magic, checksum, version, features; leaves `r` at genesis. */
static err_t check_frame(struct span bytes, struct rd *r, struct header *h, struct why *why)
{
	struct hash sum;
	if (bytes.len < FRAME_LEN || memcmp(bytes.p, MAGIC, MAGIC_LEN))
		return why_set(
		        why, ERR_DAMAGED,
		        "this is not the header of a cloudseal vault, or it is cut short: is it the right folder?");
	if (bytes.len > HEADER_MAX)
		return why_set(why, ERR_DAMAGED,
		               "the vault's header is larger than any valid one: is it the right folder?");
	size_t n = bytes.len - HASH_LEN;
	err_t e = crypto_sha256(SPAN(bytes.p, n), &sum);
	if (e)
		return e;
	if (!hash_eq(sum, hash_from((const uint8_t *)bytes.p + n)))
		return why_set(
		        why, ERR_DAMAGED,
		        "the vault's header is damaged (its checksum does not match): put a good copy of it back");
	*r = RD(SPAN((const uint8_t *)bytes.p + MAGIC_LEN, n - MAGIC_LEN));
	unsigned version = rd_u16(r);
	e = header_version_check(version, why);
	if (e)
		return e;
	uint32_t unknown = rd_u32(r) & ~HEADER_INCOMPATIBLE;
	if (!r->bad && unknown)
		return why_set(why, ERR_VERSION,
		               "the vault uses a feature (%#x) that this cloudseal lacks: a newer version is needed",
		               unknown);
	h->compatible = rd_u32(r);
	return ERR_OK;
}

static err_t read_genesis(struct rd *r, struct header *h, struct why *why)
{
	struct span g = rd_blob16(r);
	rd_copy(r, h->genesis_sig, sizeof(h->genesis_sig));
	buf_put(&h->genesis_bytes, g.p, g.len);
	err_t e = buf_ok(&h->genesis_bytes);
	if (!e)
		e = genesis_decode(buf_span(&h->genesis_bytes), &h->genesis, why);
	if (!e)
		e = crypto_sha256(buf_span(&h->genesis_bytes), &h->genesis_hash);
	for (size_t i = 0; !e && i < 2; i++)
		e = crypto_verify(h->genesis.slot[i].keys.sign, buf_span(&h->genesis_bytes), h->genesis_sig[i]);
	return e == ERR_DAMAGED ? why_set(why, e, HEADER_TAMPERED " (its genesis is not signed)") : e;
}

static err_t read_statements(struct rd *r, struct header *h)
{
	struct stream_cut cuts[CUTS_MAX];
	size_t n = rd_u16(r);
	if (n > HEADER_STATEMENTS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; !r->bad && i < n; i++) {
		struct span s = rd_blob16(r);
		struct header_statement *st = &h->statements[h->nstatements++];
		buf_put(&st->bytes, s.p, s.len);
		err_t e = buf_ok(&st->bytes);
		if (!e)
			e = statement_hash(s, &st->hash);
		if (!e && roster_statement(h, st->hash) != (int)i)
			e = ERR_DAMAGED; /* listed twice */
		if (!e)
			e = statement_decode(s, &st->s, cuts);
		if (e)
			return e;
	}
	return ERR_OK;
}

static err_t read_wraps(struct rd *r, struct header *h)
{
	size_t n = rd_u16(r);
	if (n > SLOTS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; !r->bad && i < n; i++) {
		struct wrap *w = &h->wraps[h->nwraps++];
		w->id = rd_id(r);
		w->kind = rd_u8(r);
		w->kdf.memory_kib = rd_u32(r);
		w->kdf.passes = rd_u32(r);
		w->kdf.lanes = rd_u32(r);
		rd_copy(r, w->salt, sizeof(w->salt));
		rd_copy(r, w->wrapped, sizeof(w->wrapped));
		const struct slot_keys *s = roster_find(&h->live, w->id);
		bool plain = !w->kdf.memory_kib && !w->kdf.passes && !w->kdf.lanes;
		if (!s || s->kind != w->kind || (w->kind != SLOT_PASSPHRASE && !plain) ||
		    (i && id_cmp(w[-1].id, w->id) >= 0))
			return ERR_DAMAGED;
	}
	return ERR_OK;
}

static bool root_follows(const struct sealed_epoch_root *a, const struct sealed_epoch_root *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch;
	return id_cmp(a->slot, b->slot) < 0 && hash_eq(a->id, b->id);
}

static err_t read_roots(struct rd *r, struct header *h)
{
	size_t n = rd_u16(r);
	if (n > EPOCH_ROOTS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; !r->bad && i < n; i++) {
		struct sealed_epoch_root *s = &h->epoch_roots[h->nepoch_roots++];
		s->epoch = rd_u32(r);
		s->id = rd_hash(r);
		s->slot = rd_id(r);
		rd_copy(r, s->sealed, sizeof(s->sealed));
		if (s->epoch < 1 || !roster_find(&h->live, s->slot) || (i && !root_follows(s - 1, s)) ||
		    (s->epoch == 1 && !hash_eq(s->id, h->genesis_hash)))
			return ERR_DAMAGED;
	}
	return ERR_OK;
}

static err_t read_lists(struct rd *r, struct header *h, struct why *why)
{
	err_t e = read_statements(r, h);
	if (!e && !r->bad)
		e = roster_prove(h, why);
	if (!e)
		e = read_wraps(r, h);
	if (!e)
		e = read_roots(r, h);
	struct span hints = rd_blob16(r);
	buf_put(&h->hints, hints.p, hints.len);
	if (!e)
		e = buf_ok(&h->hints);
	if (!e && (!rd_end(r) || hints.len < 8))
		e = ERR_DAMAGED;
	if (e == ERR_VERSION)
		return why_set(why, e, "the vault has statements of a newer format: a newer cloudseal is needed");
	if (e == ERR_LIMIT)
		e = ERR_DAMAGED; /* no valid header is over a limit */
	return e == ERR_DAMAGED ? why_set(why, e, HEADER_TAMPERED " (its lists do not decode)") : e;
}

err_t header_decode(struct span bytes, struct header **ret, struct why *why)
{
	cleanup(header_freep) struct header *h = header_new();
	struct rd r = { 0 };
	if (!h)
		return ERR_NOMEM;
	err_t e = check_frame(bytes, &r, h, why);
	if (!e)
		e = read_genesis(&r, h, why);
	if (!e)
		e = read_lists(&r, h, why);
	if (!e)
		*ret = steal_ptr(h);
	return e;
}

struct id header_vault(const struct header *h)
{
	return h->genesis.vault;
}

struct hash header_genesis(const struct header *h)
{
	return h->genesis_hash;
}

struct id header_first_stream(const struct header *h)
{
	return h->genesis.stream;
}

struct id header_first_device(const struct header *h)
{
	return h->genesis.device;
}

const uint8_t *header_first_device_key(const struct header *h)
{
	return h->genesis.device_key;
}

uint64_t header_joins(const struct header *h)
{
	struct rd r = RD(buf_span(&h->hints));
	return rd_u64(&r);
}

void header_set_joins(struct header *h, uint64_t joins)
{
	for (size_t i = 0; i < 8; i++)
		h->hints.p[i] = (uint8_t)(joins >> (8 * i));
}

err_t header_slot_key(const struct header *h, struct id slot, uint8_t sign_key[32])
{
	const struct slot_keys *s = roster_find(&h->proven, slot);
	if (!s || !slot_kind_human(s->kind))
		return ERR_NOTFOUND;
	memcpy(sign_key, s->keys.sign, sizeof(s->keys.sign));
	return ERR_OK;
}
