/* SPDX-License-Identifier: MIT
 * JSON for people: one member a line.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* print_json_words: "name  value", inner objects indented, "-" before each object of a list; times as the clock on the
 * wall has them. Escaped as a terminal needs it. */
void print_json_words(const json_t *j, FILE *to);
/* print_json: as programs want it, with a line end; no control character of a value stands there as itself. */
void print_json(const json_t *j, FILE *to);
