/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_which.h"

#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "util/hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BYTES 8 /* of a number */

static err_t own_stream(struct map *m, struct hash *stream)
{
	struct stream own;
	err_t e = stream_own(m, &own);
	if (!e)
		*stream = own.hash;
	return e;
}

static bool number_of(const char *text, uint64_t *ret)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	*ret = v;
	return !errno && !*end && text[0] >= '0' && text[0] <= '9' && v > 0;
}

/* stream_of: of the first `len` characters: its number, as dumps show it. */
static err_t stream_of(struct map *m, const char *which, size_t len, struct hash *ret, struct why *why)
{
	char text[2 * STREAM_BYTES + 1];
	uint8_t number[STREAM_BYTES];
	struct stream st;
	snprintf(text, sizeof(text), "%.*s", (int)len, which);
	if (len != 2 * STREAM_BYTES || !hex_decode(text, number, STREAM_BYTES))
		return why_set(why, ERR_INVAL, "'%.80s': a stream is 16 hex digits (debug dump NAME head)", which);
	struct rd r = RD(SPAN(number, sizeof(number)));
	err_t e = stream_find(m, rd_u64be(&r), &st);
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "no stream %s is known on this device", text);
	if (!e)
		*ret = st.hash;
	return e;
}

err_t dump_which_commit(struct map *m, const char *which, struct dump_commit_id *ret, struct why *why)
{
	struct dump_commit_id c;
	const char *colon = strchr(which, ':');
	if (!number_of(colon ? colon + 1 : which, &c.n))
		return why_set(why, ERR_INVAL, "'%.80s' is no commit: say its number, or STREAM:NUMBER", which);
	err_t e = colon ? stream_of(m, which, (size_t)(colon - which), &c.stream, why) : own_stream(m, &c.stream);
	if (!e)
		*ret = c;
	return e;
}

err_t dump_which_stream(struct map *m, const char *which, struct hash *ret, struct why *why)
{
	return *which ? stream_of(m, which, strlen(which), ret, why) : own_stream(m, ret);
}
