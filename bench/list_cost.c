/* SPDX-License-Identifier: MIT
 * What listing a directory of NAMES (500) costs in fs, again and again, over a state directory (argument): its names
 * alone, with attributes, and as the kernel asks when it knows all files; in replies of 32 KiB, as many as getdents has
 * them. In microseconds of one core; for instructions: valgrind --tool=callgrind --toggle-collect=again.
 */
#include "tests/fs_fake.h"

#include <fcntl.h>
#include <time.h>

#define REPLY (32u << 10)

#define must(call)                                                                                                     \
	do {                                                                                                           \
		if (call) {                                                                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #call);                                     \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

struct reply {
	size_t left, entry;
	uint64_t last;
	unsigned n;
	uint64_t *known, known_n; /* of what attributes were given for */
};

static bool fill(void *ctx, const char *name, const struct stat *st, uint64_t next)
{
	struct reply *r = ctx;
	size_t need = r->entry + (strlen(name) + 7) / 8 * 8;
	if (need > r->left)
		return false;
	r->left -= need;
	r->last = next;
	r->n++;
	if (st->st_nlink)
		r->known[r->known_n++] = st->st_ino;
	return true;
}

static unsigned list(struct fs *fs, uint64_t dir, bool plus, struct reply *r)
{
	unsigned all = 0;
	r->known_n = r->last = 0;
	do {
		r->left = REPLY;
		r->entry = plus ? 152 : 24;
		r->n = 0;
		must(fs_readdir(fs, dir, r->last, plus, fill, r));
		all += r->n;
	} while (r->n);
	return all;
}

static void forget(struct fs *fs, struct reply *r)
{
	for (size_t i = 0; i < r->known_n; i++)
		fs_forget(fs, r->known[i], 1);
}

static double cpu(void)
{
	return (double)clock() * 1e6 / CLOCKS_PER_SEC;
}

__attribute__((noinline)) static void again(struct fs *fs, uint64_t dir, bool plus, unsigned times, struct reply *r)
{
	for (unsigned i = 0; i < times; i++)
		(void)list(fs, dir, plus, r);
}

static void measure(const char *what, struct fs *fs, uint64_t dir, bool plus, unsigned times, struct reply *r)
{
	double start = cpu();
	again(fs, dir, plus, times, r);
	printf("%-40s %8.1f us\n", what, (cpu() - start) / times);
}

int main(int argc, char **argv)
{
	const char *names = getenv("NAMES"), *some = getenv("TIMES");
	const unsigned n = names ? (unsigned)atoi(names) : 500, times = some ? (unsigned)atoi(some) : 100;
	const struct fs_caller me = { .uid = geteuid(), .gid = getegid(), .umask = 022 };
	struct fake w = { 0 };
	struct reply r = { .known = calloc(n + 2, sizeof(uint64_t)) };
	struct stat d;
	must(argc != 2 || fake_open(&w, argv[1], geteuid(), getegid()));
	must(fs_mkdir(w.fs, &me, INO_ROOT, "d", 0755, &d));
	for (unsigned i = 0; i < n; i++) {
		char name[32];
		struct fs_file *h;
		struct stat st;
		snprintf(name, sizeof(name), "file %06u.odt", i);
		must(fs_create(w.fs, &me, &(struct fs_new){ d.st_ino, name, 0644 }, O_RDWR, &st, &h));
		must(fs_write(w.fs, h, 0, name, strlen(name), 0));
		fs_file_close(w.fs, h);
		fs_forget(w.fs, st.st_ino, 1);
	}
	must(map_commit(w.map));
	must(list(w.fs, d.st_ino, false, &r) != n + 2);
	measure("names", w.fs, d.st_ino, false, times, &r);
	for (unsigned i = 0; i < 3; i++) {
		measure("with attributes", w.fs, d.st_ino, true, 1, &r);
		forget(w.fs, &r);
	}
	(void)list(w.fs, d.st_ino, true, &r);
	measure("with attributes that the kernel knows", w.fs, d.st_ino, true, times, &r);
	free(r.known);
	must(fake_close(&w));
	fake_free(&w);
	return 0;
}
