/* SPDX-License-Identifier: MIT */
#include "vault/join/vault_known.h"

#include "util/cleanup.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/history.h"
#include "vault/join/signer.h"
#include "vault/join/segment.h"
#include "vault/join/statement.h"

/* Numbers of groups that a record may have, as bits; 12 and on are a later version's. */
enum { GROUPS_LATER = 0xf000, GROUPS_1 = 0x2, GROUPS_1_2 = 0x6, GROUPS_SUPER = 0xc };

#define MIX_LEN 32
#define ROOT_LEN 32
#define RETENTION_MIN 7

/* -- groups ------------------------------------------------------------------------------------------------------ */

/* value_of: the bytes of a VALUE, of the zero stamp if `zero`. ERR_NOTFOUND: no such group. */
static err_t value_of(struct nodes list, uint16_t number, bool zero, struct span *ret)
{
	const struct group_node *g = group_find(list, number);
	if (!g)
		return ERR_NOTFOUND;
	if (g->class != GROUP_VALUE || (zero && stamp_cmp(g->stamp, STAMP_ZERO)))
		return ERR_DAMAGED;
	*ret = g->bytes;
	return ERR_OK;
}

/* each_key: whether all keys of a MAP are of the zero stamp and `ok`; true also without the group. */
static bool each_key(struct nodes list, uint16_t number, const struct vault_name *n,
                     bool (*ok)(const struct vault_name *n, struct span bytes))
{
	const struct group_node *g = group_find(list, number);
	if (g && g->class != GROUP_MAP)
		return false;
	struct nodes keys = g ? group_inside(g) : (struct nodes){ 0 };
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size)
		if (stamp_cmp(k->stamp, STAMP_ZERO) || !ok(n, k->bytes) || !group_only(group_inside(k), 0))
			return false;
	return true;
}

/* -- contents and segments --------------------------------------------------------------------------------------- */

static err_t check_extents(struct span value)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	return content_get_extents(value, &w);
}

static err_t check_facts(const struct vault_name *n, struct span value)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct id id;
	err_t e = segment_get_facts(value, &f);
	if (!e)
		e = segment_id(value, &id);
	return e || id_eq(id, n->id) ? e : ERR_DAMAGED;
}

static err_t check_segment(const struct vault_name *n, struct nodes list)
{
	struct span facts, condemned;
	err_t e = value_of(list, 1, true, &facts);
	if (!e)
		e = check_facts(n, facts);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = value_of(list, 2, false, &condemned);
	if (!e && condemned.len && condemned.len != sizeof(int64_t))
		return ERR_DAMAGED;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* -- members ----------------------------------------------------------------------------------------------------- */

static err_t check_days(struct nodes list, uint16_t number, uint32_t least)
{
	struct span days;
	err_t e = value_of(list, number, false, &days);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	struct rd r = RD(days);
	uint32_t n = rd_u32(&r);
	return rd_end(&r) && n >= least ? ERR_OK : ERR_DAMAGED;
}

static err_t check_super(struct nodes list)
{
	err_t e = check_days(list, 2, RETENTION_MIN);
	return e ? e : check_days(list, 3, 0);
}

static bool is_genesis(const struct vault_name *n, struct span bytes)
{
	(void)n;
	return signer_genesis_ok(bytes);
}

static bool is_mix(const struct vault_name *n, struct span bytes)
{
	(void)n;
	return bytes.len == MIX_LEN;
}

static bool is_root(const struct vault_name *n, struct span bytes)
{
	(void)n;
	return bytes.len == ROOT_LEN;
}

static bool is_wrap(const struct vault_name *n, struct span bytes)
{
	return signer_wrap_ok(bytes, n->id);
}

static err_t check_statement(const struct vault_name *n, struct span value)
{
	cleanup(statement_free) struct statement body = { 0 };
	struct signer_said s;
	struct hash h;
	if (!signer_statement(value, &s))
		return ERR_DAMAGED;
	err_t e = statement_get_body(&s, &body);
	if (e && e != ERR_NOTFOUND) /* of a kind that is not known */
		return e;
	e = signer_statement_hash(value, &h);
	return e || hash_eq(h, n->hash) ? e : ERR_DAMAGED;
}

static err_t check_device(const struct vault_name *n, struct nodes list)
{
	struct span name;
	err_t e = value_of(list, 2, false, &name);
	if (e == ERR_DAMAGED || (!e && !signer_name_ok(name)))
		return ERR_DAMAGED;
	return each_key(list, 1, n, is_mix) ? ERR_OK : ERR_DAMAGED;
}

static err_t check_epoch(const struct vault_name *n, struct nodes list)
{
	struct span start;
	struct hash id;
	uint32_t number;
	if (!each_key(list, 2, n, is_root))
		return ERR_DAMAGED;
	err_t e = value_of(list, 1, true, &start);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (!epoch_start_ok(start, &number) || number != n->number)
		return ERR_DAMAGED;
	e = epoch_id(start, &id);
	return e || hash_eq(id, n->hash) ? e : ERR_DAMAGED;
}

/* check_one: of what has a VALUE as group 1, which must be there. */
static err_t check_one(const struct vault_name *n, struct nodes list)
{
	struct content_rec c;
	struct span value;
	err_t e = value_of(list, 1, true, &value);
	if (e)
		return ERR_DAMAGED;
	switch (n->kind) {
	case SHARED_PLACE:
		return history_ok(n, value) ? ERR_OK : ERR_DAMAGED;
	case SHARED_CONTENT:
		return content_get(value, &c) ? ERR_OK : ERR_DAMAGED;
	case SHARED_EXTENTS:
		return check_extents(value);
	default:
		return check_statement(n, value);
	}
}

/* groups_of: those that a record of that kind may have. */
static uint32_t groups_of(enum vault_kind kind)
{
	switch (kind) {
	case SHARED_SUPER:
		return GROUPS_SUPER;
	case SHARED_SEGMENT:
	case SHARED_SLOT:
	case SHARED_DEVICE:
	case SHARED_EPOCH:
		return GROUPS_1_2;
	default:
		return GROUPS_1;
	}
}

err_t vault_known_check(const struct vault_name *n, struct nodes list)
{
	if (!group_only(list, groups_of(n->kind) | GROUPS_LATER))
		return ERR_DAMAGED;
	switch (n->kind) {
	case SHARED_PLACE:
	case SHARED_CONTENT:
	case SHARED_EXTENTS:
	case SHARED_STATEMENT:
		return check_one(n, list);
	case SHARED_SEGMENT:
		return check_segment(n, list);
	case SHARED_SUPER:
		return check_super(list);
	case SHARED_GENESIS:
		return group_find(list, 1) && each_key(list, 1, n, is_genesis) ? ERR_OK : ERR_DAMAGED;
	case SHARED_SLOT:
		return each_key(list, 1, n, is_mix) && each_key(list, 2, n, is_wrap) ? ERR_OK : ERR_DAMAGED;
	case SHARED_DEVICE:
		return check_device(n, list);
	default:
		return check_epoch(n, list);
	}
}
