/* SPDX-License-Identifier: MIT
 * The sync engine of one mounted vault: publishes local changes, pulls the others', makes checkpoints, keeps heads.
 * Pure in its parameters: store, map, clock and randomness are given, so a fleet runs in one process (tests/sim).
 * State table, upload order, and what each crash point leaves behind: docs/sync.md.
 */
#pragma once

#include "sync/core/config.h"
#include "sync/engine.h"
#include "sync/left.h"
#include "sync/open.h"
#include "sync/recovery.h"
#include "sync/saved.h"
#include "sync/status.h"
