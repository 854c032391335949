/* SPDX-License-Identifier: MIT
 * Our head.
 */
#pragma once

#include "sync/core/config.h"

/* head_write: PUTs it, when all that it says is on the store; ERR_OK also when it is not, and nothing is written. */
MUST_CHECK err_t head_write(struct sync *s);
