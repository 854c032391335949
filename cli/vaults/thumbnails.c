/* SPDX-License-Identifier: MIT */
#include "cli/vaults/thumbnails.h"

#include "cli/vaults/file_uri.h"
#include "util/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH 2 /* thumbnails/large/x.png, thumbnails/fail/PROGRAM/x.png */
#define CHUNKS_MAX 64
#define TEXT_MAX 8192
#define KEY "Thumb::URI"

static uint32_t u32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* value_of: of a tEXt, or of an iTXt that is not compressed; p NULL: it is another text. */
static struct span value_of(const uint8_t *text, size_t len, bool international)
{
	size_t at = sizeof(KEY);
	if (len < at || memcmp(text, KEY, at) != 0)
		return SPAN(NULL, 0);
	if (international) { /* flag, method, language and translated key, each with a 0 */
		if (len < at + 2 || text[at])
			return SPAN(NULL, 0);
		at += 2;
		for (int i = 0; i < 2; i++) {
			const uint8_t *end = memchr(text + at, 0, len - at);
			if (!end)
				return SPAN(NULL, 0);
			at = (size_t)(end - text) + 1;
		}
	}
	return SPAN(text + at, len - at);
}

static bool is_of(const struct traces_of *of, struct span uri)
{
	for (size_t i = 0; uri.p && i < of->n; i++)
		if (file_uri_under(uri, of->dir[i]))
			return true;
	return false;
}

/* png_is_of: one of its texts says so. Goes from chunk to chunk, and reads the texts alone. */
static bool png_is_of(int fd, const struct traces_of *of)
{
	static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	uint8_t head[8], text[TEXT_MAX];
	off_t at = sizeof(signature);
	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, signature, sizeof(head)) != 0)
		return false;
	for (int i = 0; i < CHUNKS_MAX && pread(fd, head, sizeof(head), at) == sizeof(head); i++) {
		uint32_t len = u32be(head);
		bool plain = !memcmp(head + 4, "tEXt", 4), international = !memcmp(head + 4, "iTXt", 4);
		ssize_t n = plain || international ? pread(fd, text, MIN(len, TEXT_MAX), at + 8) : 0;
		if (n > 0 && is_of(of, value_of(text, (size_t)n, international)))
			return true;
		at += 12 + (off_t)len;
	}
	return false;
}

static bool is_png(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && !strcmp(name + n - 4, ".png");
}

static void look_at(int dir, const char *name, const struct traces_of *of, struct traces *t)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !png_is_of(fd, of))
		return;
	t->thumbnails++;
	t->stay += of->remove && unlinkat(dir, name, 0);
}

static void walk(int at, const char *name, int depth, const struct traces_of *of, struct traces *t)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	while (d && !t->more && (entry = readdir(d))) {
		t->more = deadline_passed(of->until);
		if (is_png(entry->d_name))
			look_at(fd, entry->d_name, of, t);
		else if (depth && entry->d_name[0] != '.')
			walk(fd, entry->d_name, depth - 1, of, t);
	}
	if (d)
		closedir(d);
}

void thumbnails_look(const struct traces_of *of, struct traces *t)
{
	char path[PATH_MAX];
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (cache && cache[0] == '/')
		snprintf(path, sizeof(path), "%s/thumbnails", cache);
	else if (home && home[0] == '/')
		snprintf(path, sizeof(path), "%s/.cache/thumbnails", home);
	else
		return;
	walk(AT_FDCWD, path, DEPTH, of, t);
}
