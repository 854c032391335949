/* SPDX-License-Identifier: MIT
 * XML from the net, as a flat stream of elements without their namespace prefixes. Documents with a DOCTYPE (and so
 * with entity declarations) are refused, as are deep ones and long texts.
 */
#pragma once

#include "util/buf.h"

#define XML_MAX_DEPTH 32
#define XML_MAX_TEXT 4096 /* bytes of one text */

struct xml_events {
	void (*open)(void *ctx, const char *name);
	/* close: `text` is what came since the element opened or its last child closed: a leaf's whole text. Not zero:
	 * stop, the parser returns that error. */
	err_t (*close)(void *ctx, const char *name, const char *text);
};
/* xml_parse: pure. ERR_DAMAGED when it is malformed, cut short or over a limit; ERR_NOMEM; what `close` returned. */
MUST_CHECK err_t xml_parse(struct span in, const struct xml_events *events, void *ctx);
