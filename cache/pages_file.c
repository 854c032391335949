/* SPDX-License-Identifier: MIT */
#include "cache/pages_file.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct checking {
	struct span file;
	const struct pages_of *of;
	struct pages pages;
	struct why inner;
	err_t e;
};

static void check(void *ctx)
{
	struct checking *c = ctx;
	c->e = pages_check(c->file, c->of, &c->pages, &c->inner);
}

static err_t say(const char *path, const struct checking *c, struct why *why)
{
	if (c->e == ERR_DAMAGED) {
		log_info(AREA_CACHE, "%s: %s", path, c->inner.text); /* whoever asked prints `why` */
		return why_set(why, c->e,
		               "%.200s is damaged (%s): cloudseal rebuild makes it anew from the cloud, and tells what "
		               "was not uploaded",
		               path, c->inner.text);
	}
	if (!c->e && c->pages.lost_pages)
		log_info(AREA_CACHE, "%s: %zu pages are neither in use nor free", path, c->pages.lost_pages);
	return c->e;
}

static err_t check_mapped(const char *path, struct checking *c, struct why *why)
{
	err_t e = process_guarded_call(check, c);
	if (e) {
		log_error(AREA_CACHE, "%s: the disk does not give a page", path);
		c->e = why_set(why, e, "%.200s: the disk does not give a page", path);
	}
	e = say(path, c, why);
	pages_free(&c->pages);
	return e;
}

err_t pages_file_check(const char *dir, const struct pages_of *of, struct pages_seen *ret, struct why *why)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s/data.mdb", dir) >= (int)sizeof(path))
		return why_set(why, ERR_LIMIT, "%.200s: the name is too long", dir);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0 || fstat(fd, &st))
		return why_set(why, ERR_IO, "%.200s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return why_set(why, ERR_DAMAGED, "%.200s is no file", path);
	if (!st.st_size)
		return ERR_OK;
	struct checking c = { .of = of };
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return why_set(why, errno == ENOMEM ? ERR_NOMEM : ERR_IO, "%.200s: %s", path, strerror(errno));
	c.file = SPAN(at, (size_t)st.st_size);
	err_t e = check_mapped(path, &c, why);
	if (!e)
		*ret = (struct pages_seen){ c.file.len, c.pages.page, c.pages.anchor };
	if (munmap(at, c.file.len))
		log_warn(AREA_CACHE, "%s: %s", path, strerror(errno));
	return e;
}
