/* SPDX-License-Identifier: MIT
 * Record values. The first byte of the input chooses the kind, the rest is the value.
 */
#include "fuzz.h"
#include "fs/core/inode_rec.h"
#include "fs/core/xattr_rec.h"
#include "vault/changeset/state.h"
#include "vault/records/placed.h"
#include "vault/records/record.h"
#include "vault/shown/claims.h"

#define TRY(type, decode, encode)                                                                                      \
	{                                                                                                              \
		type v;                                                                                                \
		if (!decode(in, &v)) {                                                                                 \
			encode(&v, &out);                                                                              \
			fuzz_same(&out, in.p, in.len);                                                                 \
		}                                                                                                      \
		break;                                                                                                 \
	}
#define TRY_NUMBER(type, decode, encode)                                                                               \
	{                                                                                                              \
		type v;                                                                                                \
		if (!decode(in, &v)) {                                                                                 \
			encode(v, &out);                                                                               \
			fuzz_same(&out, in.p, in.len);                                                                 \
		}                                                                                                      \
		break;                                                                                                 \
	}
#define TRY_LIST(type, max, decode, encode)                                                                            \
	{                                                                                                              \
		static type v[max];                                                                                    \
		size_t n;                                                                                              \
		if (!decode) {                                                                                         \
			encode(v, n, &out);                                                                            \
			fuzz_same(&out, in.p, in.len);                                                                 \
		}                                                                                                      \
		break;                                                                                                 \
	}

static void try_mark(struct span in, struct buf *out)
{
	if (mark_decode(in))
		return;
	mark_encode(out);
	fuzz_same(out, in.p, in.len);
}

static void try_claims(struct span in, struct buf *out)
{
	cleanup(claims_free) struct claims c = { 0 };
	if (claims_decode(in, &c))
		return;
	if (claims_encode(&c, out))
		abort();
	fuzz_same(out, in.p, in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct span in = { data + 1, size - 1 };
	if (size < 1)
		return 0;
	switch (data[0]) {
	case 0:
		TRY(struct inode_rec, inode_rec_decode, inode_rec_encode)
	case 1:
		TRY_LIST(struct xattr_rec, XATTR_TIES_MAX, xattr_rec_decode(in, v, &n), xattr_rec_encode)
	case 2:
		TRY(struct pending_block, pending_block_decode, pending_block_encode)
	case 3:
		TRY_NUMBER(uint32_t, ref_decode, ref_encode)
	case 4:
		try_mark(in, &out);
		break;
	case 5:
		TRY(struct placed, placed_decode, placed_encode)
	case 6:
		try_claims(in, &out);
		break;
	case 7:
		TRY(struct changeset_state, changeset_state_decode, changeset_state_encode)
	default:
		break;
	}
	return 0;
}
