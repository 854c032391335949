/* SPDX-License-Identifier: MIT
 * From the error taxonomy of the floors below to errno values: the only place where they meet.
 */
#include "fs/core/errno_of.h"

int errno_of(err_t e)
{
	switch (e) {
	case ERR_OK:
		return 0;
	case ERR_NOTFOUND:
		return ENOENT;
	case ERR_NOMEM:
		return ENOMEM;
	case ERR_NOSPACE:
	case ERR_STOREFULL:
		return ENOSPC;
	case ERR_INVAL:
		return EINVAL;
	case ERR_VERSION:
		return EROFS;
	case ERR_LIMIT:
		return EFBIG;
	case ERR_EXISTS:
		return EEXIST;
	case ERR_BUSY:
		return EBUSY;
	case ERR_DENIED:
	case ERR_REFUSED:
		return EACCES;
	case ERR_CANCELED:
		return EINTR;
	case ERR_TIMEOUT:
		return ETIMEDOUT;
	default: /* damage, crypto, network, store: the bytes cannot be had */
		return EIO;
	}
}

int errno_refused(err_t e, enum refusal r)
{
	static const int of[] = {
		[REFUSED_NOT] = 0,          [REFUSED_NOENT] = ENOENT,    [REFUSED_EXISTS] = EEXIST,
		[REFUSED_NOTDIR] = ENOTDIR, [REFUSED_ISDIR] = EISDIR,    [REFUSED_NOTEMPTY] = ENOTEMPTY,
		[REFUSED_PERM] = EPERM,     [REFUSED_INVAL] = EINVAL,    [REFUSED_ACCESS] = EACCES,
		[REFUSED_BUSY] = EBUSY,     [REFUSED_BADHANDLE] = EBADF,
	};
	return e ? errno_of(e) : of[r];
}

int errno_shown(int err)
{
	return err == ENONRESIDENT ? EIO : err;
}
