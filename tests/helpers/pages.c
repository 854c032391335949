/* SPDX-License-Identifier: MIT
 * pages DIR MILLISECONDS [WAY WAY]: processes access the pages of one file in DIR by two ways at once: plain calls,
 * mmap, O_DIRECT, and O_DIRECT through aio and io_uring. Every pair of ways, that many milliseconds each, in two forms:
 * - own: each process writes and reads pages of its own, between those of others: it reads what it wrote last.
 * - shared: all write and read all pages. One writes a page at a time (a lock that only the test knows), a reader asks
 *   nobody: it never sees less than what was complete when it began.
 * One more process reads the whole file by plain calls and drops it from the kernel's cache, so that pages come and go.
 * Exit 1: bytes that were too old, named on stderr.
 */
#include "fsx.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define PROCS 4
#define PAGES 64 /* of the file */
#define WORDS (PAGE / sizeof(uint64_t))
#define DEAD_S 60 /* nothing of this may take longer */

enum way { BUFFERED, MMAP, DIRECT, AIO, URING, WAYS };
static const char *const way_names[WAYS] = { "buffered", "mmap", "direct", "aio", "uring" };

struct board { /* between the processes */
	_Atomic int lock[PAGES];
	_Atomic uint64_t done[PAGES]; /* the newest write that is complete */
	_Atomic uint64_t ticket;
};
struct worker {
	const char *path;
	struct board *board;
	bool own;
	int number;
	unsigned ways[2], rng;
	int fd, direct;
	uint64_t *map;
	struct io *aio, *uring;
	uint64_t *bytes; /* IO_PARTS pages */
};

