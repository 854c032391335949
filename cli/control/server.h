/* SPDX-License-Identifier: MIT
 * The daemon's control socket: "control" in the vault's state directory (0600 inside 0700; the peer's uid is checked).
 * One connection, one request: a JSON line {"op": ...}; the answer: any number of {"progress": {...}} lines, then one
 * {"ok": true, ...} or {"ok": false, "code": EXIT, "error": "sentence"}. Lines are bounded; whatever else is sent is
 * answered with an error or dropped.
 */
#pragma once

#include "util/buf.h"

#include <jansson.h>

#define CONTROL_REQUEST_MAX (16u << 10)
#define CONTROL_ANSWER_MAX (1u << 20)
#define CONTROL_TEXT_MAX 4096

enum control_op {
	CONTROL_STATUS,
	CONTROL_SYNC,
	CONTROL_LOCK,
	CONTROL_CONFIG,
	CONTROL_RETRY,
	CONTROL_PIN,
	CONTROL_UNPIN,
	CONTROL_SPACE
};
struct control_request {
	enum control_op op;
	bool lazy;        /* LOCK */
	uint32_t timeout; /* SYNC: seconds, 0: none */
	char key[64];     /* CONFIG */
	char value[CONTROL_TEXT_MAX + 1];
	bool has_value;
	uint64_t ino; /* PIN, UNPIN, SPACE: of the path; a path itself may not be text */
};
/* control_parse: pure. ERR_INVAL with a sentence. */
MUST_CHECK err_t control_parse(struct span line, struct control_request *ret, struct why *why);
/* control_op_name: the word of the request, for the log. */
const char *control_op_name(enum control_op op);
/* control_answer_error: {"ok": false, ...}; NULL when out of memory. `e` gives the code. */
json_t *control_answer_error(err_t e, const struct why *why);
json_t *control_answer_ok(void);

/* --- the daemon's side --- */
struct control;
struct control_peer; /* one connection, during its request */
/* handle: returns the final answer (owned by the caller; NULL: out of memory). Runs on a thread of its own per
 * connection. */
struct control_config {
	int dir_fd;
	json_t *(*handle)(void *ctx, const struct control_request *r, struct control_peer *peer);
	void *ctx;
};
MUST_CHECK err_t control_start(const struct control_config *c, struct control **ret, struct why *why);
/* control_send: a line before the answer; takes `value` over. False: the peer is gone. */
bool control_send(struct control_peer *peer, json_t *value);
/* control_stop: no new requests; returns when the running ones are answered. Removes the socket; frees. */
void control_stop(struct control *c);

/* --- the commands' side --- */
/* control_call: takes `request` over. ERR_NOTFOUND: nobody listens there. Otherwise the answer: *ret on success; a
 * failed answer gives its sentence in `why` and its exit code in *ret_code. `progress` (optional) gets each progress
 * object. */
typedef void (*control_progress)(void *ctx, json_t *progress);
MUST_CHECK err_t control_call(int dir_fd, json_t *request, control_progress progress, void *ctx, json_t **ret,
                              int *ret_code, struct why *why);
/* control_peer_pid: process that listens there, 0: none. */
int control_peer_pid(int dir_fd);
