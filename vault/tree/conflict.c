/* SPDX-License-Identifier: MIT */
#include "vault/tree/conflict.h"

#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEVICE_BYTES 40
#define EXT_BYTES 8
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
	if (digits > i + 1)
		i = digits;
	return i == len || s[i] == '.' ? i : 0;
}

static void strip(struct span name, struct name *out)
{
	const char *s = name.p;
	out->len = 0;
	for (size_t i = 0; i < name.len && out->len < NAME_BYTES;) {
		size_t skip = older_suffix(s + i, name.len - i);
		if (skip == 0)
			out->b[out->len++] = s[i++];
		i += skip;
	}
}

/* Where a part ".ext" begins that ends at `end`; or `end`: there is none. */
static size_t part_start(const char *s, size_t end)
{
	size_t i = end;
	while (i > 0 && end - i < EXT_BYTES && (is_letter(s[i - 1]) || is_digit(s[i - 1])))
		i--;
	return i < end && i > 1 && s[i - 1] == '.' ? i - 1 : end;
}

static size_t stem_len(const struct name *n)
{
	size_t last = part_start(n->b, n->len), more = part_start(n->b, last);
	return last < n->len && more < last && is_letter(n->b[more + 1]) ? more : last;
}

void conflict_name(struct span recorded, const char *who, unsigned counter, struct name *out)
{
	struct name plain;
	strip(recorded, &plain);
	size_t stem = stem_len(&plain), ext = plain.len - stem;
	char suffix[NAME_BYTES], count[16] = "";
	if (counter > 1)
		snprintf(count, sizeof(count), " %u", counter);
	int n = snprintf(suffix, sizeof(suffix), "%s%.*s)%s%.*s", mark, CONFLICT_WHO - 1, who, count, (int)ext,
	                 plain.b + stem);
	size_t kept = cut(plain.b, stem, NAME_BYTES - (size_t)n);
	memcpy(out->b, plain.b, kept);
	memcpy(out->b + kept, suffix, (size_t)n);
	out->len = (uint8_t)(kept + (size_t)n);
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
	struct name plain, made;
	strip(recorded, &plain);
	unsigned n = number_before(name.p, name.len, plain.len - stem_len(&plain));
	conflict_name(recorded, who, n, &made);
	return n && span_cmp(SPAN(made.b, made.len), name) == 0 ? n : 0;
}
