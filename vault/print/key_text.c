/* SPDX-License-Identifier: MIT */
#include "vault/print/key_text.h"

#include "util/cleanup.h"
#include "util/hex.h"

#include <stdlib.h>
#include <string.h>

#define KEY_PARTS_MAX 3

enum part { INO, NUMBER32, NUMBER64, NAMEHASH, ID, HASH };
static const struct part_form {
	size_t len;
	bool decimal; /* else hexadecimal */
	const char *what;
} forms[] = {
	[INO] = { 8, true, "an inode number" },    [NUMBER32] = { 4, true, "a number" },
	[NUMBER64] = { 8, true, "a number" },      [NAMEHASH] = { 8, false, "16 hex digits" },
	[ID] = { ID_LEN, false, "32 hex digits" }, [HASH] = { HASH_LEN, false, "64 hex digits" },
};
static const struct shape {
	const char *name;
	uint8_t kind, n;
	uint8_t part[KEY_PARTS_MAX];
} shapes[] = {
	{ "super", REC_SUPER, 0, { 0 } },
	{ "inode", REC_INODE, 1, { INO } },
	{ "dirent", REC_DIRENT, 2, { INO, NAMEHASH } },
	{ "extents", REC_EXTENTS, 2, { ID, NUMBER32 } },
	{ "xattr", REC_XATTR, 2, { INO, NAMEHASH } },
	{ "alias", REC_ALIAS, 1, { INO } },
	{ "block", REC_BLOCK, 1, { ID } },
	{ "segment", REC_SEGMENT, 1, { ID } },
	{ "device", REC_DEVICE, 1, { ID } },
	{ "stream", REC_STREAM, 1, { ID } },
	{ "statement", REC_STATEMENT, 1, { HASH } },
	{ "epoch", REC_EPOCH, 2, { NUMBER32, HASH } },
	{ "slot", REC_SLOT, 1, { ID } },
	{ "checkpoint", REC_CHECKPOINT, 1, { NUMBER64 } },
	{ "orphan", REC_ORPHAN, 1, { INO } },
	{ "link", REC_LINK, 3, { INO, INO, NAMEHASH } },
	{ "count", REC_COUNT, 1, { INO } },
	{ "ref", REC_REF, 1, { ID } },
	{ "reap", REC_REAP, 1, { ID } },
	{ "pin", REC_PIN, 1, { INO } },
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
	char list[300] = "";
	for (size_t i = 0, n = 0; i < ARRAY_LEN(shapes); i++, n = strlen(list))
		snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", shapes[i].name);
	return why_set(why, ERR_INVAL, "'%.40s' is no kind of record; there are %s", text, list);
}

err_t key_text_parse(const char *text, struct rkey *ret, struct why *why)
{
	const char *at = text + strcspn(text, ":");
	const struct shape *s = shape_named(text, (size_t)(at - text));
	if (!s)
		return unknown_kind(text, why);
	struct rkey key = key_kind(s->kind);
	for (uint8_t i = 0; *at; i++) {
		char part[2 * HASH_LEN + 2];
		size_t len = strcspn(at + 1, ":");
		if (i == s->n)
			return why_set(why, ERR_INVAL, "'%.100s': a key of kind %s has %u part%s", text, s->name, s->n,
			               s->n == 1 ? "" : "s");
		snprintf(part, sizeof(part), "%.*s", (int)MIN(len, sizeof(part) - 1), at + 1);
		if (!parse_part(&forms[s->part[i]], part, &key))
			return why_set(why, ERR_INVAL, "'%.100s': part %u of the key is not %s", text, i + 1,
			               forms[s->part[i]].what);
		at += 1 + len;
	}
	*ret = key;
	return ERR_OK;
}

static void format_part(const struct part_form *form, const uint8_t *p, char *out, size_t n)
{
	struct rd r = RD(SPAN(p, form->len));
	if (form->decimal)
		snprintf(out, n, ":%llu", (unsigned long long)(form->len == 8 ? rd_u64be(&r) : rd_u32be(&r)));
	else {
		out[0] = ':';
		hex_encode(p, form->len, out + 1);
	}
}

void key_text_format(struct span key, char out[KEY_TEXT_MAX])
{
	struct rd r = RD(key);
	const struct shape *s = shape_of(rd_u8(&r));
	char text[KEY_TEXT_MAX];
	snprintf(text, sizeof(text), "%s", s ? s->name : "");
	for (uint8_t i = 0; s && i < s->n; i++) {
		const struct part_form *form = &forms[s->part[i]];
		const uint8_t *p = rd_bytes(&r, form->len);
		if (p)
			format_part(form, p, text + strlen(text), sizeof(text) - strlen(text));
	}
	if (s && rd_end(&r)) {
		memcpy(out, text, KEY_TEXT_MAX);
		return;
	}
	char hex[2 * 48 + 1];
	hex_encode(key.p, MIN(key.len, (size_t)48), hex);
	snprintf(out, KEY_TEXT_MAX, "unknown:%s", hex);
}
