/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile that is edited through the table of keys: what changes, and that nothing else does. */
#include "model/editor.h"
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char text[] =
        "# mine\n[vm]\ntitle=Игра\n\n; eight of them\n[cpu]\ncount=8\n"
        "# not yet\n#model=max\n[network lan]\ntype=none\n[disk games]\nimage=/g.qcow2\n\n[usb a]\n"
        "id=1234:5678\nlater=1\n[later x]\nkey=value\n";

static const struct key *key(const char *section, const char *name)
{
	const struct key *k = key_find(key_section_find(section, NULL), name, NULL);

	assert_non_null(k);
	return k;
}

static void the_table_makes_the_sections(void **state)
{
	static const char *const ids[] = {"vm", "cpu", "memory", "boot", "smbios", "display",
	        "sound", "looking-glass", "monitor", "network", "network lan", "console",
	        "disk games", "usb a", "later x"};
	struct editor_section *sections;
	size_t n = editor_sections(text, &sections);

	(void)state;
	assert_int_equal(n, ARRAY_SIZE(ids));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(sections[i].id, ids[i]);
	assert_true(sections[0].there);
	assert_false(sections[2].there);
	assert_int_equal(sections[1].n_keys, 1);
	assert_null(sections[n - 1].section);
	editor_sections_finish(sections, n);
	assert_int_equal(editor_sections("[vm\n", &sections), 0);
	editor_sections_finish(sections, 0);
}

static void every_key_of_the_table_is_there(void **state)
{
	(void)state;
	for (const struct key_section *s = key_sections; s->name; s++) {
		struct editor_key *keys;
		size_t n = editor_keys("", s->name, &keys), i = 0;

		for (const struct key *k = key_table; k->name; k++)
			if (key_belongs(k, s))
				assert_ptr_equal(keys[i++].key, k);
		assert_int_equal(i, n);
		editor_keys_finish(keys, n);
	}
}

static void what_is_written_is_shown(void **state)
{
	struct editor_key *keys;
	size_t n = editor_keys(text, "cpu", &keys);

	(void)state;
	assert_string_equal(keys[0].name, "count");
	assert_string_equal(keys[0].value, "8");
	assert_int_equal(keys[0].line, 7);
	assert_null(keys[1].value); /* a comment is none */
	editor_keys_finish(keys, n);
	n = editor_keys(text, "usb a", &keys);
	assert_string_equal(keys[n - 1].name, "later");
	assert_null(keys[n - 1].key);
	editor_keys_finish(keys, n);
	n = editor_keys(text, "later x", &keys);
	assert_int_equal(n, 1);
	assert_int_equal(keys[0].line, 19);
	editor_keys_finish(keys, n);
	/* One that is there twice is shown twice: one of them has to go. */
	n = editor_keys("[cpu]\ncount=1\ncount=2\n", "cpu", &keys);
	assert_string_equal(keys[0].value, "1");
	assert_string_equal(keys[n - 1].value, "2");
	assert_null(keys[n - 1].key);
	editor_keys_finish(keys, n);
}

static void comments_stay(void **state)
{
	cleanup_free char *one = profile_edit(text, "cpu", "count", "6", NULL);
	cleanup_free char *two = profile_edit(one, "memory", "size", "8G", NULL);
	cleanup_free char *three = profile_edit(two, "memory", "size", NULL, NULL);
	cleanup_free char *four = profile_remove_section(three, "memory", NULL);
	struct editor_change *changes;
	size_t n;

	(void)state;
	for (const char *const *s = (const char *const[]){"# mine\n", "; eight of them\n",
	             "#model=max\n", "later=1\n", "[later x]\nkey=value\n", NULL};
	        *s; s++)
		assert_non_null(strstr(four, *s));
	n = editor_changes(text, four, &changes);
	assert_int_equal(n, 1);
	assert_string_equal(changes[0].section, "cpu");
	assert_string_equal(changes[0].key, "count");
	assert_string_equal(changes[0].before, "8");
	assert_string_equal(changes[0].after, "6");
	editor_changes_finish(changes, n);
}

/* --- steps --- */

static void expect_step(const struct key *k, const char *value, int by, const char *next)
{
	cleanup_free char *got = editor_step(k, value, by);

	if (!next != !got || (next && !streq(next, got)))
		fail_msg("%s=%s by %d is %s, not %s", k->name, value ? value : "-", by,
		        got ? got : "-", next ? next : "-");
}

