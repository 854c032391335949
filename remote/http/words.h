/* SPDX-License-Identifier: MIT
 * What a server says of an error in its own words. Pure; they come from the net.
 */
#pragma once

#include "util/buf.h"

#define WORDS_LEN 100
/* words_of: of the body of an error's answer: the message of an XML document (S3, SabreDAV), else the title of a page,
 * else a line of plain text. What is too long is cut; "" if there are none. Control characters may be among them. */
void words_of(struct span body, char out[WORDS_LEN]);
