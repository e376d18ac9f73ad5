/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole sections into a profile's text and out again: what goes in and out leaves every byte of others. */
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WHEEL "id=046d:c24f\nserial=A1\n"

/* Profiles as people write them. */
static const char *const shapes[] = {
        "",
        "\n",
        " ",
        "\n\n\n",
        "[vm]\ntitle=Games\n",
        "[vm]\ntitle=Games",
        "[vm]\ntitle=Games\n\n\n",
        "[vm]\n\ttitle = Games  \n  ",
        "# only a comment",
        "; mine\n\n[vm]\ntitle=Игра\n# usb=later\n",
        "[usb pad]\nid=046d:c52b\n# about the pad\n",
        "[usb pad]\nid=046d:c52b\n#serial=X",
        "[usb pad]\nid=046d:c52b\n\n# playthrough usb assign: old\n",
        "# playthrough usb assign: by hand\n[usb pad]\nid=046d:c52b",
        "[disk d]\nimage=/i\n\n[usb wheel-2]\nport=0000:00:14.0/2\n\n",
};

static char *add(const char *text, const char *comment, const char *section)
{
	struct err err = {0};
	char *added = profile_add_section(text, comment, section, WHEEL, &err);

	if (!added)
		fail_msg("%s: %s", text, err.message);
	return added;
}

static void test_in_and_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (int told = 0; told < 2; told++) {
			cleanup_free char *in =
			        add(shapes[i], told ? "Logitech G29" : NULL, "usb wheel");
			cleanup_free char *out = profile_remove_section(in, "usb wheel", NULL);

			assert_true(starts_with(in, shapes[i]));
			assert_true(profile_has_section(in, "usb wheel"));
			if (told)
				assert_string_equal(out, shapes[i]);
			else /* without the comment nothing tells whose the blank line is */
				assert_true(starts_with(out, shapes[i]));
		}
	}
}

/* Two rules, taken out in either order. */
static void test_two(void **state)
{
	static const char *const names[] = {"usb wheel", "usb shifter"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (int first = 0; first < 2; first++) {
			cleanup_free char *one = add(shapes[i], "Wheel", names[0]);
			cleanup_free char *two = add(one, "Shifter", names[1]);
			cleanup_free char *left = profile_remove_section(two, names[first], NULL);
			cleanup_free char *out = profile_remove_section(left, names[!first], NULL);

			assert_string_equal(out, shapes[i]);
		}
	}
}

static void test_text(void **state)
{
	cleanup_free char *added = add("[vm]\ntitle=Games\n", "Logitech G29", "usb wheel");
	cleanup_free char *open = add("[vm]\ntitle=Games", "Logitech G29", "usb wheel");

	(void)state;
	assert_string_equal(added, "[vm]\ntitle=Games\n\n# playthrough usb assign: Logitech G29\n"
	                           "[usb wheel]\nid=046d:c24f\nserial=A1\n");
	assert_string_equal(open, "[vm]\ntitle=Games\n\n# playthrough usb assign: Logitech G29\n"
	                          "[usb wheel]\nid=046d:c24f\nserial=A1");
}

static void check_removed(const char *text, const char *section, const char *left)
{
	cleanup_free char *out = profile_remove_section(text, section, NULL);

	assert_non_null(out);
	assert_string_equal(out, left);
}

static void test_only_that_section(void **state)
{
	(void)state;
	/* A person's comment stays, whatever it stands above. */
	check_removed("[vm]\n\n# my wheel\n[usb wheel]\nid=046d:c24f\n\n# end\n", "usb wheel",
	        "[vm]\n\n# my wheel\n\n# end\n");
	/* Keys of the section that a person added go with it, and comments between them. */
	check_removed("[usb a]\nid=1234:5678\n# why\nport=0000:00:14.0/1\n# next\n[usb b]\n",
	        "usb a", "# next\n[usb b]\n");
	/* One blank line is ours, not two. */
	check_removed("[vm]\n\n\n# playthrough usb assign: X\n[usb a]\nid=1:2\n\n[usb b]\n",
	        "usb a", "[vm]\n\n\n[usb b]\n");
	/* A line of white space is not ours. */
	check_removed(
	        "[vm]\n \n# playthrough usb assign: X\n[usb a]\nid=1:2\n", "usb a", "[vm]\n \n");
	check_removed("[usb ab]\nid=1:2\n", "usb a", "[usb ab]\nid=1:2\n");
	check_removed("[usb]\nid=1:2\n", "usb a", "[usb]\nid=1:2\n");
	check_removed("[usb-controller]\naddress=1\n[usb a]\nid=1\n", "usb-controller",
	        "[usb a]\nid=1\n");
	check_removed("[ usb   a ]\nid=1\n", "usb a", "");
	check_removed("", "usb a", "");
}

