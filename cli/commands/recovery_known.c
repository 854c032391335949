/* SPDX-License-Identifier: MIT */
#include "cli/commands/recovery_known.h"

#include "cli/control/client.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"
#include "vault/keys/header_slots.h"

#include <string.h>
#include <time.h>

/* utc: of s since 1970; null for 0, and for a time that cannot be. */
static json_t *utc(int64_t at)
{
	char text[40];
	time_t t = (time_t)at;
	struct tm tm;
	if (!at || !gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

static json_t *time_of(const json_t *said, const char *name)
{
	return utc((int64_t)json_integer_value(json_object_get(said, name)));
}

static json_t *pending_of(const json_t *said)
{
	json_t *list = json_array(), *p;
	size_t i;
	json_array_foreach(json_object_get(said, "pending"), i, p)
	{
		(void)json_array_append_new(list, json_pack("{s:O?,s:O?,s:o,s:o,s:O?,s:O?}", "slot",
		                                            json_object_get(p, "slot"), "by", json_object_get(p, "by"),
		                                            "made", time_of(p, "made"), "until", time_of(p, "until"),
		                                            "confirmed", json_object_get(p, "confirmed"), "here",
		                                            json_object_get(p, "here")));
	}
	return list;
}

static json_t *of_daemon(const json_t *said)
{
	return json_pack("{s:O?,s:O?,s:o,s:o}", "slot", json_object_get(said, "slot"), "by",
	                 json_object_get(said, "by"), "made", time_of(said, "made"), "pending", pending_of(said));
}

static json_t *of_slot(const struct header_slot *s)
{
	char id[ID_TEXT];
	id_hex(s->id, id);
	return json_pack("{s:s,s:n,s:o}", "slot", id, "by", "made", utc(s->time));
}

/* of_copy: names of devices are sealed. */
static json_t *of_copy(const struct vault_dir *v)
{
	cleanup(header_free) struct header h = { 0 };
	struct header_slots slots;
	if (local_header(v, &h, NULL) || header_recovery_slots(&h, &slots) || !slots.n)
		return NULL;
	json_t *j = of_slot(&slots.v[0]), *list = json_array();
	for (size_t i = 1; i < slots.n; i++)
		(void)json_array_append_new(list, of_slot(&slots.v[i]));
	(void)json_object_set_new(j, "pending", list);
	return j;
}

/* add_checked: of the key in force. */
static void add_checked(const struct vault_dir *v, json_t *j)
{
	const char *slot = json_string_value(json_object_get(j, "slot"));
	struct recovery_noted n;
	struct id is;
	recovery_noted_read(v, &n);
	const int64_t checked = slot && hex_decode(slot, is.b, ID_LEN) ? recovery_noted_of(&n, is) : 0;
	(void)json_object_set_new(j, "checked", utc(checked));
}

json_t *recovery_known(const struct vault_dir *v)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	err_t e = control_call(v->fd, json_pack("{s:s}", "op", "recovery"), NULL, &r);
	json_t *j = e ? of_copy(v) : of_daemon(r.json);
	if (!j)
		return json_null();
	add_checked(v, j);
	return j;
}
