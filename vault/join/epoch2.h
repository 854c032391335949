/* SPDX-License-Identifier: MIT
 * The form of what begins an epoch (docs/format.md, "Epochs"). Whether the boxes open, and whether they are just those
 * of the members, whoever has the keys can say.
 *
 *   start       version(u8: 1) number(u32, over 1) causes commitment(32) slots
 *   causes      count(u16, at most 4,096), then hashes, ascending
 *   slots       count(u16), then ascending by id: slot id(16) box(u16 length, bytes)
 *   recipients  count(u16, at most 4,096), then in the same way: device id, box
 *   box         of 64 bytes: suite(u8), then what the suite says; 177 bytes in suite 1
 */
#pragma once

#include "util/id.h"

/* epoch2_start_ok: *number is that of the epoch. */
bool epoch2_start_ok(struct span start, uint32_t *number);
bool epoch2_recipients_ok(struct span recipients);
/* epoch2_id: SHA-256("cloudseal epoch" NUL start). */
MUST_CHECK err_t epoch2_id(struct span start, struct hash *ret);
