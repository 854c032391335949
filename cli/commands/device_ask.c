/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_ask.h"

#include "cli/control/client.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

int device_ask_list(const struct vault_dir *v, json_t **ret)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	err_t e = control_call(v->fd, json_pack("{s:s,s:s}", "op", "device", "key", "list"), NULL, &r);
	if (e) {
		exit_fail(e, v->name, &r.why);
		return r.code;
	}
	*ret = json_pack("{s:s,s:O,s:O}", "name", v->name, "devices", json_object_get(r.json, "devices"), "total",
	                 json_object_get(r.json, "total"));
	return *ret ? EXIT_OK : exit_fail(ERR_DAMAGED, v->name, NULL);
}

int device_ask_do(const struct vault_dir *v, const char *what, const char *value)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	json_t *request = json_pack("{s:s,s:s,s:s}", "op", "device", "key", what, "value", value);
	if (!request)
		return exit_say(EXIT_USAGE, "a device's name has 1 to 64 bytes of UTF-8 without control characters");
	err_t e = control_call(v->fd, request, NULL, &r);
	if (e)
		exit_fail(e, v->name, &r.why);
	return e ? r.code : EXIT_OK;
}
