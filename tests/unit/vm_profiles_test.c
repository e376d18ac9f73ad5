/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles over the daemon: offered, shown, tried against a recorded PC, written, removed; and what is kept from whom. */
#include "machine.h"
#include "vm/plan/seen_by_all.h"
#include "vm/vm_impl.h"

#include <setjmp.h>

#include <cmocka.h>

#define GAMES "# mine\n[vm]\ntitle=Games\n[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n"
#define PARTS                                                    \
	"[audio]\naddress=0000:01:00.1\nid=10de:10f8\n"          \
	"[usb-controller]\naddress=0000:01:00.2\nid=10de:1ad8\n" \
	"[pci]\naddress=0000:01:00.3\nid=10de:1ad9\n"
#define GPU "[gpu]\naddress=0000:01:00.0\nid=10de:1e84\n"

struct fixture {
	struct machine machine;
	char folder[64], changed[32];
	sd_event *event;
	struct strv folders;
	struct vms *vms;
	struct err err;
};

static uint64_t now_us;

static uint64_t fake_now(const struct vms *vms)
{
	(void)vms;
	return now_us;
}

static void on_vm(void *user, const char *name)
{
	struct fixture *f = user;

	snprintf(f->changed, sizeof(f->changed), "%s", name);
}

static char *path(const struct fixture *f, const char *name)
{
	return xasprintf("%s/%s", f->folder, name);
}

static void put(const struct fixture *f, const char *name, const char *text, mode_t mode)
{
	cleanup_free char *file = path(f, name);
	struct root root;

	assert_int_equal(root_open(&root, "/", NULL), 0);
	assert_int_equal(root_write(&root, file, text, strlen(text), mode, NULL), 0);
	root_close(&root);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct vm_listener listener = {.vm_changed = on_vm, .user = f};
	struct vm_env env = {.session = true, .data_dir = "", .libexec_dir = "", .qemu = "qemu"};
	cleanup_free char *run = NULL;

	machine_open(&f->machine, "intel-desktop");
	strcpy(f->folder, "/tmp/playthrough-profiles-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(chmod(f->folder, 0755), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	strv_take(&f->folders, path(f, "etc"));
	strv_take(&f->folders, path(f, "usr"));
	run = path(f, "run");
	env.run_dir = env.state_dir = run;
	env.event = f->event;
	env.profile_folders = &f->folders;
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	f->vms->env.run_dir = f->vms->env.state_dir = f->folder;
	f->vms->usb.now = fake_now;
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->machine.folder, NULL), 0);
	f->vms->env.session = false;
	put(f, "etc/games.profile", GAMES, 0644);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	f->vms->env.session = true;
	vms_destroy(f->vms);
	sd_event_unref(f->event);
	strv_finish(&f->folders);
	machine_close(&f->machine);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "(null)";
}

static bool has(const json_t *object, const char *list, const char *says)
{
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(object, list), i, text)
		if (strstr(json_string_value(text), says))
			return true;
	return false;
}

/* --- offers --- */

static size_t count_gpus(struct fixture *f)
{
	json_t *offers = vms_profile_offers(f->vms, &f->err);
	size_t n;

	assert_non_null(offers);
	assert_true(has(offers, "names", "games"));
	n = json_array_size(json_object_get(offers, "gpus"));
	json_decref(offers);
	return n;
}

