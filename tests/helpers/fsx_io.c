/* SPDX-License-Identifier: MIT
 * aio and io_uring without their libraries: a queue of IO_PARTS, filled, submitted and reaped whole.
 */
#include "fsx.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct io {
	bool uring;
	aio_context_t aio;
	int fd; /* of the ring */
	struct io_uring_params p;
	uint8_t *sq, *cq;
	size_t sq_len, cq_len;
	struct io_uring_sqe *sqes;
};

static bool uring_map(struct io *io)
{
	io->sq_len = io->p.sq_off.array + io->p.sq_entries * sizeof(uint32_t);
	io->cq_len = io->p.cq_off.cqes + io->p.cq_entries * sizeof(struct io_uring_cqe);
	int prot = PROT_READ | PROT_WRITE;
	io->sq = mmap(NULL, io->sq_len, prot, MAP_SHARED, io->fd, IORING_OFF_SQ_RING);
	io->cq = mmap(NULL, io->cq_len, prot, MAP_SHARED, io->fd, IORING_OFF_CQ_RING);
	io->sqes = mmap(NULL, io->p.sq_entries * sizeof(*io->sqes), prot, MAP_SHARED, io->fd, IORING_OFF_SQES);
	return io->sq != MAP_FAILED && io->cq != MAP_FAILED && io->sqes != MAP_FAILED;
}

struct io *io_open(const char *kind)
{
	struct io *io = calloc(1, sizeof(*io));
	if (!io)
		return NULL;
	io->uring = !strcmp(kind, "uring");
	bool ok;
	if (io->uring) {
		io->fd = (int)syscall(SYS_io_uring_setup, IO_PARTS, &io->p);
		ok = io->fd >= 0 && uring_map(io);
	} else {
		ok = !syscall(SYS_io_setup, IO_PARTS, &io->aio);
	}
	if (ok)
		return io;
	free(io);
	return NULL;
}

void io_close(struct io *io)
{
	if (!io)
		return;
	if (io->uring) {
		munmap(io->sq, io->sq_len);
		munmap(io->cq, io->cq_len);
		munmap(io->sqes, io->p.sq_entries * sizeof(*io->sqes));
		close(io->fd);
	} else {
		syscall(SYS_io_destroy, io->aio);
	}
	free(io);
}

static bool aio_run(struct io *io, int fd, bool write, struct io_part *parts, unsigned n)
{
	struct iocb cb[IO_PARTS], *list[IO_PARTS];
	struct io_event done[IO_PARTS];
	memset(cb, 0, sizeof(cb));
	for (unsigned i = 0; i < n; i++) {
		cb[i].aio_data = i;
		cb[i].aio_lio_opcode = write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
		cb[i].aio_fildes = (uint32_t)fd;
		cb[i].aio_buf = (uintptr_t)parts[i].p;
		cb[i].aio_nbytes = parts[i].len;
		cb[i].aio_offset = parts[i].off;
		list[i] = &cb[i];
	}
	if (syscall(SYS_io_submit, io->aio, (long)n, list) != (long)n)
		return false;
	for (unsigned have = 0; have < n;) {
		long got = syscall(SYS_io_getevents, io->aio, 1L, (long)(n - have), done, NULL);
		if (got < 0 && errno != EINTR)
			return false;
		for (long i = 0; i < got; i++)
			parts[done[i].data].got = done[i].res;
		have += got > 0 ? (unsigned)got : 0;
	}
	return true;
}

static uint32_t *at(uint8_t *ring, uint32_t off)
{
	return (uint32_t *)(void *)(ring + off);
}

static bool uring_run(struct io *io, int fd, bool write, struct io_part *parts, unsigned n)
{
	uint32_t *tail = at(io->sq, io->p.sq_off.tail), mask = *at(io->sq, io->p.sq_off.ring_mask), t = *tail;
	for (unsigned i = 0; i < n; i++, t++) {
		struct io_uring_sqe *e = &io->sqes[t & mask];
		memset(e, 0, sizeof(*e));
		e->opcode = write ? IORING_OP_WRITE : IORING_OP_READ;
		e->fd = fd;
		e->off = (uint64_t)parts[i].off;
		e->addr = (uintptr_t)parts[i].p;
		e->len = (uint32_t)parts[i].len;
		e->user_data = i;
		at(io->sq, io->p.sq_off.array)[t & mask] = t & mask;
	}
	__atomic_store_n(tail, t, __ATOMIC_RELEASE);
	unsigned submit = n;
	for (unsigned have = 0; have < n;) {
		long r = syscall(SYS_io_uring_enter, io->fd, submit, 1, IORING_ENTER_GETEVENTS, NULL, 0);
		if (r < 0 && errno != EINTR)
			return false;
		submit -= r > 0 ? (unsigned)r : 0;
		uint32_t *head = at(io->cq, io->p.cq_off.head), h = *head;
		struct io_uring_cqe *cqes = (void *)(io->cq + io->p.cq_off.cqes);
		while (h != __atomic_load_n(at(io->cq, io->p.cq_off.tail), __ATOMIC_ACQUIRE)) {
			struct io_uring_cqe *c = &cqes[h++ & *at(io->cq, io->p.cq_off.ring_mask)];
			parts[c->user_data].got = c->res;
			have++;
		}
		__atomic_store_n(head, h, __ATOMIC_RELEASE);
	}
	return true;
}

bool io_run(struct io *io, int fd, bool write, struct io_part *parts, unsigned n)
{
	if (io && io->uring)
		return uring_run(io, fd, write, parts, n);
	if (io)
		return aio_run(io, fd, write, parts, n);
	for (unsigned i = 0; i < n; i++) {
		ssize_t r = write ? pwrite(fd, parts[i].p, parts[i].len, parts[i].off)
		                  : pread(fd, parts[i].p, parts[i].len, parts[i].off);
		parts[i].got = r < 0 ? -errno : r;
	}
	return true;
}
