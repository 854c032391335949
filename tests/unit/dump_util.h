/* SPDX-License-Identifier: MIT
 * What tests of debug dump stand on: keys of a vault, a map that knows a stream. Include after <cmocka.h>.
 */
#pragma once

#include "cache/map.h"
#include "sync/core/state_form.h"
#include "util/cleanup.h"
#include "vault/keys/keyring.h"
#include "vault/objects/applied.h"

#define dump_util_ok(e) assert_int_equal(e, ERR_OK)

static inline struct keyring *vault_keys(void)
{
	const struct key root = { { 7 } };
	struct keyring *k = keyring_new(CIPHER_AES256GCM, (struct id){ { 1 } }, (struct hash){ { 2 } });
	assert_non_null(k);
	dump_util_ok(keyring_add(k, 1, (struct hash){ { 2 } }, &root));
	return k;
}

#define KNOWN_STREAM ((struct hash){ { 1, 2, 3, 4, 5, 6, 7, 8, 9 } })
/* known: a map that knows that stream, and how that is called. */
static inline struct map *known(char stream[17])
{
	static const struct key key;
	const struct map_config c = { .key = &key };
	const struct hash hash = KNOWN_STREAM;
	const struct stream st = { .id = id_from(hash.b), .hash = hash, .epoch = 1 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct map *m = NULL;
	dump_util_ok(map_open(&c, &m, NULL));
	state_put_stream(&o, &st);
	dump_util_ok(ops_commit(&o, m));
	snprintf(stream, 17, "%016llx", (unsigned long long)applied_stream(KNOWN_STREAM));
	return m;
}
