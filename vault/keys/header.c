/* SPDX-License-Identifier: MIT */
#include "vault/keys/header.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/epoch.h"
#include "vault/join/statement.h"

#include <string.h>

#define MAGIC "cloudseal-vault\n" /* without its NUL */
#define MAGIC_LEN 16
#define VERSION 2
#define INCOMPATIBLE 0u /* features that are known here */
#define FRAME_LEN (MAGIC_LEN + 2 + HASH_LEN)
#define KINDS 3

static const size_t most[KINDS] = { HEADER_WRAPS_MAX, HEADER_SLOTS_MAX, HEADER_STARTS_MAX };

void header_item_free(struct header_item *i)
{
	buf_free(&i->bytes);
}

void header_free(struct header *h)
{
	for (size_t k = 0; k < KINDS; k++) {
		for (size_t i = 0; i < h->list[k].n; i++)
			header_item_free(&h->list[k].v[i]);
		free(h->list[k].v);
	}
	buf_free(&h->genesis);
	*h = (struct header){ 0 };
}

/* -- what it is made of ------------------------------------------------------------------------------------------- */

err_t header_set_genesis(struct header *h, struct span with_signatures)
{
	cleanup(buf_free) struct buf kept = BUF_INIT;
	struct genesis g;
	struct span genesis;
	struct hash hash;
	buf_put(&kept, with_signatures.p, with_signatures.len);
	err_t e = buf_ok(&kept);
	if (!e)
		e = genesis_check(buf_span(&kept), &g, &genesis);
	if (!e)
		e = genesis_hash(genesis, &hash);
	if (e)
		return e;
	buf_move(&h->genesis, &kept);
	h->g = g;
	h->genesis_hash = hash;
	return ERR_OK;
}

static err_t read_wrap(struct span bytes, struct header_item *i)
{
	struct rd r = RD(bytes);
	i->slot = rd_id(&r);
	return signer_wrap_ok(bytes, i->slot) ? crypto_sha256(bytes, &i->hash) : ERR_DAMAGED;
}

static err_t read_slot(struct id vault, struct span bytes, struct header_item *i)
{
	cleanup(statement_free) struct statement body = { 0 };
	struct signer_said said;
	if (!signer_statement(bytes, &said) || said.kind != SIGNER_SLOT)
		return ERR_DAMAGED;
	err_t e = statement_get_body(&said, &body);
	if (!e)
		e = signer_id(vault, &body.who, &i->slot);
	return e ? e : signer_statement_hash(bytes, &i->hash);
}

static err_t read_start(struct span bytes, struct header_item *i)
{
	return epoch_start_ok(bytes, &i->number) ? epoch_id(bytes, &i->hash) : ERR_DAMAGED;
}

err_t header_item_of(enum header_kind kind, struct id vault, struct span bytes, struct header_item *ret)
{
	struct header_item i = { 0 };
	err_t e = ERR_DAMAGED;
	if (bytes.len > UINT16_MAX)
		return e;
	if (kind == HEADER_WRAP)
		e = read_wrap(bytes, &i);
	else if (kind == HEADER_SLOT)
		e = read_slot(vault, bytes, &i);
	else
		e = read_start(bytes, &i);
	if (e)
		return e;
	buf_put(&i.bytes, bytes.p, bytes.len);
	e = buf_ok(&i.bytes);
	if (e)
		header_item_free(&i);
	else
		*ret = i;
	return e;
}

int header_cmp(enum header_kind kind, const struct header_item *a, const struct header_item *b)
{
	if (kind == HEADER_WRAP)
		return id_cmp(a->slot, b->slot);
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return hash_cmp(a->hash, b->hash);
}

err_t header_insert(struct header *h, enum header_kind kind, struct header_item *item)
{
	struct header_list *l = &h->list[kind];
	size_t at = l->n;
	while (at && header_cmp(kind, &l->v[at - 1], item) > 0)
		at--;
	if (at && !header_cmp(kind, &l->v[at - 1], item))
		return ERR_EXISTS;
	if (l->n == most[kind])
		return ERR_LIMIT;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof(*l->v));
	l->v[at] = *item;
	l->n++;
	*item = (struct header_item){ 0 };
	return ERR_OK;
}

/* -- to bytes ----------------------------------------------------------------------------------------------------- */

size_t header_size(const struct header *h)
{
	size_t n = FRAME_LEN + 4 + 4 + h->genesis.len;
	for (size_t k = 0; k < KINDS; k++) {
		n += 2;
		for (size_t i = 0; i < h->list[k].n; i++)
			n += 2 + h->list[k].v[i].bytes.len;
	}
	return n;
}

static size_t padded(size_t n)
{
	size_t to = HEADER_LEAST;
	while (to < n)
		to *= 2;
	return to;
}

static void put_list(const struct header_list *l, struct buf *out)
{
	buf_u16(out, (uint16_t)l->n);
	for (size_t i = 0; i < l->n; i++)
		buf_blob16(out, buf_span(&l->v[i].bytes));
}

