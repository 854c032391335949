/* SPDX-License-Identifier: MIT
 * Record values. The first byte of the input chooses the kind, the rest is the value.
 */
#include "fuzz.h"
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
		TRY(struct inode_rec, inode_decode, inode_encode)
	case 1:
		TRY_LIST(struct dirent_rec, DIRENT_TIES_MAX, dirent_decode(in, v, &n), dirent_encode)
	case 2:
		TRY_LIST(struct xattr_rec, DIRENT_TIES_MAX, xattr_decode(in, v, &n), xattr_encode)
	case 3:
		TRY_LIST(struct extent, EXTENTS_MAX, extents_decode(in, 5, v, EXTENTS_MAX, &n), extents_encode)
	case 4:
		TRY(struct block_rec, block_rec_decode, block_rec_encode)
	case 5:
		TRY(struct pending_block, pending_block_decode, pending_block_encode)
	case 6:
		TRY(struct count_rec, count_decode, count_encode)
	case 7:
		TRY(struct segment_rec, segment_rec_decode, segment_rec_encode)
	case 8:
		TRY(struct device_rec, device_decode, device_encode)
	case 9:
		TRY(struct stream_rec, stream_decode, stream_encode)
	case 10:
		TRY(struct checkpoint_rec, checkpoint_decode, checkpoint_encode)
	case 11:
		TRY(struct slot_rec, slot_decode, slot_encode)
	case 12:
		TRY_NUMBER(uint32_t, ref_decode, ref_encode)
	case 13:
		TRY_NUMBER(uint64_t, alias_decode, alias_encode)
	default:
		break;
	}
	return 0;
}
