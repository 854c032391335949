/* SPDX-License-Identifier: MIT
 * Contents of files: a write makes a new version in place of the one it was made from, and of those equal to it.
 */
#pragma once

#include "vault/act/attrs.h"

/* New contents. tag: equal tags are equal contents (struct version_id); of a device node it tells the number. */
struct act_contents {
	enum contents kind;
	uint64_t size;
	struct id tag;
	struct span payload;
};

/* contents_first: the first version of a new file, written by its first link. Its payload is that of `c`. */
struct version_rec contents_first(struct act *a, uint64_t ino, struct stamp stamp, const struct act_contents *c);
/* contents_write: in place of what is shown at `at`. attrs: written with it (the time). REFUSED_NOENT; REFUSED_ISDIR:
 * no file, or one that has no bytes to write. */
MUST_CHECK err_t contents_write(struct act *a, const struct spot *at, const struct act_contents *c,
                                const struct act_attrs *attrs, enum refusal *ret);

/* contents_write_number: the same of the file, or sibling, that has a number (act_by_number). */
MUST_CHECK err_t contents_write_number(struct act *a, uint64_t number, const struct act_contents *c,
                                       const struct act_attrs *attrs, enum refusal *ret);

/* contents_open: `h`, the caller's, goes on with what is shown at `at`, until contents_close. Refused as
 * contents_write. */
MUST_CHECK err_t contents_open(struct act *a, const struct spot *at, struct act_handle *h, enum refusal *ret);
MUST_CHECK err_t contents_open_number(struct act *a, uint64_t number, struct act_handle *h, enum refusal *ret);
/* contents_open_new: of a file that this operation made: it asks the tree for nothing. */
MUST_CHECK err_t contents_open_new(struct act *a, uint64_t ino, struct act_handle *h);
void contents_close(struct act_handle *h);
/* contents_write_handle: in place of the version that it was opened with or wrote last, whatever came since.
 * REFUSED_BADHANDLE: unlinked here. REFUSED_NOENT: removed by others, and that is applied here; what is written makes a
 * new file (names_create_again). */
MUST_CHECK err_t contents_write_handle(struct act *a, struct act_handle *h, const struct act_contents *c,
                                       const struct act_attrs *attrs, enum refusal *ret);
