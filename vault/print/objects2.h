/* SPDX-License-Identifier: MIT
 * Objects of format 2 for people: what a commit, a head and a manifest say of themselves. Records in a commit:
 * print_record for each.
 */
#pragma once

#include "util/fields.h"

struct commit2;
struct head2;
struct manifest2;
/* print_commit2: `c` is the commit's last part. */
void print_commit2(const struct fields *f, const struct commit2 *c);
void print_head2(const struct fields *f, const struct head2 *h);
void print_manifest2(const struct fields *f, const struct manifest2 *m);
