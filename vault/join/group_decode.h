/* SPDX-License-Identifier: MIT
 * From bytes to groups.
 */
#pragma once

#include "vault/join/group.h"

/* record_decode: what group.h says and nothing else, so what it accepts record_encode gives back byte for byte. Bytes
 * of the nodes stay in `value`. ERR_DAMAGED; ERR_VERSION: newer; ERR_NOMEM. */
MUST_CHECK err_t record_decode(struct span value, struct record *ret);
/* record_decode_to: of a record that was decoded whole when it came: its groups up to number `most`; maybe none. */
MUST_CHECK err_t record_decode_to(struct span value, uint16_t most, struct record *ret);
/* record_is_later: of a later version than 2, as only kinds are that nobody here knows (known.h): it is carried whole.
 */
bool record_is_later(struct span value);
