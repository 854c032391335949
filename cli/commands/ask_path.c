/* SPDX-License-Identifier: MIT */
#include "cli/commands/ask_path.h"

#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

int ask_path(const char *op, const char *path, const struct control_watch *watch, json_t **ret)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(control_reply_free) struct control_reply r = { 0 };
	char text[24];
	uint64_t ino;
	int code = target_path(path, &v, &ino);
	if (code)
		return code;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)ino);
	err_t e = control_call(v.fd, json_pack("{s:s,s:s}", "op", op, "ino", text), watch, &r);
	if (e) {
		exit_fail(e, path, &r.why);
		return r.code;
	}
	*ret = json_incref(r.json);
	return EXIT_OK;
}

int ask_path_space(const char *path, json_t **ret)
{
	json_t *answer = NULL;
	int code = ask_path("space", path, NULL, &answer);
	if (!code)
		*ret = json_incref(json_object_get(answer, "space"));
	json_decref(answer);
	return code;
}
