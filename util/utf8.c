/* SPDX-License-Identifier: MIT */
#include "util/utf8.h"

/* more_of: how many bytes follow the first one of a character; 4: it is none. */
static unsigned more_of(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if ((first & 0xe0) == 0xc0)
		return 1;
	if ((first & 0xf0) == 0xe0)
		return 2;
	return (first & 0xf8) == 0xf0 ? 3 : 4;
}

/* next: one character of at least one byte; UINT32_MAX when it is not well-formed (RFC 3629). */
static uint32_t next(const uint8_t **p, const uint8_t *end)
{
	static const uint32_t least[4] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t c = *(*p)++;
	unsigned more = more_of(c);
	if (more == 4 || (size_t)(end - *p) < more)
		return UINT32_MAX;
	uint32_t v = more ? c & (0x3fu >> more) : c;
	for (unsigned i = 0; i < more; i++, (*p)++) {
		if ((**p & 0xc0) != 0x80)
			return UINT32_MAX;
		v = v << 6 | (**p & 0x3f);
	}
	return v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? UINT32_MAX : v;
}

bool utf8_plain(struct span text)
{
	const uint8_t *p = text.p, *end = p + text.len;
	while (p < end) {
		uint32_t c = next(&p, end);
		if (c == UINT32_MAX || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}
