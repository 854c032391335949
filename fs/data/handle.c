/* SPDX-License-Identifier: MIT */
#include "fs/data/handle.h"

#include "fs/core/fs_state.h"

#include <fcntl.h>

/* make: takes the node reference over, unless it fails. */
static int make(struct fs *fs, struct node *n, int flags, struct fs_file **ret)
{
	struct fs_file *h = calloc(1, sizeof(*h));
	if (!h)
		return ENOMEM;
	ns_rdlock(fs);
	h->file = node_file(fs, n);
	ns_unlock(fs);
	if (!h->file || readahead_open(&h->pattern)) {
		free(h);
		return ENOMEM;
	}
	h->fs = fs;
	h->node = n;
	h->flags = flags;
	h->refs = 1;
	fs->open_files++;
	*ret = h;
	return 0;
}

static int hold(struct fs_file *h)
{
	if ((h->flags & O_ACCMODE) == O_RDONLY)
		return 0;
	ns_wrlock(h->fs);
	int err = file_hold(h->file);
	ns_unlock(h->fs);
	return err;
}

int handle_open(struct fs *fs, struct node *n, int flags, struct fs_file **ret)
{
	struct fs_file *h;
	int err = make(fs, n, flags, &h);
	if (err) {
		node_release(fs, n);
		return err;
	}
	err = hold(h);
	if (err)
		handle_unref(h);
	else
		*ret = h;
	return err;
}

void handle_ref(struct fs_file *h)
{
	h->refs++;
}

void handle_unref(struct fs_file *h)
{
	if (--h->refs)
		return;
	h->fs->open_files--;
	node_release(h->fs, h->node);
	readahead_close(&h->pattern);
	free(h);
}
