/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile new: what is taken of a PC's offers, by itself and as wished; what of others is said is harmless. */
#include "cli_profile_ask.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>

#include <cmocka.h>

static const char offers_text[] =
        "{\"gpus\": ["
        " {\"address\": \"0000:01:00.0\", \"id\": \"10de:1b81\", \"name\": \"Red \\u001b[31m\","
        "  \"verdict\": \"warn\", \"reasons\": [\"it may not survive\"],"
        "  \"with\": [\"0000:01:00.1 sound\"], \"proposed\": true, \"sections\": ["
        "   {\"section\": \"gpu\", \"keys\": [[\"address\", \"0000:01:00.0\"], [\"id\", "
        "\"10de:1b81\"]]},"
        "   {\"section\": \"audio\", \"keys\": [[\"address\", \"0000:01:00.1\"], [\"id\", "
        "\"10de:10f0\"]]}]},"
        " {\"address\": \"0000:00:02.0\", \"id\": \"8086:3e92\", \"name\": \"Own\","
        "  \"verdict\": \"fail\", \"reasons\": [\"boot display\"], \"with\": [], \"proposed\": "
        "false,"
        "  \"sections\": [{\"section\": \"gpu 2\", \"keys\": [[\"address\", \"0000:00:02.0\"], "
        "[\"id\", \"8086:3e92\"]]}]}],"
        "\"usb_controllers\": ["
        " {\"address\": \"0000:05:00.0\", \"name\": \"xHCI\", \"verdict\": \"pass\", \"reasons\": "
        "[],"
        "  \"with\": [], \"proposed\": false, \"sections\": [{\"section\": \"usb-controller\","
        "  \"keys\": [[\"address\", \"0000:05:00.0\"], [\"id\", \"1b21:2142\"]]}]}],"
        "\"disks\": ["
        " {\"path\": \"/dev/disk/by-id/ata-FREE\", \"name\": \"Free\", \"verdict\": \"pass\","
        "  \"reasons\": [], \"contents\": [\"sdb1: ntfs\"], \"proposed\": false, \"sections\": ["
        "  {\"section\": \"disk free\", \"keys\": [[\"device\", \"/dev/disk/by-id/ata-FREE\"],"
        "  [\"writable\", \"yes\"]]}]},"
        " {\"path\": \"/dev/disk/by-id/ata-ROOT\", \"name\": \"Root\", \"verdict\": \"fail\","
        "  \"reasons\": [\"mounted on /\"], \"proposed\": false, \"sections\": []}],"
        "\"memory\": {\"total\": 34359738368, \"proposed\": 17179869184},"
        "\"cpus\": {\"total\": 8, \"proposed\": 6}, \"guests\": [], \"names\": []}";

struct fixture {
	struct cli cli;
	json_t *offers;
	char *told;
	struct err err;
	struct profile profile;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->offers = json_loads(offers_text, 0, NULL);
	assert_non_null(f->offers);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	strv_finish(&f->cli.gpus);
	strv_finish(&f->cli.usbs);
	strv_finish(&f->cli.disks);
	json_decref(f->offers);
	profile_finish(&f->profile);
	free(f->told);
	free(f);
	return 0;
}

/* The text is a profile; false: it was refused. */
static bool make(struct fixture *f)
{
	cleanup_free char *text = NULL;
	FILE *told;
	size_t size;

	free(take_ptr(f->told));
	profile_finish(&f->profile);
	told = open_memstream(&f->told, &size);
	text = cli_profile_make(&f->cli, f->offers, told, &f->err);
	fclose(told);
	assert_null(strchr(f->told, '\033'));
	if (text && profile_parse(text, "a.profile", &f->profile, &f->err) < 0)
		fail_msg("%s\n%s", f->err.message, text);
	return text;
}