/* put_zeros: so that the checksum ends the whole. */
static void put_zeros(struct buf *out, size_t n)
{
	uint8_t *at = buf_extend(out, n);
	if (at)
		memset(at, 0, n);
}

static err_t put_sum(struct buf *out, size_t from)
{
	struct hash sum;
	err_t e = buf_ok(out);
	if (!e)
		e = crypto_sha256(SPAN(out->p + from, out->len - from), &sum);
	if (e)
		return e;
	buf_hash(out, sum);
	return buf_ok(out);
}

err_t header_encode(const struct header *h, struct buf *out)
{
	size_t before = out->len, size = header_size(h);
	if (size > HEADER_MAX)
		return ERR_LIMIT;
	buf_put(out, MAGIC, MAGIC_LEN);
	buf_u16(out, VERSION);
	buf_u32(out, INCOMPATIBLE);
	buf_u32(out, h->compatible);
	buf_put(out, h->genesis.p, h->genesis.len);
	for (size_t k = 0; k < KINDS; k++)
		put_list(&h->list[k], out);
	put_zeros(out, padded(size) - size);
	err_t e = put_sum(out, before);
	if (e)
		out->len = before;
	return e;
}

/* -- from bytes --------------------------------------------------------------------------------------------------- */

static bool power_of_two(size_t n)
{
	return !(n & (n - 1));
}

/* check_version: of a header whose checksum is right. */
static err_t check_version(unsigned version, size_t len, struct why *why)
{
	if (version == 0)
		return why_set(why, ERR_DAMAGED, HEADER_TAMPERED " (it has no version)");
	if (version > VERSION)
		return why_set(why, ERR_VERSION,
		               "the vault has format %u, this cloudseal reads up to %u: a newer version is needed",
		               version, VERSION);
	if (version < VERSION || !power_of_two(len) || len < HEADER_LEAST)
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
	e = check_version(rd_u16(r), bytes.len, why);
	if (e)
		return e;
	uint32_t unknown = rd_u32(r) & ~INCOMPATIBLE;
	h->compatible = rd_u32(r);
	if (unknown)
		return why_set(why, ERR_VERSION,
		               "the vault uses a feature (%#x) that this cloudseal lacks: a newer version is needed",
		               unknown);
	return ERR_OK;
}

static err_t read_genesis(struct rd *r, struct header *h, struct why *why)
{
	const uint8_t *start = r->p;
	(void)rd_blob16(r);
	(void)rd_bytes(r, (size_t)rd_u16(r) * SIGNER_SIG);
	err_t e = r->bad ? ERR_DAMAGED : header_set_genesis(h, SPAN(start, (size_t)(r->p - start)));
	if (e == ERR_VERSION)
		return why_set(why, e,
		               "the vault uses a cipher or suite that this cloudseal lacks: a newer version is needed");
	return e == ERR_DAMAGED ? why_set(why, e, HEADER_TAMPERED " (its genesis is not signed)") : e;
}

static err_t read_item(struct rd *r, struct header *h, enum header_kind kind)
{
	cleanup(header_item_free) struct header_item item = { 0 };
	const struct header_list *l = &h->list[kind];
	struct span bytes = rd_blob16(r);
	err_t e = r->bad ? ERR_DAMAGED : header_item_of(kind, h->g.vault, bytes, &item);
	if (!e && l->n && header_cmp(kind, &l->v[l->n - 1], &item) >= 0)
		e = ERR_DAMAGED;
	return e ? e : header_insert(h, kind, &item);
}

static err_t read_lists(struct rd *r, struct header *h)
{
	for (size_t k = 0; k < KINDS; k++) {
		size_t n = rd_u16(r);
		for (size_t i = 0; i < n; i++) {
			err_t e = read_item(r, h, (enum header_kind)k);
			if (e)
				return e == ERR_LIMIT ? ERR_DAMAGED : e; /* no writer goes over it */
		}
	}
	return r->bad ? ERR_DAMAGED : ERR_OK;
}

/* zeros: that what is left is padding, and no more than need be. */
static bool zeros(const struct rd *r, const struct header *h, size_t len)
{
	for (size_t i = 0; i < r->left; i++)
		if (r->p[i])
			return false;
	return len == padded(header_size(h));
}

err_t header_decode(struct span bytes, struct header *ret, struct why *why)
{
	cleanup(header_free) struct header h = { 0 };
	struct rd r = { 0 };
	err_t e = check_frame(bytes, &r, &h, why);
	if (!e)
		e = read_genesis(&r, &h, why);
	if (e)
		return e;
	e = read_lists(&r, &h);
	if (!e && !zeros(&r, &h, bytes.len))
		e = ERR_DAMAGED;
	if (e == ERR_DAMAGED)
		return why_set(why, e, HEADER_TAMPERED " (its lists do not decode)");
	if (e)
		return e;
	*ret = h; /* h.g points into memory that moves with it */
	h = (struct header){ 0 };
	return ERR_OK;
}
