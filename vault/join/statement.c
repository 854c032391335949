/* SPDX-License-Identifier: MIT */
#include "vault/join/statement.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/epoch.h"

#define DEVICE_LABEL "cloudseal device"
#define END_LEN (8 + 8 + HASH_LEN)

void statement_free(struct statement *s)
{
	free(s->ends.v);
	*s = (struct statement){ 0 };
}

/* -- what encoder and decoder want ------------------------------------------------------------------------------- */

static bool end_ok(const struct stream_end *e)
{
	return e->stream && (e->n == 0) == hash_is_zero(e->hash);
}

static bool ends_ok(const struct stream_ends *l, size_t most, bool each_has_some)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!end_ok(&l->v[i]) || (each_has_some && !l->v[i].n))
			return false;
		if (i && l->v[i - 1].stream >= l->v[i].stream)
			return false;
	}
	return l->n <= most;
}

static bool pin_ok(const struct statement_pin *p)
{
	return (p->number == 0) == hash_is_zero(p->hash);
}

static int epoch_cmp(const struct root_box *a, const struct root_box *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	return hash_cmp(a->epoch_id, b->epoch_id);
}

static bool boxes_ok(const struct root_boxes *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct root_box *b = &l->v[i];
		if (!b->epoch || !epoch_box_ok(b->box, b->epoch == 1 ? EPOCH_ROOT : EPOCH_ROOT_AND_PROOF))
			return false;
		if (i && epoch_cmp(&l->v[i - 1], b) >= 0)
			return false;
	}
	return l->n <= STATEMENT_BOXES_MAX;
}

/* slot_ok: what replaces none has no pin, and a passphrase's slot replaces none. */
static bool slot_ok(const struct statement *s)
{
	if (id_is_zero(s->id) ? s->pin.number != 0 : s->who.kind != SIGNER_RECOVERY)
		return false;
	return pin_ok(&s->pin) && boxes_ok(&s->boxes);
}

static bool body_ok(const struct statement *s)
{
	switch (s->kind) {
	case SIGNER_INCARNATION:
		return ends_ok(&s->ends, STATEMENT_INCARNATION_MAX, false);
	case SIGNER_REVOKE:
		return pin_ok(&s->pin) && ends_ok(&s->ends, STATEMENT_REVOKE_MAX, true);
	case SIGNER_CLOSE:
		return end_ok(&s->end);
	case SIGNER_SLOT:
		return slot_ok(s);
	default:
		return true;
	}
}

/* -- to bytes ---------------------------------------------------------------------------------------------------- */

static void put_end(struct buf *out, const struct stream_end *e)
{
	buf_u64(out, e->stream);
	buf_u64(out, e->n);
	buf_hash(out, e->hash);
}

static void put_ends(struct buf *out, const struct stream_ends *l)
{
	buf_u16(out, (uint16_t)l->n);
	for (size_t i = 0; i < l->n; i++)
		put_end(out, &l->v[i]);
}

static void put_pin(struct buf *out, const struct statement_pin *p)
{
	buf_u64(out, p->number);
	buf_hash(out, p->hash);
}

static err_t put_slot(struct buf *out, const struct statement *s)
{
	err_t e = signer_put_new(out, s->kind, &s->who);
	if (e)
		return e;
	buf_id(out, s->id);
	put_pin(out, &s->pin);
	buf_u16(out, (uint16_t)s->boxes.n);
	for (size_t i = 0; i < s->boxes.n; i++) {
		buf_u32(out, s->boxes.v[i].epoch);
		buf_hash(out, s->boxes.v[i].epoch_id);
		buf_blob16(out, s->boxes.v[i].box);
	}
	return buf_ok(out);
}

static err_t put_join(struct buf *out, const struct statement *s)
{
	err_t e = signer_put_new(out, s->kind, &s->who);
	if (e)
		return e;
	buf_put(out, s->proof, SIGNER_SIG);
	return buf_ok(out);
}

