/* SPDX-License-Identifier: MIT
 * Sizes, rates and durations as people write and read them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* units_parse_size: "10G", "1.5M", "4096", "0": powers of 1024, optional "iB" or "B". */
bool units_parse_size(const char *text, uint64_t *ret);
/* units_parse_ms: "500ms", "30s", "5m", "1h", "1 day", plain number = seconds. */
bool units_parse_ms(const char *text, uint64_t *ret);
/* units_ms: "100 ms", "5 min", "1 day": in the largest unit of which it is a whole number. units_parse_ms reads it. */
void units_ms(uint64_t ms, char *out, size_t n);
/* units_size: "1.4 GiB". */
void units_size(uint64_t bytes, char *out, size_t n);
/* units_time: "2026-11-24T10:15:03Z" as this machine's clock on the wall has it: "2026-11-24 11:15:03 CET"; other text
 * as it is. */
void units_time(const char *utc, char *out, size_t n);
/* units_seconds: "3 min 20 s". */
void units_seconds(uint64_t seconds, char *out, size_t n);
