/* SPDX-License-Identifier: MIT */
#include "cli/ui/units.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A plain decimal number, no sign, no exponent, no "inf". */
static bool leading_number(const char *text, double *ret, const char **rest)
{
	if (!isdigit((unsigned char)*text))
		return false;
	char *end;
	size_t plain = strspn(text, "0123456789.");
	char copy[32];
	if (plain >= sizeof(copy))
		return false;
	memcpy(copy, text, plain);
	copy[plain] = 0;
	*ret = strtod(copy, &end);
	if (*end)
		return false;
	*rest = text + plain;
	while (**rest == ' ')
		(*rest)++;
	return true;
}

bool units_parse_size(const char *text, uint64_t *ret)
{
	static const char letters[] = "KMGTP";
	double v;
	if (!leading_number(text, &v, &text))
		return false;
	const char *at = *text ? strchr(letters, toupper((unsigned char)*text)) : NULL;
	if (at) {
		v = ldexp(v, 10 * (int)(at - letters + 1));
		text++;
		if (*text == 'i')
			text++;
	}
	if (*text == 'B')
		text++;
	if (!strcmp(text, "/s"))
		text += 2;
	if (*text || v > 9e18)
		return false;
	*ret = (uint64_t)v;
	return true;
}

bool units_parse_ms(const char *text, uint64_t *ret)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "ms", 1 },     { "", 1000 },     { "s", 1000 },      { "m", 60e3 },      { "min", 60e3 },
		      { "h", 3600e3 }, { "d", 86400e3 }, { "day", 86400e3 }, { "days", 86400e3 } };
	double v;
	if (!leading_number(text, &v, &text))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].unit) != 0)
			continue;
		if (v * units[i].ms > 4e9)
			return false;
		*ret = (uint64_t)(v * units[i].ms);
		return true;
	}
	return false;
}

void units_ms(uint64_t ms, char *out, size_t n)
{
	static const struct {
		const char *one, *many;
		uint64_t ms;
	} units[] = { { "day", "days", 86400000 },
		      { "h", "h", 3600000 },
		      { "min", "min", 60000 },
		      { "s", "s", 1000 },
		      { "ms", "ms", 1 } };
	size_t i = 0;
	while (units[i].ms > 1 && (!ms || ms % units[i].ms))
		i++;
	uint64_t count = ms / units[i].ms;
	snprintf(out, n, "%llu %s", (unsigned long long)count, count == 1 ? units[i].one : units[i].many);
}

void units_size(uint64_t bytes, char *out, size_t n)
{
	static const char *const names[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)bytes;
	size_t i = 0;
	while (v >= 1023.95 && i + 1 < sizeof(names) / sizeof(names[0])) {
		v /= 1024;
		i++;
	}
	snprintf(out, n, i ? "%.1f %s" : "%.0f %s", v, i || bytes != 1 ? names[i] : "byte");
}

void units_time(const char *utc, char *out, size_t n)
{
	struct tm at = { 0 }, here;
	const char *rest = strptime(utc, "%Y-%m-%dT%H:%M:%SZ", &at);
	time_t t = timegm(&at);
	tzset();
	if (!rest || *rest || !localtime_r(&t, &here) || !strftime(out, n, "%Y-%m-%d %H:%M:%S %Z", &here))
		snprintf(out, n, "%s", utc);
}

void units_seconds(uint64_t seconds, char *out, size_t n)
{
	unsigned long long s = seconds;
	if (s < 60)
		snprintf(out, n, "%llu s", s);
	else if (s < 3600)
		snprintf(out, n, "%llu min %llu s", s / 60, s % 60);
	else
		snprintf(out, n, "%llu h %llu min", s / 3600, s / 60 % 60);
}