static unsigned rnd(struct worker *w, unsigned below)
{
	w->rng = w->rng * 1103515245u + 12345u;
	return (w->rng >> 16) % below;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void broken(const char *what)
{
	perror(what);
	_exit(2);
}

/* access_pages: `n` pages at `at`, out of or into `bytes`, by that way. */
static void access_pages(struct worker *w, enum way way, bool write, const unsigned at[], unsigned n)
{
	struct io_part parts[IO_PARTS];
	for (unsigned i = 0; i < n; i++) {
		uint64_t *mine = w->bytes + i * WORDS, *mapped = w->map + at[i] * WORDS;
		parts[i] = (struct io_part){ .p = (uint8_t *)mine, .len = PAGE, .off = (int64_t)at[i] * PAGE };
		if (way == MMAP)
			memcpy(write ? mapped : mine, write ? mine : mapped, PAGE);
	}
	if (way == MMAP)
		return;
	struct io *const queues[WAYS] = { [AIO] = w->aio, [URING] = w->uring };
	if (!io_run(queues[way], way == BUFFERED ? w->fd : w->direct, write, parts, n))
		broken("submit");
	for (unsigned i = 0; i < n; i++)
		if (parts[i].got != PAGE) {
			fprintf(stderr, "%s of a page by %s: %lld\n", write ? "write" : "read", way_names[way],
			        (long long)parts[i].got);
			_exit(2);
		}
}

static void choose(struct worker *w, unsigned at[], unsigned *n)
{
	*n = 1 + rnd(w, IO_PARTS);
	unsigned first = rnd(w, PAGES / PROCS);
	for (unsigned i = 0; i < *n; i++)
		at[i] = (first + i) % (PAGES / PROCS) * PROCS + (w->own ? (unsigned)w->number : rnd(w, PROCS));
}

/* lock: in the order of pages, so that no two wait for each other. */
static void lock(struct worker *w, const unsigned at[], unsigned n, bool take)
{
	for (unsigned page = 0; page < PAGES && !w->own; page++)
		for (unsigned i = 0; i < n; i++) {
			if (at[i] != page)
				continue;
			if (!take)
				w->board->lock[page] = 0;
			while (take && atomic_exchange(&w->board->lock[page], 1))
				sched_yield();
		}
}

static void write_some(struct worker *w, enum way way)
{
	unsigned at[IO_PARTS], n;
	uint64_t tickets[IO_PARTS];
	choose(w, at, &n);
	lock(w, at, n, true);
	for (unsigned i = 0; i < n; i++) {
		tickets[i] = ++w->board->ticket;
		for (size_t k = 0; k < WORDS; k++)
			w->bytes[i * WORDS + k] = tickets[i];
	}
	access_pages(w, way, true, at, n);
	for (unsigned i = 0; i < n; i++)
		w->board->done[at[i]] = tickets[i];
	lock(w, at, n, false);
}

static void read_some(struct worker *w, enum way way)
{
	unsigned at[IO_PARTS], n;
	uint64_t least[IO_PARTS];
	choose(w, at, &n);
	for (unsigned i = 0; i < n; i++)
		least[i] = w->board->done[at[i]];
	access_pages(w, way, false, at, n);
	for (unsigned i = 0; i < n; i++)
		for (size_t k = 0; k < WORDS; k++)
			if (w->bytes[i * WORDS + k] < least[i]) {
				fprintf(stderr,
				        "%s pages, %s and %s: process %d read page %u by %s: write %llu, but %llu was "
				        "complete\n",
				        w->own ? "own" : "shared", way_names[w->ways[0]], way_names[w->ways[1]],
				        w->number, at[i], way_names[way], (unsigned long long)w->bytes[i * WORDS + k],
				        (unsigned long long)least[i]);
				_exit(1);
			}
}

static void open_worker(struct worker *w)
{
	w->fd = open(w->path, O_RDWR);
	w->direct = open(w->path, O_RDWR | O_DIRECT);
	w->map = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
	w->aio = io_open("aio");
	w->uring = io_open("uring");
	w->bytes = aligned_alloc(PAGE, (size_t)IO_PARTS * PAGE);
	if (w->fd < 0 || w->direct < 0 || w->map == MAP_FAILED || !w->aio || !w->uring || !w->bytes)
		broken(w->path);
}

/* come_and_go: the process that has the kernel read all pages, and drop them now and then: more often would hide what
 * is too old. */
static void come_and_go(const char *path, int64_t end)
{
	static char all[PAGES * PAGE];
	int fd = open(path, O_RDONLY);
	for (unsigned i = 1; fd >= 0 && now_ms() < end; i++) {
		if (pread(fd, all, sizeof(all), 0) != (ssize_t)sizeof(all))
			broken("read of all");
		if (!(i % 64))
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
}

static void work(struct worker *w, int64_t end)
{
	alarm(DEAD_S);
	if (w->number == PROCS) {
		come_and_go(w->path, end);
		_exit(0);
	}
	open_worker(w);
	while (now_ms() < end) {
		enum way way = w->ways[rnd(w, 2)];
		if (rnd(w, 2))
			write_some(w, way);
		else
			read_some(w, way);
	}
	_exit(0);
}

/* pair: true: all was as it must be. */
static bool pair(const char *path, enum way a, enum way b, bool own, int ms)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), status;
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || board == MAP_FAILED || ftruncate(fd, (off_t)PAGES * PAGE))
		broken(path);
	close(fd);
	struct worker w = { .path = path, .board = board, .own = own, .ways = { a, b } };
	int64_t end = now_ms() + ms;
	bool good = true;
	pid_t pids[PROCS + 1];
	for (w.number = 0; w.number <= PROCS; w.number++) {
		w.rng = (unsigned)w.number + 1;
		pids[w.number] = fork();
		if (!pids[w.number])
			work(&w, end);
	}
	for (int i = 0; i <= PROCS; i++)
		good &= pids[i] > 0 && waitpid(pids[i], &status, 0) == pids[i] && !status;
	printf("%s - %s pages, %s and %s: %llu writes\n", good ? "ok" : "not ok", own ? "own" : "shared", way_names[a],
	       way_names[b], (unsigned long long)board->ticket);
	fflush(stdout);
	munmap(board, sizeof(*board));
	return good;
}

static bool asked(int argc, char **argv, enum way a, enum way b)
{
	return argc < 5 || (!strcmp(argv[3], way_names[a]) && !strcmp(argv[4], way_names[b]));
}

int main(int argc, char **argv)
{
	char path[4096];
	bool good = true;
	if (argc < 3 || snprintf(path, sizeof(path), "%s/pages", argv[1]) >= (int)sizeof(path))
		return 2;
	for (int own = 1; own >= 0; own--)
		for (int a = 0; a < WAYS; a++)
			for (int b = a; b < WAYS; b++)
				if (asked(argc, argv, (enum way)a, (enum way)b))
					good &= pair(path, (enum way)a, (enum way)b, own, atoi(argv[2]));
	return !good;
}
