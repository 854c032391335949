/* SPDX-License-Identifier: MIT
 * Epochs (docs/format.md, "Epochs"): under which one a device writes, or that it has to begin one, and to whom that
 * one's root goes. Pure.
 *
 * Two devices may begin one at once, with one number: the newest is the one of the greatest (number, id), so all who
 * have applied both write under the same one. A device that dies after it began one has harmed nobody: whoever has
 * applied its commit opens its own box; whoever has not, and knows of the revocation, begins another.
 */
#pragma once

#include "vault/join/epoch.h"
#include "vault/members/root_box.h"
#include "vault/members/parts.h"

struct epoch_begun { /* by a commit that counts and is applied here; epoch 1: of genesis, without causes */
	uint32_t number;
	struct hash id;
	const struct hash *causes; /* ascending */
	size_t causes_n;
};
struct epoch_causes { /* ascending */
	struct hash *v;
	size_t n;
};
/* epochs_causes: the REVOKEs that count, and the SLOTs that have taken another's place; of more than a start can name
 * the hash that stands for just these. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t epochs_causes(const struct roster *r, struct epoch_causes *ret);
void epochs_causes_free(struct epoch_causes *c);
/* epochs_newest: index of the newest of `n`, which are not none. */
size_t epochs_newest(const struct epoch_begun *v, size_t n);
/* epochs_covers: whether its causes name all of these. */
bool epochs_covers(const struct epoch_begun *e, const struct epoch_causes *c);
/* epochs_next: the number of the epoch that a device has to begin, which knows these; 0: it writes under the newest.
 * ERR_LIMIT: there is none after it. */
MUST_CHECK err_t epochs_next(const struct epoch_begun *v, size_t n, const struct epoch_causes *c, uint32_t *ret);

/* A start, whole: what a commit carries. */
struct epoch_begin {
	const struct roster *roster; /* by what its author knows */
	struct root_box_at at;       /* number over 1 */
	struct id author;
	/* mix: of a signer, out of its record: the one with the hash that its statement says. ERR_NOTFOUND: it is not
	 * there. */
	err_t (*mix)(void *ctx, const struct roster_signer *who, struct key *ret);
	void *ctx;
};
/* epochs_start: appends start and recipients, with boxes of `root` to all members but the author; and but those whose
 * mix key is not there: they joined at the same time, and find the root in an object "root"; so do those for whom a
 * list has no room. ERR_VERSION: to one no box can be made here; ERR_LIMIT, errors of `mix` and of box_seal. */
MUST_CHECK err_t epochs_start(const struct epoch_begin *b, const struct key *root, struct buf *start,
                              struct buf *recipients);
/* epochs_open: the root that another began, by one's own box in `start` or `recipients`, or as it is `known` already
 * (NULL, or a false claim: it is not); all boxes are made again and compared. ERR_NOTFOUND: it is for others (who
 * joined at the same time: see root.h); ERR_BUSY: it has a box to somebody who is not known here yet, or whose mix key
 * is not; ERR_DAMAGED: the start is refused; else as epochs_start. */
struct epochs_got {
	struct span start, recipients;
	const struct key *known;
};
MUST_CHECK err_t epochs_open(const struct epoch_begin *b, const struct root_box_mine *mine,
                             const struct epochs_got *got, struct key *ret);
