/* SPDX-License-Identifier: MIT */
#include "cli/vaults/mount_places.h"

#include "cli/ui/escape.h"
#include "util/cleanup.h"

#include <jansson.h>
#include <string.h>

#define FILE_NAME "mounts.json"
#define FILE_MAX 262144

static void take(const json_t *j, struct mount_places *ret)
{
	struct mount_place *p = &ret->place[ret->n];
	cleanup_free char *dir = escape_get(j, "dir");
	json_int_t mode = json_integer_value(json_object_get(j, "mode"));
	if (!dir || dir[0] != '/' || strlen(dir) >= sizeof(p->dir) || ret->n == MOUNT_PLACES_MAX)
		return;
	snprintf(p->dir, sizeof(p->dir), "%s", dir);
	p->ino = (uint64_t)json_integer_value(json_object_get(j, "ino"));
	p->mode = (mode_t)mode & 07777;
	ret->n++;
}

void mount_places_read(const struct vault_dir *v, struct mount_places *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	ret->n = 0;
	if (vaults_read(v, FILE_NAME, FILE_MAX, &b, NULL))
		return;
	json_t *j = json_loadb((const char *)b.p, b.len, 0, NULL);
	for (size_t i = 0; i < json_array_size(j); i++)
		take(json_array_get(j, i), ret);
	json_decref(j);
}

static bool add(json_t *list, const struct mount_place *p)
{
	json_t *j = json_pack("{s:I,s:i}", "ino", (json_int_t)p->ino, "mode", (int)p->mode);
	if (!j || escape_set(j, "dir", p->dir)) {
		json_decref(j);
		return false;
	}
	return !json_array_append_new(list, j);
}

err_t mount_places_note(const struct vault_dir *v, const struct mount_place *p, struct why *why)
{
	cleanup_free struct mount_places *were = malloc(sizeof(*were));
	json_t *list = json_array();
	bool good = were && list && add(list, p);
	if (good)
		mount_places_read(v, were);
	for (size_t i = 0; good && i < were->n && json_array_size(list) < MOUNT_PLACES_MAX; i++)
		good = !strcmp(were->place[i].dir, p->dir) || add(list, &were->place[i]);
	cleanup_free char *text = good ? json_dumps(list, JSON_COMPACT) : NULL;
	json_decref(list);
	return text ? vaults_write(v, FILE_NAME, span_str(text), why) : ERR_NOMEM;
}
