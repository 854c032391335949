/* SPDX-License-Identifier: MIT
 * Are all of data.mdb's pages such as LMDB may be let at them? LMDB trusts what is on them: offsets, lengths and
 * numbers are used as they are, so one that was edited, or that a disk or a copy damaged, makes it write out of bounds.
 * The values are sealed, the pages are not. Looked at is what LMDB can reach from the newer meta, which is what it
 * opens: every branch, leaf and overflow run of every table, and the lists of free pages.
 *
 * What holds when pages_check answers ERR_OK
 *   1. Every page that can be reached lies in the file, bears its own number and is of the kind that its place asks
 * for.
 *   2. No page is reached twice, nor reached and free, nor free twice: what LMDB frees or reuses is nobody else's.
 *   3. Nodes lie within their page, each byte in one of them; keys are in order over the whole of a tree.
 *   4. A tree has the depth and the counts of branches, leaves, run pages and records that its root record says: no
 *      branch of it was cut off.
 *   5. There are the tables that are asked for and no others, or, in a file that nothing was committed to, none.
 *   6. Lists of free pages are sorted and within their values.
 * Not told: whether a value is the one that was written (cells are sealed), whether it is the newest of its key (an
 * older cell of the same key, or the whole of an older file, is as good), pages that nothing names (they are lost room
 * only).
 */
#pragma once

#include "util/buf.h"

#include <stdlib.h>

struct pages_of {                  /* what data.mdb is to be */
	const char *const *tables; /* names of all */
	size_t n;
	size_t large;      /* of these, the one whose runs' heads are not read: pages_run */
	uint64_t map_size; /* of LMDB's map */
};
struct pages {
	uint8_t *seen;     /* one bit a page */
	size_t free_pages; /* in the lists of free pages */
	size_t lost_pages; /* in use by nothing, and not free; over what runs of the large table need */
	size_t page;       /* bytes of one */
	size_t anchor;     /* where in the file the large table's root record is; 0: there is no table yet */
};
static inline void pages_free(struct pages *p)
{
	free(p->seen);
}
/* pages_check: `file` is data.mdb, with at least one byte. ERR_DAMAGED with a sentence;
 * ERR_NOMEM. May be left in the middle by a fault of the mapping: `ret`, which is zeroed before, owns what was taken,
 * and is the caller's to free in any case. Reads each page once or twice. */
MUST_CHECK err_t pages_check(struct span file, const struct pages_of *of, struct pages *ret, struct why *why);
/* The large table holds cached blocks, gigabytes of them, and a page read of each would make a mount take minutes on a
 * slow disk. Its runs are taken to be as long as their values need. What is on a run's head LMDB reads only when it
 * frees the run, so the head is looked at before that: pages_run. NULL, or what is wrong with the run (if it is one) of
 * the `len` bytes at `at` of a file that passed. */
const char *pages_run(struct span file, size_t page, size_t at, size_t len);