/* Whoever asks again and again gets the facts of a while ago, unless something has happened. */
static void test_facts_are_kept(void **state)
{
	struct fixture *f = *state;
	const struct host *host;

	now_us = 1000000;
	assert_int_equal(count_gpus(f), 2);
	host = vms_facts(f->vms, NULL);
	now_us += 3000000;
	assert_ptr_equal(vms_facts(f->vms, NULL), host);
	machine_write(&f->machine, "/sys/bus/pci/devices/0000:01:00.0/class", "0x040000\n");
	assert_int_equal(count_gpus(f), 2);
	now_us += 3000000;
	assert_int_equal(count_gpus(f), 1);
	machine_write(&f->machine, "/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
	assert_int_equal(count_gpus(f), 1);
	vms_facts_drop(f->vms);
	assert_int_equal(count_gpus(f), 2);
}

/* --- show --- */

static void test_show(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/games.profile");
	const json_t *beside;
	json_t *shown;

	put(f, "etc/games.profile.d/usb.conf", "[usb pad]\nid=046d:c24f\n", 0644);
	put(f, "usr/demo.profile", "[vm]\ntitel=x\n", 0644);
	shown = vms_profile_show(f->vms, "games", &f->err);
	assert_string_equal(word(shown, "name"), "games");
	assert_string_equal(word(shown, "file"), own);
	assert_string_equal(word(shown, "text"), GAMES);
	assert_true(json_is_true(json_object_get(shown, "own")));
	assert_true(json_is_null(json_object_get(shown, "error")));
	assert_int_equal(json_array_size(json_object_get(shown, "files")), 1);
	assert_true(has(shown, "files", "usb.conf"));
	beside = json_array_get(json_object_get(shown, "drop_ins"), 0);
	assert_true(ends_with(word(beside, "file"), "/usb.conf"));
	assert_string_equal(word(beside, "text"), "[usb pad]\nid=046d:c24f\n");
	json_decref(shown);
	shown = vms_profile_show(f->vms, "demo", &f->err);
	assert_true(json_is_false(json_object_get(shown, "own")));
	assert_int_equal(
	        json_integer_value(json_object_get(json_object_get(shown, "error"), "line")), 2);
	assert_string_equal(word(json_object_get(shown, "error"), "key"), "titel");
	assert_string_equal(word(shown, "text"), "[vm]\ntitel=x\n");
	json_decref(shown);
	assert_null(vms_profile_show(f->vms, "nobody", &f->err));
	assert_null(vms_profile_show(f->vms, "../games", &f->err));
	assert_null(vms_profile_show(f->vms, "", &f->err));
}

static void expect_hidden(struct fixture *f, const char *secret)
{
	json_t *shown = vms_profile_show(f->vms, "games", &f->err);
	cleanup_free char *all = json_dumps(shown, 0);

	assert_non_null(shown);
	assert_non_null(strstr(word(json_object_get(shown, "error"), "message"), "readable"));
	if (strstr(all, secret))
		fail_msg("%s", all);
	json_decref(shown);
}

/* As root the daemon reads everything, and must not tell it. These are asked as on the system's bus. */
static void test_hidden(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/games.profile"), *secret = path(f, "secret");
	json_t *shown;

	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, "/", NULL), 0);
	put(f, "etc/games.profile", "[vm]\ntitle=s3cret\n", 0640);
	expect_hidden(f, "s3cret");
	put(f, "etc/games.profile", "s3cret\n", 0640);
	expect_hidden(f, "s3cret");
	put(f, "etc/games.profile", GAMES, 0644);
	put(f, "etc/games.profile.d/a.conf", "[vm]\nguest=s3cret\n", 0640);
	expect_hidden(f, "s3cret");
	put(f, "etc/games.profile.d/a.conf", "", 0644);
	/* A link is as readable as what it leads to. */
	put(f, "secret", "s3cret\n", 0600);
	assert_int_equal(unlink(own), 0);
	assert_int_equal(symlink(secret, own), 0);
	expect_hidden(f, "s3cret");
	f->vms->env.session = true;
	shown = vms_profile_show(f->vms, "games", &f->err);
	assert_string_equal(word(shown, "text"), "s3cret\n");
	json_decref(shown);
}

/* A drop-in that is hidden is left out, and what else is said stays as it is. */
static void test_check_without_hidden(void **state)
{
	struct fixture *f = *state;
	json_t *checked;
	const json_t *p;

	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, "/", NULL), 0);
	put(f, "etc/games.profile.d/a.conf", "[vm]\nguest=s3cret\n", 0640);
	checked = vms_profile_check(f->vms, "games", GAMES, &f->err);
	assert_int_equal(json_array_size(json_object_get(checked, "problems")), 1);
	p = json_array_get(json_object_get(checked, "problems"), 0);
	assert_string_equal(word(p, "severity"), "warning");
	assert_true(ends_with(word(p, "file"), "/a.conf"));
	assert_true(has(checked, "summary", "processors"));
	json_decref(checked);
}

static void test_no_text(void **state)
{
	struct fixture *f = *state;
	json_t *shown;

	put(f, "etc/games.profile", "[vm]\ntitle=\xff\n", 0644);
	shown = vms_profile_show(f->vms, "games", &f->err);
	assert_true(json_is_null(json_object_get(shown, "text")));
	assert_string_equal(word(json_object_get(shown, "error"), "code"), "PT-PROFILE-05");
	json_decref(shown);
}

/* --- check --- */

static json_t *check(struct fixture *f, const char *name, const char *text)
{
	json_t *checked = vms_profile_check(f->vms, name, text, &f->err);

	if (!checked)
		fail_msg("%s", f->err.message);
	return checked;
}

