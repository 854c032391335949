/* SPDX-License-Identifier: MIT
 * Which commits are refused. Input: what the commit stands on (lamport(u64) rules(u8) epoch(u8)), then its parts, each
 * a length(u16) and bytes. Whatever it is, there is a verdict, the same each time, and what is not refused joins a
 * state that can be read and has a tree.
 * The vault is the one that a GENESIS in the commit names, and its device the first, so that all else is looked at.
 */
#include "fuzz.h"
#include "tests/tree_check.h"
#include "vault/join/apply.h"
#include "vault/join/group_decode.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/members/genesis.h"
#include "vault/objects/commit_check.h"
#include "vault/objects/pack.h"

#define PARTS 4
#define INOS 1024

struct input {
	struct commit_part part[PARTS];
	size_t n;
	struct commit_basis b;
	struct vv vv;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void input_free(struct input *in)
{
	for (size_t i = 0; i < in->n; i++)
		commit_free(&in->part[i].c);
	vv_free(&in->vv);
}

static struct id device_of(void *ctx, uint64_t stream)
{
	(void)ctx;
	return (struct id){ { (uint8_t)stream } };
}

/* begun: by chance. */
static err_t begun(void *ctx, uint32_t number, struct hash id, bool *ret)
{
	(void)ctx;
	*ret = (number ^ id.b[0]) & 1;
	return ERR_OK;
}

/* get_parts: all that are parts; their hashes are as the last says, so that all else is looked at. */
static bool get_parts(struct rd *r, struct input *in)
{
	for (; r->left && in->n < PARTS; in->n++) {
		struct span bytes = rd_blob16(r);
		if (r->bad || commit_decode(bytes, &in->part[in->n].c))
			return false;
		in->part[in->n].bytes = bytes.len;
	}
	const struct commit *last = in->n ? &in->part[in->n - 1].c : NULL;
	for (size_t i = 0; last && last->part_hashes && i + 1 < in->n && i + 1 < last->parts; i++)
		in->part[i].hash = hash_from(last->part_hashes + i * HASH_LEN);
	return in->n;
}

static err_t believe(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct input *in = ctx;
	if (*(const uint8_t *)key.p != SHARED_GENESIS || record_decode(value, &r))
		return ERR_OK;
	const struct group_node *map = group_find(group_all(&r), 1);
	struct genesis g;
	if (!map || map->size < 2)
		return ERR_OK;
	struct rd bytes = RD(map[1].bytes);
	struct span genesis = rd_blob16(&bytes);
	if (genesis_decode(genesis, &g))
		return ERR_OK;
	in->b.vault = g.vault;
	check(!genesis_hash(genesis, &in->b.genesis) && !signer_id(g.vault, &g.device, &in->b.device));
	return ERR_OK;
}

/* stands_on: vv(C): what it says, and itself. */
static bool stands_on(struct input *in)
{
	const struct commit *last = &in->part[in->n - 1].c;
	struct position own = { last->stream, last->n, { { 1 } } };
	if (vv_join(&in->vv, &last->vv, NULL) || vv_add(&in->vv, own, NULL))
		return false;
	in->b.vv = &in->vv;
	in->b.device = device_of(NULL, last->stream);
	in->b.device_of = device_of;
	in->b.begun = begun;
	for (size_t i = 0; i < in->n; i++)
		(void)!pack_read(in->part[i].c.pack, believe, in);
	return true;
}

static err_t put(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	conflict_who(id_span(&root->tag), time, out);
}

static void grow(const struct records *t)
{
	const struct tree_naming naming = { .who = who };
	struct view v = records_view(t);
	uint64_t inos[INOS];
	size_t n = 0;
	cleanup(tree_freep) struct tree *tree = NULL;
	check(!tree_build(&v, &naming, &tree));
	for (size_t i = 0; i < t->n && n < INOS; i++) {
		struct shared_name name;
		if (!shared_key_parse(records_key(t->v[i]), &name) && name.kind == SHARED_INODE)
			inos[n++] = name.ino;
	}
	tree_check(tree, inos, n);
}

/* joins: what stands, on an empty state. */
static void joins(const struct input *in)
{
	cleanup(records_free) struct records commit = RECORDS_INIT, changes = RECORDS_INIT, state = RECORDS_INIT;
	struct view v = records_view(&state);
	for (size_t i = 0; i < in->n; i++)
		check(!pack_read(in->part[i].c.pack, put, &commit));
	check(!join_apply(&v, &commit, &changes) && !records_apply(&state, &changes));
	grow(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(input_free) struct input in = { .n = 0 };
	struct rd r = RD(SPAN(data, size));
	enum refusal why = REFUSED_NOT, again = REFUSED_NOT;
	in.b.lamport = rd_u64(&r);
	in.b.rules = rd_u8(&r);
	in.b.epoch = rd_u8(&r);
	if (r.bad || !get_parts(&r, &in) || !stands_on(&in))
		return 0;
	check(!commit_check(in.part, in.n, &in.b, &why) && !commit_check(in.part, in.n, &in.b, &again));
	check(why == again);
	if (why == REFUSED_NOT)
		joins(&in);
	return 0;
}
