/* SPDX-License-Identifier: MIT
 * Two halves: the file and where it may be; and what the page says.
 */
#include "cli/secrets/recovery_sheet.h"

#include "cli/ui/escape.h"
#include "cli/vaults/disk.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Where the file is to be. */
struct spot {
	const char *path; /* as typed */
	const char *name; /* its last part */
	int fd;           /* of the folder */
};

static void spot_close(struct spot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static err_t no_file(const char *path, int error, struct why *why)
{
	return why_set(why, error == ENOSPC || error == EDQUOT ? ERR_NOSPACE : ERR_IO, "cannot write %.300s: %s", path,
	               strerror(error));
}

/* name_of: the last part of a path. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static err_t form_of(const char *path, enum page_form *ret, struct why *why)
{
	const char *name = name_of(path);
	static const char *const suffixes[] = { [PAGE_SVG] = ".svg", [PAGE_PDF] = ".pdf" };
	size_t n = strlen(name);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t len = strlen(suffixes[i]);
		if (n > len && !strcasecmp(name + n - len, suffixes[i])) {
			*ret = (enum page_form)i;
			return ERR_OK;
		}
	}
	return why_set(why, ERR_INVAL, "%.300s: a recovery sheet is a page to print: name a .pdf or .svg file", path);
}

static err_t open_folder(const char *path, struct spot *ret, struct why *why)
{
	const char *name = name_of(path);
	char folder[PATH_MAX] = ".";
	size_t n = (size_t)(name - path); /* with its slash */
	if (n >= sizeof(folder))
		return no_file(path, ENAMETOOLONG, why);
	if (n)
		snprintf(folder, sizeof(folder), "%.*s", (int)n, path);
	*ret = (struct spot){ path, name, open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	return ret->fd < 0 ? no_file(path, errno, why) : ERR_OK;
}

/* -- where it must not be ----------------------------------------------------------------------------------------- */

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* within: the folder is `dir`, or below it, by whatever names and links the two are called. */
static bool within(int folder, const char *dir)
{
	struct stat wanted, is, below = { 0 };
	if (!dir || stat(dir, &wanted))
		return false;
	int fd = openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = false;
	while (fd >= 0 && !fstat(fd, &is)) {
		found = same(&is, &wanted);
		if (found || same(&is, &below)) /* the root is above itself */
			break;
		below = is;
		int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = above;
	}
	if (fd >= 0)
		close(fd);
	return found;
}

static err_t check_folder(const struct recovery_sheet *s, const struct spot *spot, struct why *why)
{
	const char *store = s->conf->text[CONF_STORE], *home = getenv("HOME");
	char by_default[PATH_MAX];
	bool fits = home && snprintf(by_default, PATH_MAX, "%s/cloudseal/%s", home, s->vault) < PATH_MAX;
	const struct {
		const char *dir, *what;
	} not_there[] = { { s->mount, "in the vault, which opens with that key" },
		          { fits ? by_default : NULL, "where the vault is mounted" },
		          { strncmp(store, "dir:", 4) ? store : store + 4, "in the cloud, where others read" },
		          { s->state, "in the vault's state on this device" } };
	for (size_t i = 0; i < ARRAY_LEN(not_there); i++)
		if (not_there[i].dir && not_there[i].dir[0] == '/' && within(spot->fd, not_there[i].dir))
			return why_set(why, ERR_INVAL,
			               "%.300s would lie %s: a recovery sheet is kept elsewhere, name another place",
			               spot->path, not_there[i].what);
	return ERR_OK;
}

/* check: and *ret is the folder, for spot_close. */
static err_t check(const struct recovery_sheet *s, enum page_form *ret_form, struct spot *ret, struct why *why)
{
	struct stat st;
	err_t e = form_of(s->path, ret_form, why);
	if (!e)
		e = recovery_page_fits(s, *ret_form, why);
	if (!e)
		e = open_folder(s->path, ret, why);
	if (!e)
		e = check_folder(s, ret, why);
	if (e)
		return e;
	if (!fstatat(ret->fd, ret->name, &st, AT_SYMLINK_NOFOLLOW))
		return recovery_exists(s->path, why);
	if (errno != ENOENT || faccessat(ret->fd, ".", W_OK | X_OK, AT_EACCESS))
		return no_file(s->path, errno, why);
	return ERR_OK;
}

err_t recovery_sheet_check(const struct recovery_sheet *s, struct why *why)
{
	cleanup(spot_close) struct spot spot = { .fd = -1 };
	enum page_form form;
	return s->path ? check(s, &form, &spot, why) : ERR_OK;
}

/* -- the file ----------------------------------------------------------------------------------------------------- */

err_t recovery_sheet_write(const struct recovery_sheet *s, const char *key, struct why *why)
{
	cleanup(spot_close) struct spot spot = { .fd = -1 };
	cleanup(page_free) struct page page = { 0 };
	enum page_form form;
	struct span bytes;
	err_t e = check(s, &form, &spot, why);
	if (!e)
		e = page_begin(form, &page);
	if (!e)
		e = recovery_page_draw(s, key, &page);
	if (!e)
		e = page_end(&page, &bytes);
	return e ? e : recovery_put(spot.fd, spot.name, spot.path, bytes, why);
}

err_t recovery_sheet_hand_over(const struct recovery_sheet *s, const char *file, const char *key,
                               enum recovery_for what, struct why *why)
{
	err_t e = s->path ? recovery_sheet_write(s, key, why) : ERR_OK;
	if (e || (s->path && !file))
		return e;
	e = recovery_hand_over(file, key, what, why);
	if (e && s->path)
		(void)unlink(s->path); /* which was new */
	return e;
}

void recovery_sheet_take_back(const struct recovery_sheet *s, const char *file)
{
	if (s->path)
		(void)unlink(s->path);
	if (file)
		(void)unlink(file);
}

void recovery_sheet_say(const char *path)
{
	escape_print(stdout,
	             "The page to print is %s. That file is the recovery key: print it, remove the file, and keep the",
	             path);
	puts("paper away from this machine.");
}
