/* SPDX-License-Identifier: MIT
 * What happened: lines of JSON for the oracle (README.md has their form), and the running hash of everything that one
 * seed must give again.
 */
#pragma once

#include "tests/sim/look.h"

#include <stdio.h>

struct journal {
	FILE *file;         /* NULL: only the trace */
	struct sha256 *all; /* running; journal_begin */
};
/* journal_begin: empty. journal_end: its trace; nothing is said any more. */
void journal_begin(struct journal *j, FILE *file);
void journal_end(struct journal *j, struct hash *ret_trace);
/* journal_line: printf of one line, without its end. */
void journal_line(struct journal *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* journal_object: an object of the store got a body. */
void journal_object(void *j, const char *name, struct span body);
/* journal_commit: the part of a commit that the object is, if it is one; for the file alone, as are records. */
void journal_commit(struct journal *j, const struct keyring *k, const char *name, struct span body);
/* journal_device: what a device shows at the end, and its records. On a fiber of the device. */
void journal_device(struct journal *j, struct device *d);
