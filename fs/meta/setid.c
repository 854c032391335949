/* SPDX-License-Identifier: MIT */
#include "fs/meta/setid.h"

#include "fs/core/fs_state.h"

#include <sys/stat.h>

void setid_kill(struct inode *in)
{
	if (S_ISDIR(in->mode))
		return;
	in->mode &= ~(uint32_t)S_ISUID;
	if (in->mode & S_IXGRP)
		in->mode &= ~(uint32_t)S_ISGID;
}

void setid_outsider(struct fs *fs, const struct fs_caller *who, struct inode *in, uint32_t gid)
{
	gid_t group = gid == OWNER_SELF ? fs->cfg.gid : gid;
	bool member = who->uid == 0 || who->gid == group;
	for (size_t i = 0; i < who->ngroups && !member; i++)
		member = who->groups[i] == group;
	if (!member)
		in->mode &= ~(uint32_t)S_ISGID;
}
