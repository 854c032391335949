/* SPDX-License-Identifier: MIT
 * A text as a QR code (ISO/IEC 18004, by libqrencode), for a terminal. What it says is as secret as the text.
 */
#pragma once

#include "util/buf.h"

#include <stdio.h>

/* qr_lines: appends half blocks, two rows of squares a line, with the quiet zone of four; light squares are drawn in
 * white on black, whatever the terminal's colours. ERR_INVAL: too long; ERR_NOMEM. */
MUST_CHECK err_t qr_lines(const char *text, struct buf *out);
/* qr_show: on `to`, if that is a terminal that shows them (UTF-8, and wide enough); else nothing. */
void qr_show(const char *text, FILE *to);
