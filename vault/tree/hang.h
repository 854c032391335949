/* SPDX-License-Identifier: MIT
 * Second step: where each directory hangs, and which moves are void.
 *
 * Places lead upwards to the root, except where moves made a cycle. Only then: first all directories that were never
 * moved, then the others by rising (stamp of the place, number), each at its place unless that is below itself. Such a
 * move is void: the directory hangs at the place before, or the place before that directory came where it is, and so
 * on; at last in the root. What hangs in no directory that exists is in lost+found; so is a directory that was never
 * moved and is below itself, which only hostile records say. Afterwards t->order has all directories, each after the
 * one it hangs in.
 */
#pragma once

#include "vault/tree/parts.h"

MUST_CHECK err_t hang_directories(struct tree *t);
