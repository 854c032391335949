/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/printable.h"
#include "util/process.h"

#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define LINE_BYTES 1024
#define THREAD_NAME 16 /* the kernel's limit, with its end */

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const char *const area_names[LOG_AREAS] = { "util", "crypto", "remote", "cache", "vault", "sync", "fs", "cli" };
_Static_assert(LOG_AREAS == PROCESS_LOG_AREAS, "what process.c keeps fits");

struct log_levels log_levels_all(enum log_level level)
{
	struct log_levels l;
	memset(l.of, level, sizeof(l.of));
	return l;
}

static bool is_word(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && !memcmp(word, text, len);
}

/* find: place of a word in a list, or `n`. */
static size_t find(const char *word, size_t len, const char *const *list, size_t n)
{
	size_t i = 0;
	while (i < n && !is_word(word, len, list[i]))
		i++;
	return i;
}

static err_t parse_level(const char *word, size_t len, uint8_t *ret, struct why *why)
{
	size_t i = find(word, len, level_names, ARRAY_LEN(level_names));
	if (is_word(word, len, "warn"))
		i = LOG_WARN;
	if (i == ARRAY_LEN(level_names))
		return why_set(why, ERR_INVAL, "'%.*s' is no level; there are error, warn, info, debug", (int)len,
		               word);
	*ret = (uint8_t)i;
	return ERR_OK;
}

/* parse_item: "LEVEL" or "AREA=LEVEL". */
static err_t parse_item(const char *item, size_t len, struct log_levels *l, struct why *why)
{
	const char *eq = memchr(item, '=', len);
	uint8_t level = 0;
	err_t e = eq ? parse_level(eq + 1, len - (size_t)(eq + 1 - item), &level, why)
	             : parse_level(item, len, &level, why);
	if (e)
		return e;
	if (!eq) {
		*l = log_levels_all(level);
		return ERR_OK;
	}
	size_t area = find(item, (size_t)(eq - item), area_names, LOG_AREAS);
	if (area == LOG_AREAS)
		return why_set(why, ERR_INVAL,
		               "'%.*s' is no area; there are util, crypto, remote, cache, vault, sync, fs, cli",
		               (int)(eq - item), item);
	l->of[area] = level;
	return ERR_OK;
}

err_t log_levels_parse(const char *text, struct log_levels *levels, struct why *why)
{
	struct log_levels l = *levels;
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");
		err_t e = parse_item(at, len, &l, why);
		if (e)
			return e;
		at += len;
		if (!*at)
			break;
	}
	*levels = l;
	return ERR_OK;
}

void log_to(struct log_levels levels, int fd)
{
	struct process_log *p = process_log();
	for (size_t i = 0; i < LOG_AREAS; i++)
		p->level[i] = levels.of[i];
	p->fd = fd;
}

/* put_head: everything before the text. */
static size_t put_head(char line[LINE_BYTES], enum log_level level, enum log_area area)
{
	char thread[THREAD_NAME] = "";
	int64_t now = clock_wall();
	time_t seconds = now / NS_PER_S;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	prctl(PR_GET_NAME, thread);
	size_t n = strftime(line, LINE_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(line + n, LINE_BYTES - n, ".%03ldZ %s %s %s", (long)(now % NS_PER_S / NS_PER_MS),
	                      level_names[level], area_names[area], thread);
	if (log_operation_number())
		n += (size_t)snprintf(line + n, LINE_BYTES - n, " #%" PRIu64, log_operation_number());
	line[n++] = ':';
	line[n++] = ' ';
	return n;
}

void log_line(enum log_level level, enum log_area area, const char *fmt, ...)
{
	struct process_log *p = process_log();
	if ((int)level > p->level[area])
		return;
	char line[LINE_BYTES];
	size_t n = put_head(line, level, area);
	va_list ap;
	va_start(ap, fmt);
	int m = vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	n = MIN(n + (size_t)MAX(m, 0), sizeof(line) - 2);
	printable(line, n); /* what others chose may be any bytes: no forged lines, no terminal escapes */
	line[n++] = '\n';
	ssize_t w = write(p->fd, line, n);
	(void)w; /* nowhere left to report to */
}

uint64_t log_operation_number(void)
{
	return *process_operation();
}

uint64_t log_operation_enter(uint64_t operation)
{
	uint64_t before = *process_operation();
	*process_operation() = operation;
	return before;
}

uint64_t log_operation_begin(void)
{
	return log_operation_enter(++process_log()->operations);
}

void log_operation_leave(const uint64_t *before)
{
	*process_operation() = *before;
}
