/* SPDX-License-Identifier: MIT */
#include "vault/print/key_text.h"

#include "util/cleanup.h"
#include "util/hex.h"
#include "vault/changeset/said.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/shown/shown_key.h"

#include <stdlib.h>
#include <string.h>

#define KEY_PARTS_MAX 6
#define SET_NAME_LEN 6 /* "set-a:" */

enum part { INO, NUMBER8, NUMBER32, NUMBER64, NAMEHASH, STREAM, ID, HASH };
static const struct part_form {
	size_t len;
	bool decimal; /* else hexadecimal */
	const char *what;
} forms[] = {
	[INO] = { 8, true, "an inode number" },     [NUMBER8] = { 1, true, "a small number" },
	[NUMBER32] = { 4, true, "a number" },       [NUMBER64] = { 8, true, "a number" },
	[NAMEHASH] = { 8, false, "16 hex digits" }, [STREAM] = { 8, false, "16 hex digits" },
	[ID] = { ID_LEN, false, "32 hex digits" },  [HASH] = { HASH_LEN, false, "64 hex digits" },
};
static const struct shape {
	const char *name;
	uint8_t kind, n;
	uint8_t part[KEY_PARTS_MAX];
} shapes[] = {
	{ "reap", REC_REAP, 1, { ID } },
	{ "pin", REC_PIN, 1, { INO } },
	{ "inode", SHARED_INODE, 1, { INO } },
	{ "link", SHARED_LINK, 2, { INO, NUMBER64 } },
	{ "sibling", SHARED_SIBLING, 5, { INO, NUMBER64, STREAM, NUMBER64, ID } },
	{ "version", SHARED_VERSION, 5, { INO, NUMBER64, STREAM, NUMBER64, ID } },
	{ "xattr", SHARED_XATTR, 2, { INO, NAMEHASH } },
	{ "place", SHARED_PLACE, 6, { INO, NUMBER8, NAMEHASH, NUMBER64, STREAM, NUMBER64 } },
	{ "content", SHARED_CONTENT, 1, { ID } },
	{ "extents", SHARED_EXTENTS, 2, { ID, NUMBER32 } },
	{ "segment", SHARED_SEGMENT, 1, { ID } },
	{ "super", SHARED_SUPER, 0, { 0 } },
	{ "genesis", SHARED_GENESIS, 0, { 0 } },
	{ "statement", SHARED_STATEMENT, 1, { HASH } },
	{ "slot", SHARED_SLOT, 1, { ID } },
	{ "device", SHARED_DEVICE, 1, { ID } },
	{ "epoch", SHARED_EPOCH, 2, { NUMBER32, HASH } },
	{ "names", SHOWN_NAMES, 2, { INO, NAMEHASH } },
	{ "special", SHOWN_SPECIAL, 2, { INO, NAMEHASH } },
	{ "members", SHOWN_MEMBERS, 1, { INO } },
	{ "bound", SHOWN_BOUND, 4, { INO, NUMBER64, INO, NUMBER64 } },
	{ "revived", SHOWN_REVIVED, 1, { INO } },
	{ "homes", SHOWN_HOMES, 2, { INO, INO } },
	{ "hangs", SHOWN_HANGS, 1, { INO } },
	{ "copies", SHOWN_COPIES, 2, { INO, INO } },
	{ "subdirs", SHOWN_SUBDIRS, 1, { INO } },
	{ "several", SHOWN_SEVERAL, 1, { INO } },
	{ "placed", REC_PLACED, 2, { ID, ID } },
	{ "placed", REC_PLACED, 1, { ID } },
	{ "unlinked", REC_UNLINKED, 2, { INO, NAMEHASH } },
	{ "unlinked", REC_UNLINKED, 1, { INO } },
	{ "uses", REC_USES, 1, { ID } },
	{ "nameless", REC_NAMELESS_CONTENT, 1, { INO } },
	{ "set-a", SAID_A, 0, { 0 } },
	{ "set-b", SAID_B, 0, { 0 } },
};

static const struct shape *shape_named(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (strlen(shapes[i].name) == len && !memcmp(shapes[i].name, name, len))
			return &shapes[i];
	return NULL;
}

static const struct shape *shape_of(uint8_t kind)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (shapes[i].kind == kind)
			return &shapes[i];
	return NULL;
}

const char *key_text_kind(uint8_t kind)
{
	const struct shape *s = shape_of(kind);
	return s ? s->name : NULL;
}

/* parse_decimal: into `n` big-endian bytes. */
static bool parse_decimal(const char *text, uint8_t *out, size_t n)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || (n < 8 && v >> (8 * n)))
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	return true;
}

