/* SPDX-License-Identifier: MIT
 * Names that people gave.
 */
#pragma once

#include "util/buf.h"

/* utf8_plain: well-formed UTF-8 (RFC 3629) without control characters. */
bool utf8_plain(struct span text);
