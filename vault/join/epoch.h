/* SPDX-License-Identifier: MIT
 * The form of what begins an epoch (docs/format.md, "Epochs"). Whether the boxes open, and whether they are just those
 * of the members, whoever has the keys can say.
 *
 *   start       version(u8: 1) number(u32, over 1) causes commitment(32) slots
 *   causes      count(u16, at most 4,096), then hashes, ascending; of more one hash, that of all of them
 *   slots       count(u16), then ascending by id: slot id(16) box(u16 length, bytes)
 *   recipients  count(u16, at most 4,096), then in the same way: device id, box
 *   box         of root and proof: suite(u8), then what the suite says; in suite 1 113 bytes more than its text
 */
#pragma once

#include "util/id.h"

/* What is in a box: an epoch root, or that and its proof. */
#define EPOCH_ROOT 32
#define EPOCH_ROOT_AND_PROOF 64
#define EPOCH_CAUSES_MAX 4096
#define EPOCH_RECIPIENTS_MAX 4096

struct epoch_box {
	struct id to;
	struct span box;
};
struct epoch_boxes { /* ascending by id */
	struct epoch_box *v;
	size_t n, cap;
};
struct epoch_start { /* spans of the boxes point into what it was decoded from */
	uint32_t number;
	struct hash *causes; /* ascending */
	size_t causes_n, causes_cap;
	uint8_t commitment[32];
	struct epoch_boxes slots;
};
void epoch_boxes_free(struct epoch_boxes *l);
void epoch_start_free(struct epoch_start *s);
/* epoch_put_*: append; ERR_INVAL: what the format cannot hold. epoch_get_*: `ret` is the caller's to free;
 * ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t epoch_put_start(struct buf *out, const struct epoch_start *s);
MUST_CHECK err_t epoch_get_start(struct span start, struct epoch_start *ret);
MUST_CHECK err_t epoch_put_recipients(struct buf *out, const struct epoch_boxes *l);
MUST_CHECK err_t epoch_get_recipients(struct span recipients, struct epoch_boxes *ret);

/* epoch_box_ok: of `text` bytes. */
bool epoch_box_ok(struct span box, size_t text);
/* epoch_start_ok: *number is that of the epoch; as epoch_get_start and epoch_get_recipients, without memory. */
bool epoch_start_ok(struct span start, uint32_t *number);
bool epoch_recipients_ok(struct span recipients);
/* epoch_causes_hash: what stands for more causes than a start can name: SHA-256("cloudseal causes" NUL hashes). */
MUST_CHECK err_t epoch_causes_hash(const struct hash *v, size_t n, struct hash *ret);
/* epoch_id: SHA-256("cloudseal epoch" NUL start). */
MUST_CHECK err_t epoch_id(struct span start, struct hash *ret);
