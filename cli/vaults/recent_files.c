/* SPDX-License-Identifier: MIT */
#include "cli/vaults/recent_files.h"

#include "cli/vaults/disk.h"
#include "cli/vaults/file_uri.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define LIST "recently-used.xbel"
#define LIST_MAX (16 << 20)
#define BEGIN "<bookmark "
#define END "</bookmark>"
#define ADDRESS "href=\""

/* find: behind `text` in what is left of the list from `at` on; NULL: it is not there. */
static const char *find(struct span list, const char *at, const char *text)
{
	const char *end = (const char *)list.p + list.len;
	const char *p = memmem(at, (size_t)(end - at), text, strlen(text));
	return p ? p + strlen(text) : NULL;
}

static bool is_of(const struct traces_of *of, struct span list, const char *entry, const char *entry_end)
{
	const char *address = find(list, entry, ADDRESS);
	const char *end = address && address < entry_end ? memchr(address, '"', (size_t)(entry_end - address)) : NULL;
	for (size_t i = 0; end && i < of->n; i++)
		if (file_uri_under(SPAN(address, (size_t)(end - address)), of->dir[i]))
			return true;
	return false;
}

/* sift: the list without what is of these folders; how many that is. */
static size_t sift(const struct traces_of *of, struct span list, struct buf *rest)
{
	if (!list.len)
		return 0; /* what there is of it is nowhere */
	const char *at = list.p, *from = at, *begin, *end;
	size_t n = 0;
	for (; (begin = find(list, at, BEGIN)) && (end = find(list, begin, END)); at = end) {
		if (!is_of(of, list, begin, end))
			continue;
		const char *until = begin - strlen(BEGIN);
		while (until > from && (until[-1] == ' ' || until[-1] == '\n'))
			until--;
		buf_put(rest, from, (size_t)(until - from));
		from = end;
		n++;
	}
	buf_put(rest, from, (size_t)((const char *)list.p + list.len - from));
	return n;
}

static int open_dir(char path[PATH_MAX])
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	if (data && data[0] == '/')
		snprintf(path, PATH_MAX, "%s", data);
	else if (home && home[0] == '/')
		snprintf(path, PATH_MAX, "%s/.local/share", home);
	else
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void recent_files_look(const struct traces_of *of, struct traces *t)
{
	char path[PATH_MAX];
	cleanup(buf_free) struct buf list = BUF_INIT, rest = BUF_INIT;
	cleanup_fd int dir = open_dir(path);
	cleanup_fd int fd = dir < 0 ? -1 : openat(dir, LIST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || disk_read(fd, LIST, LIST_MAX, &list, NULL))
		return;
	size_t n = sift(of, buf_span(&list), &rest);
	t->recent += n;
	if (n && of->remove && (buf_ok(&rest) || disk_write(dir, path, LIST, buf_span(&rest), NULL)))
		t->stay += n;
}
