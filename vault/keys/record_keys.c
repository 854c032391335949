/* SPDX-License-Identifier: MIT */
#include "vault/keys/record_keys.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "vault/join/epoch.h"
#include "vault/join/group_decode.h"
#include "vault/keys/record_map.h"
#include "vault/members/root_box.h"

#include <string.h>

/* -- roots -------------------------------------------------------------------------------------------------------- */

struct roots {
	const struct hash *first; /* commitment to root 1; NULL: that one is known */
	struct keyring *k;
};
struct root_wanted { /* the one of an epoch that counts */
	struct root_box_at at;
	struct hash commitment;
	struct key *ret;
};

static err_t is_root(void *ctx, struct span bytes)
{
	struct root_wanted *w = ctx;
	cleanup(key_wipe) struct key root = { 0 };
	struct hash commits;
	if (bytes.len != sizeof(root.b))
		return ERR_NOTFOUND;
	memcpy(root.b, bytes.p, sizeof(root.b));
	err_t e = root_box_commits(&w->at, &root, &commits);
	if (!e && !hash_eq(commits, w->commitment))
		e = ERR_NOTFOUND;
	if (!e)
		*w->ret = root;
	return e;
}

/* commitment_of: what the start of epoch `n` says; that of the first one genesis does. ERR_NOTFOUND: it has none. */
static err_t commitment_of(const struct roots *l, const struct vault_name *n, const struct record *r, struct hash *ret)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	const struct group_node *g = group_find(group_all(r), 1);
	struct hash id;
	if (n->number == 1) {
		if (l->first)
			*ret = *l->first;
		return l->first && hash_eq(n->hash, keyring_genesis(l->k)) ? ERR_OK : ERR_NOTFOUND;
	}
	if (!g || g->class != GROUP_VALUE)
		return ERR_NOTFOUND;
	err_t e = epoch_id(g->bytes, &id);
	if (!e)
		e = epoch_get_start(g->bytes, &s);
	if (e)
		return e;
	*ret = hash_from(s.commitment);
	return hash_eq(id, n->hash) && s.number == n->number ? ERR_OK : ERR_NOTFOUND;
}

static err_t add_root(const struct roots *l, const struct vault_name *n, const struct record *r)
{
	cleanup(key_wipe) struct key root = { 0 };
	const struct keyring *k = l->k;
	struct root_wanted w = { .at = { keyring_vault(k), keyring_genesis(k), keyring_cipher(k), n->number, NULL },
		                 .ret = &root };
	err_t e = commitment_of(l, n, r, &w.commitment);
	if (!e)
		e = record_map_each(r, 2, is_root, &w);
	if (!e)
		e = n->number == 1 ? keyring_add(l->k, n->number, n->hash, &root)
		                   : keyring_claim(l->k, n->number, n->hash, &root);
	/* a root that is not there comes with another commit */
	return e == ERR_NOTFOUND || e == ERR_EXISTS || e == ERR_LIMIT ? ERR_OK : e;
}

static err_t see_epoch(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_name n;
	err_t e = vault_key_parse(key, &n);
	if (!e)
		e = record_decode(value, &r);
	return e ? e : add_root(ctx, &n, &r);
}

static err_t see_all(const struct view *records, struct roots *l)
{
	static const uint8_t prefix = SHARED_EPOCH;
	return records->scan(records->ctx, SPAN(&prefix, 1), SPAN(NULL, 0), see_epoch, l);
}

err_t record_keys_later(const struct view *records, struct keyring *k)
{
	return see_all(records, &(struct roots){ NULL, k });
}

err_t record_keys_roots(const struct view *records, const struct header *h, struct keyring *k)
{
	err_t e = see_all(records, &(struct roots){ &h->g.commitment, k });
	return !e && !keyring_epoch(k) ? ERR_NOTFOUND : e;
}

/* -- mix keys ----------------------------------------------------------------------------------------------------- */

struct mix_wanted {
	struct hash hash;
	struct key *ret;
};

static err_t is_mix(void *ctx, struct span bytes)
{
	struct mix_wanted *w = ctx;
	struct hash h;
	err_t e = bytes.len == sizeof(w->ret->b) ? crypto_sha256(bytes, &h) : ERR_NOTFOUND;
	if (!e && !hash_eq(h, w->hash))
		e = ERR_NOTFOUND;
	if (!e)
		memcpy(w->ret->b, bytes.p, sizeof(w->ret->b));
	return e;
}

err_t record_keys_mix(const struct view *records, struct id slot, struct hash mix, struct key *ret)
{
	return record_keys_mix_of(records, &(struct signer_wanted){ slot, SIGNER_RECOVERY, mix }, ret);
}

err_t record_keys_mix_of(const struct view *records, const struct signer_wanted *who, struct key *ret)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	const uint8_t kind = who->kind == SIGNER_DEVICE ? SHARED_DEVICE : SHARED_SLOT;
	struct vault_name n = { .kind = kind, .id = who->id };
	err_t e = record_map_get(records, &n, &value, &r);
	return e ? e : record_map_each(&r, 1, is_mix, &(struct mix_wanted){ who->mix, ret });
}
