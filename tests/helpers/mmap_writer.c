/* SPDX-License-Identifier: MIT
 * mmap_writer FILE BYTES: writes a known pattern through a shared mapping, msyncs, and checks it with read(2).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 31 + (i >> 12) * 7);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	size_t n = strtoull(argv[2], NULL, 10);
	int fd = open(argv[1], O_RDWR | O_CREAT, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)n))
		return perror(argv[1]), 1;
	uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return perror("mmap"), 1;
	for (size_t i = 0; i < n; i++)
		p[i] = pattern(i);
	if (msync(p, n, MS_SYNC) || munmap(p, n))
		return perror("msync"), 1;
	uint8_t buf[4096];
	for (size_t off = 0; off < n;) {
		ssize_t got = pread(fd, buf, sizeof(buf), (off_t)off);
		if (got <= 0)
			return fprintf(stderr, "short read at %zu\n", off), 1;
		for (ssize_t i = 0; i < got; i++, off++)
			if (buf[i] != pattern(off))
				return fprintf(stderr, "wrong byte at %zu\n", off), 1;
	}
	return 0;
}
