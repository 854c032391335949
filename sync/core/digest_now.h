/* SPDX-License-Identifier: MIT */
#pragma once

#include "util/id.h"

struct sync;
/* digest_now: the digest of the shared records as they are here; hashed again when they have changed. ERR_CRYPTO. */
MUST_CHECK err_t digest_now(struct sync *s, struct hash *ret);
