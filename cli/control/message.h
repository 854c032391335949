/* SPDX-License-Identifier: MIT
 * The messages of the daemon's control socket. One connection, one request: a JSON line {"op": ...}; the answer: any
 * number of {"progress": {...}} lines, then one {"ok": true, ...} or {"ok": false, "code": EXIT, "error": "sentence"}.
 * Lines are bounded; whatever else is sent is answered with an error or dropped.
 */
#pragma once

#include "util/buf.h"

#include <jansson.h>

#define CONTROL_REQUEST_MAX (16u << 10)
#define CONTROL_ANSWER_MAX (1u << 20)
#define CONTROL_TEXT_MAX 4096

enum control_request_kind {
	CONTROL_STATUS,
	CONTROL_SYNC,
	CONTROL_LOCK,
	CONTROL_ENDING,
	CONTROL_CONFIG,
	CONTROL_RETRY,
	CONTROL_PIN,
	CONTROL_UNPIN,
	CONTROL_SPACE,
	CONTROL_DUMP,
	CONTROL_CONFLICTS,
	CONTROL_DEVICE,
	CONTROL_VERIFY,
	CONTROL_INVITE,
	CONTROL_RECOVERY,
	CONTROL_RECOVERY_NEW,
	CONTROL_RECOVERY_VETO,
	CONTROL_LOST
};
struct control_request {
	enum control_request_kind kind;
	bool lazy;        /* LOCK */
	bool no_wait;     /* LOCK: not for uploads */
	bool now;         /* ENDING: nobody waits for uploads any more */
	bool debug;       /* STATUS: with what only helps to find a fault */
	uint32_t timeout; /* SYNC, LOCK: seconds, 0: none, or the usual */
	char key[64];     /* CONFIG; DUMP, DEVICE, INVITE, LOST: what; RECOVERY: "shown": a person sees it */
	char value[CONTROL_TEXT_MAX + 1]; /* CONFIG; DUMP, DEVICE, INVITE, LOST: which; RECOVERY_*: bytes in hex */
	bool has_value;
	uint64_t ino; /* PIN, UNPIN, SPACE, CONFLICTS: of the path (0: of the vault); a path itself may not be text */
};
/* control_parse: pure. ERR_INVAL with a sentence. */
MUST_CHECK err_t control_parse(struct span line, struct control_request *ret, struct why *why);
/* control_request_name: the word of the request, for the log. */
const char *control_request_name(enum control_request_kind kind);
/* control_answer_error: {"ok": false, ...}, escaped where the sentence is no UTF-8; NULL when out of memory. `e` gives
 * the code. */
json_t *control_answer_error(err_t e, const struct why *why);
/* control_answer_ok: {"ok": true}, to which members may be added; NULL when out of memory. */
json_t *control_answer_ok(void);
