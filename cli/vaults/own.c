/* SPDX-License-Identifier: MIT */
#include "cli/vaults/own.h"

#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEED "cli.seed"
#define MIX "cli.mix"
#define NAME "cli.name"

void own_free(struct own *o)
{
	secret_free(o->mine);
	*o = (struct own){ 0 };
}

static void host_name(char ret[OWN_NAME_MAX + 1])
{
	char host[OWN_NAME_MAX + 1] = "";
	if (gethostname(host, sizeof(host) - 1) || !signer_name_ok(span_str(host)))
		snprintf(host, sizeof(host), "device");
	snprintf(ret, OWN_NAME_MAX + 1, "%s", host);
}

err_t own_name(const char *wanted, char ret[OWN_NAME_MAX + 1], struct why *why)
{
	if (wanted && !signer_name_ok(span_str(wanted)))
		return why_set(why, ERR_INVAL, "--device-name: give 1 to 64 bytes of UTF-8 without control characters");
	if (wanted)
		snprintf(ret, OWN_NAME_MAX + 1, "%s", wanted);
	else
		host_name(ret);
	return ERR_OK;
}

static err_t store_fields(struct map_txn *x, void *ctx)
{
	const struct own *o = ctx;
	err_t e = map_txn_put(x, MAP_STATE, span_str(SEED), SPAN(o->mine->seed.b, sizeof(o->mine->seed.b)));
	if (!e)
		e = map_txn_put(x, MAP_STATE, span_str(MIX), SPAN(o->mine->mix.b, sizeof(o->mine->mix.b)));
	return e ? e : map_txn_put(x, MAP_STATE, span_str(NAME), span_str(o->name));
}

err_t own_store(struct map *m, const struct own *o)
{
	return map_transact(m, store_fields, (void *)(uintptr_t)o);
}

static err_t load_key(struct map *m, const char *name, struct key *ret)
{
	cleanup(buf_wipe_free) struct buf b = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(name), &b);
	if (!e && b.len != sizeof(ret->b))
		e = ERR_DAMAGED;
	if (!e)
		memcpy(ret->b, b.p, sizeof(ret->b));
	return e;
}

static err_t load_name(struct map *m, struct own *o)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(NAME), &b);
	if (!e && !signer_name_ok(buf_span(&b)))
		e = ERR_DAMAGED;
	if (!e)
		memcpy(o->name, b.p, b.len);
	return e;
}

static err_t load_signer(struct map *m, struct id vault, struct own *o)
{
	cleanup(key_wipe) struct key seed = { 0 }, mix = { 0 };
	err_t e = load_key(m, SEED, &seed);
	if (!e)
		e = load_key(m, MIX, &mix);
	return e ? e : signer_mine_of(vault, SIGNER_DEVICE, &seed, &mix, &o->mine);
}

err_t own_load(struct map *m, struct id vault, struct own *ret, struct why *why)
{
	cleanup(own_free) struct own o = { 0 };
	err_t e = load_name(m, &o);
	if (!e)
		e = load_signer(m, vault, &o);
	if (e == ERR_NOTFOUND)
		e = ERR_DAMAGED;
	if (e)
		return why_set(why, e,
		               "local state: this device's identity is missing or damaged: forget this vault here and "
		               "join again");
	*ret = o;
	o = (struct own){ 0 };
	return ERR_OK;
}
