/* SPDX-License-Identifier: MIT
 * A tree that was derived answers out of what it holds.
 */
#pragma once

#include "vault/tree/reader.h"

extern const struct tree_reader whole_reader;
