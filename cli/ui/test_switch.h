/* SPDX-License-Identifier: MIT
 * TEST_SWITCH(NAME, value): the environment variable CLOUDSEAL_TEST_NAME has that value. In what is built for tests
 * alone (meson option `test_switches`): elsewhere it is false, and not even the names are in the program.
 *     if (TEST_SWITCH(KDF, "floor"))
 * TEST_KILL(step): there the process dies as by kill -9 when CLOUDSEAL_TEST_KILL says that step. TEST_STOP(step): there
 * it stops until SIGCONT, likewise.
 */
#pragma once

#include <signal.h>

#ifdef CLOUDSEAL_TEST_SWITCHES
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool test_switch_is(const char *variable, const char *value)
{
	const char *is = getenv(variable);
	return is && !strcmp(is, value);
}
#define TEST_SWITCH(name, value) test_switch_is("CLOUDSEAL_TEST_" #name, value)
#else
#define TEST_SWITCH(name, value) 0
#endif
#define TEST_KILL(step) (TEST_SWITCH(KILL, step) ? (void)raise(SIGKILL) : (void)0)
#define TEST_STOP(step) (TEST_SWITCH(STOP, step) ? (void)raise(SIGSTOP) : (void)0)
