/* SPDX-License-Identifier: MIT */
#pragma once

#include "vault/records/record.h"

/* stamp_now: the time of day, as records hold it. */
struct timestamp stamp_now(void);
