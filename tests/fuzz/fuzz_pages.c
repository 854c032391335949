/* SPDX-License-Identifier: MIT
 * The check of data.mdb. The input is a file without its zeros, as fuzz_pages.h writes it, so that trees of several
 * levels are short. What passes says as much again.
 */
#include "fuzz.h"

#include "cache/base_lmdb.h"
#include "cache/pages.h"
#include "fuzz_pages.h"

#define MAP_SIZE (1u << 20)

static err_t check(const struct buf *file, size_t *ret_spare)
{
	static const char *const names[] = BASE_LMDB_TABLES;
	const struct pages_of of = { names, ARRAY_LEN(names), MAP_BLOCK, MAP_SIZE };
	cleanup(pages_free) struct pages p = { 0 };
	struct why why = { 0 };
	err_t e = pages_check(buf_span(file), &of, &p, &why);
	if (e == ERR_DAMAGED && !why.text[0])
		abort();
	*ret_spare = p.free_pages + p.lost_pages;
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf file = BUF_INIT;
	size_t spare = 0, again = 0;
	if (sparse_read(SPAN(data, size), &file) || check(&file, &spare))
		return 0;
	if (check(&file, &again) || again != spare || spare > MAP_SIZE / SPARSE_PAGE)
		abort();
	return 0;
}
