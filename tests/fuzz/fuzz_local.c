/* SPDX-License-Identifier: MIT
 * What a device keeps for itself, and small forms that others hand to it. The first byte of the input says what the
 * rest is, in the order of `all`.
 */
#include "fuzz.h"
#include "sync/core/state_form.h"
#include "sync/deliver/past.h"
#include "sync/members/chain.h"

static void try_chain(struct span in, struct buf *out)
{
	struct chain c;
	if (chain_decode(in, &c))
		return;
	chain_encode(&c, out);
	fuzz_same(out, in.p, in.len);
}

static void try_past(struct span in, struct buf *out)
{
	cleanup(past_commit_free) struct past_commit p = { 0 };
	if (past_decode(in, &p))
		return;
	if (past_encode(&p, out))
		abort();
	fuzz_same(out, in.p, in.len);
}

/* try_state: it has members that nobody reads any more, so what is written is compared when it was read again. */
static void try_state(struct span in, struct buf *out)
{
	cleanup(buf_free) struct buf twice = BUF_INIT;
	struct state a, b;
	if (state_decode(in, &a))
		return;
	state_encode(&a, out);
	if (out->len != in.len || state_decode(buf_span(out), &b))
		abort();
	state_encode(&b, &twice);
	fuzz_same(&twice, out->p, out->len);
}

static void try_digest(struct span in, struct buf *out)
{
	struct lthash h;
	if (state_digest_decode(in, &h))
		return;
	state_digest_encode(&h, out);
	fuzz_same(out, in.p, in.len);
}

/* try_stream: of the version before it is written anew, with no time. */
static void try_stream(struct span in, struct buf *out)
{
	struct stream s = { 0 };
	const uint8_t *b = in.p;
	if (state_stream_decode(in, &s))
		return;
	state_stream_encode(&s, out);
	if (out->len != in.len + sizeof(s.time) * (b[0] != out->p[0]))
		abort();
	fuzz_same(&(struct buf){ .p = out->p + 1, .len = in.len - 1 }, b + 1, in.len - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct span, struct buf *) = { try_chain, try_past, try_state, try_digest,
		                                                  try_stream };
	cleanup(buf_free) struct buf out = BUF_INIT;
	if (size && data[0] < ARRAY_LEN(all))
		all[data[0]](SPAN(data + 1, size - 1), &out);
	return 0;
}
