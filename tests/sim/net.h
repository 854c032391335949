/* SPDX-License-Identifier: MIT
 * The store, and the net between it and the devices: every request waits until the scheduler delivers it, in any order
 * and with any fate.
 *
 *   object     a name, the newest body, the one before it, and who does not see the newest yet
 *   request    submitted, not answered
 *   late       a PUT whose sender was told that it failed, or that it went well; it is applied (again) later
 *   withheld   a name that one device is answered 404 for
 */
#pragma once

#include "remote/store.h"

enum fate {
	FATE_DONE,
	FATE_REFUSED, /* not applied, answered as a failure */
	FATE_LOST,    /* applied, answered as a failure */
	FATE_LATE,    /* not applied yet, answered as a failure */
	FATE_TWICE,   /* applied, and once more later */
	FATE_UNSEEN,  /* applied, but the others see it later */
	FATES
};

struct net;
/* What happens at a delivery, for crash points: before a request is applied, and after it, before the answer. True: the
 * device is dead, and the request's answer never reaches it. */
typedef bool (*net_step_fn)(void *ctx, unsigned owner);
struct net *net_new(net_step_fn step, void *ctx);
void net_free(struct net *n);
/* net_store: the store as device `owner` sees it. */
struct store *net_store(struct net *n, unsigned owner);
/* net_pending: requests of `owner` that wait. */
unsigned net_pending(const struct net *n, unsigned owner);
/* net_deliver: one of them, the one that `pick` names; on a fiber of the device. False: none waits. */
bool net_deliver(struct net *n, unsigned owner, uint64_t pick, enum fate fate);
/* net_offline: every request of `owner` fails. */
void net_offline(struct net *n, unsigned owner, bool off);
/* net_reveal: what was unseen is seen. net_late: what is late is applied: one of it, or (pick UINT64_MAX) all. */
void net_reveal(struct net *n);
bool net_late(struct net *n, uint64_t pick);
/* net_veil: what `from` PUTs from now on is not seen by `to`, until net_reveal. */
void net_veil(struct net *n, unsigned from, unsigned to);
/* net_has: the store has it, whoever sees it. */
bool net_has(struct net *n, const char *name);
/* net_lose: the object is gone, and nobody says so. */
void net_lose(struct net *n, const char *name);
/* net_withhold: one of the objects, from `owner`. net_release: none any more, from nobody. */
void net_withhold(struct net *n, unsigned owner, uint64_t pick);
void net_release(struct net *n);
/* net_each: every object: name and newest body, in the order of their names' first PUT. */
void net_each(const struct net *n, void (*fn)(void *ctx, const char *name, struct span body), void *ctx);
/* net_watch: told of every body that is applied, at once. */
void net_watch(struct net *n, void (*fn)(void *ctx, const char *name, struct span body), void *ctx);
