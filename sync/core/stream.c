/* SPDX-License-Identifier: MIT */
#include "sync/core/stream.h"

#include "crypto/hash.h"
#include "sync/core/state_form.h"
#include "util/cleanup.h"
#include "vault/objects/applied.h"

#include <string.h>

static err_t hash_of(struct id stream, struct hash *ret)
{
	static const char label[] = "cloudseal stream";
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, label, strlen(label));
	buf_id(&b, stream);
	err_t e = buf_ok(&b);
	if (!e)
		e = crypto_sha256(buf_span(&b), ret);
	return !e && applied_stream(*ret) == 0 ? ERR_CRYPTO : e;
}

err_t stream_begin(struct id stream, struct id device, const uint8_t key[32], struct stream *ret)
{
	struct stream st = { .id = stream, .device = device, .epoch = 1 };
	err_t e = hash_of(stream, &st.hash);
	if (e)
		return e;
	st.number = applied_stream(st.hash);
	st.seen.stream = st.applied.stream = stream;
	memcpy(st.key, key, sizeof(st.key));
	*ret = st;
	return ERR_OK;
}

struct search {
	uint64_t number;
	bool found;
	struct stream stream;
};

static int visit(void *ctx, struct span key, struct span value)
{
	struct search *s = ctx;
	(void)key;
	if (!value.p)
		return ERR_DAMAGED;
	err_t e = state_stream_decode(value, &s->stream);
	if (e || s->stream.number != s->number)
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

err_t stream_own(struct map *m, struct id made, struct stream *ret)
{
	cleanup(buf_free) struct buf key = BUF_INIT, v = BUF_INIT;
	struct own_life life = { .stream = made };
	err_t e = state_get_life(m, &life);
	if (e && e != ERR_NOTFOUND)
		return e;
	buf_put(&key, STATE_STREAM, strlen(STATE_STREAM));
	buf_id(&key, life.stream);
	e = buf_ok(&key);
	if (!e)
		e = map_get(m, MAP_STATE, buf_span(&key), &v);
	return e ? e : state_stream_decode(buf_span(&v), ret);
}
