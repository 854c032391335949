/* SPDX-License-Identifier: MIT */
#include "cli/ui/escape.h"

#include "util/cleanup.h"
#include "util/hex.h"
#include "util/printable.h"
#include "util/utf8.h"

#include <stdarg.h>
#include <string.h>

#define KEY_MAX 64
#define HEX "_hex"
#define LONGEST 4 /* of one byte, escaped */

/* char_at: bytes of the character there that can be seen; 0: there is none. */
static size_t char_at(const char *p, size_t n)
{
	for (size_t len = 1; len <= MIN(n, (size_t)4); len++)
		if (utf8_plain(SPAN(p, len)))
			return len;
	return 0;
}

static size_t put_escaped(unsigned char byte, char out[LONGEST + 1])
{
	static const char from[] = "\n\r\t", to[] = "nrt";
	const char *at = byte ? strchr(from, byte) : NULL;
	if (at)
		return (size_t)snprintf(out, LONGEST + 1, "\\%c", to[at - from]);
	return (size_t)snprintf(out, LONGEST + 1, "\\x%02x", byte);
}

char *escape(const char *text, enum escape_for what)
{
	size_t n = strlen(text);
	char *out = malloc(n * LONGEST + 1), *to = out;
	if (!out)
		return NULL;
	for (size_t i = 0; i < n;) {
		size_t as_is = char_at(text + i, n - i);
		if (!as_is && what == ESCAPE_JSON)
			as_is = control_at(text + i, n - i);
		memcpy(to, text + i, as_is);
		to += as_is ? as_is : put_escaped((unsigned char)text[i], to);
		i += as_is ? as_is : 1;
	}
	*to = 0;
	return out;
}

void escape_print(FILE *to, const char *fmt, ...)
{
	cleanup_free char *line = NULL, *shown = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		line = NULL;
	shown = line ? escape(line, ESCAPE_TERMINAL) : NULL;
	fprintf(to, "%s\n", shown ? shown : "out of memory");
}

json_t *escape_json(const char *text)
{
	cleanup_free char *shown = escape(text, ESCAPE_JSON);
	return shown ? json_string(shown) : NULL;
}

static void hex_key(const char *key, char out[KEY_MAX + sizeof(HEX)])
{
	snprintf(out, KEY_MAX + sizeof(HEX), "%.*s" HEX, KEY_MAX, key);
}

int escape_set(json_t *object, const char *key, const char *text)
{
	char with[KEY_MAX + sizeof(HEX)];
	json_t *shown = escape_json(text);
	bool same = shown && !strcmp(json_string_value(shown), text);
	if (!shown || json_object_set_new(object, key, shown))
		return -1;
	if (same)
		return 0;
	size_t n = strlen(text);
	cleanup_free char *hex = malloc(2 * n + 1);
	if (!hex)
		return -1;
	hex_encode(text, n, hex);
	hex_key(key, with);
	return json_object_set_new(object, with, json_string(hex));
}

char *escape_get(const json_t *object, const char *key)
{
	char with[KEY_MAX + sizeof(HEX)];
	hex_key(key, with);
	const char *hex = json_string_value(json_object_get(object, with));
	const char *text = json_string_value(json_object_get(object, key));
	if (!hex)
		return text ? strdup(text) : NULL;
	size_t n = strlen(hex) / 2;
	cleanup_free char *bytes = calloc(1, n + 1);
	bool good = bytes && hex_decode(hex, bytes, n) && !memchr(bytes, 0, n);
	return good ? steal_ptr(bytes) : NULL;
}

int escape_is_hex(const char *key)
{
	size_t n = strlen(key);
	return n >= sizeof(HEX) && !strcmp(key + n - strlen(HEX), HEX);
}
