/* SPDX-License-Identifier: MIT */
#include "vault/changeset/state.h"

#include "vault/changeset/said.h"

#define VERSION 1

void changeset_state_encode(const struct changeset_state *s, struct buf *out)
{
	buf_u8(out, VERSION);
	buf_u8(out, s->open);
	buf_u64(out, s->n);
	buf_u64(out, s->lamport);
}

err_t changeset_state_decode(struct span value, struct changeset_state *ret)
{
	struct rd r = RD(value);
	uint8_t version = rd_u8(&r);
	struct changeset_state s = { .open = rd_u8(&r) };
	s.n = rd_u64(&r);
	s.lamport = rd_u64(&r);
	if (version > VERSION)
		return ERR_VERSION;
	if (!rd_end(&r) || version != VERSION || (s.open != SAID_A && s.open != SAID_B) || s.n == 0)
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}
