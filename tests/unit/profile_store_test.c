/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole profiles written and put aside: what is there stays unless it is what was read, however it changed. */
#include "profile/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define GAMES "# mine\n[vm]\ntitle=Games\n"
#define OTHER "[vm]\ntitle=Other\n"

struct fixture {
	char folder[64];
	struct strv folders;
	char *file;
	struct err err;
};

static char *path(const struct fixture *f, const char *name)
{
	return xasprintf("%s/%s", f->folder, name);
}

static void put(const struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *file = path(f, name);
	struct root root;

	assert_int_equal(root_open(&root, "/", NULL), 0);
	assert_int_equal(root_write(&root, file, text, strlen(text), 0640, NULL), 0);
	root_close(&root);
}

static bool there(const struct fixture *f, const char *name)
{
	cleanup_free char *file = path(f, name);
	struct stat st;

	return lstat(file, &st) == 0;
}

static void expect_text(const struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *file = path(f, name), *now = NULL;
	size_t size;

	now = profile_read(file, &size, NULL);
	assert_non_null(now);
	assert_string_equal(now, text);
}

static void expect_mode(const struct fixture *f, const char *name, mode_t mode)
{
	cleanup_free char *file = path(f, name);
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-store-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	strv_take(&f->folders, path(f, "etc/profiles"));
	strv_take(&f->folders, path(f, "usr"));
	umask(077);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	free(f->file);
	strv_finish(&f->folders);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static int write_it(struct fixture *f, const char *text, const char *expected)
{
	f->err = (struct err){0};
	free(take_ptr(f->file));
	return profile_store_write(&f->folders, "games", text, expected, &f->file, &f->err);
}

static int remove_it(struct fixture *f, const char *expected)
{
	f->err = (struct err){0};
	free(take_ptr(f->file));
	return profile_store_remove(&f->folders, "games", expected, &f->file, &f->err);
}

static void test_new_and_edited(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/profiles/games.profile");

	assert_int_equal(write_it(f, GAMES, ""), 0);
	assert_string_equal(f->file, own);
	expect_text(f, "etc/profiles/games.profile", GAMES);
	expect_mode(f, "etc/profiles/games.profile", 0644);
	expect_mode(f, "etc/profiles", 0755);
	assert_int_equal(chmod(own, 0640), 0);
	assert_int_equal(write_it(f, OTHER, GAMES), 0);
	expect_text(f, "etc/profiles/games.profile", OTHER);
	expect_mode(f, "etc/profiles/games.profile", 0640);
	assert_int_equal(umask(077), 077);
}

static void refused(struct fixture *f, const char *text, const char *expected, enum code code)
{
	assert_true(write_it(f, text, expected) < 0);
	if (!err_is(&f->err, code))
		fail_msg("%s (%s)", f->err.message, f->err.code);
	assert_true(f->err.hint[0]);
	assert_null(f->file);
}

static void test_not_what_was_read(void **state)
{
	struct fixture *f = *state;

	put(f, "etc/profiles/games.profile", GAMES);
	refused(f, OTHER, "", CODE_PROFILE_EXISTS);
	refused(f, OTHER, OTHER, CODE_PROFILE_CHANGED);
	refused(f, OTHER, "# mine\n[vm]\ntitle=Games", CODE_PROFILE_CHANGED);
	expect_text(f, "etc/profiles/games.profile", GAMES);
	put(f, "etc/profiles/games.profile", "");
	assert_int_equal(write_it(f, GAMES, ""), 0);
}

static void test_gone_meanwhile(void **state)
{
	struct fixture *f = *state;

	refused(f, OTHER, GAMES, CODE_PROFILE_CHANGED);
	assert_false(there(f, "etc/profiles/games.profile"));
}

static void test_link(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/profiles/games.profile"), *to = path(f, "elsewhere");

	put(f, "etc/profiles/x", "");
	put(f, "elsewhere", GAMES);
	assert_int_equal(symlink(to, own), 0);
	refused(f, OTHER, GAMES, CODE_PROFILE_FILE);
	refused(f, OTHER, "", CODE_PROFILE_FILE);
	expect_text(f, "elsewhere", GAMES);
	/* Put aside, the link goes and what it leads to stays. */
	assert_int_equal(remove_it(f, GAMES), 0);
	assert_false(there(f, "etc/profiles/games.profile"));
	expect_text(f, "elsewhere", GAMES);
}

/* A link that leads nowhere is nobody's profile, and still is not written through. */
static void test_dead_link(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/profiles/games.profile"), *to = path(f, "elsewhere");

	put(f, "etc/profiles/x", "");
	assert_int_equal(symlink(to, own), 0);
	refused(f, OTHER, "", CODE_PROFILE_FILE);
	assert_false(there(f, "elsewhere"));
}

static void test_a_folder_in_its_place(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/profiles/games.profile");

	put(f, "etc/profiles/x", "");
	assert_int_equal(mkdir(own, 0755), 0);
	assert_true(write_it(f, OTHER, "") < 0);
	assert_true(write_it(f, OTHER, GAMES) < 0);
	assert_true(remove_it(f, GAMES) < 0);
}

static void test_bad_text(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *big = xcalloc(PROFILE_TEXT_MAX + 2, 1);

	memset(big, '#', PROFILE_TEXT_MAX + 1);
	refused(f, "[vm]\ntitel=x\n", "", CODE_PROFILE_BAD);
	assert_non_null(strstr(f->err.message, "games.profile:2"));
	refused(f, big, "", CODE_PROFILE_BAD);
	put(f, "etc/profiles/games.profile.d/a.conf", "[gpu]\nid=1:2\n");
	refused(f, GAMES, "", CODE_PROFILE_BAD);
	assert_false(there(f, "etc/profiles/games.profile"));
}

static void test_bad_name(void **state)
{
	static const char *const names[] = {"", "../x", "a/b", "A", "-a", "a.b", "a\n"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(profile_store_write(
		                    &f->folders, names[i], GAMES, "", &f->file, &f->err) < 0);
		assert_true(profile_store_remove(&f->folders, names[i], "", &f->file, &f->err) < 0);
	}
	assert_null(f->file);
	assert_false(there(f, "etc"));
}

/* The distribution's stays; ours counts in its place, and only what was read of it may be. */
static void test_in_place_of_anothers(void **state)
{
	struct fixture *f = *state;

	put(f, "usr/games.profile", GAMES);
	refused(f, OTHER, "", CODE_PROFILE_EXISTS);
	refused(f, OTHER, OTHER, CODE_PROFILE_CHANGED);
	assert_true(remove_it(f, GAMES) < 0);
	assert_true(err_is(&f->err, CODE_PROFILE_FOREIGN));
	assert_int_equal(write_it(f, OTHER, GAMES), 0);
	expect_text(f, "usr/games.profile", GAMES);
	expect_text(f, "etc/profiles/games.profile", OTHER);
	assert_int_equal(remove_it(f, OTHER), 0);
	expect_text(f, "usr/games.profile", GAMES);
}

static void test_put_aside(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *first = path(f, "etc/profiles/games.profile.removed");
	cleanup_strv struct strv names = {0};

	put(f, "etc/profiles/games.profile", GAMES);
	put(f, "etc/profiles/games.profile.d/usb.conf", "# mine\n");
	assert_true(remove_it(f, OTHER) < 0);
	assert_true(err_is(&f->err, CODE_PROFILE_CHANGED));
	assert_int_equal(remove_it(f, GAMES), 0);
	assert_string_equal(f->file, first);
	expect_text(f, "etc/profiles/games.profile.removed", GAMES);
	expect_text(f, "etc/profiles/games.profile.d.removed/usb.conf", "# mine\n");
	assert_int_equal(profile_list(&f->folders, &names, NULL), 0);
	assert_int_equal(names.n, 0);
	assert_true(remove_it(f, GAMES) < 0);
	assert_int_equal(f->err.number, -ENOENT);
	/* Another one of that name, and again: nothing that was put aside is overwritten. */
	assert_int_equal(write_it(f, OTHER, ""), 0);
	assert_int_equal(remove_it(f, OTHER), 0);
	assert_true(ends_with(f->file, ".removed-2"));
	expect_text(f, "etc/profiles/games.profile.removed", GAMES);
	expect_text(f, "etc/profiles/games.profile.removed-2", OTHER);
}

/* One that cannot be read as a profile can be mended and removed all the same. */
static void test_broken(void **state)
{
	struct fixture *f = *state;

	put(f, "etc/profiles/games.profile", "nonsense\n");
	assert_int_equal(write_it(f, GAMES, "nonsense\n"), 0);
	put(f, "etc/profiles/games.profile", "nonsense\n");
	assert_int_equal(remove_it(f, "nonsense\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_new_and_edited, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_not_what_was_read, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_gone_meanwhile, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_link, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_dead_link, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_folder_in_its_place, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_bad_text, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_bad_name, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_in_place_of_anothers, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_put_aside, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
