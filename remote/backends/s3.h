/* SPDX-License-Identifier: MIT
 * A store under a prefix of an S3 bucket.
 */
#pragma once

#include "remote/place/config.h"
#include "remote/store.h"

/* store_s3_open: bare, without throttle and retry. Nothing is sent yet; `c` is copied. ERR_INVAL: not an s3:// URL;
 * ERR_TLS: no such file of certificates; errors of aws_load. */
MUST_CHECK err_t store_s3_open(const struct store_config *c, struct store **ret, struct why *why);

/* Seams for tests, for a store from store_s3_open only.
 * s3_skew: signs as if the clock were wrong by so many seconds. s3_page_size: keys a page of a listing, 1,000 unless
 * told. */
void s3_skew(struct store *s, int64_t seconds);
void s3_page_size(struct store *s, unsigned keys);
