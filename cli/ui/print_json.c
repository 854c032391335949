/* SPDX-License-Identifier: MIT */
#include "cli/ui/print_json.h"

#include "cli/ui/escape.h"
#include "cli/ui/units.h"
#include "util/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 25 /* of the longest name of a figure */

static void print_value(const json_t *j, int indent, FILE *to);

/* is_group: it has lines of its own. */
static bool is_group(const json_t *j)
{
	return json_object_size(j) || json_array_size(j);
}

/* print_members: the first starts where the line is already, after a "- ". */
static void print_members(const json_t *object, int indent, bool in_list, FILE *to)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		fprintf(to, "%*s", in_list ? 0 : indent, "");
		in_list = false;
		if (is_group(value)) {
			fprintf(to, "%s\n", name);
			print_value(value, indent + 2, to);
		} else {
			fprintf(to, "%-*s ", NAME_WIDTH, name);
			print_value(value, 0, to);
		}
	}
}

static void print_items(const json_t *array, int indent, FILE *to)
{
	size_t i;
	json_t *value;
	json_array_foreach(array, i, value)
	{
		fprintf(to, "%*s- ", indent, "");
		if (json_is_object(value))
			print_members(value, indent + 2, true, to);
		else
			print_value(value, 0, to);
	}
}

/* print_text: a time as the clock on the wall has it. */
static void print_text(const char *text, FILE *to)
{
	char local[64];
	units_time(text, local, sizeof(local));
	escape_print(to, "%s", strlen(text) == strlen("2026-11-24T10:15:03Z") ? local : text);
}

static void print_value(const json_t *j, int indent, FILE *to)
{
	if (json_object_size(j))
		print_members(j, indent, false, to);
	else if (json_array_size(j))
		print_items(j, indent, to);
	else if (json_is_string(j))
		print_text(json_string_value(j), to);
	else if (json_is_integer(j))
		fprintf(to, "%lld\n", (long long)json_integer_value(j));
	else if (json_is_boolean(j))
		fputs(json_is_true(j) ? "yes\n" : "no\n", to);
	else
		fputs("none\n", to);
}

void print_json_words(const json_t *j, FILE *to)
{
	print_value(j, 0, to);
}

/* print_escaped: JSON with DEL and C1 as \u escapes, which say the same; jansson has done so with C0. */
static void print_escaped(const char *json, size_t n, FILE *to)
{
	for (size_t i = 0; i < n; i++) {
		size_t control = control_at(json + i, n - i);
		if (json[i] == 0x7f || control == 2)
			fprintf(to, "\\u%04X", (unsigned char)json[i + control - 1]);
		else
			fputc(json[i], to);
		i += control == 2;
	}
}

void print_json(const json_t *j, FILE *to)
{
	char *text = json_dumps(j, JSON_INDENT(2));
	if (text)
		print_escaped(text, strlen(text), to);
	free(text);
	fputc('\n', to);
}
