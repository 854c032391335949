/* SPDX-License-Identifier: MIT
 * Random records of format 2, of few numbers, stamps and bytes, so that two of them meet often. The seed is printed;
 * JOIN_SEED=N gives it again. CLOUDSEAL_FULL=1: many more.
 */
#pragma once

#include "util/cleanup.h"
#include "vault/join/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t random_u64(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s * 0x2545f4914f6cdd1d;
}

static inline bool one_in(uint64_t *s, unsigned n)
{
	return (random_u64(s) >> 32) % n == 0;
}

static inline uint64_t random_seed(void)
{
	const char *given = getenv("JOIN_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
	printf("JOIN_SEED=%llu\n", (unsigned long long)seed);
	return seed ? seed : 1;
}

static inline unsigned random_rounds(unsigned some, unsigned many)
{
	const char *full = getenv("CLOUDSEAL_FULL");
	return full && *full == '1' ? many : some;
}

static const struct stamp random_stamps[] = {
	{ 0, 0, 0 }, { 1, 1, 1 }, { 1, 2, 1 }, { 2, 1, 1 }, { 300, UINT64_C(1) << 60, 70000 },
};
static const char *const random_bytes[] = { "", "\001", "a", "ab", "b" };

static inline struct stamp random_stamp(uint64_t *s)
{
	return random_stamps[(random_u64(s) >> 32) % ARRAY_LEN(random_stamps)];
}

static inline struct span random_span(uint64_t *s)
{
	return span_str(random_bytes[(random_u64(s) >> 32) % ARRAY_LEN(random_bytes)]);
}

static inline void random_groups(uint64_t *s, struct record *r, unsigned depth);

/* random_keys: at least one. */
static inline void random_keys(uint64_t *s, struct record *r, bool tags, unsigned depth)
{
	size_t before = r->n;
	while (r->n == before)
		for (size_t i = 0; i < ARRAY_LEN(random_stamps); i++)
			for (size_t j = 0; j < ARRAY_LEN(random_bytes); j++) {
				struct id tag = { { (uint8_t)j } };
				if (!one_in(s, 20))
					continue;
				size_t at = group_key(r, random_stamps[i],
				                      tags ? id_span(&tag) : span_str(random_bytes[j]));
				random_groups(s, r, depth);
				group_close(r, at);
			}
}

static inline void random_group(uint64_t *s, struct record *r, uint16_t number, unsigned depth)
{
	enum group_class class = (enum group_class)(GROUP_VALUE + (random_u64(s) >> 32) % 4);
	if (!one_in(s, 8)) /* mostly what the number always is */
		class = (enum group_class)(GROUP_VALUE + number % 4);
	if (class == GROUP_VALUE) {
		group_value(r, number, random_stamp(s), random_span(s));
		return;
	}
	size_t at = group_open(r, number, class, class == GROUP_SCOPED ? random_stamp(s) : STAMP_ZERO);
	if (class == GROUP_SCOPED)
		random_groups(s, r, depth + 1);
	else
		random_keys(s, r, class == GROUP_VERSION, depth + 1);
	group_close(r, at);
}

/* random_groups: appends a list that is `depth` deep; none below the limit. */
static inline void random_groups(uint64_t *s, struct record *r, unsigned depth)
{
	static const uint16_t numbers[] = { 1, 2, 3, 10, 127, 128, 65535 };
	for (size_t i = 0; depth <= GROUP_DEPTH_MAX && i < ARRAY_LEN(numbers); i++)
		if (one_in(s, 2 + 2 * depth))
			random_group(s, r, numbers[i], depth);
}

/* random_record: at least one group. */
static inline void random_record(uint64_t *s, struct record *r)
{
	while (r->n == 0)
		random_groups(s, r, 1);
}
