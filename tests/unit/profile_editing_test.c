/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing a profile's files: which one is written, and what stays as it is. */
#include "profile/editing.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID    "id=046d:c24f\n"
#define GAMES "[vm]\ntitle=Games\n"

struct fixture {
	char folder[64];
	struct strv folders;
	struct profile_editing e;
	struct profile out;
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
	assert_int_equal(root_write(&root, file, text, strlen(text), 0644, NULL), 0);
	root_close(&root);
}

static void expect_text(const struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *file = path(f, name), *now = NULL;
	size_t size;

	now = profile_read(file, &size, NULL);
	assert_non_null(now);
	assert_string_equal(now, text);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-editing-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	strv_take(&f->folders, path(f, "etc"));
	strv_take(&f->folders, path(f, "etc/far"));
	put(f, "etc/games.profile", GAMES);
	put(f, "etc/far/demo.profile", GAMES);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	profile_editing_finish(&f->e);
	strv_finish(&f->folders);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void begin(struct fixture *f, const char *name)
{
	assert_int_equal(profile_editing_begin(&f->e, &f->folders, name, &f->err), 0);
}

static void add(struct fixture *f, const char *name)
{
	begin(f, name);
	assert_int_equal(profile_editing_add(&f->e, "Wheel", "usb wheel", ID, &f->err), 0);
}

static void test_add(void **state)
{
	struct fixture *f = *state;

	add(f, "games");
	expect_text(f, "etc/games.profile", GAMES); /* not yet */
	assert_int_equal(profile_editing_write(&f->e, &f->out, &f->err), 0);
	assert_int_equal(f->out.n_usb, 1);
	profile_finish(&f->out);
	expect_text(f, "etc/games.profile",
	        GAMES "\n# playthrough usb assign: Wheel\n[usb wheel]\n" ID);
}

/* The second folder lies within the first here: that makes its files no less others'. */
static void test_of_others(void **state)
{
	struct fixture *f = *state;
	cleanup_strv struct strv sections = {0};

	add(f, "demo");
	assert_int_equal(profile_editing_write(&f->e, &f->out, &f->err), 0);
	profile_finish(&f->out);
	expect_text(f, "etc/far/demo.profile", GAMES);
	expect_text(f, "etc/demo.profile.d/usb.conf",
	        "# playthrough usb assign: Wheel\n[usb wheel]\n" ID);
	profile_editing_finish(&f->e);
	f->e = (struct profile_editing){0};
	put(f, "etc/far/demo.profile", "[usb pad]\nid=045e:02ea\n");
	begin(f, "demo");
	strv_add(&sections, "usb wheel");
	strv_add(&sections, "usb pad");
	assert_int_equal(profile_editing_remove(&f->e, &sections, &f->err), -EPERM);
	assert_non_null(strstr(f->err.message, "etc/far/demo.profile"));
	expect_text(f, "etc/demo.profile.d/usb.conf",
	        "# playthrough usb assign: Wheel\n[usb wheel]\n" ID);
}

/* A person saved the file in an editor between our reading and our writing. */
static void test_changed_meanwhile(void **state)
{
	struct fixture *f = *state;

	add(f, "games");
	put(f, "etc/games.profile", GAMES "guest=linux\n");
	assert_int_equal(profile_editing_write(&f->e, &f->out, &f->err), -ESTALE);
	assert_true(err_is(&f->err, CODE_USB_RULE_FILE));
	assert_non_null(strstr(f->err.message, "nothing was written"));
	expect_text(f, "etc/games.profile", GAMES "guest=linux\n");
}

/* One drop-in appeared meanwhile where ours was to be new. */
static void test_appeared_meanwhile(void **state)
{
	struct fixture *f = *state;

	add(f, "demo");
	put(f, "etc/demo.profile.d/usb.conf", "[usb other]\nid=1234:5678\n");
	assert_int_equal(profile_editing_write(&f->e, &f->out, &f->err), -ESTALE);
	expect_text(f, "etc/demo.profile.d/usb.conf", "[usb other]\nid=1234:5678\n");
}

static void test_not_good(void **state)
{
	struct fixture *f = *state;

	begin(f, "games");
	assert_int_equal(profile_editing_add(&f->e, NULL, "usb wheel", "serial=A1\n", &f->err), 0);
	assert_int_equal(profile_editing_write(&f->e, &f->out, &f->err), -EINVAL);
	assert_non_null(strstr(f->err.message, "[usb wheel]"));
	expect_text(f, "etc/games.profile", GAMES);
}

static void test_link(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link_name = path(f, "etc/linked.profile");

	assert_int_equal(symlink("games.profile", link_name), 0);
	begin(f, "linked");
	assert_int_equal(profile_editing_add(&f->e, NULL, "usb wheel", ID, &f->err), -EPERM);
	assert_true(err_is(&f->err, CODE_USB_RULE_FILE));
}

#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_FILES(test_add),
	        WITH_FILES(test_of_others),
	        WITH_FILES(test_changed_meanwhile),
	        WITH_FILES(test_appeared_meanwhile),
	        WITH_FILES(test_not_good),
	        WITH_FILES(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
