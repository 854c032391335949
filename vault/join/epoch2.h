/* SPDX-License-Identifier: MIT
 * The form of what begins an epoch (docs/format.md, "Epochs"). Whether the boxes open, and whether they are just those
 * of the members, whoever has the keys can say.
 *
 *   start       version(u8: 1) number(u32, over 1) causes commitment(32) slots
 *   causes      count(u16, at most 4,096), then hashes, ascending
 *   slots       count(u16), then ascending by id: slot id(16) box(u16 length, bytes)
 *   recipients  count(u16, at most 4,096), then in the same way: device id, box
 *   box         of root and proof: suite(u8), then what the suite says; in suite 1 113 bytes more than its text
 */
#pragma once

#include "util/id.h"

/* What is in a box: an epoch root, or that and its proof. */
#define EPOCH2_ROOT 32
#define EPOCH2_ROOT_AND_PROOF 64
#define EPOCH2_CAUSES_MAX 4096
#define EPOCH2_RECIPIENTS_MAX 4096

struct epoch2_box {
	struct id to;
	struct span box;
};
struct epoch2_boxes { /* ascending by id */
	struct epoch2_box *v;
	size_t n, cap;
};
struct epoch2_start { /* spans of the boxes point into what it was decoded from */
	uint32_t number;
	struct hash *causes; /* ascending */
	size_t causes_n, causes_cap;
	uint8_t commitment[32];
	struct epoch2_boxes slots;
};
void epoch2_boxes_free(struct epoch2_boxes *l);
void epoch2_start_free(struct epoch2_start *s);
/* epoch2_put_*: append; ERR_INVAL: what the format cannot hold. epoch2_get_*: `ret` is the caller's to free;
 * ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t epoch2_put_start(struct buf *out, const struct epoch2_start *s);
MUST_CHECK err_t epoch2_get_start(struct span start, struct epoch2_start *ret);
MUST_CHECK err_t epoch2_put_recipients(struct buf *out, const struct epoch2_boxes *l);
MUST_CHECK err_t epoch2_get_recipients(struct span recipients, struct epoch2_boxes *ret);

/* epoch2_box_ok: of `text` bytes. */
bool epoch2_box_ok(struct span box, size_t text);
/* epoch2_start_ok: *number is that of the epoch; as epoch2_get_start and epoch2_get_recipients, without memory. */
bool epoch2_start_ok(struct span start, uint32_t *number);
bool epoch2_recipients_ok(struct span recipients);
/* epoch2_id: SHA-256("cloudseal epoch" NUL start). */
MUST_CHECK err_t epoch2_id(struct span start, struct hash *ret);
