/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles are followed: whoever listens is told when a rule for USB devices has changed, and of nothing else. */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define START "[vm]\n[disk a]\nimage=/x\n"
#define RULE  START "[usb pad]\nid=045e:02ea\n"

struct fixture {
	char folder[64];
	struct strv folders;
	sd_event *event;
	struct vms *vms;
	unsigned told;
};

static void on_usb(void *user)
{
	struct fixture *f = user;

	f->told++;
}

static void put(struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", f->folder, name);
	struct root root;

	assert_int_equal(root_open(&root, "/", NULL), 0);
	assert_int_equal(root_write(&root, path, text, strlen(text), 0644, NULL), 0);
	root_close(&root);
}

static void drop(struct fixture *f, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", f->folder, name);

	assert_int_equal(unlink(path), 0);
}

/* Until nothing has happened for a while. */
static void settle(struct fixture *f)
{
	while (sd_event_run(f->event, 200000) > 0)
		;
}

static void expect_told(struct fixture *f, unsigned want)
{
	settle(f);
	assert_int_equal(f->told, want);
	f->told = 0;
}

static void begin(struct fixture *f)
{
	const struct vm_listener listener = {.usb_changed = on_usb, .user = f};
	struct vm_env env = {.event = f->event,
	        .session = true,
	        .run_dir = f->folder,
	        .data_dir = "",
	        .state_dir = f->folder,
	        .libexec_dir = "",
	        .qemu = "",
	        .profile_folders = &f->folders};

	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	expect_told(f, 0);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-follow-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	strv_addf(&f->folders, "%s/p/profiles", f->folder);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	vms_destroy(f->vms);
	sd_event_unref(f->event);
	strv_finish(&f->folders);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void test_rules_come_and_go(void **state)
{
	struct fixture *f = *state;

	put(f, "p/profiles/games.profile", START);
	begin(f);
	put(f, "p/profiles/games.profile", RULE);
	expect_told(f, 1);
	put(f, "p/profiles/games.profile", START "[cpu]\ncount=4\n[usb pad]\nid=045e:02ea\n");
	expect_told(f, 0);
	put(f, "p/profiles/other.profile", START "[usb x]\nhub=0000:00:14.0/2\n");
	expect_told(f, 1);
	drop(f, "p/profiles/other.profile");
	expect_told(f, 1);
	drop(f, "p/profiles/games.profile");
	expect_told(f, 1);
}

static void test_drop_ins_are_followed(void **state)
{
	struct fixture *f = *state;

	put(f, "p/profiles/games.profile", START);
	begin(f);
	put(f, "p/profiles/games.profile.d/usb.conf", "[usb pad]\nid=045e:02ea\n");
	expect_told(f, 1);
	put(f, "p/profiles/games.profile.d/usb.conf", "[usb pad]\nid=045e:02eb\n");
	expect_told(f, 1);
	drop(f, "p/profiles/games.profile.d/usb.conf");
	expect_told(f, 1);
}

static void test_folder_comes_later(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put(f, "unrelated", "");
	expect_told(f, 0);
	put(f, "p/profiles/games.profile", RULE);
	expect_told(f, 1);
	put(f, "p/profiles/games.profile", START);
	expect_told(f, 1);
}

/* An editor writes half of it first: the device stays the VM's meanwhile. */
static void test_broken_profile_keeps_its_rules(void **state)
{
	struct fixture *f = *state;

	put(f, "p/profiles/games.profile", RULE);
	begin(f);
	put(f, "p/profiles/games.profile", "[vm]\n[us");
	expect_told(f, 0);
	put(f, "p/profiles/games.profile", RULE);
	expect_told(f, 0);
	put(f, "p/profiles/games.profile", START);
	expect_told(f, 1);
}

/* Whoever plugs is no news here: without rules nobody looks, with some the text is what it was. */
static void test_plugging_changes_no_rules(void **state)
{
	struct fixture *f = *state;

	put(f, "p/profiles/games.profile", START);
	begin(f);
	vms_hands_off_plugged(f->vms);
	assert_true(sd_event_run(f->event, 0) == 0);
	put(f, "p/profiles/games.profile", RULE);
	expect_told(f, 1);
	for (int i = 0; i < 100; i++)
		vms_hands_off_plugged(f->vms);
	assert_true(sd_event_run(f->event, 1000000) > 0);
	assert_true(sd_event_run(f->event, 150000) == 0);
	assert_int_equal(f->told, 0);
}

/* Many changes at once are one. */
static void test_burst(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put(f, "p/profiles/a.profile", RULE);
	expect_told(f, 1);
	for (int i = 0; i < 50; i++) {
		put(f, "p/profiles/b.profile", i % 2 ? START : RULE);
		put(f, "p/profiles/c.profile", RULE);
	}
	settle(f);
	assert_true(f->told >= 1 && f->told <= 5);
}

#define WITH_VMS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_VMS(test_rules_come_and_go),
	        WITH_VMS(test_drop_ins_are_followed),
	        WITH_VMS(test_folder_comes_later),
	        WITH_VMS(test_broken_profile_keeps_its_rules),
	        WITH_VMS(test_plugging_changes_no_rules),
	        WITH_VMS(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
