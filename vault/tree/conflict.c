/* SPDX-License-Identifier: MIT */
#include "vault/tree/conflict.h"

#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEVICE_BYTES 40
#define EXT_BYTES 8
#define COUNT_BYTES 11 /* a space and a number */
static const char mark[] = " (conflict ";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Longest prefix of at most `max` bytes that does not end within a UTF-8 character. */
static size_t cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max && (s[max] & 0xC0) == 0x80)
		max--;
	return max;
}

void conflict_who(struct span device, int64_t time, char out[CONFLICT_WHO])
{
	const int64_t last = 253402300799; /* end of the year 9999 */
	time_t t = (time_t)(time < 0 ? 0 : MIN(time, last));
	struct tm tm;
	char when[32] = "0000-00-00 00.00.00";
	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H.%M.%S", &tm);
	const char *from = device.p;
	size_t n = cut(from, device.len, DEVICE_BYTES);
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)from[i] < ' ' || strchr("/()\x7f", from[i]) ? '_' : from[i];
	snprintf(out + n, CONFLICT_WHO - n, " %s", when);
}

/* Length of the suffix of an earlier conflict that begins at `s`, or 0. */
static size_t older_suffix(const char *s, size_t len)
{
	size_t i = sizeof(mark) - 1;
	if (len < i || memcmp(s, mark, i))
		return 0;
	bool space = false;
	while (i < len && s[i] != '(' && s[i] != ')')
		space |= s[i++] == ' ';
	if (!space || i == len || s[i] != ')' || !is_digit(s[i - 1]))
		return 0;
	size_t digits = ++i;
	if (i < len && s[i] == ' ')
		digits++;
	while (digits > i && digits < len && is_digit(s[digits]))
		digits++;
	return digits > i + 1 ? digits : i;
}

/* Where a part ".ext" begins that ends at `end`; or `end`: there is none. */
static size_t part_start(const char *s, size_t end)
{
	size_t i = end;
	while (i > 0 && end - i < EXT_BYTES && (is_letter(s[i - 1]) || is_digit(s[i - 1])))
		i--;
	return i < end && i > 0 && s[i - 1] == '.' ? i - 1 : end;
}

/* Where the extension of `s` begins, not before `first`. */
static size_t ext_start(const char *s, size_t len, size_t first)
{
	size_t last = part_start(s, len);
	if (last == len || last < first)
		return len;
	size_t more = part_start(s, last);
	return more < last && more >= first && is_letter(s[more + 1]) ? more : last;
}

struct parts {
	size_t stem; /* bytes that it has, from the first on */
	size_t ext;  /* where it begins */
};

/* A suffix of an earlier conflict, before the extension, belongs to neither. */
static struct parts split(struct span name)
{
	const char *s = name.p;
	const char *bracket = name.len ? memrchr(s, '(', name.len) : NULL;
	size_t at = bracket > s ? (size_t)(bracket - s) - 1 : 0;
	size_t older = bracket > s ? older_suffix(s + at, name.len - at) : 0;
	size_t tail = at + older;
	if (older && (tail == name.len || ext_start(s, name.len, tail) == tail))
		return (struct parts){ at, tail };
	size_t ext = name.len ? ext_start(s, name.len, 1) : 0;
	return (struct parts){ ext, ext };
}

void conflict_name(struct span recorded, const char *who, unsigned counter, struct name *out)
{
	const struct parts p = split(recorded);
	const char *from = recorded.p;
	char suffix[NAME_BYTES], count[COUNT_BYTES + 1] = "";
	if (counter > 1)
		snprintf(count, sizeof(count), " %u", counter);
	int n = snprintf(suffix, sizeof(suffix), "%s%.*s)%s%.*s", mark, CONFLICT_WHO - 1, who, count,
	                 (int)(recorded.len - p.ext), from + p.ext);
	size_t kept = cut(from, p.stem, NAME_BYTES - (size_t)n);
	memcpy(out->b, from, kept);
	memcpy(out->b + kept, suffix, (size_t)n);
	out->len = (uint8_t)(kept + (size_t)n);
}

/* However a stem is cut for a conflict name, this much of it stays. */
#define BASE_BYTES 150
_Static_assert(BASE_BYTES + (sizeof(mark) - 1) + (CONFLICT_WHO - 1) + 1 + COUNT_BYTES + 2 * (1 + EXT_BYTES) <=
                       NAME_BYTES,
               "a conflict name tells the base of what it was made of");

void conflict_base(struct span name, struct name *out)
{
	const struct parts p = split(name);
	size_t kept = cut(name.p, p.stem, BASE_BYTES), ext = name.len - p.ext;
	if (kept)
		memcpy(out->b, name.p, kept);
	if (ext)
		memcpy(out->b + kept, (const char *)name.p + p.ext, ext);
	out->len = (uint8_t)(kept + ext);
}

bool conflict_marked(struct span name)
{
	return name.len && memmem(name.p, name.len, mark, sizeof(mark) - 1);
}

/* The number that stands before the last `ext` bytes of `s`; 1: none. */
static unsigned number_before(const char *s, size_t len, size_t ext)
{
	size_t end = len < ext ? 0 : len - ext, i = end;
	uint64_t n = 0, ten = 1;
	while (i > 0 && end - i < 10 && is_digit(s[i - 1])) {
		n += (uint64_t)(s[--i] - '0') * ten;
		ten *= 10;
	}
	return i < end && n <= UINT32_MAX ? (unsigned)n : 1;
}

unsigned conflict_counter(struct span recorded, const char *who, struct span name)
{
	struct name made;
	unsigned n = number_before(name.p, name.len, recorded.len - split(recorded).ext);
	conflict_name(recorded, who, n, &made);
	return n && span_cmp(SPAN(made.b, made.len), name) == 0 ? n : 0;
}
