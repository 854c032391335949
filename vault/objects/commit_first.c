/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit_first.h"

#include "util/cleanup.h"
#include "vault/join/inode_head.h"
#include "vault/members/genesis.h"
#include "vault/members/root_box.h"
#include "vault/objects/commit_newcomers.h"

#include <string.h>

enum { HAS_ROOT = 1, HAS_SUPER = 2, HAS_GENESIS = 4, HAS_EPOCH = 8, HAS_ALL = 15 };

static bool stands_on_nothing(const struct commit_records *s)
{
	return s->last->n == 1 && s->basis->vv->n == 1;
}

void first_file(struct commit_records *s, const struct shared_name *n, struct nodes list)
{
	if (n->kind == SHARED_INODE && n->ino == INO_ROOT && group_find(list, GROUP_IDENTITY))
		s->first |= HAS_ROOT;
}

static struct nodes keys_of(struct nodes list, uint16_t number)
{
	const struct group_node *g = group_find(list, number);
	return g ? group_inside(g) : (struct nodes){ 0 };
}

/* -- genesis ------------------------------------------------------------------------------------------------------ */

/* founded_by: only the first device begins the vault; whom genesis names comes in by this commit. */
static err_t founded_by(struct commit_records *s, const struct genesis *g)
{
	struct id founder;
	err_t e = signer_id(g->vault, &g->device, &founder);
	if (e || !id_eq(founder, s->basis->device))
		return e;
	s->commitment = g->commitment;
	s->first |= HAS_GENESIS;
	e = newcomers_add(s, &g->device);
	for (size_t i = 0; !e && i < g->slot_n; i++)
		e = newcomers_add(s, &g->slot[i].who);
	return e;
}

/* look_genesis: for the one of this vault; others may stand beside it. */
static err_t look_genesis(struct commit_records *s, struct nodes list)
{
	struct nodes keys = keys_of(list, 1);
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		struct rd r = RD(k->bytes);
		struct span bytes = rd_blob16(&r);
		struct genesis g;
		struct hash h;
		err_t e = genesis_hash(bytes, &h);
		if (!e && !hash_eq(h, s->basis->genesis))
			continue;
		if (!e)
			e = genesis_check(k->bytes, &g, &bytes);
		if (!e)
			return founded_by(s, &g);
		if (e != ERR_DAMAGED && e != ERR_VERSION)
			return e;
	}
	return ERR_OK;
}

/* -- its epoch ---------------------------------------------------------------------------------------------------- */

static err_t is_root(const struct commit_records *s, struct span bytes, bool *ret)
{
	cleanup(key_wipe) struct key root = { 0 };
	struct root_box_at at = { .vault = s->basis->vault, .number = 1 };
	struct hash h;
	if (bytes.len != sizeof(root.b))
		return ERR_OK;
	memcpy(root.b, bytes.p, sizeof(root.b));
	err_t e = root_box_commits(&at, &root, &h);
	*ret = !e && hash_eq(h, s->commitment);
	return e;
}

static err_t look_epoch(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	struct nodes keys = keys_of(list, 2);
	bool found = false;
	err_t e = ERR_OK;
	if (!(s->first & HAS_GENESIS) || n->number != 1 || !hash_eq(n->hash, s->basis->genesis))
		return ERR_OK;
	for (const struct group_node *k = keys.v; !e && !found && k < group_end(keys); k += k->size)
		e = is_root(s, k->bytes, &found);
	s->first |= found ? HAS_EPOCH : 0;
	return e;
}

/* -- all of it ---------------------------------------------------------------------------------------------------- */

err_t first_record(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	if (!stands_on_nothing(s))
		return ERR_OK;
	switch (n->kind) {
	case SHARED_SUPER:
		s->first |= group_find(list, 2) && group_find(list, 3) ? HAS_SUPER : 0;
		return ERR_OK;
	case SHARED_GENESIS:
		return look_genesis(s, list);
	case SHARED_EPOCH:
		return look_epoch(s, n, list);
	default:
		return ERR_OK;
	}
}

bool first_whole(const struct commit_records *s)
{
	return !stands_on_nothing(s) || s->first == HAS_ALL;
}
