/* SPDX-License-Identifier: MIT */
#include "cli/commands/listing.h"

#include "cli/commands/ask_path.h"
#include "cli/commands/recovery_known.h"
#include "cli/commands/vault_status.h"
#include "cli/ui/exit.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

static enum vaults_visit add(void *ctx, const char *name)
{
	struct listing *l = ctx;
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	json_t *one = NULL;
	err_t e = vaults_open(name, &v, &l->why);
	if (!e)
		e = status_of(&v, l->detail, &one, &l->why);
	if (!e && json_object_set_new(one, "recovery", recovery_known(&v)))
		e = ERR_NOMEM;
	if (e || json_array_append_new(l->all, one))
		l->failed = e ? e : ERR_NOMEM;
	return VAULTS_NEXT;
}

void listing_free(struct listing *l)
{
	json_decref(l->all);
	l->all = NULL;
}

int listing_all(enum status_detail detail, struct listing *l)
{
	*l = (struct listing){ .detail = detail, .all = json_array() };
	err_t e = l->all ? vaults_each(add, l, &l->why) : ERR_NOMEM;
	if (!e)
		e = l->failed;
	return e ? exit_fail(e, NULL, &l->why) : EXIT_OK;
}

static int add_space(struct listing *l, const char *path)
{
	json_t *space;
	int code = ask_path_space(path, &space);
	if (!code && json_object_set_new(json_array_get(l->all, 0), "path", space))
		code = exit_fail(ERR_NOMEM, NULL, NULL);
	return code;
}

int listing_one(const char *target, enum status_detail detail, struct listing *l)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	*l = (struct listing){ .detail = detail, .all = json_array() };
	if (!l->all)
		return exit_fail(ERR_NOMEM, NULL, NULL);
	int code = target_open(target, &v);
	if (code)
		return code;
	add(l, v.name);
	if (l->failed)
		return exit_fail(l->failed, target, &l->why);
	return target_is_path(target) ? add_space(l, target) : EXIT_OK;
}
