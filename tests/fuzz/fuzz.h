/* SPDX-License-Identifier: MIT
 * What the fuzz targets share: whatever a decoder accepts must come back from the encoder byte for byte.
 */
#pragma once

#include "util/buf.h"
#include "util/cleanup.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz_same: aborts, which the fuzzer reports, unless `out` is what was read. */
static inline void fuzz_same(const struct buf *out, const uint8_t *data, size_t size)
{
	if (out->failed || out->len != size || (size && memcmp(out->p, data, size)))
		abort();
}
