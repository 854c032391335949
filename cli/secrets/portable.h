/* SPDX-License-Identifier: MIT
 * A portable passphrase: what it means, and which ones may be.
 */
#pragma once

#include "cli/secrets/secret_text.h"

/* portable_explain: to who is about to think of one. */
void portable_explain(void);
/* portable_check: ERR_INVAL with a sentence: too weak for what anybody with the store can try. */
MUST_CHECK err_t portable_check(const struct secret_text *text, struct why *why);
