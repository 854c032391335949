/* SPDX-License-Identifier: MIT */
#include "fs/core/name.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/xattr_rec.h"
#include "vault/keys/keyring.h"
#include "vault/records/record.h"

#include <string.h>

int name_check(const char *name)
{
	size_t n = strlen(name);
	if (n > NAME_LEN_MAX)
		return ENAMETOOLONG;
	if (!n || !strcmp(name, ".") || !strcmp(name, "..") || memchr(name, '/', n))
		return EINVAL;
	return 0;
}

int name_hash(struct fs *fs, const char *name, uint64_t *ret)
{
	return errno_of(namehash_of(keyring_namehash(fs->cfg.keyring), span_str(name), ret));
}

int name_check_new(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..") ? EEXIST : name_check(name);
}
