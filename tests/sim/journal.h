/* SPDX-License-Identifier: MIT
 * What happened: lines of JSON for the oracle (README.md has their form), and the running hash of everything that one
 * seed must give again.
 */
#pragma once

#include "tests/sim/look.h"

#include <stdio.h>

/* A hash of all that is to be the same again, by chance alone equal to that of something else: nobody makes it so. */
struct trace {
	uint64_t a, b;
};
struct journal {
	FILE *file; /* NULL: only the trace */
	struct trace all;
};
/* journal_begin: empty. */
void journal_begin(struct journal *j, FILE *file);
/* journal_line: printf of one line, without its end. */
void journal_line(struct journal *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* journal_text: a line of any length, without its end. */
void journal_text(struct journal *j, const char *line);
/* journal_object: an object of the store got a body. */
void journal_object(void *j, const char *name, struct span body);
/* journal_commit: the part of a commit that the object is, if it is one; for the file alone, as are records. */
void journal_commit(struct journal *j, const struct keyring *k, const char *name, struct span body);
/* journal_device: what a device shows at the end, and its records. On a fiber of the device. */
void journal_device(struct journal *j, struct device *d);
