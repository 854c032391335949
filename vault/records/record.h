/* SPDX-License-Identifier: MIT
 * Local records of the vault map: kinds, keys, values.
 * A value starts with a version byte (1) and is decoded by pure, bounds-checked functions: ERR_DAMAGED when malformed,
 * ERR_VERSION when the version byte is newer (the record is then kept verbatim and its file is read-only, never
 * rewritten); on failure nothing is written.
 * Values are canonical: what decode accepts, encode gives back byte for byte. An encoder handed what the format cannot
 * hold (an empty list, a bad name, extents out of order) marks `out` failed instead of writing it.
 */
#pragma once

#include "vault/records/blocks.h"
#include "vault/records/extents.h"
#include "vault/records/key.h"
#include "vault/records/kinds.h"
#include "vault/records/local.h"
