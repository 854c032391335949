/* SPDX-License-Identifier: MIT
 * What the engine is given, and what it shows.
 */
#pragma once

#include "cache/map.h"
#include "remote/requests/sync_calls.h"
#include "util/clock.h"
#include "vault/changeset/close.h"
#include "vault/changeset/follow.h"
#include "vault/changeset/turn_back.h"
#include "vault/keys/keyring.h"
#include "vault/join/signer.h"
#include "vault/members/mine.h"
#include "vault/members/parts.h"
#include "vault/records/kinds.h"

struct sync;
struct sync_members {                     /* as long as the engine lives */
	const struct roster_named *named; /* what genesis says */
	size_t named_n;
	const struct signer_mine *mine; /* this device */
};
/* The header at the store's place (members/vault_here.h). */
enum here_seen {
	HERE_OURS,    /* of this vault */
	HERE_BARE,    /* there is none */
	HERE_DAMAGED, /* what is there is none */
	HERE_NEWER,   /* of later software, or not to be had; maybe ours: it is left as it is */
	HERE_OTHER    /* another vault's */
};
struct here_keeper {
	err_t (*look)(void *ctx, struct store *store, enum here_seen *ret); /* what the store fails with */
	err_t (*put)(void *ctx, struct store *store);
	void *ctx;
};
/* Told when this device was removed from the vault, and when that counts no more (members/removed.h): from within the
 * engine. */
struct removed_hook {
	void (*fn)(void *ctx, bool removed); /* NULL: nobody */
	void *ctx;
};
/* What is known of the vault's being incomplete (incomplete.h). The hook is told when that begins and ends: from within
 * the engine. */
struct incomplete {
	bool is;
	bool waits;       /* all that lasts is here, and builds on what was given up */
	int64_t since;    /* wall ns: the first look that found the oldest of what lasts */
	uint64_t stream;  /* of which that is, by number; 0: of one that is not known here */
	struct id object; /* its first that is lacking; zero: not known */
};
struct incomplete_hook {
	void (*fn)(void *ctx, bool incomplete); /* NULL: nobody */
	void *ctx;
};
/* What this device keeps beside the map by the recovery key in force, and by the header (members/header_keep.h). */
struct slot_keeper {
	/* follow: the header as it should be, and the slot in force, whose mix key the records have. In a round; what
	 * fails is tried again with the next look at the header. */
	err_t (*follow)(void *ctx, struct span header, struct id slot, const struct signer_new *who);
	void *ctx;
};
struct audit_budget {            /* publish/contents.h; 0: as it says there */
	unsigned objects;        /* looked for in one turn */
	int64_t age_s, asked_s;  /* how old a look may be: in turns; for who waits, of guide and header, too */
	unsigned read_back_most; /* of so many PUTs at least one is read back (publish/read_back.h) */
};
struct sync_config {
	struct store *store;
	struct map *map;
	struct keyring *keyring;
	struct sync_members members;
	struct hash place; /* of machine and folder that the map lies in; zero: it is bound to none (members/bound.h) */
	bool keeps_header; /* that of the vault lies on this store: it is looked at (members/header_keep.h), */
	const struct here_keeper *here;  /* or else by this; NULL: whatever lies at the place is ours */
	const struct slot_keeper *slots; /* NULL: nobody follows */
	struct audit_budget audit;
	struct removed_hook on_removed;
	struct incomplete_hook on_incomplete;
	int64_t confirm_after_s; /* 0: CONFIRM_AFTER */
	struct clock clock;
	unsigned quiesce_ms; /* publish after this long without a change (at most 5x under constant change); 0: 2000 */
	unsigned poll_ms;    /* pull interval when active (backs off to 60 s idle); 0: 5000 */
	struct said_size close_at;  /* of the open set: closed also when the store is away; keys 0: close.h */
	struct turn_back turn_back; /* of a closed one: the rest is the next commit's; most.keys 0: publish.h */
	uint64_t commit_bytes;      /* of contents of a commit's parts, read at most; 0: COMMIT_BYTES_MAX */
	size_t part_bytes;          /* of records in one part of a commit; 0: build.c */
	size_t publish_bytes;       /* said by inodes that are published in one transaction; 0: PUBLISH_PART */
	unsigned checkpoint_min;    /* bytes of commits before a checkpoint is considered; 0: 1 MiB */
};
/* What the engine works on, beside the map. It belongs to whoever opened it. */
struct sync_attached {
	struct changeset *changeset;
	const struct follow *follow;   /* when another's commit changes published records; NULL: nothing follows */
	const struct closing *closing; /* before a changeset is closed; NULL: nothing */
};
enum sync_phase {
	SYNC_IDLE,
	SYNC_PULLING,
	SYNC_PUBLISHING,
	SYNC_UPLOADING,
	SYNC_CHECKPOINT,
	SYNC_STUCK, /* something waits that the store refuses, or lost, or that fails here; it is tried again */
	SYNC_OFFLINE,
	SYNC_STOPPED_DENIED,
	SYNC_STOPPED_FULL,
	SYNC_STOPPED_FORK,
	SYNC_STOPPED_REMOVED
};
struct sync_status {
	enum sync_phase phase;
	uint64_t sent_total;      /* bytes confirmed since start: for rate and time left */
	uint64_t commits;         /* own newest n */
	uint64_t devices;         /* that have a stream which is not closed, this one too */
	uint64_t checkpoints;     /* made by this device since sync_open */
	int64_t starts_in;        /* ns until what is unpublished becomes a commit; -1: nothing is, or not known */
	int64_t last_commit_time; /* wall ns of the newest own commit confirmed on the store since the opening, 0: none
	                           */
	int64_t last_pull_time;
	err_t last_error;
	char last_text[256];
};
