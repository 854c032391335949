/* SPDX-License-Identifier: MIT
 * The daemon's end of the control socket: "control" in the vault's state directory (0600 inside 0700; the peer's uid is
 * checked). One thread accepts, each connection has a thread of its own, a bounded number at a time.
 */
#pragma once

#include "cli/control/message.h"

struct control;
struct control_peer; /* one connection, during its request */
struct control_config {
	int dir_fd;
	/* handle: returns the final answer (owned by the caller; NULL: out of memory). Runs on a thread of its own per
	 * connection. */
	json_t *(*handle)(void *ctx, const struct control_request *r, struct control_peer *peer);
	void *ctx;
};
/* control_start: listens from now on. A socket that a killed daemon left is replaced: the vault's lock is ours. */
MUST_CHECK err_t control_start(const struct control_config *c, struct control **ret, struct why *why);
/* control_send: a line before the answer; takes `value` over. False: the peer is gone. */
bool control_send(struct control_peer *peer, json_t *value);
/* control_stop: no new requests; returns when the running ones are answered. Removes the socket; frees. NULL is fine.
 */
void control_stop(struct control *c);