static void expect_problem(struct fixture *f, const char *text, const char *severity, int line,
        const char *section, const char *key, const char *code)
{
	json_t *checked = check(f, "games", text);
	const json_t *p = json_array_get(json_object_get(checked, "problems"), 0);

	assert_int_equal(json_array_size(json_object_get(checked, "problems")), 1);
	if (!streq(word(p, "severity"), severity) || !streq(word(p, "section"), section) ||
	        !streq(word(p, "key"), key) || !streq(word(p, "code"), code))
		fail_msg("%s", json_dumps(p, 0));
	assert_int_equal(json_integer_value(json_object_get(p, "line")), line);
	assert_true(word(p, "message")[0]);
	json_decref(checked);
}

static void test_check(void **state)
{
	struct fixture *f = *state;
	json_t *checked = check(f, "new", GAMES GPU PARTS "[usb pad]\nid=046d:c24f\n");

	assert_int_equal(json_array_size(json_object_get(checked, "problems")), 0);
	assert_true(has(checked, "summary", "processors: 2 of 4"));
	assert_true(has(checked, "summary", "graphics card 0000:01:00.0"));
	assert_true(has(checked, "summary", "[usb pad]"));
	assert_int_equal(json_array_size(json_object_get(checked, "notes")), 0);
	json_decref(checked);
	expect_problem(f, GAMES "[vm]\n", "error", 8, "vm", "", "");
	expect_problem(f, GAMES GPU, "warning", 9, "gpu", "address", "PT-IOMMU-05");
	expect_problem(f, GAMES "[gpu x]\naddress=0000:00:02.0\nid=8086:3e92\n", "warning", 9,
	        "gpu x", "address", "PT-PCI-04");
	expect_problem(f,
	        GAMES "[disk a]\ndevice=/dev/disk/by-id/"
	              "ata-Samsung_SSD_860_EVO_500GB_S3Z2NB0K000001\n",
	        "warning", 9, "disk a", "device", "PT-DISK-01");
	expect_problem(f, GAMES "[memory]\nsize=1T\n", "warning", 9, "memory", "size", "PT-MEM-02");
	expect_problem(f, GAMES "[disk b]\nimage=/nonexistent.img\n", "warning", 9, "disk b",
	        "image", "PT-DISK-06");
	expect_problem(f, "[cpu]\naccel=tcg\n[boot]\nkernel=/nonexistent\n", "warning", 4, "boot",
	        "kernel", "PT-VM-02");
	expect_problem(f, GAMES "[network lan]\ntype=macvtap\nlink=card9\n", "warning", 10,
	        "network lan", "link", "PT-NET-01");
}

/* What of the card the profile does not name is told, with what would name it. */
static void test_check_tells_the_rest_of_the_card(void **state)
{
	struct fixture *f = *state;
	json_t *checked;

	for (int i = 1; i <= 3; i++) {
		cleanup_free char *link = xasprintf(
		        "%s/sys/bus/pci/devices/0000:01:00.%d/driver", f->machine.folder, i);

		assert_int_equal(unlink(link), 0);
	}
	checked = check(f, "new", GAMES GPU);
	assert_int_equal(json_array_size(json_object_get(checked, "problems")), 0);
	assert_true(has(checked, "summary",
	        "a section [audio NAME] with address=0000:01:00.1 and id=10de:10f8"));
	assert_true(has(checked, "summary", "[usb-controller NAME] with address=0000:01:00.2"));
	assert_true(has(checked, "summary", "[pci NAME] with address=0000:01:00.3"));
	json_decref(checked);
}

/* What is wrong with a card's own keys belongs to them. */
static void test_check_keys_of_a_card(void **state)
{
	struct fixture *f = *state;

	expect_problem(
	        f, GAMES GPU "bar-size=64M\n" PARTS, "warning", 11, "gpu", "bar-size", "PT-GPU-17");
	expect_problem(f, GAMES GPU "primary=yes\n" PARTS "[display]\ntype=std\n", "warning", 11,
	        "gpu", "primary", "PT-GPU-18");
	expect_problem(f, GAMES GPU "reset-method=cxl_bus\n" PARTS, "warning", 11, "gpu",
	        "reset-method", "PT-GPU-19");
	expect_problem(f, GAMES GPU PARTS "[looking-glass]\nresolution=1920x1080\nmemory=kvmfr\n",
	        "warning", 22, "looking-glass", "memory", "PT-GLASS-01");
	expect_problem(f, GAMES GPU PARTS "[input mouse]\ndevice=/dev/input/by-id/none\n",
	        "warning", 21, "input mouse", "device", "PT-INPUT-01");
	expect_problem(f, GAMES GPU "romfile=/etc/passwd\n" PARTS, "warning", 11, "gpu", "romfile",
	        "PT-GPU-13");
}

