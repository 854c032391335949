/* SPDX-License-Identifier: MIT
 * What a published place, attribute or xattr was before (docs/format.md, "History"): group 1 of PLACE, VALUE under the
 * zero stamp.
 *
 *   time of the change(i64, seconds), then by the group that the key names:
 *   2        flags(u8: 0) directory(u64, not 0) name(u8 length, bytes), as in place.h; sub is the link id
 *   3 to 8   value, as in attr.h; sub is 0
 *   11       name(u8 length 1..255, bytes) 0(u8): removed, or 1(u8) and the value, as in xattr_map.h; sub is the name
 * hash from 12  what a later version keeps
 */
#pragma once

#include "vault/join/vault_key.h"

#define HISTORY_XATTR 11 /* in place of a group */
/* history_ok: whether `value` is one under that key. */
bool history_ok(const struct vault_name *n, struct span value);
