/* SPDX-License-Identifier: MIT */
#include "fs/core/seal.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "vault/keys/keyring.h"
#include "vault/objects/block.h"

#include <string.h>

err_t seal_block(const struct fs_config *c, const uint8_t file_key[32], struct span data, struct id *id,
                 struct pending_block *p, struct buf *out)
{
	cleanup(key_wipe) struct key blocks = { 0 };
	struct pending_block made = { .length = (uint32_t)data.len };
	struct block_keys keys = { keyring_cipher(c->keyring), &blocks, file_key };
	struct epoch_at at;
	err_t e = keyring_seals(c->keyring, KEY_BLOCKS, &at, &blocks);
	if (!e)
		e = block_seal(&keys, data, out, &made.hash);
	if (e)
		return e;
	made.epoch = at.number;
	memcpy(made.epoch_id, at.id.b, sizeof(made.epoch_id));
	made.order = (uint64_t)clock_wall();
	*id = block_id(made.hash);
	*p = made;
	return ERR_OK;
}
