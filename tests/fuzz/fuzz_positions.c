/* SPDX-License-Identifier: MIT
 * Positions of format 2: two of them, one behind the other.
 */
#include "fuzz.h"
#include "vault/objects/vv.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void laws(const struct vv *a, const struct vv *b)
{
	cleanup(vv_free) struct vv ab = { 0 }, changed = { 0 };
	const struct vv_order plain = { 0 };
	check(!vv_replace(&ab, a));
	if (vv_join(&ab, b, &plain)) /* too many streams */
		return;
	check(vv_covers(&ab, a, &plain) && vv_covers(&ab, b, &plain));
	check(!vv_changed(a, &ab, 0, &changed) && !vv_replace(&changed, &ab) && changed.n == ab.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(vv_free) struct vv a = { 0 }, b = { 0 };
	struct rd r = RD(SPAN(data, size));
	if (vv_get(&r, &a) || vv_get(&r, &b) || !rd_end(&r))
		return 0;
	check(!vv_put(&out, &a) && !vv_put(&out, &b));
	fuzz_same(&out, data, size);
	laws(&a, &b);
	return 0;
}
