/* SPDX-License-Identifier: MIT */
#pragma once

#include "fs/core/inode_rec.h"

/* stamp_now: the time of day, as records hold it. */
struct timestamp stamp_now(void);
