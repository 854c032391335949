/* SPDX-License-Identifier: MIT
 * What a failure of the library becomes. For the files of crypto/.
 */
#pragma once

#include "util/error.h"

/* crypto_failed: logs what failed with the library's own words, empties its error queue; returns ERR_CRYPTO. */
err_t crypto_failed(const char *what);
