/* SPDX-License-Identifier: MIT
 * A mounted vault is asked. Of one that is locked the header's copy says what was so when it was looked at last, but
 * for names of devices, which are sealed.
 */
#include "cli/commands/recovery_status.h"

#include "cli/commands/recovery_told.h"
#include "cli/control/client.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"
#include "vault/keys/header_slots.h"

#include <string.h>

/* print_checked: `slot`: in hex, or NULL. */
static void print_checked(const struct vault_dir *v, const char *slot)
{
	struct recovery_noted n;
	struct id is;
	char at[RECOVERY_TIME];
	recovery_noted_read(v, &n);
	const int64_t checked = slot && hex_decode(slot, is.b, ID_LEN) ? recovery_noted_of(&n, is) : 0;
	recovery_time(checked, at);
	if (checked)
		printf("  checked      %s\n", at);
	else
		printf("  checked      never here since it was made: cloudseal recovery check %s\n", v->name);
}

static int print_mounted(const struct vault_dir *v, const json_t *said)
{
	char made[RECOVERY_TIME];
	const char *by = json_string_value(json_object_get(said, "by"));
	recovery_time((int64_t)json_integer_value(json_object_get(said, "made")), made);
	printf("%s: recovery key\n", v->name);
	escape_print(stdout, "  made         %s, %s%s", made, by ? "by device " : "with the vault", by ? by : "");
	print_checked(v, json_string_value(json_object_get(said, "slot")));
	if (!json_array_size(json_object_get(said, "pending")))
		puts("  replacement  none is under way");
	recovery_print_pending(v->name, said, stdout);
	return EXIT_OK;
}

static int print_locked(const struct vault_dir *v)
{
	cleanup(header_free) struct header h = { 0 };
	struct why why = { 0 };
	struct header_slots slots;
	char made[RECOVERY_TIME] = "", slot[ID_TEXT] = "";
	err_t e = local_header_wanted(v, &h, &why);
	if (!e)
		e = header_recovery_slots(&h, &slots);
	if (e)
		return exit_fail(e, v->name, &why);
	const struct header_slot *s = slots.n ? &slots.v[0] : NULL;
	if (s) {
		recovery_time(s->time, made);
		id_hex(s->id, slot);
	}
	printf("%s: recovery key, as known here when it was locked\n", v->name);
	printf("  made         %s%s\n", made, s && id_is_zero(s->by) ? ", with the vault" : "");
	print_checked(v, slot);
	if (slots.n > 1)
		printf("  replacement  one is under way: cloudseal mount %s, then this again\n", v->name);
	else
		puts("  replacement  none is under way");
	return EXIT_OK;
}

int recovery_status(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(control_reply_free) struct control_reply r = { 0 };
	struct why why = { 0 };
	err_t e = vaults_open(o->args[1], &v, &why);
	if (e)
		return exit_fail(e, o->args[1], &why);
	e = control_call(v.fd, json_pack("{s:s,s:s}", "op", "recovery", "key", "shown"), NULL, &r);
	if (e && r.nobody)
		return print_locked(&v);
	if (e) {
		exit_fail(e, v.name, &r.why);
		return r.code;
	}
	return print_mounted(&v, r.json);
}
