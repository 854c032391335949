/* SPDX-License-Identifier: MIT */
#include "util/printable.h"

#include <string.h>

size_t control_at(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	if (!n)
		return 0;
	if (u[0] < ' ' || u[0] == 0x7f)
		return 1;
	return n > 1 && u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0 ? 2 : 0;
}

void printable(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t bytes = control_at(text + i, n - i);
		memset(text + i, '?', bytes);
		i += bytes > 1;
	}
}
