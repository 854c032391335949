/* SPDX-License-Identifier: MIT
 * Waiting until everything is on the store; the request for it.
 */
#pragma once

#include "cli/daemon/mounted_vault.h"

struct upload_tick { /* called every `ms`, on the thread that waits */
	void (*fn)(void *ctx);
	void *ctx;
	unsigned ms;
};
/* mounted_vault_upload: until everything that is written is on the store, for `most_ms` at most; 0: for ever.
 * ERR_TIMEOUT, ERR_CANCELED (sync_stop), else why it cannot be. */
MUST_CHECK err_t mounted_vault_upload(struct mounted_vault *v, unsigned most_ms, const struct upload_tick *t,
                                      struct why *why);
/* mounted_vault_sync: sends progress to the peer while it waits; the final answer. */
json_t *mounted_vault_sync(struct mounted_vault *v, const struct control_request *r, struct control_peer *peer);
