/* SPDX-License-Identifier: MIT
 * The check of data.mdb. The input is a file without its zeros, as fuzz_pages.h writes it, so that trees of several
 * levels are short. What passes says as much again.
 * A file has up to 255 pages, which would be mapped, zeroed and unmapped for each input: so one is kept, with what is
 * behind the end of the file at hand poisoned, and only what the input wrote is zeroed after it.
 */
#include "fuzz.h"

#include "cache/base_lmdb.h"
#include "cache/pages.h"
#include "fuzz_pages.h"

#include <sanitizer/asan_interface.h>

#define MAP_SIZE (1u << 20)

static uint8_t kept[UINT8_MAX * SPARSE_PAGE];

/* put_runs: of a file of `len` bytes, each as it is, or zeros in its place. */
static err_t put_runs(struct span in, size_t len, bool zeros)
{
	struct sparse_run run = { 0 };
	while (in.len) {
		if (sparse_next(&in, len, &run))
			return ERR_DAMAGED;
		if (zeros)
			memset(kept + run.at, 0, run.n);
		else
			memcpy(kept + run.at, run.b, run.n);
	}
	return ERR_OK;
}

static err_t check(struct span file, size_t *ret_spare)
{
	static const char *const names[] = BASE_LMDB_TABLES;
	const struct pages_of of = { names, ARRAY_LEN(names), MAP_BLOCK, MAP_SIZE };
	cleanup(pages_free) struct pages p = { 0 };
	struct why why = { 0 };
	err_t e = pages_check(file, &of, &p, &why);
	if (e == ERR_DAMAGED && !why.text[0])
		abort();
	*ret_spare = p.free_pages + p.lost_pages;
	return e;
}

static void check_twice(struct span file)
{
	size_t spare = 0, again = 0;
	if (check(file, &spare))
		return;
	if (check(file, &again) || again != spare || spare > MAP_SIZE / SPARSE_PAGE)
		abort();
}

/* end_at: what is behind `len` is poisoned, what is before it is not. */
static void end_at(size_t len)
{
	static size_t end = sizeof(kept);
	if (len < end)
		ASAN_POISON_MEMORY_REGION(kept + len, end - len);
	else
		ASAN_UNPOISON_MEMORY_REGION(kept + end, len - end);
	end = len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || !data[0])
		return 0;
	struct span runs = { data + 1, size - 1 };
	size_t len = data[0] * SPARSE_PAGE;
	end_at(len);
	if (!put_runs(runs, len, false))
		check_twice(SPAN(kept, len));
	(void)!put_runs(runs, len, true);
	return 0;
}