static void as_proposed(void **state)
{
	struct fixture *f = *state;

	assert_true(make(f));
	assert_int_equal(f->profile.cpus, 6);
	assert_int_equal(f->profile.memory_bytes, 16ull << 30);
	assert_int_equal(f->profile.n_pci, 2);
	assert_int_equal(f->profile.pci[0].kind, PROFILE_PCI_GPU);
	assert_int_equal(f->profile.pci[0].address.bus, 1);
	assert_int_equal(f->profile.n_disks, 0);
	assert_non_null(strstr(f->told, "keeps another graphics card"));
	assert_non_null(strstr(f->told, "may not survive"));
	assert_non_null(strstr(f->told, "+ 0000:01:00.1 sound"));
	assert_non_null(strstr(f->told, "no USB controller"));
}

static void as_wished(void **state)
{
	struct fixture *f = *state;

	strv_add(&f->cli.gpus, "0000:01:00.0");
	strv_add(&f->cli.gpus, "0000:00:02.0");
	strv_add(&f->cli.usbs, "0000:05:00.0");
	strv_add(&f->cli.disks, "/dev/disk/by-id/ata-FREE");
	strv_add(&f->cli.disks, "/images/games.qcow2");
	f->cli.guest = "windows-11";
	f->cli.memory = "8G";
	f->cli.cpus = "4";
	assert_true(make(f));
	assert_int_equal(f->profile.guest, PROFILE_GUEST_WINDOWS_11);
	assert_int_equal(f->profile.cpus, 4);
	assert_int_equal(f->profile.memory_bytes, 8ull << 30);
	assert_int_equal(f->profile.n_pci, 4);
	assert_int_equal(f->profile.n_disks, 2);
	assert_true(f->profile.disks[0].writable);
	assert_string_equal(f->profile.disks[1].format, "qcow2");
	/* One that a start would refuse now is taken and said. */
	assert_non_null(strstr(f->told, "a start would be refused"));
	assert_non_null(strstr(f->told, "boot display"));
	assert_non_null(strstr(f->told, "sdb1: ntfs"));
}

static void nothing_of_it(void **state)
{
	struct fixture *f = *state;

	strv_add(&f->cli.gpus, "none");
	strv_add(&f->cli.usbs, "none");
	assert_true(make(f));
	assert_int_equal(f->profile.n_pci, 0);
}

static void a_disk_in_use_is_never_taken(void **state)
{
	struct fixture *f = *state;

	strv_add(&f->cli.disks, "/dev/disk/by-id/ata-ROOT");
	assert_false(make(f));
	assert_true(err_is(&f->err, CODE_PROFILE_WISH));
	assert_non_null(strstr(f->err.message, "mounted on /"));
}

static void refused(struct fixture *f, struct strv *wishes, const char *wish, const char *hint)
{
	strv_finish(wishes);
	strv_add(wishes, wish);
	assert_false(make(f));
	assert_true(err_is(&f->err, CODE_PROFILE_WISH));
	assert_non_null(strstr(f->err.hint, hint));
	strv_finish(wishes);
}

static void what_is_not_there(void **state)
{
	struct fixture *f = *state;

	refused(f, &f->cli.gpus, "0000:09:00.0", "there are: 0000:01:00.0, 0000:00:02.0");
	refused(f, &f->cli.usbs, "0000:01:00.0", "there are: 0000:05:00.0");
	refused(f, &f->cli.disks, "/dev/sdz", "ata-FREE");
	json_object_set_new(f->offers, "usb_controllers", json_array());
	refused(f, &f->cli.usbs, "0000:05:00.0", "there is none");
}

/* A daemon of another version, or something else on its socket: refused or left out, and no crash. */
static void odd_offers(void **state)
{
	static const char *const texts[] = {"{}", "{\"gpus\": 1, \"memory\": []}",
	        "{\"gpus\": [{\"proposed\": true}], \"cpus\": {\"proposed\": 1}, \"memory\": "
	        "{\"proposed\": 1073741824}}",
	        "{\"gpus\": [{\"proposed\": true, \"sections\": [{\"section\": \"x\", \"keys\": "
	        "[[\"a\", \"b\"], [], 1]}]}], \"cpus\": {\"proposed\": 1}, \"memory\": "
	        "{\"proposed\": 1073741824}}"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_decref(f->offers);
		f->offers = json_loads(texts[i], 0, NULL);
		assert_non_null(f->offers);
		make(f);
	}
}

/* --- asked --- */

