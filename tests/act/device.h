/* SPDX-License-Identifier: MIT
 * Devices of the driver: a base of records, an open changeset, handles; and the commits that they publish. No store, no
 * file system. What fails ends the program: nothing of this is expected to.
 *
 * Numbers are such that their order is the model's: a device is named by a letter, and so is its stream (A is 1); an
 * inode number is the bytes of the model's; the clock is the lamport.
 */
#pragma once

#include "indexed.h"
#include "mapped.h"

#include "vault/act/names.h"
#include "vault/act/unborn.h"

#define DEVICES 8 /* letters A to H */

struct commit {
	char id[16]; /* as "A3" */
	uint64_t stream, n, lamport;
	uint64_t vv[DEVICES + 1]; /* by stream */
	struct records records;
	uint64_t *purge; /* inodes whose records go */
	size_t purge_n;
};

struct handle { /* a file that is open, under a name */
	struct handle *next;
	char name[32];
	char *path; /* as it was opened */
	struct act_handle h;
};

struct state { /* what is durable */
	struct records base, open;
	uint64_t n, lamport; /* n: commits that it published */
	uint64_t vv[DEVICES + 1];
	bool overtaken;
};

struct device {
	char name[2]; /* empty: not there yet */
	struct records base;
	struct view base_view;
	struct draft open;
	struct act act; /* act.n: of the next commit */
	uint64_t vv[DEVICES + 1];
	bool overtaken; /* of the open changeset something came from others: published even if nothing is left of it */
	struct handle *handles;
	struct state *saved; /* by a command */
	bool in_index;       /* what is shown is read out of `index` */
	struct indexed index;
	bool by_number; /* operations on what is there go by its number, where that is the same */
	bool in_map;    /* its records are in `mapped`; base and open.records are copies of what is there */
	struct mapped mapped;
};

struct fleet {
	struct device devices[DEVICES];
	struct commit **commits;
	size_t n, cap;
	bool by_number;
	bool in_index; /* the shown tree is read out of local records (vault/shown) */
	bool in_map;   /* devices keep their records in maps (vault/changeset) */
};

/* must: ends the program unless it is ERR_OK. */
void must(err_t e, const char *what);

void fleet_free(struct fleet *f);
/* fleet_device: made when first asked for; NULL: no such letter. */
struct device *fleet_device(struct fleet *f, const char *name);
struct commit *fleet_commit(struct fleet *f, const char *id); /* NULL: none */

bool device_is_ready(const struct device *d, const struct commit *c);
void device_receive(struct device *d, const struct commit *c);
/* device_publish: NULL: nothing to publish. purge: borrowed. */
struct commit *device_publish(struct fleet *f, struct device *d, const uint64_t *purge, size_t purge_n);
void device_load(struct device *d, const struct device *other);

/* device_done: after an operation: what it said is said. */
void device_done(struct device *d);

struct state *device_save(const struct device *d);
void device_restore(struct device *d, const struct state *s); /* handles are gone */
void state_free(struct state *s);

struct handle *device_handle(const struct device *d, const char *name);
void device_close(struct device *d, const char *name);
