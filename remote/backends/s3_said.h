/* SPDX-License-Identifier: MIT
 * What an S3 server says of a request that it did not do.
 */
#pragma once

#include "remote/http/http_call.h"

/* s3_error_code: what an error code of S3 and its vendors means; ERR_OK: an unknown one. */
err_t s3_error_code(const char *code);

/* s3_judge: the meaning of an answer: S3's own words first, the status otherwise. What failed is said in the call's
 * words (http_say). `keys_from`: where the access key was found, as a person knows it. */
err_t s3_judge(struct http_call *c, const char *keys_from);
