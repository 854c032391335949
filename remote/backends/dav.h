/* SPDX-License-Identifier: MIT
 * A store in a WebDAV collection (RFC 4918).
 */
#pragma once

#include "remote/place/config.h"
#include "remote/store.h"

/* store_dav_open: bare, without throttle and retry. Nothing is sent yet; `c` is copied. ERR_INVAL: not a WebDAV URL;
 * ERR_TLS: no such file of certificates; errors of login_load. */
MUST_CHECK err_t store_dav_open(const struct store_config *c, struct store **ret, struct why *why);
