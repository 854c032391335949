/* SPDX-License-Identifier: MIT */
#include "cli/vaults/disk_fit.h"

#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define FUSE_MAGIC 0x65735546

/* What a FUSE file system calls itself when its files are somewhere else: the kernel's number says only "FUSE". */
static bool unfit_fuse(const char *type)
{
	static const char *const remote[] = {
		"blobfuse",
		"blobfuse2",
		"ceph-fuse",
		"cloudseal",
		"curlftpfs",
		"davfs",
		"gcsfuse",
		"glusterfs",
		"goofys",
		"gvfsd-fuse",
		"hdfs",
		"juicefs",
		"kio-fuse",
		"mfs",
		"mount-s3",
		"mountpoint-s3",
		"rclone",
		"s3fs",
		"s3ql",
		"seaweedfs",
		"sshfs",
		"wdfs",
		"google-drive-ocamlfuse",
	};
	for (size_t i = 0; i < ARRAY_LEN(remote); i++)
		if (!strncmp(type, "fuse.", 5) && !strcmp(type + 5, remote[i]))
			return true;
	return false;
}

const char *disk_unfit(unsigned long magic, const char *type)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} unfit[] = {
		{ 0x6969, "NFS" },        { 0x517b, "SMB" },     { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB" },
		{ 0x01021997, "9P" },     { 0x5346414f, "AFS" }, { 0x73757245, "Coda" }, { 0x00c36400, "CephFS" },
		{ 0x0bd00bd0, "Lustre" }, { 0x564c, "NCP" },
	};
	for (size_t i = 0; i < ARRAY_LEN(unfit); i++)
		if (unfit[i].magic == (magic & 0xffffffff))
			return unfit[i].name;
	return (magic & 0xffffffff) == FUSE_MAGIC && unfit_fuse(type) ? type : NULL;
}

/* type_of: as /proc/self/mountinfo has it for the device; "" when it does not say. */
static void type_of(dev_t dev, char out[64])
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t room = 0;
	out[0] = 0;
	while (f && getline(&line, &room, f) > 0) {
		unsigned major, minor;
		const char *rest = strstr(line, " - ");
		if (rest && sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 && makedev(major, minor) == dev &&
		    sscanf(rest, " - %63s", out) == 1)
			break;
	}
	if (f)
		fclose(f);
}

static err_t check_room(const struct statvfs *vfs, const char *path, uint64_t need, struct why *why)
{
	char have_text[32], need_text[32];
	uint64_t have = (uint64_t)vfs->f_bavail * vfs->f_frsize;
	if (have >= need)
		return ERR_OK;
	units_size(have, have_text, sizeof(have_text));
	units_size(need, need_text, sizeof(need_text));
	return why_set(why, ERR_NOSPACE, "the disk under %.300s is full: %s free, %s needed: make room there", path,
	               have_text, need_text);
}

err_t disk_check(int dir_fd, const char *path, uint64_t need, struct why *why)
{
	struct statfs fs;
	struct statvfs vfs;
	struct stat st;
	char type[64];
	if (fstatfs(dir_fd, &fs) || fstatvfs(dir_fd, &vfs) || fstat(dir_fd, &st))
		return why_set(why, ERR_IO, "%.300s: %s", path, strerror(errno));
	type_of(st.st_dev, type);
	const char *unfit = disk_unfit((unsigned long)fs.f_type, type);
	if (unfit)
		return why_set(why, ERR_IO,
		               "local state must be on a local disk, but %.300s is on a network file system (%s): set "
		               "XDG_DATA_HOME to a local directory",
		               path, unfit);
	if (vfs.f_flag & ST_RDONLY || faccessat(dir_fd, ".", W_OK, AT_EACCESS))
		return why_set(why, ERR_IO,
		               "local state must be writable, but %.300s is read-only: give yourself the right to, or "
		               "set XDG_DATA_HOME to another directory",
		               path);
	return check_room(&vfs, path, need, why);
}
