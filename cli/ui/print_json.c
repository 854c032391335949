/* SPDX-License-Identifier: MIT */
#include "cli/ui/print_json.h"

#include <stdbool.h>
#include <stdint.h>

#define NAME_WIDTH 18

static void print_value(const json_t *j, int indent, FILE *to);

static void print_text(const char *text, FILE *to)
{
	for (const char *p = text; *p; p++)
		fputc((unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p, to);
	fputc('\n', to);
}

static bool is_group(const json_t *j)
{
	return json_is_object(j) || json_is_array(j);
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

static void print_value(const json_t *j, int indent, FILE *to)
{
	if (json_is_object(j))
		print_members(j, indent, false, to);
	else if (json_is_array(j))
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

void print_json(const json_t *j, FILE *to)
{
	json_dumpf(j, to, JSON_INDENT(2));
	fputc('\n', to);
}
