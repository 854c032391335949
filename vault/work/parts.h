/* SPDX-License-Identifier: MIT
 * struct work: for the files of this folder alone.
 */
#pragma once

#include "vault/act/act.h"
#include "vault/changeset/numbers.h"
#include "vault/work/ahead.h"
#include "vault/work/index.h"
#include "vault/work/listings.h"
#include "vault/work/work.h"

#include <pthread.h>

struct kept;
struct work {
	struct work_config cfg;
	struct changeset *changeset;
	struct mended mended, failing; /* at the opening */
	struct tree_naming naming;     /* who is named when the caller does not say */
	struct numbers numbers;        /* caller's lock, write side */
	struct act_numbers drawn;      /* of `numbers` */
	struct act act;                /* caller's lock, write side */
	struct shown_index index;
	struct view local; /* of it: the records of the shown tree */
	bool operating;    /* caller's lock, write side: act.open is a draft */
	struct follow follow;
	struct work_told told;      /* caller's lock, write side; tell NULL: nobody */
	struct work_changes news;   /* what they are told once the delivery under way is applied */
	struct stand_ins stand_ins; /* caller's lock, write side */
	struct stand_ins next;      /* once the delivery under way is applied */
	struct ahead ahead;         /* of the delivery under way */
	struct closing closing;
	struct work_forgetter forgetter; /* caller's lock, write side */
	/* Caller's lock, write side: what went out of what is shown since the changeset is open, and perhaps more: who
	 * was made in it is not published. all: it was open before the mount, or memory was out: who knows. */
	struct u64s gone;
	bool gone_all;
	struct listings listings;
	struct kept *kept; /* kept_lock; NULL: nothing, or a reader has it */
	pthread_mutex_t kept_lock;
};
