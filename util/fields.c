/* SPDX-License-Identifier: MIT */
#include "util/fields.h"

#include "util/hex.h"

#include <stdio.h>
#include <time.h>

#define HEX_BYTES_MAX 64

void fields_text(const struct fields *f, const char *name, struct span text)
{
	f->ops->text(f->ctx, name, text);
}

void fields_word(const struct fields *f, const char *name, const char *word)
{
	f->ops->text(f->ctx, name, span_str(word));
}

void fields_number(const struct fields *f, const char *name, uint64_t v)
{
	f->ops->number(f->ctx, name, v);
}

void fields_decimal(const struct fields *f, const char *name, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	fields_word(f, name, text);
}

void fields_flag(const struct fields *f, const char *name, bool v)
{
	f->ops->flag(f->ctx, name, v);
}

void fields_hex(const struct fields *f, const char *name, const void *p, size_t n)
{
	char text[2 * HEX_BYTES_MAX + 1];
	hex_encode(p, n < HEX_BYTES_MAX ? n : HEX_BYTES_MAX, text);
	fields_word(f, name, text);
}

void fields_time(const struct fields *f, const char *name, int64_t sec, uint32_t nsec)
{
	char day[32], text[48];
	struct tm tm;
	time_t t = (time_t)sec;
	if (!gmtime_r(&t, &tm) || !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(day, sizeof(day), "%lld", (long long)sec);
	snprintf(text, sizeof(text), "%s.%09uZ", day, nsec);
	fields_word(f, name, text);
}

void fields_secret(const struct fields *f, const char *name)
{
	fields_word(f, name, "(secret)");
}

void fields_open(const struct fields *f, const char *name, enum fields_group group)
{
	f->ops->open(f->ctx, name, group);
}

void fields_close(const struct fields *f)
{
	f->ops->close(f->ctx);
}