err_t statement_put_body(struct buf *out, const struct statement *s)
{
	if (!body_ok(s))
		return ERR_INVAL;
	switch (s->kind) {
	case SIGNER_JOIN:
		return put_join(out, s);
	case SIGNER_INCARNATION:
		buf_id(out, s->id);
		put_ends(out, &s->ends);
		break;
	case SIGNER_REVOKE:
		buf_id(out, s->id);
		put_pin(out, &s->pin);
		put_ends(out, &s->ends);
		break;
	case SIGNER_CLOSE:
		put_end(out, &s->end);
		break;
	case SIGNER_SLOT:
		return put_slot(out, s);
	case SIGNER_CONFIRM:
		buf_hash(out, s->confirmed);
		break;
	case SIGNER_RULES:
		buf_u32(out, s->rules);
		break;
	default:
		return ERR_INVAL;
	}
	return buf_ok(out);
}

/* -- from bytes -------------------------------------------------------------------------------------------------- */

static struct stream_end get_end(struct rd *r)
{
	struct stream_end e = { .stream = rd_u64(r) };
	e.n = rd_u64(r);
	e.hash = rd_hash(r);
	return e;
}

static err_t get_ends(struct rd *r, struct stream_ends *l)
{
	uint16_t n = rd_u16(r);
	if (r->bad || n > r->left / END_LEN)
		return ERR_DAMAGED;
	if (!vec_room(l->v, l->n, (size_t)n + 1, &l->cap))
		return ERR_NOMEM;
	while (l->n < n)
		l->v[l->n++] = get_end(r);
	return ERR_OK;
}

static void get_pin(struct rd *r, struct statement_pin *p)
{
	p->number = rd_u64(r);
	p->hash = rd_hash(r);
}

static void get_boxes(struct rd *r, struct root_boxes *l)
{
	uint16_t n = rd_u16(r);
	if (n > STATEMENT_BOXES_MAX)
		r->bad = true;
	while (l->n < n && !r->bad) {
		struct root_box *b = &l->v[l->n++];
		b->epoch = rd_u32(r);
		b->epoch_id = rd_hash(r);
		b->box = rd_blob16(r);
	}
}

static void get_slot(struct rd *r, struct statement *s)
{
	signer_get_new(r, s->kind, &s->who);
	s->id = rd_id(r);
	get_pin(r, &s->pin);
	get_boxes(r, &s->boxes);
}

static err_t get_body(struct rd *r, struct statement *s)
{
	switch (s->kind) {
	case SIGNER_JOIN:
		signer_get_new(r, s->kind, &s->who);
		s->proof = rd_bytes(r, SIGNER_SIG);
		return ERR_OK;
	case SIGNER_INCARNATION:
		s->id = rd_id(r);
		return get_ends(r, &s->ends);
	case SIGNER_REVOKE:
		s->id = rd_id(r);
		get_pin(r, &s->pin);
		return get_ends(r, &s->ends);
	case SIGNER_CLOSE:
		s->end = get_end(r);
		return ERR_OK;
	case SIGNER_SLOT:
		get_slot(r, s);
		return ERR_OK;
	case SIGNER_CONFIRM:
		s->confirmed = rd_hash(r);
		return ERR_OK;
	case SIGNER_RULES:
		s->rules = rd_u32(r);
		return ERR_OK;
	default:
		return ERR_NOTFOUND;
	}
}

err_t statement_get_body(const struct signer_said *said, struct statement *ret)
{
	cleanup(statement_free) struct statement s = { .kind = said->kind };
	struct rd r = RD(said->body);
	err_t e = get_body(&r, &s);
	if (!e && (!rd_end(&r) || !body_ok(&s)))
		e = ERR_DAMAGED;
	if (e)
		return e;
	*ret = s;
	s = (struct statement){ 0 };
	return ERR_OK;
}

err_t statement_proof_message(struct id vault, struct hash genesis, const struct signer_new *who, struct buf *out)
{
	buf_put(out, DEVICE_LABEL, sizeof(DEVICE_LABEL)); /* its NUL is part of it */
	buf_id(out, vault);
	buf_hash(out, genesis);
	buf_put(out, who->sign_key, SIGNER_KEY);
	buf_put(out, who->box_key.p, who->box_key.len);
	return buf_ok(out);
}
