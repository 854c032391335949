/* SPDX-License-Identifier: MIT
 * From bytes to groups.
 */
#pragma once

#include "vault/join/group.h"

/* record_decode: what group.h says and nothing else, so what it accepts record_encode gives back byte for byte. Bytes
 * of the nodes stay in `value`. ERR_DAMAGED; ERR_VERSION: newer; ERR_NOMEM. */
MUST_CHECK err_t record_decode(struct span value, struct record *ret);
