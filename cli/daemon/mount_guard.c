/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mount_guard.h"

#include "cli/daemon/mount_point.h"
#include "cli/daemon/unlock_me.h"
#include "cli/vaults/mount_places.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

static mode_t bits(const struct stat *st)
{
	return st->st_mode & 07777;
}

/* set_immutable: where the file system has that attribute and this process the capability; others say no. */
static bool set_immutable(int fd, bool on)
{
	int flags;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return false;
	int wanted = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	return wanted == flags || !ioctl(fd, FS_IOC_SETFLAGS, &wanted);
}

/* writable: by this process; asked of the folder itself, also when a mount covers it. */
static bool writable(int fd)
{
	return !faccessat(fd, ".", W_OK, AT_EACCESS);
}

err_t mount_guard_begin(struct mount_guard *g, const char *dir, struct why *why)
{
	struct statfs fs;
	*g = MOUNT_GUARD_INIT;
	cleanup_fd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &g->was) || fstatfs(fd, &fs))
		return mount_point_missing(dir, errno, why);
	if (fs.f_type == AUTOFS_SUPER_MAGIC) /* a descriptor would keep it in use as well */
		return ERR_OK;
	if (geteuid() && g->was.st_uid == geteuid() && !(g->was.st_mode & S_IWUSR))
		g->lent = !fchmod(fd, bits(&g->was) | S_IWUSR);
	g->fd = steal_fd(fd);
	return ERR_OK;
}

/* note: where it is mounted, and how the folder was. One that is unwritable already may be so by an earlier mount. */
static err_t note(const struct mount_guard *g, const struct mount_guarded *what)
{
	cleanup_free struct mount_places *were = malloc(sizeof(*were));
	cleanup_free struct mount_place *p = calloc(1, sizeof(*p));
	if (!were || !p)
		return ERR_NOMEM;
	mount_places_read(what->vault, were);
	snprintf(p->dir, sizeof(p->dir), "%s", what->dir);
	p->ino = g->was.st_ino;
	p->mode = bits(&g->was);
	for (size_t i = 0; i < were->n && !(p->mode & WRITE_BITS); i++)
		if (!strcmp(were->place[i].dir, p->dir) && were->place[i].ino == p->ino)
			p->mode = were->place[i].mode;
	return mount_places_note(what->vault, p, NULL);
}

/* open_up: what was put there is to be moved away. */
static void open_up(struct mount_guard *g)
{
	set_immutable(g->fd, false);
	if (g->was.st_uid == geteuid() && fchmod(g->fd, bits(&g->was) | S_IWUSR))
		log_warn(AREA_CLI, "the permissions of the mount point stay");
	g->lent = false;
}

/* shut: whether something of it was done; whether it holds is asked afterwards. */
static bool shut(const struct mount_guard *g, const struct mount_guarded *what)
{
	bool own = g->was.st_uid == geteuid(), done = own && !fchmod(g->fd, bits(&g->was) & ~(mode_t)WRITE_BITS);
	return !geteuid() && !what->removed ? set_immutable(g->fd, true) || done : done;
}

/* close_off: so that nobody writes into the folder, or a text says that it should not be. */
static void close_off(struct mount_guard *g, const struct mount_guarded *what)
{
	if (!geteuid() && (g->was.st_uid || !what->lasting))
		return;
	bool done = shut(g, what), text = unlock_me_is_ours(g->fd);
	if (!writable(g->fd) && text) { /* of a time when it could not be closed */
		open_up(g);
		unlock_me_remove(g->fd);
		done = shut(g, what);
	}
	if (!writable(g->fd))
		return;
	log_info(AREA_CLI, "%s stays writable while the vault is locked%s", what->dir,
	         done ? ": its file system does not keep modes" : "");
	if (!what->removed && !text && unlock_me_write(g->fd, what->vault->name))
		log_warn(AREA_CLI, "%s stays writable while the vault is locked, and says so nowhere: %s", what->dir,
		         strerror(errno));
}

err_t mount_guard_cover(struct mount_guard *g, const struct mount_guarded *what, struct why *why)
{
	if (g->fd < 0)
		return ERR_OK;
	if (note(g, what))
		log_warn(AREA_CLI, "%s stays writable while the vault is locked: its permissions cannot be noted",
		         what->dir);
	else
		close_off(g, what);
	err_t e = mount_point_empty(g->fd, what->dir, why);
	if (e)
		open_up(g);
	return e;
}

void mount_guard_end(struct mount_guard *g, bool mounted)
{
	if (g->fd < 0)
		return;
	if (!mounted && g->lent && fchmod(g->fd, bits(&g->was)))
		log_warn(AREA_CLI, "the permissions of the mount point stay");
	close(g->fd);
	*g = MOUNT_GUARD_INIT;
}

/* give_back: its permissions, unless somebody gave it others since then. */
static void give_back(int fd, const struct stat *st, const struct mount_place *p)
{
	if (st->st_uid != geteuid() || bits(st) != (p->mode & ~(mode_t)WRITE_BITS))
		return;
	if (!geteuid())
		set_immutable(fd, false);
	if (fchmod(fd, p->mode))
		log_warn(AREA_CLI, "%s keeps its permissions: %s", p->dir, strerror(errno));
}

static void lift(const struct mount_place *p)
{
	struct stat st;
	cleanup_fd int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || st.st_ino != p->ino || mount_point_in_use(p->dir, 0))
		return;
	give_back(fd, &st, p);
	unlock_me_remove(fd);
}

void mount_guard_lift(const struct vault_dir *v)
{
	cleanup_free struct mount_places *places = malloc(sizeof(*places));
	if (!places)
		return;
	mount_places_read(v, places);
	for (size_t i = 0; i < places->n; i++)
		lift(&places->place[i]);
}
