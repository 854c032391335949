/* SPDX-License-Identifier: MIT
 * Record values. The first byte of the input chooses the kind, the rest is the value.
 */
#include "fuzz.h"
#include "fs/core/inode_rec.h"
#include "fs/core/xattr_rec.h"
#include "vault/records/record.h"

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
	default:
		break;
	}
	return 0;
}
