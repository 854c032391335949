/* SPDX-License-Identifier: MIT */
#include "cli/vaults/resume.h"

#include "cli/vaults/local.h"
#include "cli/vaults/secret_files.h"
#include "sync/bootstrap_join.h"
#include "util/cleanup.h"

void resumed_free(struct resumed *r)
{
	local_map_close(&r->map);
	secret_freep(&r->local);
	own_free(&r->own);
}

static err_t open_secret(const struct new_vault *v, const struct local_at *at, const struct resume_by *by,
                         struct key *ret)
{
	if (by->slot->kind == SIGNER_RECOVERY)
		return secret_files_recover(&v->dir, at, by->slot, ret, NULL);
	return secret_files_unlock(&v->dir, at, by->passphrase, ret, NULL);
}

err_t resume_open(const struct new_vault *v, const struct local_at *at, const struct resume_by *by, struct resumed *ret)
{
	cleanup(resumed_free) struct resumed r = { 0 };
	if (!v->left)
		return ERR_NOTFOUND;
	r.local = secret_alloc(sizeof(*r.local));
	if (!r.local)
		return ERR_NOMEM;
	err_t e = open_secret(v, at, by, r.local);
	if (!e)
		e = local_open(&v->dir, r.local, false, &r.map, NULL);
	if (!e && !bootstrap_begun(r.map))
		e = ERR_NOTFOUND;
	if (!e)
		e = own_load(r.map, at->vault, &r.own, NULL);
	if (e)
		return e == ERR_NOMEM ? e : ERR_NOTFOUND;
	*ret = r;
	r = (struct resumed){ 0 };
	return ERR_OK;
}
