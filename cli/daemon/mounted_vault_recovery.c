/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_recovery.h"

#include "cli/ui/escape.h"
#include "cli/ui/test_switch.h"
#include "cli/vaults/slot_files.h"
#include "sync/members/who.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "vault/members/confirm.h"

#include <string.h>

#define ROUND_TIMEOUT 60000 /* ms: for a round that is under way */

/* -- what is known ------------------------------------------------------------------------------------------------ */

static json_t *device_of(struct mounted_vault *v, struct id device)
{
	cleanup(buf_free) struct buf name = BUF_INIT;
	if (id_is_zero(device) || who_device(v->map, device, &name))
		return json_null();
	buf_u8(&name, 0);
	return name.failed ? NULL : escape_json((const char *)name.p);
}

static json_t *hex_of(const void *p, size_t n)
{
	char text[2 * HASH_LEN + 1];
	hex_encode(p, n, text);
	return json_string(text);
}

static const char *here_word(enum recovery_here here)
{
	static const char *const words[] = { [RECOVERY_OWN] = "own",
		                             [RECOVERY_WAITS] = "waits",
		                             [RECOVERY_CONFIRMED] = "confirmed",
		                             [RECOVERY_HINDERED] = "hindered",
		                             [RECOVERY_NOT_ASKED] = "not-asked" };
	return words[here];
}

static json_t *pending_of(struct mounted_vault *v, const struct recovery_pending *p)
{
	int64_t until = p->shown && p->here == RECOVERY_WAITS ? p->shown + CONFIRM_AFTER : 0;
	return json_pack("{s:o,s:o,s:I,s:I,s:I,s:s}", "slot", hex_of(p->slot.b, ID_LEN), "by", device_of(v, p->by),
	                 "made", (json_int_t)p->made, "until", (json_int_t)until, "confirmed", (json_int_t)p->confirmed,
	                 "here", here_word(p->here));
}

json_t *mounted_vault_recovery(struct mounted_vault *v, bool shown)
{
	struct recovery_state s;
	if (shown && sync_recovery_shown(v->sync))
		log_warn(AREA_CLI, "that a replaced recovery key was shown cannot be noted: the time begins later");
	sync_recovery(v->sync, &s);
	json_t *pending = json_array();
	for (size_t i = 0; i < s.pending_n; i++)
		if (json_array_append_new(pending, pending_of(v, &s.pending[i]))) {
			json_decref(pending);
			return NULL;
		}
	return json_pack("{s:b,s:o,s:o,s:I,s:I,s:o,s:o}", "ok", 1, "slot", hex_of(s.slot.b, ID_LEN), "by",
	                 device_of(v, s.by), "made", (json_int_t)(s.made ? s.made : v->header.g.time), "last_number",
	                 (json_int_t)s.last.number, "last", hex_of(s.last.hash.b, HASH_LEN), "pending", pending);
}

/* -- saying ------------------------------------------------------------------------------------------------------- */

/* bytes_of: of hex; appended, whatever is wrong with it. */
static err_t bytes_of(const char *hex, struct buf *out)
{
	uint8_t bytes[CONTROL_TEXT_MAX / 2];
	size_t n = strlen(hex) / 2;
	if (!hex_decode(hex, bytes, n))
		return ERR_INVAL;
	buf_put(out, bytes, n);
	crypto_wipe(bytes, sizeof(bytes));
	return buf_ok(out);
}

json_t *mounted_vault_recovery_new(struct mounted_vault *v, const char *offer)
{
	cleanup(buf_wipe_free) struct buf bytes = BUF_INIT;
	cleanup(recovery_offer_wipe) struct recovery_offer o = { 0 };
	struct why why = { 0 };
	err_t e = bytes_of(offer, &bytes);
	if (!e)
		e = recovery_offer_get(buf_span(&bytes), &o);
	store_retry_now(v->store); /* a round that waits for the store goes on */
	if (!e)
		e = sync_recovery_say(v->sync, &o, ROUND_TIMEOUT, &why);
	TEST_KILL("recovery-durable");
	return e ? control_answer_error(e, &why) : control_answer_ok();
}

json_t *mounted_vault_recovery_veto(struct mounted_vault *v, const char *statement)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	struct why why = { 0 };
	err_t e = bytes_of(statement, &bytes);
	store_retry_now(v->store);
	if (!e)
		e = sync_recovery_object(v->sync, buf_span(&bytes), ROUND_TIMEOUT, &why);
	return e ? control_answer_error(e, &why) : control_answer_ok();
}

/* -- what this device keeps --------------------------------------------------------------------------------------- */

static err_t follow(void *ctx, struct span header, struct id slot, const struct signer_new *who)
{
	struct mounted_vault *v = ctx;
	const struct slot_files f = { v->dir, v->map, &v->header, v->local };
	struct why why = { 0 };
	err_t e = slot_files_follow(&f, header, slot, who, &why);
	if (e && why.text[0])
		log_warn(AREA_CLI, "%s", why.text);
	return e;
}

struct slot_keeper mounted_vault_slots(struct mounted_vault *v)
{
	return (struct slot_keeper){ follow, v };
}
