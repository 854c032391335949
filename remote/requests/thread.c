/* SPDX-License-Identifier: MIT
 * Threads of stores take no signals: those belong to the program that uses the store.
 */
#include "remote/requests/thread.h"

#include <signal.h>
#include <stdlib.h>

err_t store_thread_start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	sigset_t most, before;
	sigfillset(&most);
	sigdelset(&most, SIGBUS);
	sigdelset(&most, SIGSEGV);
	sigdelset(&most, SIGFPE);
	sigdelset(&most, SIGILL);
	if (pthread_sigmask(SIG_SETMASK, &most, &before))
		return ERR_NOMEM;
	int failed = pthread_create(t, NULL, fn, arg);
	if (pthread_sigmask(SIG_SETMASK, &before, NULL))
		abort(); /* cannot fail with a set that was current a moment ago */
	return failed ? ERR_NOMEM : ERR_OK;
}
