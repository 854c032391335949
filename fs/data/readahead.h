/* SPDX-License-Identifier: MIT
 * Fetching ahead of a reader that reads in sequence and meets non-resident blocks.
 */
#pragma once

#include "fs/core/file.h"

struct read_pattern {         /* of one handle */
	pthread_mutex_t lock; /* all below */
	uint64_t next_off, ahead_to;
	uint32_t streak, blocks; /* reads in sequence; blocks to fetch ahead */
	bool missed;             /* a non-resident block was met in this streak */
};

int readahead_open(struct read_pattern *p);
void readahead_close(struct read_pattern *p);
/* readahead_next: a read was made; `missed`: it met a non-resident block. Fetches ahead, and does not wait. */
void readahead_next(struct read_pattern *p, struct file *f, uint64_t off, size_t len, bool missed);
