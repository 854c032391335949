/* SPDX-License-Identifier: MIT
 * Text of any bytes (names of files, answers of servers) for a terminal and for JSON. A byte that cannot stand there is
 * written as \\xHH, a line feed as \\n; a backslash itself stays as it is.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

enum escape_for {
	ESCAPE_TERMINAL, /* all that is no character to be seen: no escapes of a terminal, no forged lines */
	ESCAPE_JSON      /* what is no UTF-8: JSON has its own way to write control characters */
};
/* escape: malloc'ed; NULL: no memory. */
char *escape(const char *text, enum escape_for what);
/* escape_print: one line, as printf would print it, escaped for a terminal, and a line end. */
void escape_print(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* escape_json: escaped; null: no memory. */
json_t *escape_json(const char *text);
/* escape_set: object[key] = text, escaped. When that is not what it was, object["KEY_hex"] has the bytes. 0, or -1: no
 * memory. */
int escape_set(json_t *object, const char *key, const char *text);
/* escape_get: the bytes that escape_set was given, malloc'ed; NULL: none are there, or no memory. */
char *escape_get(const json_t *object, const char *key);
/* escape_is_hex: the key of such bytes, "KEY_hex". */
int escape_is_hex(const char *key);
