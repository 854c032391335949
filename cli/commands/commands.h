/* SPDX-License-Identifier: MIT
 * All commands, for the table in main.c. Each prints what went wrong in one line and returns an exit code.
 */
#pragma once

#include "cli/commands/config.h"
#include "cli/commands/conflicts.h"
#include "cli/commands/debug.h"
#include "cli/commands/device.h"
#include "cli/commands/forget.h"
#include "cli/commands/init.h"
#include "cli/commands/join.h"
#include "cli/commands/list.h"
#include "cli/commands/lock.h"
#include "cli/commands/lost.h"
#include "cli/commands/mount.h"
#include "cli/commands/mount_helper.h"
#include "cli/commands/passwd.h"
#include "cli/commands/pin.h"
#include "cli/commands/rebuild.h"
#include "cli/commands/recovery.h"
#include "cli/commands/status.h"
#include "cli/commands/sync.h"
#include "cli/commands/traces.h"
#include "cli/commands/verify.h"
