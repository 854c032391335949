/* SPDX-License-Identifier: MIT
 * Names come and go: create, link, unlink, rmdir.
 */
#pragma once

#include "vault/act/contents.h"

/* What is made. contents: NULL for directories only (devices, FIFOs and sockets have CONTENTS_NONE). */
struct act_new {
	uint8_t type; /* S_IFMT >> 12 */
	const struct act_contents *contents;
	struct act_attrs attrs;
	const struct act_attrs *dir; /* along with it, of the directory; NULL: nothing */
};

/* names_create: REFUSED_EXISTS, REFUSED_ACCESS. ret_ino: its number. */
MUST_CHECK err_t names_create(struct act *a, const struct spot *at, const struct act_new *n, uint64_t *ret_ino,
                              enum refusal *ret);
/* names_create_again: what is written through `h` when its file was removed by others: a new file at `at` (the nearest
 * directory that is left, the name it had), under a conflict name if that is taken. `h` is that file then. */
MUST_CHECK err_t names_create_again(struct act *a, struct act_handle *h, const struct spot *at, const struct act_new *n,
                                    enum refusal *ret);
/* along: NULL: nothing is. In names_link `dir` is where the name comes. */
/* names_link: one more name. REFUSED_NOENT, REFUSED_PERM (a directory), REFUSED_EXISTS, REFUSED_ACCESS. */
MUST_CHECK err_t names_link(struct act *a, const struct spot *from, const struct spot *to,
                            const struct act_along *along, enum refusal *ret);
/* names_unlink: REFUSED_NOENT, REFUSED_ISDIR. */
MUST_CHECK err_t names_unlink(struct act *a, const struct spot *at, const struct act_along *along, enum refusal *ret);
/* names_rmdir: all members. REFUSED_NOENT, REFUSED_NOTDIR, REFUSED_NOTEMPTY, REFUSED_BUSY (a derived lost+found). */
MUST_CHECK err_t names_rmdir(struct act *a, const struct spot *at, const struct act_along *along, enum refusal *ret);
