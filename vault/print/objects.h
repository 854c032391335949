/* SPDX-License-Identifier: MIT
 * Objects of format 2 for people: what a commit, a head and a manifest say of themselves. Records in a commit:
 * print_record for each.
 */
#pragma once

#include "util/fields.h"

struct commit;
struct head;
struct manifest;
/* print_commit: `c` is the commit's last part. */
void print_commit(const struct fields *f, const struct commit *c);
void print_head(const struct fields *f, const struct head *h);
void print_manifest(const struct fields *f, const struct manifest *m);
