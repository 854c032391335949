/* SPDX-License-Identifier: MIT
 * A text as a QR code (ISO/IEC 18004, by libqrencode), for a terminal or to be drawn. What it says is as secret as the
 * text; what libqrencode allocates meanwhile it gives back as it is.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define QR_QUIET 4 /* squares around it that stay light */

struct qr {
	int width;     /* squares a side */
	uint8_t *dark; /* secret_alloc'ed, row by row; 0: light */
};
/* qr_make: *ret is the caller's, for qr_free. ERR_INVAL: too long; ERR_NOMEM. */
MUST_CHECK err_t qr_make(const char *text, struct qr *ret);
/* qr_free: wipes. */
void qr_free(struct qr *q);
/* qr_dark: what is outside is light. */
bool qr_dark(const struct qr *q, int x, int y);
/* qr_show: on `to`, in half blocks, two rows of squares a line; light squares are drawn in white on black, whatever the
 * terminal's colours. false: that is no terminal that shows it (UTF-8, and wide enough), so nothing was. */
bool qr_show(const char *text, FILE *to);
