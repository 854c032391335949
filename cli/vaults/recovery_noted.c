/* SPDX-License-Identifier: MIT */
#include "cli/vaults/recovery_noted.h"

#include "util/cleanup.h"

#include <jansson.h>
#include <string.h>

#define FILE_NAME "recovery.json"
#define FILE_BYTES 4096
#define DAY 86400
#define YEAR (365 * DAY)
#define MONTH (30 * DAY)

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static int64_t time_of(const json_t *j, const char *name)
{
	json_int_t t = json_integer_value(json_object_get(j, name));
	return t > 0 ? (int64_t)t : 0;
}

void recovery_noted_read(const struct vault_dir *v, struct recovery_noted *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	*ret = (struct recovery_noted){ 0 };
	if (vaults_read(v, FILE_NAME, FILE_BYTES, &b, NULL) || !b.len)
		return;
	cleanup(drop) json_t *j = json_loadb((const char *)b.p, b.len, 0, NULL);
	const char *slot = json_string_value(json_object_get(j, "slot"));
	const char *before = json_string_value(json_object_get(j, "before"));
	ret->reminded = time_of(j, "reminded");
	if (slot && hex_decode(slot, ret->slot.b, ID_LEN))
		ret->checked = time_of(j, "checked");
	if (before && hex_decode(before, ret->before.b, ID_LEN))
		ret->before_checked = time_of(j, "before_checked");
}

err_t recovery_noted_write(const struct vault_dir *v, const struct recovery_noted *n, struct why *why)
{
	char slot[ID_TEXT], before[ID_TEXT];
	id_hex(n->slot, slot);
	id_hex(n->before, before);
	cleanup(drop) json_t *j =
	        json_pack("{s:s,s:I,s:I,s:s,s:I}", "slot", slot, "checked", (json_int_t)n->checked, "reminded",
	                  (json_int_t)n->reminded, "before", before, "before_checked", (json_int_t)n->before_checked);
	cleanup_free char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	return text ? vaults_write(v, FILE_NAME, span_str(text), why) : ERR_NOMEM;
}

err_t recovery_noted_checked(const struct vault_dir *v, struct id slot, int64_t now, struct why *why)
{
	struct recovery_noted n;
	recovery_noted_read(v, &n);
	if (!id_eq(n.slot, slot)) {
		n.before = n.slot;
		n.before_checked = n.checked;
	}
	n.slot = slot;
	n.checked = now;
	return recovery_noted_write(v, &n, why);
}

int64_t recovery_noted_of(const struct recovery_noted *n, struct id slot)
{
	if (id_eq(n->slot, slot))
		return n->checked;
	return id_eq(n->before, slot) ? n->before_checked : 0;
}

static bool is_past(int64_t since, int64_t period, int64_t now)
{
	return now - since >= period || since > now;
}

bool recovery_noted_due(const struct recovery_noted *n, struct id slot, int64_t made, int64_t now)
{
	const int64_t checked = recovery_noted_of(n, slot), shown = checked ? checked : made;
	return is_past(shown, YEAR, now) && is_past(n->reminded, MONTH, now);
}
