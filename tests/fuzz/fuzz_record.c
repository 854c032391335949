/* SPDX-License-Identifier: MIT
 * A record of format 2 under its key, as a commit may carry it: length of the key (varint), key, value.
 */
#include "fuzz.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/known.h"
#include "vault/join/varint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(record_free) struct record rec = RECORD_INIT;
	struct rd r = RD(SPAN(data, size));
	struct span key = blob_get(&r), value = SPAN(r.p, r.left);
	if (r.bad || known_check(key, value))
		return 0;
	blob_put(&out, key);
	if (record_decode(value, &rec) || record_encode(&rec, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
