/* SPDX-License-Identifier: MIT
 * The base in memory, for tests.
 */
#pragma once

#include "cache/base.h"

MUST_CHECK err_t base_mem_open(struct base **ret);
