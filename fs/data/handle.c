/* SPDX-License-Identifier: MIT */
#include "fs/data/handle.h"

#include "fs/core/fs_state.h"
#include "vault/work/ask.h"

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

static bool is_being_told(const struct fs_file *h)
{
	return h->fs->is_telling && h->fs->is_telling(h->fs, h->file->ino);
}

/* is_outdated: nothing is shown under the number, by others' doing, and nobody goes on in what it showed. Who has it
 * open may open it again (/proc/self/fd), once it is sure that the kernel does not come by the name. */
static bool is_outdated(const struct fs_file *h)
{
	struct work_number n;
	if (h->file->held || !node_is_elsewhere(h->fs, h->node))
		return false;
	if (work_number(h->fs->cfg.work, h->file->ino, &n) != ERR_NOTFOUND)
		return false;
	return !node_has_handles(h->fs, h->node) || is_being_told(h);
}

static int hold(struct fs_file *h)
{
	int err = 0;
	if ((h->flags & O_ACCMODE) != O_RDONLY) {
		ns_wrlock(h->fs);
		err = is_outdated(h) ? ESTALE : file_hold(h->file);
		ns_unlock(h->fs);
	}
	if (!err)
		node_opened(h->fs, h->node);
	return err;
}

static void let_go(struct fs_file *h)
{
	h->fs->open_files--;
	node_release(h->fs, h->node);
	readahead_close(&h->pattern);
	free(h);
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
		let_go(h);
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
	node_closed(h->fs, h->node);
	let_go(h);
}
