/* SPDX-License-Identifier: MIT */
#include "cli/control/message.h"

#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

#include <string.h>

static const char *const kind_names[] = {
	[CONTROL_STATUS] = "status",
	[CONTROL_SYNC] = "sync",
	[CONTROL_LOCK] = "lock",
	[CONTROL_CONFIG] = "config",
	[CONTROL_RETRY] = "retry",
	[CONTROL_PIN] = "pin",
	[CONTROL_UNPIN] = "unpin",
	[CONTROL_SPACE] = "space",
	[CONTROL_DUMP] = "dump",
	[CONTROL_CONFLICTS] = "conflicts",
	[CONTROL_ENDING] = "ending",
	[CONTROL_DEVICE] = "device",
	[CONTROL_VERIFY] = "verify",
	[CONTROL_INVITE] = "invite",
	[CONTROL_RECOVERY] = "recovery",
	[CONTROL_RECOVERY_NEW] = "recovery-new",
	[CONTROL_RECOVERY_VETO] = "recovery-veto",
	[CONTROL_LOST] = "lost",
};

static void drop(json_t *const *j)
{
	json_decref(*j);
}

const char *control_request_name(enum control_request_kind kind)
{
	return kind_names[kind];
}

static err_t take_text(json_t *root, const char *name, char *out, size_t n, bool *ret_there, struct why *why)
{
	json_t *v = json_object_get(root, name);
	*ret_there = json_is_string(v);
	if (!v || json_is_null(v))
		return ERR_OK;
	if (!json_is_string(v) || json_string_length(v) >= n || memchr(json_string_value(v), 0, json_string_length(v)))
		return why_set(why, ERR_INVAL, "bad request: %s", name);
	snprintf(out, n, "%s", json_string_value(v));
	return ERR_OK;
}

/* take_ino: in decimal, as text: JSON's integers have no 64th bit. */
static err_t take_ino(json_t *root, uint64_t *ret, struct why *why)
{
	char text[24] = "", *end = text;
	bool there;
	err_t e = take_text(root, "ino", text, sizeof(text), &there, why);
	if (e || !there)
		return e;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9')
		return why_set(why, ERR_INVAL, "bad request: ino");
	*ret = v;
	return ERR_OK;
}

static err_t take_kind(json_t *root, enum control_request_kind *ret, struct why *why)
{
	const char *name = json_string_value(json_object_get(root, "op"));
	for (size_t i = 0; name && i < ARRAY_LEN(kind_names); i++) {
		if (!strcmp(name, kind_names[i])) {
			*ret = (enum control_request_kind)i;
			return ERR_OK;
		}
	}
	return why_set(why, ERR_INVAL, "bad request: unknown operation");
}

err_t control_parse(struct span line, struct control_request *ret, struct why *why)
{
	json_error_t at;
	struct control_request r = { 0 };
	bool has_key;
	if (line.len > CONTROL_REQUEST_MAX)
		return why_set(why, ERR_INVAL, "bad request: too long");
	cleanup(drop) json_t *root = json_loadb(line.p ? line.p : "", line.len, JSON_REJECT_DUPLICATES, &at);
	if (!json_is_object(root))
		return why_set(why, ERR_INVAL, "bad request: not a JSON object");
	err_t e = take_kind(root, &r.kind, why);
	if (!e)
		e = take_text(root, "key", r.key, sizeof(r.key), &has_key, why);
	if (!e)
		e = take_ino(root, &r.ino, why);
	if (!e)
		e = take_text(root, "value", r.value, sizeof(r.value), &r.has_value, why);
	if (e)
		return e;
	json_int_t timeout = json_integer_value(json_object_get(root, "timeout"));
	if (timeout < 0 || timeout > INT32_MAX)
		return why_set(why, ERR_INVAL, "bad request: timeout");
	r.timeout = (uint32_t)timeout;
	r.lazy = json_is_true(json_object_get(root, "lazy"));
	r.no_wait = json_is_true(json_object_get(root, "no_wait"));
	r.now = json_is_true(json_object_get(root, "now"));
	r.debug = json_is_true(json_object_get(root, "debug"));
	*ret = r;
	return ERR_OK;
}

static json_t *failure(err_t e, const char *text)
{
	return json_pack("{s:b,s:i,s:i,s:o}", "ok", 0, "code", (int)exit_of(e), "err", (int)e, "error",
	                 escape_json(text));
}

json_t *control_answer_error(err_t e, const struct why *why)
{
	return failure(e, why && why->text[0] ? why->text : err_text(e));
}

json_t *control_answer_ok(void)
{
	return json_pack("{s:b}", "ok", 1);
}