static bool answer(
        struct fixture *f, const char *said, struct profile_answers *answers, char **asked)
{
	size_t size;
	FILE *in = fmemopen((char *)said, strlen(said), "r"), *out = open_memstream(asked, &size);
	int r = cli_profile_ask(&f->cli, f->offers, in, out, answers, &f->err);

	fclose(in);
	fclose(out);
	assert_null(strchr(*asked, '\033'));
	return r == 0;
}

static void enter_takes_what_is_proposed(void **state)
{
	struct fixture *f = *state;
	struct profile_answers answers = {0};
	cleanup_free char *asked = NULL;

	assert_true(answer(f, "\n\n\n\n\n", &answers, &asked));
	assert_true(make(f));
	assert_int_equal(f->profile.guest, PROFILE_GUEST_WINDOWS_11);
	assert_int_equal(f->profile.memory_bytes, 16ull << 30);
	assert_int_equal(f->profile.cpus, 6);
	assert_int_equal(f->profile.pci[0].address.bus, 1);
	assert_int_equal(f->profile.n_disks, 0);
	assert_non_null(strstr(asked, "sdb1: ntfs"));
	assert_null(strstr(asked, "ata-ROOT"));
	profile_answers_finish(&answers);
}

static void answers_are_wishes(void **state)
{
	struct fixture *f = *state;
	struct profile_answers answers = {0};
	cleanup_free char *asked = NULL;

	assert_true(answer(f, "linux\n7\n0\n1\n8G\n4\n", &answers, &asked));
	assert_non_null(strstr(asked, "There is no 7 here."));
	assert_true(make(f));
	assert_int_equal(f->profile.guest, PROFILE_GUEST_LINUX);
	assert_int_equal(f->profile.n_pci, 0);
	assert_string_equal(f->profile.disks[0].device, "/dev/disk/by-id/ata-FREE");
	assert_int_equal(f->profile.memory_bytes, 8ull << 30);
	assert_int_equal(f->profile.cpus, 4);
	profile_answers_finish(&answers);
}

static void what_was_said_is_not_asked(void **state)
{
	struct fixture *f = *state;
	struct profile_answers answers = {0};
	cleanup_free char *asked = NULL;

	f->cli.guest = "windows-10";
	f->cli.memory = "4G";
	f->cli.cpus = "2";
	strv_add(&f->cli.gpus, "none");
	assert_true(answer(f, "/images/a.qcow2\n", &answers, &asked));
	assert_true(make(f));
	assert_string_equal(f->profile.disks[0].image, "/images/a.qcow2");
	assert_null(strstr(asked, "memory"));
	profile_answers_finish(&answers);
}

static void no_answer_is_no_profile(void **state)
{
	struct fixture *f = *state;
	struct profile_answers answers = {0};
	cleanup_free char *asked = NULL;

	assert_false(answer(f, "linux\n0\n", &answers, &asked));
	assert_non_null(strstr(f->err.message, "nothing is written"));
	profile_answers_finish(&answers);
}

static void comments_say_what_it_is(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL;
	FILE *told = fopen("/dev/null", "w");

	strv_add(&f->cli.disks, "/dev/disk/by-id/ata-FREE");
	text = cli_profile_make(&f->cli, f->offers, told, &f->err);
	fclose(told);
	assert_non_null(text);
	assert_non_null(strstr(text, "# Red \\x1b[31m\n[gpu]\n"));
	assert_non_null(strstr(text, "# Free\n[disk free]\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(as_proposed, setup, teardown),
	        cmocka_unit_test_setup_teardown(as_wished, setup, teardown),
	        cmocka_unit_test_setup_teardown(nothing_of_it, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_disk_in_use_is_never_taken, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_is_not_there, setup, teardown),
	        cmocka_unit_test_setup_teardown(odd_offers, setup, teardown),
	        cmocka_unit_test_setup_teardown(enter_takes_what_is_proposed, setup, teardown),
	        cmocka_unit_test_setup_teardown(answers_are_wishes, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_was_said_is_not_asked, setup, teardown),
	        cmocka_unit_test_setup_teardown(no_answer_is_no_profile, setup, teardown),
	        cmocka_unit_test_setup_teardown(comments_say_what_it_is, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
