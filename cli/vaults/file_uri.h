/* SPDX-License-Identifier: MIT
 * Files as desktop programs write them down.
 */
#pragma once

#include "util/buf.h"

/* file_uri_under: `uri` is a file: URI of `dir` or of something below it. Escapes are undone, of XML too; a host in it
 * is this machine. `dir`: absolute, without a slash at its end. */
bool file_uri_under(struct span uri, const char *dir);
