/* SPDX-License-Identifier: MIT */
#include "vault/print/shared.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/print/file.h"
#include "vault/print/parts.h"
#include "vault/print/vault.h"

static err_t vault_record(const struct fields *f, struct span key, struct nodes list)
{
	struct vault_name n;
	err_t e = vault_key_parse(key, &n);
	if (!e)
		return print_vault_record(f, &n, list);
	print_odd(f, e == ERR_DAMAGED);
	print_groups(f, list, 0); /* of a kind that is not known, or a key that is none */
	return ERR_OK;
}

err_t print_shared(const struct fields *f, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	err_t e = record_decode(value, &r);
	if (e)
		return e;
	e = shared_key_parse(key, &n);
	return e ? vault_record(f, key, group_all(&r)) : print_file(f, &n, group_all(&r));
}
