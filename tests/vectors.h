/* SPDX-License-Identifier: MIT
 * Reader of tests/vectors/: "name = hexadecimal" lines, cases separated by blank lines, # comments.
 * Include after <cmocka.h>; TEST_VECTORS is the folder.
 */
#pragma once

#include "util/buf.h"
#include "util/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_FIELDS 8
#define VECTOR_MAX 4096
struct vector {
	char name[VECTOR_FIELDS][32];
	uint8_t value[VECTOR_FIELDS][VECTOR_MAX];
	size_t len[VECTOR_FIELDS], n;
};

static inline FILE *vectors_open(const char *file)
{
	char path[1024];
	snprintf(path, sizeof(path), TEST_VECTORS "/%s", file);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

/* vectors_next: the next case of `f`; false (and closed) at the end. */
static inline bool vectors_next(FILE *f, struct vector *v)
{
	char line[2 * VECTOR_MAX + 64];
	v->n = 0;
	while (fgets(line, sizeof(line), f)) {
		char *eq = strstr(line, " ="), *hex;
		if (line[0] == '#')
			continue;
		if (!eq) {
			if (v->n)
				return true;
			continue;
		}
		*eq = 0;
		hex = eq + 2 + strspn(eq + 2, " ");
		hex[strcspn(hex, "\n")] = 0;
		assert_true(v->n < VECTOR_FIELDS && strlen(line) < sizeof(v->name[0]));
		strcpy(v->name[v->n], line);
		v->len[v->n] = strlen(hex) / 2;
		assert_true(v->len[v->n] <= sizeof(v->value[0]) && hex_decode(hex, v->value[v->n], v->len[v->n]));
		v->n++;
	}
	if (v->n)
		return true;
	fclose(f);
	return false;
}

static inline struct span vector_get(const struct vector *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->name[i], name))
			return SPAN(v->value[i], v->len[i]);
	fail_msg("no field %s", name);
	return SPAN(NULL, 0);
}
