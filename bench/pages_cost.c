/* SPDX-License-Identifier: MIT
 * What a mount pays for the check of data.mdb: a vault of FILES files of 4 KiB in folders of 100, then the check alone,
 * out of the page cache and from the disk, and the opening of the map of which it is a part.
 *
 *     pages-cost DIR [FILES]      DIR: there and empty, or of a run before, whose vault is looked at again; FILES:
 * 100,000
 */
#include "bench/counted_vault.h"

#include "cache/base_lmdb.h"
#include "cache/pages_file.h"
#include "util/cleanup.h"
#include "util/process.h"
#include "vault/records/kinds.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#define PER_FOLDER 100u
#define RUNS 5

static const struct fs_caller me = { .uid = 1000, .gid = 1000, .umask = 022, .pid = 1 };

static double now_ms(clockid_t clock)
{
	struct timespec t;
	must(clock_gettime(clock, &t));
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void make_file(struct fs *fs, uint64_t dir, unsigned i)
{
	uint8_t bytes[4096];
	char name[64];
	struct stat st;
	struct fs_file *f;
	snprintf(name, sizeof(name), "Letter to the bank %06u.odt", i);
	must(crypto_random(bytes, sizeof(bytes)));
	must(fs_create(fs, &me, &(struct fs_new){ .dir = dir, .name = name, .mode = 0644 }, O_WRONLY, &st, &f));
	must(fs_write(fs, f, 0, bytes, sizeof(bytes), 0));
	fs_file_close(fs, f);
	fs_forget(fs, st.st_ino, 1);
}

static void make_vault(const char *dir, unsigned files)
{
	struct counted_vault *v = counted_vault_new(dir);
	struct fs *fs = counted_vault_fs(v);
	struct stat st = { .st_ino = INO_ROOT };
	for (unsigned i = 0; i < files; i++) {
		if (i % PER_FOLDER == 0) {
			char name[32];
			snprintf(name, sizeof(name), "Folder %u", i / PER_FOLDER);
			must(fs_mkdir(fs, &me, INO_ROOT, name, 0755, &st));
		}
		make_file(fs, st.st_ino, i);
		if (i % 1000 == 999)
			counted_vault_flush(v);
		if (i % 10000 == 9999)
			counted_vault_publish(v);
	}
	counted_vault_publish(v);
	counted_vault_free(v);
}

/* Time of the clock, and of it what this thread had of a core: all of it, on a machine with nothing else to do. */
struct cost {
	double ms, cpu_ms;
};

static struct cost check_cost(const char *state)
{
	static const char *const names[] = BASE_LMDB_TABLES;
	const struct pages_of of = { names, ARRAY_LEN(names), MAP_BLOCK, (uint64_t)1 << 40 };
	struct pages_seen seen;
	struct cost begun = { now_ms(CLOCK_MONOTONIC), now_ms(CLOCK_THREAD_CPUTIME_ID) };
	must(pages_file_check(state, &of, &seen, NULL));
	return (struct cost){ now_ms(CLOCK_MONOTONIC) - begun.ms, now_ms(CLOCK_THREAD_CPUTIME_ID) - begun.cpu_ms };
}

static int by_cpu(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->cpu_ms, y = ((const struct cost *)b)->cpu_ms;
	return (x > y) - (x < y);
}

/* dropped: data.mdb is out of the page cache. */
static void dropped(const char *state)
{
	char path[8192];
	snprintf(path, sizeof(path), "%s/data.mdb", state);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd < 0 || fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
}

static double opening_ms(const char *state)
{
	static const struct key map_key = { { 9 } }; /* counted_vault.c's */
	struct map_config c = { .dir = state, .key = &map_key };
	struct map *m;
	double begun = now_ms(CLOCK_MONOTONIC);
	must(map_open(&c, &m, NULL));
	double ms = now_ms(CLOCK_MONOTONIC) - begun;
	must(map_close(m));
	return ms;
}

static void report(const char *state, unsigned files)
{
	char path[8192];
	struct stat st;
	struct cost c[RUNS];
	dropped(state);
	struct cost cold = check_cost(state);
	for (int i = 0; i < RUNS; i++)
		c[i] = check_cost(state);
	qsort(c, RUNS, sizeof(c[0]), by_cpu);
	snprintf(path, sizeof(path), "%s/data.mdb", state);
	must(stat(path, &st));
	printf("%u files, data.mdb of %.1f MiB: the check takes %.1f ms of CPU (%.1f to %.1f; %.1f ms by the clock), "
	       "%.1f ms by the clock from the disk (%.1f of CPU); opening the map %.1f ms with it\n",
	       files, (double)st.st_size / (1 << 20), c[RUNS / 2].cpu_ms, c[0].cpu_ms, c[RUNS - 1].cpu_ms,
	       c[RUNS / 2].ms, cold.ms, cold.cpu_ms, opening_ms(state));
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: pages-cost DIR [FILES]\n");
		return 2;
	}
	unsigned files = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100000;
	char state[4096];
	snprintf(state, sizeof(state), "%s/state", argv[1]);
	must(process_sigbus_guard());
	if (access(state, F_OK))
		make_vault(argv[1], files);
	report(state, files);
	return 0;
}
