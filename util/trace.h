/* SPDX-License-Identifier: MIT
 * Tracepoints: USDT probes "cloudseal:NAME" in the program, for bpftrace, perf and SystemTap; a nop each where nobody
 * looks. Which there are and what their arguments say: docs/architecture.md. Without <sys/sdt.h> (systemtap-sdt-dev) at
 * build time there are none.
 *     TRACE(write_begin, ino, off, n);
 * The first argument of each is the number of the operation (util/log.h), then those given here: integers, and pointers
 * to ids (`id.b`, 16 bytes; never a struct by value) or to names of objects (text).
 */
#pragma once

#include "util/log.h"

#ifdef CLOUDSEAL_TRACEPOINTS
#define SDT_USE_VARIADIC
#include <sys/sdt.h>
#define TRACE(name, ...) STAP_PROBEV(cloudseal, name, log_operation_number(), ##__VA_ARGS__)
#else
static inline void trace_nothing_(int none, ...)
{
	(void)none;
}
#define TRACE(name, ...)                                                                                               \
	do {                                                                                                           \
		if (0)                                                                                                 \
			trace_nothing_(0, ##__VA_ARGS__);                                                              \
	} while (0)
#endif