static bool parse_part(const struct part_form *form, const char *text, struct rkey *key)
{
	bool good = form->decimal ? parse_decimal(text, key->b + key->len, form->len)
	                          : hex_decode(text, key->b + key->len, form->len);
	key->len = (uint8_t)(key->len + form->len);
	return good;
}

static err_t unknown_kind(const char *text, struct why *why)
{
	char list[400] = "";
	for (size_t i = 0, n = 0; i < ARRAY_LEN(shapes); i++, n = strlen(list))
		snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", shapes[i].name);
	return why_set(why, ERR_INVAL, "'%.40s' is no kind of record; there are %s", text, list);
}

/* parse_parts: of a key of kind `s`, from the first colon on; appends them. */
static err_t parse_parts(const struct shape *s, const char *text, const char *at, struct rkey *key, struct why *why)
{
	for (uint8_t i = 0; *at; i++) {
		char part[2 * HASH_LEN + 2];
		size_t len = strcspn(at + 1, ":");
		if (i == s->n)
			return why_set(why, ERR_INVAL, "'%.100s': a key of kind %s has %u part%s", text, s->name, s->n,
			               s->n == 1 ? "" : "s");
		snprintf(part, sizeof(part), "%.*s", (int)MIN(len, sizeof(part) - 1), at + 1);
		if (!parse_part(&forms[s->part[i]], part, key))
			return why_set(why, ERR_INVAL, "'%.100s': part %u of the key is not %s", text, i + 1,
			               forms[s->part[i]].what);
		at += 1 + len;
	}
	return ERR_OK;
}

static bool is_set(uint8_t kind)
{
	return kind == SAID_A || kind == SAID_B;
}

err_t key_text_parse(const char *text, struct rkey *ret, struct why *why)
{
	const char *kind = text, *at = text + strcspn(text, ":");
	const struct shape *s = shape_named(kind, (size_t)(at - kind));
	struct rkey key = { .len = 0 };
	if (s && is_set(s->kind) && *at) { /* a shared key stands behind it */
		key.b[key.len++] = s->kind;
		kind = at + 1;
		at = kind + strcspn(kind, ":");
		s = shape_named(kind, (size_t)(at - kind));
	}
	if (!s)
		return unknown_kind(kind, why);
	key.b[key.len++] = s->kind;
	err_t e = parse_parts(s, text, at, &key, why);
	if (!e)
		*ret = key;
	return e;
}

static void format_part(const struct part_form *form, const uint8_t *p, char *out, size_t n)
{
	unsigned long long v = 0;
	for (size_t i = 0; i < form->len && form->decimal; i++)
		v = v << 8 | p[i];
	if (form->decimal)
		snprintf(out, n, ":%llu", v);
	else {
		out[0] = ':';
		hex_encode(p, form->len, out + 1);
	}
}

/* format_as: false: it is no key of that shape. */
static bool format_as(const struct shape *s, struct span key, char text[KEY_TEXT_MAX])
{
	struct rd r = RD(key);
	bool kind = rd_u8(&r) == s->kind;
	snprintf(text, KEY_TEXT_MAX, "%s", s->name);
	for (uint8_t i = 0; kind && i < s->n; i++) {
		const struct part_form *form = &forms[s->part[i]];
		const uint8_t *p = rd_bytes(&r, form->len);
		if (p)
			format_part(form, p, text + strlen(text), KEY_TEXT_MAX - strlen(text));
	}
	return kind && rd_end(&r);
}

static void format_key(struct span key, char out[KEY_TEXT_MAX])
{
	char hex[2 * 48 + 1];
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		if (format_as(&shapes[i], key, out))
			return;
	hex_encode(key.p, MIN(key.len, (size_t)48), hex);
	snprintf(out, KEY_TEXT_MAX, "unknown:%s", hex);
}

struct span key_text_record(struct span key)
{
	const uint8_t *b = key.p;
	return key.len > 1 && is_set(b[0]) ? SPAN(b + 1, key.len - 1) : key;
}

void key_text_format(struct span key, char out[KEY_TEXT_MAX])
{
	char inner[KEY_TEXT_MAX];
	struct span record = key_text_record(key);
	if (record.len == key.len) {
		format_key(key, out);
		return;
	}
	format_key(record, inner);
	snprintf(out, KEY_TEXT_MAX, "%s:%.*s", key_text_kind(*(const uint8_t *)key.p), KEY_TEXT_MAX - SET_NAME_LEN - 1,
	         inner);
}
