/* SPDX-License-Identifier: MIT
 * The header on the store: each device that has the vault open looks at it at its start and then as often as at heads,
 * and puts it right (docs/format.md, "Header"). Who opens the vault from the store has nothing else.
 *
 * Repairing only adds: what is found there stays, as far as it may be right (vault/keys/header_make.h), and the last
 * recovery key that opens it in any case. So two devices that write at once lose nothing: whoever looks next puts both
 * together. Another vault's is written over only when
 * asked for (header_other.h), and kept under a name of its own.
 */
#pragma once

#include "remote/store.h"
#include "vault/keys/header_make.h"

enum header_seen {
	HEADER_WHOLE,   /* it has all */
	HEADER_LACKED,  /* something was missing, or a removed slot was in it */
	HEADER_GONE,    /* there was none */
	HEADER_DAMAGED, /* it did not decode */
	HEADER_OTHER    /* it was of another genesis */
};
enum header_put {
	HEADER_READ,  /* nothing is written */
	HEADER_ADD,   /* to one that lacks something */
	HEADER_AGAIN, /* also where there is none, or a damaged one: who knows that the place is this vault's */
	HEADER_OVER   /* also where another vault's is, which is first PUT under header_aside of its genesis */
};
struct header_found {
	enum header_seen seen;
	struct hash genesis; /* HEADER_OTHER: whose */
};
/* header_look: one GET, and the PUT that `may` allows; *ret: how it was found. ERR_VERSION: a newer one is there, which
 * is left as it is; errors of header_make, and what the store fails with. */
MUST_CHECK err_t header_look(struct store *store, const struct header_basis *b, enum header_put may,
                             struct header_found *ret);
/* header_aside: under which name another vault's is kept. */
void header_aside(struct hash genesis, char ret[ID_TEXT]);
