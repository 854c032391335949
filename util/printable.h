/* SPDX-License-Identifier: MIT
 * Text of others (names, answers of servers) for a terminal or a log: no escapes, no forged lines.
 */
#pragma once

#include <stddef.h>

/* control_at: how many bytes a control character at `p` takes, 0: there is none. C0 and DEL are one byte; C1, which
 * terminals obey as well (U+009B begins an escape as ESC [ does), are the two bytes of UTF-8. */
size_t control_at(const char *p, size_t n);
/* printable: each byte of a control character becomes '?', in place. */
void printable(char *text, size_t n);
