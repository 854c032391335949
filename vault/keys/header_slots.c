/* SPDX-License-Identifier: MIT */
#include "vault/keys/header_slots.h"

#include "util/cleanup.h"
#include "vault/join/statement.h"

/* has_wrap: one with this hash, so that it can be opened. */
static bool has_wrap(const struct header *h, struct hash wrap)
{
	const struct header_list *l = &h->list[HEADER_WRAP];
	for (size_t i = 0; i < l->n; i++)
		if (hash_eq(l->v[i].hash, wrap))
			return true;
	return false;
}

static err_t of_genesis(const struct header *h, struct header_slots *l)
{
	for (size_t i = 0; i < h->g.slot_n; i++) {
		const struct signer_new *who = &h->g.slot[i].who;
		struct header_slot s = { .time = h->g.time };
		err_t e = signer_id(h->g.vault, who, &s.id);
		if (e)
			return e;
		if (who->kind == SIGNER_RECOVERY && has_wrap(h, who->wrap))
			l->v[l->n++] = s;
	}
	return ERR_OK;
}

static void of_statement(const struct header *h, const struct header_item *item, struct header_slots *l)
{
	cleanup(statement_free) struct statement s = { 0 };
	struct signer_said said;
	if (!signer_statement(buf_span(&item->bytes), &said) || statement_get_body(&said, &s))
		return;
	if (s.who.kind == SIGNER_RECOVERY && has_wrap(h, s.who.wrap) && l->n < HEADER_WRAPS_MAX)
		l->v[l->n++] = (struct header_slot){ item->slot, said.time, said.signer, s.id };
}

err_t header_recovery_slots(const struct header *h, struct header_slots *ret)
{
	const struct header_list *said = &h->list[HEADER_SLOT];
	ret->n = 0;
	err_t e = of_genesis(h, ret);
	for (size_t i = 0; !e && i < said->n; i++)
		of_statement(h, &said->v[i], ret);
	return e;
}

static bool is_replaced(const struct header_slots *l, struct id id)
{
	for (size_t i = 0; i < l->n; i++)
		if (id_eq(l->v[i].replaces, id))
			return true;
	return false;
}

const struct header_slot *header_recovery_last(const struct header_slots *l)
{
	for (size_t i = l->n; i-- > 0;)
		if (!is_replaced(l, l->v[i].id))
			return &l->v[i];
	return NULL;
}
