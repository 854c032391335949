/* SPDX-License-Identifier: MIT
 * How loud the log is: CLOUDSEAL_LOG.
 */
#pragma once

#include "util/log.h"

/* log_env: the levels of CLOUDSEAL_LOG (docs/cli.md); areas that it does not name have `fallback`. A list that is not
 * understood is ignored, and `why` says what is wrong with it. */
struct log_levels log_env(enum log_level fallback, struct why *why);
