/* SPDX-License-Identifier: MIT
 * The recovery key as text: groups of letters and digits (Crockford's base 32) with a check character each; reading is
 * case-blind and forgives look-alikes and any separators. docs/format.md, "Recovery key" and "Invitation".
 */
#pragma once

#include "crypto/crypto.h"

#define RECOVERY_LEN 16 /* bytes of the secret */

/* recovery_encode: *ret_text is secret_alloc'ed. */
MUST_CHECK err_t recovery_encode(const uint8_t secret[RECOVERY_LEN], char **ret_text);
/* recovery_decode: ERR_INVAL with a sentence that names the mistyped group ("group 3 is mistyped"). */
MUST_CHECK err_t recovery_decode(const char *text, uint8_t secret[RECOVERY_LEN], struct why *why);
/* recovery_code_*: the same of an invitation's code, with other check characters: neither is taken for the other. */
MUST_CHECK err_t recovery_code_encode(const uint8_t secret[RECOVERY_LEN], char **ret_text);
MUST_CHECK err_t recovery_code_decode(const char *text, uint8_t secret[RECOVERY_LEN], struct why *why);
