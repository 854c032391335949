/* SPDX-License-Identifier: MIT
 * Seams of the S3 store for tests.
 */
#pragma once

#include "remote/open.h"

/* s3_skew: signs as if the clock were wrong by so many seconds. Only for a store from store_s3_open. */
void s3_skew(struct store *s, int64_t seconds);
/* s3_error_code: what an error code of S3 and its vendors means; ERR_OK: an unknown one. */
err_t s3_error_code(const char *code);
/* s3_page_size: keys a page of a listing, 1,000 unless told. */
void s3_page_size(struct store *s, unsigned keys);
