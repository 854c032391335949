/* SPDX-License-Identifier: MIT
 * INVARIANT(x): x holds here, or the code is wrong (not the disk, not the store, not the caller's input: those are
 * errors and get an err_t). Compiled in where developers, tests and sanitizers build (meson option `invariants`); in a
 * release it is not evaluated, so x must have no side effects.
 *     INVARIANT(list->n == 0 || list->first);
 */
#pragma once

#ifdef CLOUDSEAL_INVARIANTS
#define INVARIANT(x) ((x) ? (void)0 : invariant_failed(#x, __FILE__, __LINE__))
#else
#define INVARIANT(x) ((void)(0 && (x))) /* still compiled, so that it cannot rot; never evaluated */
#endif

/* invariant_failed: prints the expression with its place, and aborts. */
_Noreturn void invariant_failed(const char *expression, const char *file, int line) __attribute__((cold));
