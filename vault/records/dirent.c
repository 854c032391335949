/* SPDX-License-Identifier: MIT
 * Directory entries: short lists of what shares a name hash.
 */
#include "vault/records/dirent.h"

#include "vault/records/codec.h"

#include <string.h>
#include <sys/stat.h>

bool name_ok(struct span name)
{
	const char *p = name.p;
	if (name.len < 1 || name.len > NAME_LEN_MAX || memchr(p, '/', name.len) || memchr(p, 0, name.len))
		return false;
	return !(p[0] == '.' && (name.len == 1 || (name.len == 2 && p[1] == '.')));
}

static bool entry_type_ok(uint32_t type)
{
	switch (type) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return true;
	default:
		return false;
	}
}

static bool dirent_ok(const struct dirent_rec *d, const struct dirent_rec *before)
{
	return name_ok(d->name) && d->ino && entry_type_ok(d->type) && (!before || span_cmp(before->name, d->name) < 0);
}

void dirent_encode(const struct dirent_rec *list, size_t n, struct buf *out)
{
	bool ok = n >= 1 && n <= DIRENT_TIES_MAX;
	for (size_t i = 0; ok && i < n; i++)
		ok = dirent_ok(&list[i], i ? &list[i - 1] : NULL);
	if (!record_begin(out, ok))
		return;
	for (size_t i = 0; i < n; i++) {
		buf_u8(out, (uint8_t)(list[i].type >> 12));
		buf_u64(out, list[i].ino);
		buf_u8(out, (uint8_t)list[i].name.len);
		buf_put(out, list[i].name.p, list[i].name.len);
	}
}

err_t dirent_decode(struct span value, struct dirent_rec list[DIRENT_TIES_MAX], size_t *ret_n)
{
	struct rd r = RD(value);
	struct dirent_rec tmp[DIRENT_TIES_MAX];
	size_t n = 0;
	err_t e = record_open(&r);
	if (e)
		return e;
	for (; r.left && n < DIRENT_TIES_MAX; n++) {
		tmp[n].type = (uint32_t)rd_u8(&r) << 12;
		tmp[n].ino = rd_u64(&r);
		tmp[n].name = rd_blob8(&r);
		if (r.bad || !dirent_ok(&tmp[n], n ? &tmp[n - 1] : NULL))
			return ERR_DAMAGED;
	}
	if (!rd_end(&r) || n == 0)
		return ERR_DAMAGED;
	memcpy(list, tmp, n * sizeof(*tmp));
	*ret_n = n;
	return ERR_OK;
}
