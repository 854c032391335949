/* SPDX-License-Identifier: MIT */
#include "cli/dump/json_fields.h"

#include <stdlib.h>
#include <string.h>

#define MEMBER_BYTES 32 /* of a member beside its name and text: a number, what stands between */
#define ESCAPE_BYTES 6  /* "\u001F" */

/* add: takes `value` over; false: it is gone, as there was no memory. */
static bool add(struct json_fields *j, const char *name, json_t *value)
{
	json_t *to = j->open[j->depth - 1];
	int bad = json_is_array(to) ? json_array_append_new(to, value) : json_object_set_new(to, name, value);
	j->failed |= bad != 0;
	j->bytes += MEMBER_BYTES + (name ? strlen(name) : 0);
	return !bad;
}

/* text_bytes: how many it takes in JSON at most. */
static size_t text_bytes(struct span text)
{
	size_t n = text.len;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = ((const unsigned char *)text.p)[i];
		n += c < ' ' || c == '"' || c == '\\' ? ESCAPE_BYTES - 1 : 0;
	}
	return n;
}

/* not_utf8: with what is not ASCII replaced. */
static json_t *not_utf8(struct span text)
{
	char *copy = malloc(text.len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text.p, text.len);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	json_t *s = json_stringn(copy, text.len);
	free(copy);
	return s;
}

static void on_text(void *ctx, const char *name, struct span text)
{
	struct json_fields *j = ctx;
	json_t *s = json_stringn(text.p ? text.p : "", text.len);
	j->bytes += text_bytes(text);
	add(ctx, name, s ? s : not_utf8(text));
}

static void on_number(void *ctx, const char *name, uint64_t v)
{
	add(ctx, name, json_integer((json_int_t)v));
}

static void on_flag(void *ctx, const char *name, bool v)
{
	add(ctx, name, json_boolean(v));
}

static void on_open(void *ctx, const char *name, enum fields_group group)
{
	struct json_fields *j = ctx;
	json_t *inner = group == FIELDS_LIST ? json_array() : json_object();
	if (j->depth == JSON_FIELDS_DEPTH) /* printers do not nest so deep */
		abort();
	j->open[j->depth++] = add(j, name, inner) ? inner : NULL; /* NULL: nothing can be added to it */
}

static void on_close(void *ctx)
{
	struct json_fields *j = ctx;
	j->depth--;
}

static const struct fields_ops ops = { on_text, on_number, on_flag, on_open, on_close };

void json_fields_begin(struct json_fields *j)
{
	*j = (struct json_fields){ .f = { &ops, j }, .open = { json_object() }, .depth = 1 };
	j->failed = !j->open[0];
}

json_t *json_fields_end(struct json_fields *j)
{
	if (!j->failed)
		return j->open[0];
	json_decref(j->open[0]);
	return NULL;
}
