/* SPDX-License-Identifier: MIT
 * Log lines to stderr or to a file, one write(2) a line:
 *     2026-11-24T10:15:03.482Z warning fs flusher #12: text
 * time (UTC), level, area, name of the thread, number of the operation that the thread is in (left out when it is in
 * none), text. An area is a floor of the source, and each has a level of its own.
 *
 * Never give it a secret, a passphrase, or a name or contents of a file; a path inside the vault only in alarms that
 * name a damaged file. Ids have one form: "inode 123" decimal as in `ls -i` (LOG_INO), objects, blocks, devices and
 * streams 32 hex digits.
 */
#pragma once

#include "util/cleanup.h"
#include "util/error.h"

#include <inttypes.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_area { AREA_UTIL, AREA_CRYPTO, AREA_REMOTE, AREA_CACHE, AREA_VAULT, AREA_SYNC, AREA_FS, AREA_CLI };
#define LOG_AREAS 8

/* For each area, the last level that is written. */
struct log_levels {
	uint8_t of[LOG_AREAS];
};
struct log_levels log_levels_all(enum log_level level);
/* log_levels_parse: `text` is a list like "sync=debug,fs=warn"; a level without an area sets all areas; the later wins.
 * Areas that are not named keep what `levels` says. ERR_INVAL: `why` says which word, and `levels` is untouched. */
MUST_CHECK err_t log_levels_parse(const char *text, struct log_levels *levels, struct why *why);

/* log_to: these levels to `fd` from now on; at start errors and warnings to stderr. Any thread. */
void log_to(struct log_levels levels, int fd);

void log_line(enum log_level level, enum log_area area, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define log_error(area, ...) log_line(LOG_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_WARN, area, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_INFO, area, __VA_ARGS__)
#define log_debug(area, ...) log_line(LOG_DEBUG, area, __VA_ARGS__)
/* LOG_INO: how an inode number stands in a line: log_warn(AREA_FS, LOG_INO ": ...", ino). */
#define LOG_INO "inode %" PRIu64

/* Operations. What enters from outside (a request of the kernel, a request on the control socket, a round of the sync
 * engine) is an operation with a number of its own, which every line says until its scope ends:
 *     log_operation();
 * A completion on another thread goes on with the number that whoever asked for it kept:
 *     uint64_t operation = log_operation_number();    ...    log_operation_as(operation);
 */
uint64_t log_operation_number(void); /* 0: the calling thread is in none */
uint64_t log_operation_begin(void);  /* a new one; returns what the thread was in before */
uint64_t log_operation_enter(uint64_t operation);
void log_operation_leave(const uint64_t *before);
#define log_operation()                                                                                                \
	cleanup(log_operation_leave) __attribute__((unused)) const uint64_t GUARD_CAT_(operation_, __LINE__) =         \
	        log_operation_begin()
#define log_operation_as(operation)                                                                                    \
	cleanup(log_operation_leave) __attribute__((unused)) const uint64_t GUARD_CAT_(operation_, __LINE__) =         \
	        log_operation_enter(operation)
