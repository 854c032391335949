/* SPDX-License-Identifier: MIT */
#include "cli/commands/traces.h"

#include "cli/ui/exit.h"
#include "cli/vaults/last.h"
#include "cli/vaults/mount_places.h"
#include "cli/vaults/target.h"
#include "cli/vaults/traces.h"
#include "util/cleanup.h"

#include <string.h>

#define MOMENT_NS (NS_PER_S / 2)

/* Where it was mounted, or will be. */
struct folders {
	struct mount_places noted;
	struct last last;
	char by_setting[PATH_MAX], by_default[PATH_MAX];
	const char *dir[MOUNT_PLACES_MAX + 3];
	size_t n;
};

static void add(struct folders *f, char *dir)
{
	for (size_t len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
		dir[len - 1] = 0;
	if (dir[0] == '/' && dir[1])
		f->dir[f->n++] = dir;
}

static void folders_of(const struct vault_dir *v, struct folders *f)
{
	cleanup(conf_free) struct conf c = { 0 };
	const char *home = getenv("HOME");
	f->n = 0;
	last_read(v, &f->last);
	mount_places_read(v, &f->noted);
	for (size_t i = 0; i < f->noted.n; i++)
		add(f, f->noted.place[i].dir);
	add(f, f->last.mount_point);
	if (!vaults_load_conf(v, &c, NULL) && c.text[CONF_MOUNT_POINT]) {
		snprintf(f->by_setting, sizeof(f->by_setting), "%s", c.text[CONF_MOUNT_POINT]);
		add(f, f->by_setting);
	}
	if (home && snprintf(f->by_default, PATH_MAX, "%s/cloudseal/%s", home, v->name) < PATH_MAX)
		add(f, f->by_default);
}

static void plural(char out[64], size_t n, const char *one, const char *several)
{
	snprintf(out, 64, "%zu %s", n, n == 1 ? one : several);
}

/* counts: "2 thumbnails and 1 recent file". */
static void counts(const struct traces *t, char out[160])
{
	char thumbnails[64], recent[64];
	plural(thumbnails, t->thumbnails, "thumbnail", "thumbnails");
	plural(recent, t->recent, "recent file", "recent files");
	snprintf(out, 160, "%s%s and %s", t->more ? "at least " : "", thumbnails, recent);
}

static int look(const struct vault_dir *v, bool remove, struct deadline until, struct traces *ret)
{
	cleanup_free struct folders *f = calloc(1, sizeof(*f));
	if (!f)
		return exit_fail(ERR_NOMEM, v->name, NULL);
	folders_of(v, f);
	traces_look(&(struct traces_of){ f->dir, f->n, remove, until }, ret);
	return EXIT_OK;
}

void traces_tell(const struct vault_dir *v)
{
	struct traces t;
	char text[160];
	if (look(v, false, deadline_in(MOMENT_NS), &t) || !(t.thumbnails + t.recent))
		return;
	counts(&t, text);
	printf("Of its files, programs keep %s in your home, unencrypted: cloudseal traces %s tells more.\n", text,
	       v->name);
}

/* how_not_to: what a person can do so that there are none. The words are those of the programs. */
static void how_not_to(void)
{
	fputs("\nPrograms make these by themselves. So that they do not:\n"
	      "  thumbnails    Xfce: Excludes=DIR in each section of ~/.config/tumbler/tumbler.rc\n"
	      "                (copy it from /etc/xdg/tumbler). GNOME Files: Preferences, Show Thumbnails: Never.\n"
	      "                KDE Dolphin: Configure, Interface, Previews.\n"
	      "  recent files  GTK: gtk-recent-files-enabled=0 under [Settings] in ~/.config/gtk-3.0/settings.ini.\n"
	      "                GNOME: Settings, Privacy, File History: off. KDE: System Settings, Recent Files.\n"
	      "  search        GNOME: Settings, Search, Search Locations: without DIR.\n"
	      "                KDE: balooctl config add excludeFolders DIR. locate: PRUNEFS in /etc/updatedb.conf.\n"
	      "DIR is where the vault is mounted. What a search program has indexed is not looked for here.\n",
	      stdout);
}

static int say(const struct vault_dir *v, const struct traces *t, bool removed)
{
	char text[160];
	counts(t, text);
	if (t->stay)
		return exit_say(EXIT_FAILED, "%s: %zu of %s cannot be removed: are they another user's?", v->name,
		                t->stay, text);
	if (removed)
		printf("%s: removed %s.\n", v->name, text);
	else if (t->thumbnails + t->recent)
		printf("%s: of its files there are %s in your home, unencrypted. cloudseal traces --remove %s takes "
		       "them away.\n",
		       v->name, text, v->name);
	else
		printf("%s: there are no thumbnails of its files in your home, and no recent files.\n", v->name);
	return EXIT_OK;
}

int command_traces(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct traces t;
	int code = target_open(o->args[0], &v);
	if (!code)
		code = look(&v, o->remove, DEADLINE_NEVER, &t);
	if (!code)
		code = say(&v, &t, o->remove);
	if (!code)
		how_not_to();
	return code;
}
