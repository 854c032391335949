/* SPDX-License-Identifier: MIT
 * Threads of stores.
 */
#pragma once

#include "util/error.h"

#include <pthread.h>

/* store_thread_start: a thread that takes no signals but those of its own faults. ERR_NOMEM. */
MUST_CHECK err_t store_thread_start(pthread_t *t, void *(*fn)(void *), void *arg);
