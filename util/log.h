/* SPDX-License-Identifier: MIT
 * Leveled log lines to stderr or to a file, one write(2) a line: "2026-11-24T10:15:03Z level area: text".
 * Never give it a secret, a passphrase or file contents. Paths inside the vault only in alarms that name a damaged
 * file.
 */
#pragma once

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_line(enum log_level level, const char *area, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define log_error(area, ...) log_line(LOG_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_WARN, area, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_INFO, area, __VA_ARGS__)
#define log_debug(area, ...) log_line(LOG_DEBUG, area, __VA_ARGS__)
