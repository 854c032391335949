/* SPDX-License-Identifier: MIT */
#include "vault/print/local.h"

#include "util/cleanup.h"
#include "vault/print/parts.h"
#include "vault/records/kinds.h"
#include "vault/records/local.h"
#include "vault/records/placed.h"
#include "vault/shown/claims.h"
#include "vault/shown/shown_key.h"

static err_t names(const struct fields *f, struct span value)
{
	cleanup(claims_free) struct claims c = { 0 };
	err_t e = claims_decode(value, &c);
	if (e)
		return e;
	fields_open(f, "claims", FIELDS_LIST);
	for (size_t i = 0; i < c.n; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_text(f, "name", SPAN(c.v[i].name.b, c.v[i].name.len));
		print_type(f, "type", c.v[i].type);
		fields_decimal(f, "ino", c.v[i].ino);
		fields_decimal(f, "link", c.v[i].lid);
		fields_close(f);
	}
	fields_close(f);
	return ERR_OK;
}

static err_t members(const struct fields *f, struct span value)
{
	struct rd r = RD(value);
	if (!value.len || value.len % sizeof(uint64_t))
		return ERR_DAMAGED;
	fields_open(f, "directories", FIELDS_LIST);
	while (r.left)
		fields_decimal(f, NULL, rd_u64(&r));
	fields_close(f);
	return ERR_OK;
}

static err_t hangs(const struct fields *f, struct span value)
{
	struct rd r = RD(value);
	uint64_t dir = rd_u64(&r);
	uint8_t is_void = rd_u8(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	fields_decimal(f, "directory", dir);
	fields_flag(f, "move_is_void", is_void);
	return ERR_OK;
}

static err_t subdirs(const struct fields *f, struct span value)
{
	struct rd r = RD(value);
	uint64_t n = rd_u64(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	fields_number(f, "directories", n);
	return ERR_OK;
}

static err_t placed(const struct fields *f, struct span value)
{
	struct placed p;
	err_t e = placed_decode(value, &p);
	if (e)
		return e;
	fields_hex(f, "segment", p.segment.b, sizeof(p.segment));
	fields_number(f, "index", p.index);
	fields_number(f, "offset", p.offset);
	fields_number(f, "bytes", p.length);
	fields_number(f, "epoch", p.epoch);
	return ERR_OK;
}

err_t print_local(const struct fields *f, uint8_t kind, struct span value)
{
	switch (kind) {
	case SHOWN_NAMES:
		return names(f, value);
	case SHOWN_MEMBERS:
		return members(f, value);
	case SHOWN_HANGS:
		return hangs(f, value);
	case SHOWN_SUBDIRS:
		return subdirs(f, value);
	case SHOWN_SPECIAL:
	case SHOWN_BOUND:
	case SHOWN_REVIVED:
	case SHOWN_HOMES:
	case SHOWN_COPIES:
	case SHOWN_SEVERAL:
		return value.len ? ERR_DAMAGED : ERR_OK;
	case REC_REAP:
	case REC_PIN:
		return mark_decode(value);
	case REC_PLACED:
		return placed(f, value);
	case REC_USES:
	case REC_NAMELESS_CONTENT:
	case REC_UNLINKED: /* what an open file has now, keys too */
		fields_number(f, "bytes", value.len);
		return ERR_OK;
	default:
		return ERR_VERSION;
	}
}
