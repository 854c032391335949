/* SPDX-License-Identifier: MIT
 * What a process has only once, and so the only file-scope variables of the project: log levels and target, process
 * hardening, descriptors, the terminal, the heap, the SIGBUS guard. (curl's global init is asked for here too, through
 * a once.) It logs nothing.
 */
#pragma once

#include "util/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* process_log: what util/log.c keeps: where lines go, and the last level of each area. */
#define PROCESS_LOG_AREAS 8
struct process_log {
	atomic_int fd;
	atomic_uint_least64_t operations; /* how many were begun */
	atomic_int level[PROCESS_LOG_AREAS];
};
struct process_log *process_log(void);
/* process_operation: the one that the calling thread is in; 0: none (util/log.h). */
uint64_t *process_operation(void);
/* process_name_thread: for log lines, debuggers and top -H; at most 15 bytes, a literal. Cheap when it has the name. */
void process_name_thread(const char *name);
/* process_harden: no core dumps, not ptrace-able by other processes of the user (prctl PR_SET_DUMPABLE, RLIMIT_CORE).
 */
MUST_CHECK err_t process_harden(void);
/* process_keep_descriptors: what the caller left open is not for programs that are started from here; the standard ones
 * are, and are opened to /dev/null where they are closed, so that no file comes to lie where errors are written to.
 * process_close_descriptors: all but the standard ones. */
MUST_CHECK err_t process_keep_descriptors(void);
MUST_CHECK err_t process_close_descriptors(void);
/* process_quiet: the terminal `fd` shows nothing of what is typed, until process_loud, which drops that and puts the
 * terminal back; so does a signal that ends or stops the process. Twice is once. ERR_IO: it is no terminal. One thread
 * at a time; process_loud also when there is nothing to put back. */
MUST_CHECK err_t process_quiet(int fd);
void process_loud(void);
/* process_one_heap: malloc keeps one heap for all threads; before the first of them starts. A block is made by one
 * thread and freed by another, so that each heap of several keeps what it held at most, and all of them together many
 * times what is in use. process_trim: free memory goes back to the system; for when nothing is going on, as taking it
 * again costs. */
MUST_CHECK err_t process_one_heap(void);
void process_trim(void);
/* process_once: runs fn once per process and remembers its answer; for library-wide initialisers such as curl's. */
MUST_CHECK err_t process_curl_once(err_t (*init)(void));
/* process_kept: places for what a library finds once for a process and keeps: NULL at first. */
#define PROCESS_KEPT 3u
_Atomic(void *) *process_kept(unsigned which);
/* process_sigbus_guard: installs the SIGBUS handler that process_guarded_copy relies on. Idempotent. */
MUST_CHECK err_t process_sigbus_guard(void);
/* process_guarded_copy: memcpy out of a file mapping; ERR_IO instead of death when the disk cannot give the pages. */
MUST_CHECK err_t process_guarded_copy(void *to, const void *from, size_t n);
/* process_guarded_call: fn(ctx) in the same way; it may be left in the middle, so it must hold no lock and own nothing.
 */
MUST_CHECK err_t process_guarded_call(void (*fn)(void *ctx), void *ctx);