static void left_and_right_are_sensible(void **state)
{
	const struct key *count = key("cpu", "count"), *size = key("memory", "size");
	const struct key *guest = key("vm", "guest"), *hide = key("cpu", "hide-hypervisor");
	const struct key *format = key("disk", "format");

	(void)state;
	expect_step(count, NULL, 1, "3"); /* as usual it is 2 */
	expect_step(count, "3", -1, NULL);
	expect_step(count, NULL, -1, "1");
	expect_step(count, "1", -1, "1");
	expect_step(count, "16", 1, "18");
	expect_step(count, "18", -1, "16");
	expect_step(count, "255", 1, "255");
	expect_step(count, "nonsense", 1, "1");
	expect_step(size, NULL, 1, "3G");
	expect_step(size, NULL, -1, "1G");
	expect_step(size, "1G", -1, "768M");
	expect_step(size, "768M", 1, "1G");
	expect_step(size, "1025M", -1, "1G");
	expect_step(size, "8G", 1, "10G");
	expect_step(size, "64M", -1, "max");
	expect_step(size, "max", -1, "max");
	expect_step(size, "max", 1, "64M");
	expect_step(size, "4T", 1, "4T");
	expect_step(guest, NULL, -1, NULL);
	expect_step(guest, NULL, 1, "linux");
	expect_step(guest, "windows-11", 1, "windows-11");
	expect_step(guest, "linux", -1, NULL);
	expect_step(hide, NULL, 1, "yes");
	expect_step(hide, "yes", -1, NULL);
	expect_step(format, NULL, 1, "raw");
	expect_step(format, "raw", -1, NULL);
	expect_step(format, "qcow2", 1, "qcow2");
	assert_false(editor_has_steps(key("disk", "size")));
	assert_false(editor_has_steps(key("vm", "title")));
}

static void one_button_goes_round(void **state)
{
	const struct key *hide = key("cpu", "hide-hypervisor"), *format = key("disk", "format");
	cleanup_free char *yes = editor_cycle(hide, NULL), *no = editor_cycle(hide, "yes");
	cleanup_free char *raw = editor_cycle(format, NULL), *none = editor_cycle(format, "qcow2");
	cleanup_free char *linux_guest = editor_cycle(key("vm", "guest"), "beos");

	(void)state;
	assert_string_equal(yes, "yes");
	assert_null(no);
	assert_string_equal(raw, "raw");
	assert_null(none);
	assert_null(linux_guest); /* the first word is as usual */
}

/* Whatever steps lead to is a value of that key, and each way comes to an end. */
static void every_step_is_a_value(void **state)
{
	(void)state;
	for (const struct key *k = key_table; k->name; k++) {
		char *value = NULL;

		for (int i = 0; i < 600 && editor_has_steps(k); i++) {
			char *next = editor_step(k, value, i < 300 ? 1 : -1);
			struct profile_disk disk = {0};
			struct profile_net net = {0};
			struct profile profile = {0};
			void *object = k->form == KEY_FORM_DISK      ? (void *)&disk
			               : k->form == KEY_FORM_NETWORK ? (void *)&net
			                                             : (void *)&profile;
			struct err err = {0};

			if (next && key_set(k, object, next, &err) < 0)
				fail_msg("%s", err.message);
			free(disk.format);
			free(value);
			value = next;
		}
		free(value);
	}
}

/* --- sections --- */

static void new_sections_have_names(void **state)
{
	cleanup_free char *disk = editor_new_section(text, "disk");
	cleanup_free char *drive = editor_new_section(text, "cdrom");
	cleanup_free char *gpu = editor_new_section(text, "gpu");
	cleanup_free char *second = editor_new_section("[gpu]\n[gpu 2]\n", "gpu");
	cleanup_free char *card = editor_new_section(text, "network");
	cleanup_free char *added = profile_add_section(text, NULL, disk, "", NULL);

	(void)state;
	assert_string_equal(disk, "disk 1");
	assert_string_equal(drive, "cdrom 1");
	assert_true(editor_may_repeat(key_section_find("cdrom", NULL)));
	assert_string_equal(gpu, "gpu");
	assert_string_equal(second, "gpu 3");
	assert_string_equal(card, "network 2"); /* the first is there without being written */
	assert_non_null(added);
	assert_true(profile_has_section(added, "disk 1"));
	assert_true(starts_with(added, text));
}

