/* SPDX-License-Identifier: MIT
 * A statement's bytes.
 */
#include "fuzz.h"
#include "vault/keys/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stream_cut cuts[CUTS_MAX];
	struct statement s;
	if (!statement_decode(SPAN(data, size), &s, cuts) && s.ncuts > CUTS_MAX)
		abort();
	return 0;
}
