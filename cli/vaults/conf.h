/* SPDX-License-Identifier: MIT
 * The settings of one vault on this device (vault.json): a table of keys with validation. Never a secret: only where
 * secrets are found. Unknown keys of a newer version are refused when writing would lose them.
 */
#pragma once

#include "remote/open.h"
#include "util/buf.h"

#include <jansson.h>

enum conf_key {
	CONF_STORE,
	CONF_ENDPOINT,
	CONF_REGION,
	CONF_PROFILE,
	CONF_ADDRESSING,
	CONF_CA_FILE,
	CONF_USER,
	CONF_PASS_FILE,
	CONF_CONNECTIONS,
	CONF_TIMEOUT,
	CONF_CACHE_LIMIT,
	CONF_UP_LIMIT,
	CONF_DOWN_LIMIT,
	CONF_POLL,
	CONF_UPLOAD_DELAY,
	CONF_CHECKPOINT_MIN,
	CONF_MOUNT_POINT,
	CONF_PASSPHRASE_FILE,
	CONF_ASKPASS,
	CONF_RECOVERY_REMINDER,
	CONF_KEYS
};
struct conf {
	char *text[CONF_KEYS];      /* owned; NULL: default */
	uint64_t number[CONF_KEYS]; /* of numeric keys that are set: bytes, bytes/s, ms or a count */
};
/* conf_free: all back to the default. */
void conf_free(struct conf *c);
/* conf_find: key of that name; ERR_NOTFOUND with a sentence that lists the keys. */
MUST_CHECK err_t conf_find(const char *name, enum conf_key *ret, struct why *why);
/* conf_name: as in `config` and vault.json. */
const char *conf_name(enum conf_key k);
/* conf_help: what it is for, in a few words. */
const char *conf_help(enum conf_key k);
/* conf_live: a running daemon can take the new value at once. */
bool conf_live(enum conf_key k);
/* conf_advanced: few people need it. */
bool conf_advanced(enum conf_key k);
/* conf_concerns: it has an effect on a vault at such an address. */
bool conf_concerns(const struct conf *c, enum conf_key k);
/* conf_set: checks and takes a value as a person types it ("10G", "500K", "30s"); NULL: back to the default. */
MUST_CHECK err_t conf_set(struct conf *c, enum conf_key k, const char *value, struct why *why);
/* conf_show: the value for people, or its default in words when not set. */
void conf_show(const struct conf *c, enum conf_key k, char *out, size_t n);
/* conf_show_place: where the vault is, into a status for programs: "store", and "endpoint" when it has one. 0, or -1:
 * no memory. */
int conf_show_place(const struct conf *c, json_t *status);
/* conf_encode: JSON text, appended. */
MUST_CHECK err_t conf_encode(const struct conf *c, struct buf *out);
/* conf_decode: ERR_DAMAGED or ERR_VERSION with a sentence. Frees nothing of `ret`, which is overwritten. */
MUST_CHECK err_t conf_decode(struct span json, struct conf *ret, struct why *why);
/* conf_store: as the store wants it; strings stay c's. */
void conf_store(const struct conf *c, struct store_config *ret);
