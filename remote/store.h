/* SPDX-License-Identifier: MIT
 * One interface to every object store: put a name, get it (or a range), delete it, list (fsck only).
 * Assumed of a store: nothing but that; a GET may give an old, short or forged object, a PUT that failed may have
 * happened. Names: "cloudseal-vault" or 32 hex digits; a backend fans the latter out as "ab/abcd..." (at most 256
 * folders).
 *
 * Calls only submit; the answer comes once through `done`, on a thread of the store, holding no lock (it may submit
 * more). Layers (retry, throttle, fault) are stores around a store: each owns its inner one.
 */
#pragma once

#include "util/buf.h"

#include <stdbool.h>

#define STORE_HEADER "cloudseal-vault"
#define STORE_NAME_MAX 64
#define STORE_WHOSE_MAX 400

struct store;
enum store_urgency {
	STORE_READER_WAITS,
	STORE_SOON,
	STORE_BULK
}; /* order in the queue when all connections are busy */

/* body: of a GET, the bytes; the callee may take them (buf_move). NULL otherwise and on errors. */
typedef void (*store_done)(void *ctx, err_t e, struct buf *body);
/* What the backend can say about a request besides its error: a sentence, and how long the server asked us to wait.
 * alone: the store answered, and that may be of this object alone, as ERR_REFUSED always may. renewed: ERR_DENIED or
 * ERR_REFUSED, and other credentials were found since the request left: it is worth another try. */
struct store_answer {
	char text[256];
	unsigned retry_after_ms;
	bool alone;
	bool renewed;
};
struct store_request {
	const char *name; /* copied by the store */
	struct span body; /* PUT: must stay valid until done */
	uint64_t offset;  /* GET */
	uint64_t length;  /* GET: 0 = whole object; otherwise this range, and ERR_DAMAGED when the object is shorter */
	uint64_t limit;   /* GET: more bytes than this is ERR_LIMIT, cut off as soon as it is known; 0: 32 MiB */
	enum store_urgency urgency;
	store_done done;
	void *ctx;
	struct store_answer *answer; /* optional; filled before done of a failed request, must stay valid until then */
};
/* One listed object: name without the fan-out, size in bytes. STORE_LIST_STOP ends the list, which is then ERR_OK. */
enum store_list_next { STORE_LIST_NEXT, STORE_LIST_STOP };
typedef enum store_list_next (*store_list_fn)(void *ctx, const char *name, uint64_t size);

/* What lies at a vault's place before there is a vault. */
enum store_place_state {
	STORE_PLACE_ABSENT, /* the directory, collection or bucket is not there; `check` can make it */
	STORE_PLACE_EMPTY,
	STORE_PLACE_TAKEN,
	STORE_PLACE_UNKNOWN /* it is there, and these credentials may not list it */
};
#define STORE_FIRST_MAX 256
struct store_place {
	enum store_place_state state;
	bool objects;                /* TAKEN: `first` lies where objects of a vault would */
	char first[STORE_FIRST_MAX]; /* TAKEN: a name that is there, of any bytes, cut when it is longer */
};

struct store_ops {
	void (*put)(struct store *s, const struct store_request *r);
	void (*get)(struct store *s, const struct store_request *r); /* ERR_NOTFOUND: answered 404, nothing else */
	void (*del)(struct store *s, const struct store_request *r); /* an absent object is ERR_OK */
	/* list: blocking; every object of the vault's place. ERR_NET etc.: incomplete, never "empty". */
	err_t (*list)(struct store *s, store_list_fn fn, void *ctx);
	/* check: blocking; is the place there and do the credentials work; makes the directory / collection when
	 * `create`. ERR_NOSTORE, ERR_DENIED, ERR_REFUSED, ERR_TLS, ERR_CLOCK, ERR_NET with a sentence in `why`. */
	err_t (*check)(struct store *s, bool create, struct why *why);
	/* shutdown: every open request is answered with ERR_CANCELED, later ones too (still on a thread of the store);
	 * returns when nothing is open. May be called twice. destroy: frees; nobody may be calling any more. */
	void (*shutdown)(struct store *s);
	void (*destroy)(struct store *s);
	/* settings that a layer passes on: bytes per second, 0 = unlimited */
	void (*limit)(struct store *s, uint64_t up, uint64_t down);
	/* look: blocking; what lies there, whosever it is; makes nothing. Errors as those of check, but for a place
	 * that is only not there. */
	err_t (*look)(struct store *s, struct store_place *ret, struct why *why);
	/* whose: by which credentials it asks, in words that hold no secret. NULL: it needs none. */
	void (*whose)(struct store *s, char out[STORE_WHOSE_MAX]);
};
struct store {
	const struct store_ops *ops;
};