/* A session passes nothing, and says so at the section. */
static void test_check_in_session(void **state)
{
	struct fixture *f = *state;

	f->vms->env.session = true;
	expect_problem(f, GAMES GPU, "warning", 9, "gpu", "address", "PT-VM-01");
	expect_problem(f, GAMES "[disk a]\ndevice=/dev/disk/by-id/ata-X\n", "warning", 9, "disk a",
	        "device", "PT-VM-01");
}

static void test_check_name_and_size(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *big = xcalloc((64u << 10) + 2, 1);
	json_t *checked = check(f, "../x", GAMES);

	assert_string_equal(
	        word(json_array_get(json_object_get(checked, "problems"), 0), "severity"), "error");
	json_decref(checked);
	memset(big, '\n', (64u << 10) + 1);
	assert_null(vms_profile_check(f->vms, "games", big, &f->err));
	assert_true(err_is(&f->err, CODE_PROFILE_BAD));
}

static void test_notes(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *written = NULL;
	json_t *checked;

	put(f, "usr/demo.profile", GAMES, 0644);
	put(f, "usr/demo.profile.d/a.conf", "[usb a]\nid=046d:c24f\n", 0644);
	put(f, "etc/demo.profile.d/b.conf", "[usb b]\nid=046d:c24f\n", 0644);
	checked = check(f, "demo", GAMES);
	assert_true(has(checked, "notes", "in place of"));
	assert_true(has(checked, "notes", "a.conf is not read any more"));
	assert_true(has(checked, "notes", "b.conf speaks after it"));
	json_decref(checked);
	vms_get(f->vms, "games")->state = VM_RUNNING;
	checked = check(f, "games", GAMES);
	assert_true(has(checked, "notes", "next start"));
	json_decref(checked);
	assert_null(vms_profile_remove(f->vms, "games", GAMES, &f->err));
	assert_true(err_is(&f->err, CODE_VM_RUNNING));
	written = vms_profile_write(f->vms, "games", GAMES "# more\n", GAMES, &f->err);
	assert_non_null(written);
	vms_get(f->vms, "games")->state = VM_STOPPED;
}

/* Whether a file is there is told only where everybody could see that. */
static void test_no_oracle(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *shut = path(f, "shut"), *in = path(f, "shut/in");
	cleanup_free char *out = path(f, "shut/out");
	cleanup_free char *a = xasprintf(GAMES "[disk a]\nimage=%s\n", in);
	cleanup_free char *b = xasprintf(GAMES "[disk a]\nimage=%s\n", out);
	cleanup_free char *link = path(f, "link"), *through = path(f, "link/in");
	json_t *first, *second;

	put(f, "shut/in", "", 0644);
	assert_int_equal(chmod(shut, 0700), 0);
	assert_true(seen_exists(in) && seen_exists(out));
	assert_false(seen_readable(in));
	first = check(f, "games", a);
	second = check(f, "games", b);
	assert_int_equal(json_array_size(json_object_get(first, "problems")), 0);
	assert_int_equal(json_array_size(json_object_get(second, "problems")), 0);
	json_decref(first);
	json_decref(second);
	assert_int_equal(symlink(shut, link), 0);
	assert_true(seen_exists(through));
	assert_false(seen_exists("/nonexistent"));
	assert_false(seen_exists("/nonexistent/file"));
	/* A mount of others is not touched. */
	assert_true(seen_exists("/proc/nonexistent"));
	assert_true(seen_exists("/proc/self/root/nonexistent"));
	assert_true(seen_exists("relative"));
}

/* --- write and remove --- */

static void test_write_and_remove(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *own = path(f, "etc/new.profile"), *written = NULL, *removed = NULL;
	json_t *list;

	written = vms_profile_write(f->vms, "new", GAMES, "", &f->err);
	assert_string_equal(written, own);
	assert_string_equal(f->changed, "new");
	list = vms_list_json(f->vms);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	f->changed[0] = '\0';
	assert_null(vms_profile_write(f->vms, "new", GAMES, "", &f->err));
	assert_null(vms_profile_remove(f->vms, "new", "", &f->err));
	assert_string_equal(f->changed, "");
	removed = vms_profile_remove(f->vms, "new", GAMES, &f->err);
	assert_true(removed && ends_with(removed, "/new.profile.removed"));
	assert_string_equal(f->changed, "new");
	list = vms_list_json(f->vms);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_facts_are_kept, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_show, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_hidden, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_check_without_hidden, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_text, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_check, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_check_tells_the_rest_of_the_card, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_check_keys_of_a_card, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_check_in_session, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_check_name_and_size, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_notes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_oracle, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_write_and_remove, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
