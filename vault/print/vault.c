/* SPDX-License-Identifier: MIT
 * What breaks a rule is not looked into: the printers below get what vault_known_check took.
 */
#include "vault/print/vault.h"

#include "util/cleanup.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/history.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/segment.h"
#include "vault/join/vault_known.h"
#include "vault/print/attr.h"
#include "vault/print/parts.h"
#include "vault/print/statement.h"

#include <string.h>

#define SHOWN_MAX 8

/* value: of a VALUE; ERR_NOTFOUND. */
static err_t value(struct nodes list, uint16_t number, struct span *ret)
{
	const struct group_node *g = group_find(list, number);
	if (!g)
		return ERR_NOTFOUND;
	*ret = g->bytes;
	return ERR_OK;
}

static size_t keys(struct nodes list, uint16_t number)
{
	const struct group_node *g = group_find(list, number);
	size_t n = 0;
	struct nodes inside = g ? group_inside(g) : (struct nodes){ 0 };
	for (const struct group_node *k = inside.v; k < group_end(inside); k += k->size)
		n++;
	return n;
}

/* secrets: that they are there, and how many when it should be one. */
static void secrets(const struct fields *f, struct nodes list, uint16_t number, const char *name)
{
	size_t n = keys(list, number);
	if (n)
		fields_secret(f, name);
	if (n > 1)
		fields_number(f, "of_these", n);
}

/* -- history ----------------------------------------------------------------------------------------------------- */

static void spot_of(const struct fields *f, struct rd *r)
{
	struct spot s = { 0 };
	(void)rd_u8(r);
	s.dir = rd_u64(r);
	s.name.len = rd_u8(r);
	rd_copy(r, s.name.b, s.name.len);
	print_spot(f, NULL, &s);
}

static void xattr_of(const struct fields *f, struct rd *r)
{
	size_t len = rd_u8(r);
	fields_text(f, "name", SPAN(rd_bytes(r, len), len));
	fields_flag(f, "removed", !rd_u8(r));
	fields_number(f, "bytes", r->left);
}

static err_t history(const struct fields *f, const struct vault_name *n, struct span bytes)
{
	struct rd r = RD(bytes);
	fields_time(f, "changed", (int64_t)rd_u64(&r), 0);
	if (n->group == GROUP_PLACE)
		spot_of(f, &r);
	else if (n->group >= GROUP_ATTR && n->group < GROUP_ATTR + ATTR_GROUPS)
		print_attr(f, (enum attr_group)(n->group - GROUP_ATTR), n->stamp, SPAN(r.p, r.left));
	else if (n->group == HISTORY_XATTR)
		xattr_of(f, &r);
	return ERR_OK;
}

/* -- contents and segments --------------------------------------------------------------------------------------- */

static err_t content(const struct fields *f, struct span bytes)
{
	struct content_rec c;
	if (!content_get(bytes, &c))
		return ERR_DAMAGED;
	fields_flag(f, "has_parent", c.has_parent);
	if (!c.has_parent)
		return ERR_OK;
	fields_hex(f, "parent", c.parent.b, sizeof(c.parent));
	fields_number(f, "inherited_bytes", c.inherited);
	return ERR_OK;
}

static err_t extents(const struct fields *f, struct span bytes)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	err_t e = content_get_extents(bytes, &w);
	if (e)
		return e;
	fields_number(f, "extents", w.n);
	fields_open(f, "first_extents", FIELDS_LIST);
	for (size_t i = 0; i < MIN(w.n, (size_t)SHOWN_MAX); i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_number(f, "offset", w.v[i].start);
		fields_number(f, "bytes", w.v[i].length);
		fields_hex(f, "block", w.v[i].block.b, sizeof(w.v[i].block));
		fields_number(f, "block_offset", w.v[i].offset);
		fields_close(f);
	}
	fields_close(f);
	return ERR_OK;
}

static void first_blocks(const struct fields *f, const struct segment_facts *s)
{
	fields_open(f, "first_blocks", FIELDS_LIST);
	for (size_t i = 0; i < MIN(s->blocks_n, (size_t)SHOWN_MAX); i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_hex(f, "block", s->blocks[i].hash.b, ID_LEN);
		fields_number(f, "bytes", s->blocks[i].length);
		fields_number(f, "epoch", s->epochs[s->blocks[i].epoch].number);
		fields_close(f);
	}
	fields_close(f);
}