/* --- text that is no profile --- */

static void a_bad_line_can_be_mended(void **state)
{
	static const char bad[] = "[vm]\ntitle=x\nguest linux\n# end";
	cleanup_free char *line = NULL, *mended = NULL, *gone = NULL, *first = NULL, *none = NULL;

	(void)state;
	assert_int_equal(editor_bad_line(bad, &line), 3);
	assert_string_equal(line, "guest linux");
	mended = editor_set_line(bad, 3, "guest=linux");
	assert_string_equal(mended, "[vm]\ntitle=x\nguest=linux\n# end");
	gone = editor_set_line(bad, 3, NULL);
	assert_string_equal(gone, "[vm]\ntitle=x\n# end");
	assert_int_equal(editor_bad_line(gone, &none), 0);
	assert_null(none);
	assert_int_equal(editor_bad_line("# a\nkey=1\n", &first), 2);
}

static void lines_are_told_where_nothing_else_can_be(void **state)
{
	struct editor_change *changes;
	size_t n = editor_changes("[vm]\nguest linux\n# x\n", "[vm]\nguest=linux\n# x\n", &changes);

	(void)state;
	assert_int_equal(n, 1);
	assert_string_equal(changes[0].section, "");
	assert_string_equal(changes[0].key, "2");
	assert_string_equal(changes[0].before, "guest linux");
	assert_string_equal(changes[0].after, "guest=linux");
	editor_changes_finish(changes, n);
	n = editor_changes("a\nb\nc\n", "a\nc\n", &changes);
	assert_int_equal(n, 1);
	assert_null(changes[0].after);
	editor_changes_finish(changes, n);
}

static void changes_come_in_order(void **state)
{
	struct editor_change *changes;
	size_t n = editor_changes("[vm]\ntitle=a\n[usb x]\nid=1:2\n",
	        "[vm]\ntitle=b\nguest=linux\n[gpu]\nid=10de:1\n", &changes);

	(void)state;
	assert_int_equal(n, 6);
	assert_string_equal(changes[0].key, "title");
	assert_string_equal(changes[1].key, "guest");
	assert_null(changes[1].before);
	for (size_t i = 0; i < n; i++)
		if (streq(changes[i].section, "usb x"))
			assert_null(changes[i].after);
	editor_changes_finish(changes, n);
	n = editor_changes(text, text, &changes);
	assert_int_equal(n, 0);
	editor_changes_finish(changes, n);
}

static void a_disk_that_is_given_is_told(void **state)
{
	static const char reads[] = "[disk g]\ndevice=/dev/disk/by-id/ata-1\n";
	static const char writes[] = "[disk g]\ndevice=/dev/disk/by-id/ata-1\nwritable=yes\n";
	cleanup_strv struct strv more = {0}, same = {0}, less = {0}, fresh = {0}, image = {0};

	(void)state;
	editor_new_disks(reads, writes, &more);
	assert_int_equal(more.n, 1);
	assert_string_equal(more.list[0], "/dev/disk/by-id/ata-1");
	editor_new_disks(writes, writes, &same);
	editor_new_disks(writes, reads, &less);
	assert_int_equal(same.n + less.n, 0);
	editor_new_disks("", reads, &fresh);
	assert_int_equal(fresh.n, 1);
	editor_new_disks("", "[disk g]\nimage=/x\nwritable=yes\n", &image);
	assert_int_equal(image.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_makes_the_sections),
	        cmocka_unit_test(every_key_of_the_table_is_there),
	        cmocka_unit_test(what_is_written_is_shown),
	        cmocka_unit_test(comments_stay),
	        cmocka_unit_test(left_and_right_are_sensible),
	        cmocka_unit_test(one_button_goes_round),
	        cmocka_unit_test(every_step_is_a_value),
	        cmocka_unit_test(new_sections_have_names),
	        cmocka_unit_test(a_bad_line_can_be_mended),
	        cmocka_unit_test(lines_are_told_where_nothing_else_can_be),
	        cmocka_unit_test(changes_come_in_order),
	        cmocka_unit_test(a_disk_that_is_given_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
