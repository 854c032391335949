/* SPDX-License-Identifier: MIT */
#include "sync/core/stream.h"

#include "crypto/hash.h"
#include "sync/core/state.h"
#include "util/cleanup.h"
#include "vault/objects/applied.h"

#include <string.h>

err_t stream_hash(struct id stream, struct hash *ret)
{
	static const char label[] = "cloudseal stream";
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct hash h;
	buf_put(&b, label, strlen(label));
	buf_id(&b, stream);
	err_t e = buf_ok(&b);
	if (!e)
		e = crypto_sha256(buf_span(&b), &h);
	if (e)
		return e;
	if (applied_stream(h) == 0)
		return ERR_CRYPTO;
	*ret = h;
	return ERR_OK;
}

err_t stream_number(struct id stream, uint64_t *ret)
{
	struct hash h;
	err_t e = stream_hash(stream, &h);
	if (!e)
		*ret = applied_stream(h);
	return e;
}

struct search {
	uint64_t number;
	bool found;
	struct stream stream;
};

static int visit(void *ctx, struct span key, struct span value)
{
	struct search *s = ctx;
	uint64_t number;
	(void)key;
	if (!value.p)
		return ERR_DAMAGED;
	err_t e = state_stream_decode(value, &s->stream);
	if (!e)
		e = stream_number(s->stream.id, &number);
	if (e || number != s->number)
		return (int)e;
	s->found = true;
	return MAP_STOP;
}

err_t stream_find(struct map *m, uint64_t number, struct stream *ret)
{
	struct search s = { .number = number };
	err_t e = map_scan(m, MAP_STATE, span_str(STATE_STREAM), SPAN(NULL, 0), visit, &s);
	if (!e && !s.found)
		e = ERR_NOTFOUND;
	if (!e)
		*ret = s.stream;
	return e;
}
