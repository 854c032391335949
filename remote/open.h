/* SPDX-License-Identifier: MIT
 * From what a person types to a store: /path, dir:/path, https://host/path, s3://bucket/prefix. All that the floors
 * above use of remote/.
 */
#pragma once

#include "remote/layers/retry.h"
#include "remote/place/config.h"
#include "remote/requests/sync_calls.h"
#include "remote/store.h"

/* store_open: the backend with throttle and retry around it. Nothing is sent yet. `c` is copied. Errors of store_parse
 * and of the backend. Closed by store_close. */
MUST_CHECK err_t store_open(const struct store_config *c, struct store **ret, struct why *why);
/* store_open_late: likewise, but where credentials or certificates cannot be had it opens all the same, and what is
 * asked of it fails (layers/late.h) until they are there; *ret_lacks says what is lacking. */
MUST_CHECK err_t store_open_late(const struct store_config *c, struct store **ret, struct why *ret_lacks,
                                 struct why *why);