static void check_refused(const char *text, const char *comment, const char *section,
        const char *keys, const char *says)
{
	struct err err = {0};

	assert_null(profile_add_section(text, comment, section, keys, &err));
	if (!strstr(err.message, says))
		fail_msg("%s", err.message);
	assert_true(err.hint[0]);
}

static void test_refusals(void **state)
{
	struct err err = {0};

	(void)state;
	check_refused("[usb a]\nid=1:2\n", NULL, "usb a", WHEEL, "is there already");
	check_refused("[vm]\r\ntitle=x\r\n", NULL, "usb a", WHEEL, "carriage return");
	check_refused("\xef\xbb\xbf[vm]\n", NULL, "usb a", WHEEL, ":1");
	check_refused("[vm]\ntitle=\xff\n", NULL, "usb a", WHEEL, "UTF-8");
	check_refused("", "a\n[vm]", "usb a", WHEEL, "not a section");
	check_refused("", NULL, "usb a", "id=1:2\n[vm]\n", "not a section");
	check_refused("", NULL, "usb a]\n[vm", WHEEL, "not a section");
	check_refused("", "\033[31m", "usb a", WHEEL, "control character");
	check_refused("", NULL, "usb a", "serial=\n", "no value");
	assert_null(profile_remove_section("[vm]\r\n", "usb a", &err));
}

/* --- files --- */

static char folder[64];

static char *write_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", folder, name);
	struct root root;

	assert_int_equal(root_open(&root, "/", NULL), 0);
	assert_int_equal(root_write(&root, path, text, strlen(text), 0644, NULL), 0);
	root_close(&root);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/playthrough-section-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	cleanup_free char *command = xasprintf("rm -rf '%s'", folder);

	(void)state;
	return system(command);
}

/* Drop-ins beside the profile and in the folders before it, in the order of their names alone. */
static void test_drop_ins(void **state)
{
	cleanup_free char *far = write_file("far/games.profile", "[vm]\ntitle=1\n");
	cleanup_free char *b = write_file("far/games.profile.d/b.conf", "[vm]\ntitle=b\n");
	cleanup_free char *a = write_file("near/games.profile.d/a.conf", "[usb x]\nid=1234:5678\n");
	cleanup_free char *same = write_file("near/games.profile.d/b.conf", "[vm]\ntitle=near\n");
	cleanup_free char *hidden = write_file("near/games.profile.d/.b.conf", "nonsense");
	cleanup_free char *behind = write_file("last/games.profile.d/c.conf", "nonsense");
	cleanup_strv struct strv folders = {0}, files = {0};
	struct profile p;
	struct err err = {0};

	(void)state;
	for (const char **f = (const char *[]){"near", "far", "last", NULL}; *f; f++)
		strv_addf(&folders, "%s/%s", folder, *f);
	assert_int_equal(profile_files(&folders, "games", &files, &err), 0);
	assert_int_equal(files.n, 4);
	assert_string_equal(files.list[0], far);
	assert_string_equal(files.list[1], a);
	assert_string_equal(files.list[2], b);
	assert_string_equal(files.list[3], same);
	assert_int_equal(profile_find(&folders, "games", &p, &err), 0);
	assert_string_equal(p.title, "near");
	assert_string_equal(p.usb[0].file, a);
	profile_finish(&p);
	assert_int_equal(profile_files(&folders, "none", &files, &err), -ENOENT);
	(void)hidden, (void)behind;
}

static void test_instead(void **state)
{
	cleanup_free char *main = write_file("games.profile", "[usb a]\nid=1234:5678\n");
	cleanup_free char *drop_in =
	        write_file("games.profile.d/u.conf", "[usb b]\nid=1234:5678\n");
	cleanup_strv struct strv files = {0};
	struct profile_text instead[] = {{main, "[vm]\ntitle=New\n"}, {drop_in, NULL}};
	struct err err = {0};
	struct profile p;

	(void)state;
	assert_int_equal(profile_files_of(main, &files, &err), 0);
	assert_int_equal(profile_load_files(&files, instead, 2, &p, &err), 0);
	assert_string_equal(p.title, "New");
	assert_int_equal(p.n_usb, 0);
	profile_finish(&p);
	instead[0].text = "[vm]\ntitel=New\n";
	assert_int_equal(profile_load_files(&files, instead, 2, &p, &err), -EINVAL);
	assert_non_null(strstr(err.message, "games.profile:2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_in_and_out),
	        cmocka_unit_test(test_two),
	        cmocka_unit_test(test_text),
	        cmocka_unit_test(test_only_that_section),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test_setup_teardown(test_drop_ins, make_folder, remove_folder),
	        cmocka_unit_test_setup_teardown(test_instead, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
