/* SPDX-License-Identifier: MIT
 * What an operation works with: the shared records as this device has them, its open changeset, numbers, handles. An
 * operation reads the shown tree, first settles what leans on the names it takes away, then acts with one stamp
 * (docs/join.md, sections 3, 4.0, 4.4 and 5; tests/model/device.py says the same as a program).
 *
 * Terms
 *   base      records as they are published: the join of the commits that are applied here.
 *   open      what this device changed since and has not published: a delta that joins with base.
 *   settle    write down as shown what is shown otherwise than recorded and leans on a name that goes. Nothing that is
 *             shown changes by it.
 *   act       what the user asked for.
 *   refusal   what POSIX says instead. Decided before anything is written: then nothing was done.
 *
 * What fails with an err_t may have written a part: the caller drops `open` as it was before (an operation is one
 * transaction). A struct act is one thread's at a time; the caller's lock guards it.
 */
#pragma once

#include "util/cleanup.h"
#include "vault/join/draft.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/shown/keep.h"
#include "vault/tree/build.h"

enum refusal {
	REFUSED_NOT = 0,   /* done */
	REFUSED_NOENT,     /* no such name */
	REFUSED_EXISTS,    /* the name is taken */
	REFUSED_NOTDIR,    /* a directory is wanted, and this is none */
	REFUSED_ISDIR,     /* none is wanted, and this is one */
	REFUSED_NOTEMPTY,  /* something is in it */
	REFUSED_PERM,      /* a directory has one link */
	REFUSED_INVAL,     /* below itself; exchanged with what it is in */
	REFUSED_ACCESS,    /* nothing is put into a lost+found that is derived */
	REFUSED_BUSY,      /* nor is that moved or removed */
	REFUSED_BADHANDLE, /* unlinked here while open: no matter of records */
};

/* Where new numbers come from. at: stamp of the operation. */
struct act_numbers {
	err_t (*ino)(void *ctx, struct stamp at, uint64_t *ret_ino, struct id *ret_birth);
	err_t (*lid)(void *ctx, struct stamp at, uint64_t *ret_lid);
	int64_t (*now)(void *ctx, struct stamp at); /* seconds since 1970 */
	void *ctx;
};

struct act_handle_list {
	struct act_handle *next, **at;
};
struct act_handle_was { /* what an operation may change of a handle */
	uint64_t shown, ino, lid;
	struct version_id version, root;
	int64_t time;
	bool unlinked, outdone;
};
/* A file that is open for writing: it goes on in the version that it was opened with. Operations move it along. Who has
 * one number open shares what is written; one version can be open under two of them, and then it stays under the other:
 * what is written there is beside it. */
struct act_handle {
	struct act_handle *next, **at; /* all that are open; NULL `at`: it is not */
	uint64_t number;               /* it was opened as (tree_number_of) */
	uint64_t shown; /* number that shows what it goes on in; that it was opened as, unless it is parted */
	bool parted,
	        parting;   /* its number shows another version, or nothing, since others' commits; once it is applied */
	bool left;         /* so it is, and nobody had it open: it is to be closed, and the number opened anew */
	uint64_t ino, lid; /* that show the version */
	struct version_id version, root;
	int64_t time;  /* of the version */
	bool unlinked; /* its last name went here */
	bool outdone;  /* an operation here replaced the version, under another number */
	/* of handles.c */
	struct act_handle_list chain, changed;
	struct act_handle_was was; /* before the operation under way; if it is one of `changed` */
	bool is_new;               /* opened by it */
};

#define HANDLE_CHAINS 1024
/* All that are open (handles.h). It does not move while there are some. */
struct act_handles {
	struct act_handle *all;                   /* the newest first */
	struct act_handle *chains[HANDLE_CHAINS]; /* by inode */
	struct act_handle *changed;               /* by the operation under way */
};

/* What is being written down (settle.h), the last begun first: each lives on the stack of who does it. */
struct settling {
	const struct tree_entry *entry;
	const struct settling *outer;
};

#define ACT_RENEW 86400 /* seconds after which a branch that is in no conflict here gets a new root */

struct act {
	/* The caller's, set before the first operation. */
	const struct view *base;
	struct draft *open; /* over base */
	const struct tree_naming *naming;
	const struct act_numbers *numbers;
	uint64_t stream, n; /* n: of the commit that the open changeset will be */
	uint64_t lamport;   /* greatest that was seen or given */
	int64_t renew;      /* ACT_RENEW */
	struct act_handles handles;
	/* Where the shown tree is kept: local records that belong to base joined with open as they were before the
	 * operation. NULL: the tree is derived from all records whenever it is asked for. */
	const struct view *local;
	const struct namehash *hash; /* of names */
	/* The operations'. */
	const struct settling *settling;
	struct keep keep;   /* over `local` */
	bool keeping;       /* it has begun */
	struct tree *tree;  /* of base joined with open; NULL: something was written since it was made */
	struct tree **past; /* trees of this operation that were written over: what was read in them is still used */
	size_t past_n, past_cap;
};

/* act_shown: base joined with open. */
static inline const struct view *act_shown(const struct act *a)
{
	return draft_view(a->open);
}
/* act_free: what the operations allocated; all else is the caller's. */
void act_free(struct act *a);
/* act_changed: records changed other than by operations (a commit was applied, a changeset closed or dropped), or what
 * operations said was taken or dropped. Not within an operation. */
void act_changed(struct act *a);
/* act_tree: the shown tree as it is now. What it gives is valid until the operation ends, or settles a name; outside of
 * one, until the next. */
MUST_CHECK err_t act_tree(struct act *a, const struct tree **ret);
/* act_context: the records that it is read from, brought up to date: as act_tree. Where it is kept (local). */
MUST_CHECK err_t act_context(struct act *a, struct context *ret);
/* act_by_number: what has a number (tree_number). What programs know under a number can be shown elsewhere, or nowhere,
 * by the next operation. */
MUST_CHECK err_t act_by_number(struct act *a, uint64_t number, const struct tree_entry **ret);
/* act_writes: something of an inode is going to be put into `open`, other than attributes. act_writes_new: of one of
 * which nothing is there. */
MUST_CHECK err_t act_writes(struct act *a, uint64_t ino);
MUST_CHECK err_t act_writes_new(struct act *a, uint64_t ino);
/* act_local: what operations make of the local records since the last act_changed: in `ret`, which is empty. The caller
 * puts this where `local` reads, with what `open` says, and calls act_changed. */
MUST_CHECK err_t act_local(struct act *a, struct records *ret);
/* act_gone: what they took out of what is shown, since then, and perhaps more: valid until act_changed. */
struct tree_inos act_gone(const struct act *a);
/* act_tick: the stamp of the next thing written. */
struct stamp act_tick(struct act *a);
/* act_end: of an operation: frees the trees that were written over. ACT_OPERATION: does so at the end of the scope. */
void act_end(struct act *a);
static inline void act_endp(struct act *const *a)
{
	act_end(*a);
}
#define ACT_OPERATION(a) cleanup(act_endp) __attribute__((unused)) struct act *const operation_ = (a)
