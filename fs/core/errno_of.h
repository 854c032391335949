/* SPDX-License-Identifier: MIT */
#pragma once

#include "util/error.h"

#include <errno.h>

/* errno_of: the errno value that a floor below's error becomes. */
int errno_of(err_t e);
