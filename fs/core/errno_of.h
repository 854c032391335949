/* SPDX-License-Identifier: MIT */
#pragma once

#include "util/error.h"
#include "vault/act/act.h"

#include <errno.h>

/* errno_of: the errno value that a floor below's error becomes. */
int errno_of(err_t e);
/* errno_refused: of an operation on the shown tree: why it was refused, or why it failed. */
int errno_refused(err_t e, enum refusal r);

/* ENONRESIDENT: inside fs/ only, and no errno value: what is unflushed of a file waits for blocks that are on the store
 * alone (data/compact_fetch.h). errno_shown: what whoever uses a file system gets instead, after all waiting: EIO. */
#define ENONRESIDENT 0x10001
int errno_shown(int err);
