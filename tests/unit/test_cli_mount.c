/* SPDX-License-Identifier: MIT */
#include "cli/daemon/notify.h"
#include "cli/ui/mount_options.h"
#include "util/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
/* cmocka wants four of the above first */
#include <cmocka.h>

static void options_are_sorted_by_whom_they_are_for(void **state)
{
	(void)state;
	struct mount_options o;
	assert_int_equal(
	        mount_options_parse("rw,noauto,user=ann,_netdev,x-systemd.automount,noexec,passfile=/a b/c", &o, NULL),
	        ERR_OK);
	assert_string_equal(o.kernel, "rw,noexec");
	assert_string_equal(o.passfile, "/a b/c");
	assert_string_equal(o.setuid, "");
	assert_int_equal(mount_options_parse("setuid=ann,,ro,", &o, NULL), ERR_OK);
	assert_string_equal(o.kernel, "ro");
	assert_string_equal(o.passfile, "");
	assert_string_equal(o.setuid, "ann");
	assert_int_equal(mount_options_parse("", &o, NULL), ERR_OK);
	assert_string_equal(o.kernel, "");
}

static void words_become_flags(void **state)
{
	(void)state;
	struct mount_options o;
	unsigned long safe = MS_NOSUID | MS_NODEV;
	assert_int_equal(mount_options_parse("defaults,nodiratime,lazytime,default_permissions", &o, NULL), ERR_OK);
	assert_string_equal(o.kernel, "");
	assert_true(o.flags == safe && !o.remount);
	assert_int_equal(mount_options_parse("rw,user_id=0,group_id=0,sync,remount,ro,async", &o, NULL), ERR_OK);
	assert_true(o.flags == (safe | MS_RDONLY) && o.remount);
	assert_int_equal(
	        mount_options_parse("defaults,auto,noauto,nofail,user,users,nouser,nousers,owner,noowner,group,"
	                            "nogroup,_netdev,comment=a b,x-systemd.automount,X-mount.mkdir,relatime,"
	                            "norelatime,strictatime,nostrictatime,diratime,nodiratime,lazytime,"
	                            "nolazytime,silent,loud,mand,nomand,acl,user_xattr,user=ann",
	                            &o, NULL),
	        ERR_OK);
	assert_string_equal(o.kernel, "");
	assert_int_equal(mount_options_parse("suid,dev", &o, NULL), ERR_OK);
	assert_string_equal(o.kernel, geteuid() ? "" : "suid,dev");
	assert_true(o.flags == (geteuid() ? safe : 0));
}

static void what_is_not_understood_is_said(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{ "ro,gibberish", "unknown mount option 'gibberish' (cloudseal(1) lists them under FSTAB)" },
		{ "fsname=x",
		  "mount option 'fsname=x' does nothing here: the mount is called as the vault: use --name at init or "
		  "join" },
		{ "rw,umask=077",
		  "mount option 'umask=077' does nothing here: files have the owners and modes that they were given: "
		  "chown and chmod change them" },
		{ "umask", "unknown mount option 'umask' (cloudseal(1) lists them under FSTAB)" },
		{ "password=x", "mount option 'password=' does nothing here: a passphrase is in no option: "
		                "passfile=FILE says where it "
		                "is, else it is asked for" },
		{ "loop",
		  "mount option 'loop' does nothing here: that is for mount(8) alone, and another kind of mount" },
		{ "rot", "unknown mount option 'rot'; did you mean ro? (cloudseal(1) lists them under FSTAB)" },
		{ "nofial",
		  "unknown mount option 'nofial'; did you mean nofail? (cloudseal(1) lists them under FSTAB)" },
		{ "passfile", "unknown mount option 'passfile'; did you mean passfile=? (cloudseal(1) lists them under "
		              "FSTAB)" },
		{ "passfile=", "mount option passfile=: the value is missing" },
		{ "user_id=0", "unknown mount option 'user_id=0' (cloudseal(1) lists them under FSTAB)" },
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct mount_options o = { .kernel = "untouched" };
		struct why why = { 0 };
		assert_int_equal(mount_options_parse(bad[i][0], &o, &why), ERR_INVAL);
		assert_string_equal(why.text, bad[i][1]);
		assert_string_equal(o.kernel, "untouched");
	}
}

static void too_long_is_refused(void **state)
{
	(void)state;
	struct mount_options o;
	char text[8000] = "passfile=";
	memset(text + 9, 'x', PATH_MAX);
	assert_int_equal(mount_options_parse(text, &o, NULL), ERR_INVAL);
	text[0] = 0;
	for (int i = 0; i < 60; i++)
		strcat(text, "noatime,");
	assert_int_equal(mount_options_parse(text, &o, NULL), ERR_INVAL);
}

static void names_of_sockets_are_checked(void **state)
{
	(void)state;
	char text[200];
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_send("READY=1"), ERR_OK);
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify_send("READY=1"), ERR_INVAL);
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = 0;
	setenv("NOTIFY_SOCKET", text, 1);
	assert_int_equal(notify_send("READY=1"), ERR_INVAL);
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	assert_int_equal(notify_send("READY=1"), ERR_IO);
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_sorted_by_whom_they_are_for),
		cmocka_unit_test(words_become_flags),
		cmocka_unit_test(what_is_not_understood_is_said),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(names_of_sockets_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
