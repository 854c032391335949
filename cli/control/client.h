/* SPDX-License-Identifier: MIT
 * The commands' end of the control socket.
 */
#pragma once

#include "cli/control/message.h"

/* What came back: `json` on success, else an exit code and a sentence. */
struct control_reply {
	json_t *json;
	int code;
	bool nobody;   /* nobody listens there: not mounted */
	bool answered; /* yes or no; else it is not known what the daemon did */
	struct why why;
};
/* control_reply_free: drops the answer; code and sentence stay readable. */
void control_reply_free(struct control_reply *r);
/* Whom progress lines are for: `fn` gets each progress object. */
struct control_watch {
	void (*fn)(void *ctx, json_t *progress);
	void *ctx;
};
/* control_call: sends `request`, which it takes over, and waits for the answer. ERR_NOTFOUND: nobody listens there;
 * ERR_CANCELED: the daemon went away; otherwise what the daemon answered. `watch` is optional. `ret` is set in any
 * case, to be freed. */
MUST_CHECK err_t control_call(int dir_fd, json_t *request, const struct control_watch *watch,
                              struct control_reply *ret);
/* control_peer_pid: process that listens there, 0: none. */
int control_peer_pid(int dir_fd);
