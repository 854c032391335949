/* SPDX-License-Identifier: MIT */
#include "cli/ui/alarm_words.h"

#include "util/cleanup.h"

#include <string.h>

#define LOOK_AT_CLOUD "look at the cloud and its backups, and run cloudseal sync on the device that wrote it"

static const struct {
	const char *kind, *next;
} words[] = {
	{ "commit-damaged", LOOK_AT_CLOUD },
	{ "commits-missing", LOOK_AT_CLOUD },
	{ "head-damaged", LOOK_AT_CLOUD },
	{ "head-missing", LOOK_AT_CLOUD },
	{ "head-old", LOOK_AT_CLOUD },
	{ "statement-damaged", LOOK_AT_CLOUD },
	{ "statement-missing", LOOK_AT_CLOUD },
	{ "checkpoint-damaged", "run cloudseal sync on a device that has all, which writes another" },
	{ "commit-refused", "update cloudseal on that device; if it goes on, do not trust that device" },
	{ "own-commit-lost", "give cloudseal room and rights there; it is tried again" },
	{ "checkpoint-impossible", "please report it: it is a fault of the program" },
	{ "records-differ", "copy what matters out of the vault, and please report it" },
	{ "too-large", "keep a copy of that file elsewhere: only this device has that change" },
	{ "waits-for-former", "bring the cloud's newest state back; or copy what is new out, forget, and join again" },
	{ "not-this-vault", "mount the cloud's disk, or say the right place: cloudseal config NAME store" },
	{ "contents-lost", "run cloudseal sync on the devices that have these files, or bring the cloud's backup back; "
	                   "if nobody has them "
	                   "any more: cloudseal lost NAME" },
	{ "upload-lost", "it is uploaded again; if it goes on, do not trust that cloud" },
	{ "object-refused", "it is tried again, by cloudseal sync at once" },
	{ "removed", "copy what matters out of the folder, then cloudseal forget; to come back: cloudseal join" },
	{ "incomplete",
	  "look at the cloud and its backups, and run cloudseal sync on the device that wrote them; until "
	  "they are there it mounts read-only, unless with --force-writable; if nobody has them any more: cloudseal "
	  "lost NAME" },
	{ "builds-on-lost",
	  "if another device has it: cloudseal rebuild NAME, which takes in all; else: cloudseal lost "
	  "--give-up NAME" },
	{ "epochs",
	  "if you did not change them so often: ask whose device that is, or look at that device if it is one "
	  "of yours; cloudseal device revoke ends it" },
	{ "keys-missing", "run cloudseal sync on another device that has the vault" },
	{ "history", "bring the cloud's newest state back; or copy what is new out, forget, and join again" },
};

const char *alarm_next(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i].kind, kind))
			return words[i].next;
	return LOOK_AT_CLOUD;
}

const char *alarm_next_damaged(const char *object)
{
	return object[0]
	               ? "bring that object back from a backup of the cloud, take the file from elsewhere, or remove it"
	               : "take the file from another device or a backup, or remove it";
}