static err_t segment(const struct fields *f, struct nodes list)
{
	cleanup(segment_facts_free) struct segment_facts s = { 0 };
	struct span facts, condemned;
	err_t e = value(list, 1, &facts);
	if (!e)
		e = segment_get_facts(facts, &s);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (!e) {
		fields_number(f, "bytes", segment_size(&s));
		fields_number(f, "blocks", s.blocks_n);
		first_blocks(f, &s);
	}
	if (value(list, 2, &condemned))
		return ERR_OK;
	struct rd r = RD(condemned);
	print_stamp(f, "condemned_by", group_find(list, 2)->stamp);
	if (condemned.len)
		fields_time(f, "condemned", (int64_t)rd_u64(&r), 0);
	else
		fields_word(f, "condemned", "not any more");
	return ERR_OK;
}

/* -- members ----------------------------------------------------------------------------------------------------- */

static err_t super(const struct fields *f, struct nodes list)
{
	static const char *const names[] = { [2] = "retention_days", [3] = "grace_days" };
	for (size_t i = 2; i < ARRAY_LEN(names); i++) {
		struct span days;
		if (value(list, (uint16_t)i, &days))
			continue;
		struct rd r = RD(days);
		fields_number(f, names[i], rd_u32(&r));
	}
	return ERR_OK;
}

static err_t slot(const struct fields *f, struct nodes list)
{
	secrets(f, list, 1, "mix_key");
	secrets(f, list, 2, "wrap");
	return ERR_OK;
}

static err_t device(const struct fields *f, struct nodes list)
{
	struct span name;
	if (value(list, 2, &name) == ERR_OK)
		fields_text(f, "name", name);
	secrets(f, list, 1, "mix_key");
	return ERR_OK;
}

static err_t epoch(const struct fields *f, struct nodes list)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	struct span start;
	err_t e = value(list, 1, &start);
	if (!e)
		e = epoch_get_start(start, &s);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (!e) {
		fields_number(f, "causes", s.causes_n);
		fields_number(f, "slots", s.slots.n);
	}
	secrets(f, list, 2, "root");
	return ERR_OK;
}

/* -- all of them ------------------------------------------------------------------------------------------------- */

static err_t one_value(const struct fields *f, const struct vault_name *n, struct nodes list)
{
	struct span bytes;
	err_t e = value(list, 1, &bytes);
	if (e)
		return ERR_DAMAGED;
	switch (n->kind) {
	case SHARED_PLACE:
		return history(f, n, bytes);
	case SHARED_CONTENT:
		return content(f, bytes);
	case SHARED_EXTENTS:
		return extents(f, bytes);
	default:
		return print_statement(f, bytes);
	}
}

static err_t record(const struct fields *f, const struct vault_name *n, struct nodes list)
{
	switch (n->kind) {
	case SHARED_SEGMENT:
		return segment(f, list);
	case SHARED_SUPER:
		return super(f, list);
	case SHARED_GENESIS:
		fields_number(f, "genesis", keys(list, 1));
		return ERR_OK;
	case SHARED_SLOT:
		return slot(f, list);
	case SHARED_DEVICE:
		return device(f, list);
	case SHARED_EPOCH:
		return epoch(f, list);
	default:
		return one_value(f, n, list);
	}
}

static uint32_t known(enum vault_kind kind)
{
	switch (kind) {
	case SHARED_SUPER:
		return 1 << 2 | 1 << 3;
	case SHARED_SEGMENT:
	case SHARED_SLOT:
	case SHARED_DEVICE:
	case SHARED_EPOCH:
		return 1 << 1 | 1 << 2;
	default:
		return 1 << 1;
	}
}

err_t print_vault_record(const struct fields *f, const struct vault_name *n, struct nodes list)
{
	err_t e = vault_known_check(n, list);
	if (!e)
		e = record(f, n, list);
	print_odd(f, e == ERR_DAMAGED);
	print_groups(f, list, e == ERR_DAMAGED ? 0 : known(n->kind));
	return e == ERR_DAMAGED ? ERR_OK : e;
}
