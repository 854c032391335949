/* SPDX-License-Identifier: MIT
 * What printers say, as one line. Include after <cmocka.h>.
 */
#pragma once

#include "util/fields.h"
#include "util/hex.h"
#include "vault/print/record.h"

#include <stdio.h>
#include <string.h>

/* Fields as text: "name=value " and "name{...}". */
static inline void on_text(void *ctx, const char *name, struct span text)
{
	char part[512];
	int n = snprintf(part, sizeof(part), "%s=%.*s ", name ? name : "", (int)text.len, (const char *)text.p);
	buf_put(ctx, part, (size_t)n);
}
static inline void on_number(void *ctx, const char *name, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	on_text(ctx, name, span_str(text));
}
static inline void on_flag(void *ctx, const char *name, bool v)
{
	on_text(ctx, name, span_str(v ? "yes" : "no"));
}
static inline void on_open(void *ctx, const char *name, enum fields_group group)
{
	(void)group;
	buf_put(ctx, name ? name : "-", strlen(name ? name : "-"));
	buf_put(ctx, "{", 1);
}
static inline void on_close(void *ctx)
{
	buf_put(ctx, "} ", 2);
}
static const struct fields_ops print_ops = { on_text, on_number, on_flag, on_open, on_close };

/* printed_record: until the next call. */
static inline const char *printed_record(struct span key, struct span value)
{
	static char text[65536];
	struct buf out = BUF_INIT;
	struct fields f = { &print_ops, &out };
	print_record(&f, key, value);
	assert_true(out.len < sizeof(text));
	memcpy(text, out.p, out.len);
	text[out.len] = 0;
	buf_free(&out);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

/* assert_hides: the bytes are not there in hexadecimal. */
static inline void assert_hides(const char *text, const void *secret, size_t n)
{
	char hex[129];
	hex_encode(secret, n, hex);
	assert_null(strstr(text, hex));
}
