/* SPDX-License-Identifier: MIT
 * Commits of format 2 between devices: pulled, applied in whatever order they come, refused, missing, and after
 * crashes.
 */
#include "tests/sync_peers.h"

#define STEPS 60

static void all_pull(struct peers *f)
{
	bool any = true;
	while (any) {
		any = false;
		for (size_t i = 0; i < f->n; i++)
			any |= peer_pull(&f->p[i]);
	}
}

static void same_everywhere(struct peers *f)
{
	for (size_t i = 0; i < f->n; i++) {
		peer_check(&f->p[i]);
		assert_string_equal(peer_alarm(&f->p[i]), "");
		assert_int_equal(f->p[i].sync->deliver->room.n, 0);
		assert_same_published(&f->p[0], &f->p[i]);
	}
}

static void devices_come_to_the_same_records(void **state)
{
	uint64_t seed = random_seed();
	(void)state;
	for (unsigned round = 0; round < random_rounds(6, 200); round++) {
		struct peers f;
		peers_new(&f, 2 + pick(&seed, 3));
		for (unsigned i = 0; i < STEPS; i++) {
			struct peer *p = &f.p[pick(&seed, (unsigned)f.n)];
			switch (pick(&seed, 6)) {
			case 0:
				(void)peer_publish(&f, p, NULL, NULL);
				break;
			case 1:
				(void)peer_pull(p);
				break;
			case 2:
				if (one_in(&seed, 3))
					peer_crash(&f, p);
				break;
			default:
				peer_operate(p, &seed);
			}
		}
		for (size_t i = 0; i < f.n; i++)
			(void)peer_publish(&f, &f.p[i], NULL, NULL);
		all_pull(&f);
		same_everywhere(&f);
		peers_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_come_to_the_same_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
