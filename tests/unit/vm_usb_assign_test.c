/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules written into profiles and taken out again, in force at once; and why each device goes where it goes. */
#include "machine.h"
#include "vm/usb/why.h"
#include "vm/usb/kept.h"
#include "vm/vm_impl.h"

#include <setjmp.h>

#include <cmocka.h>

#define C     "0000:00:14.0"
#define GAMES "# mine\n[vm]\ntitle = Games   \n\n; end\n"

struct fixture {
	struct machine machine;
	char folder[64];
	sd_event *event;
	struct strv folders;
	struct vms *vms;
	unsigned usb_changed;
	struct err err;
};

static void on_usb(void *user)
{
	struct fixture *f = user;

	f->usb_changed++;
}

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

static void expect_text(const struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *file = path(f, name), *now = NULL;
	size_t size;

	now = profile_read(file, &size, NULL);
	assert_non_null(now);
	assert_string_equal(now, text);
}

static bool exists(const struct fixture *f, const char *name)
{
	cleanup_free char *file = path(f, name);

	return access(file, F_OK) == 0;
}

/* A PC with a mouse in 1-3, a hub in 1-5 with a stick (1-5.2) and a pad (1-5.10), the only keyboard in 1-2. */
static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct vm_listener listener = {.usb_changed = on_usb, .user = f};
	struct vm_env env = {.session = true, .data_dir = "", .libexec_dir = "", .qemu = ""};
	cleanup_free char *run = NULL;

	machine_open(&f->machine, "intel-desktop");
	strcpy(f->folder, "/tmp/playthrough-assign-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	strv_take(&f->folders, path(f, "etc"));
	strv_take(&f->folders, path(f, "usr"));
	run = path(f, "run");
	env.run_dir = env.state_dir = run;
	env.event = f->event;
	env.profile_folders = &f->folders;
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	f->vms->env.run_dir = f->vms->env.state_dir = f->folder;
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->machine.folder, NULL), 0);
	put(f, "etc/games.profile", GAMES);
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
	machine_close(&f->machine);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static json_t *assign(struct fixture *f, const char *vm, const char *device, const char *by)
{
	const struct usb_assign_options options = {.by = by};
	json_t *answer;

	f->err = (struct err){0};
	answer = vms_usb_assign(f->vms, vm, device, &options, &f->err);
	assert_true(answer || f->err.message[0]);
	return answer;
}

static const char *text_of(const json_t *answer, const char *key)
{
	return json_string_value(json_object_get(answer, key));
}

static bool has_note(const json_t *answer, const char *word)
{
	const json_t *note;
	size_t i;

	json_array_foreach (json_object_get(answer, "notes"), i, note) {
		if (strstr(json_string_value(note), word))
			return true;
	}
	return false;
}

static void assigned(struct fixture *f, const char *vm, const char *device, const char *by)
{
	json_t *answer = assign(f, vm, device, by);

	if (!answer)
		fail_msg("%s: %s", device, f->err.message);
	assert_true(json_is_true(json_object_get(answer, "changed")));
	json_decref(answer);
}

static void unassigned(struct fixture *f, const char *vm, const char *what)
{
	json_t *answer = vms_usb_unassign(f->vms, vm, what, &f->err);

	if (!answer)
		fail_msg("%s: %s", what, f->err.message);
	json_decref(answer);
}

static void test_in_and_out(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *file = path(f, "etc/games.profile");
	json_t *answer = assign(f, "games", "1-3", NULL);
	struct stat st;

	assert_non_null(answer);
	assert_true(json_is_true(json_object_get(answer, "changed")));
	assert_string_equal(text_of(answer, "file"), file);
	assert_true(starts_with(text_of(answer, "section"), "usb "));
	assert_true(has_note(answer, "does not run"));
	assert_int_equal(f->usb_changed, 1);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	json_decref(answer);
	answer = assign(f, "games", "1-3", "device");
	assert_true(json_is_false(json_object_get(answer, "changed")));
	assert_string_equal(text_of(answer, "file"), file);
	json_decref(answer);
	assert_int_equal(f->usb_changed, 1);
	unassigned(f, "games", "1-3");
	assert_int_equal(f->usb_changed, 2);
	expect_text(f, "etc/games.profile", GAMES);
	assert_null(vms_usb_unassign(f->vms, "games", "1-3", &f->err));
	assert_true(err_is(&f->err, CODE_USB_NO_RULE));
}

/* The distribution's profile stays as it is; the drop-in goes when nothing is left in it. */
static void test_shipped(void **state)
{
	struct fixture *f = *state;
	struct profile p;
	struct stat st;
	char *folder;

	put(f, "usr/demo.profile", GAMES);
	assigned(f, "demo", "1-3", NULL);
	assigned(f, "demo", C "/9", "port");
	expect_text(f, "usr/demo.profile", GAMES);
	assert_int_equal(profile_find(&f->folders, "demo", &p, NULL), 0);
	assert_int_equal(p.n_usb, 2);
	assert_true(ends_with(p.usb[1].file, "/etc/demo.profile.d/usb.conf"));
	profile_finish(&p);
	folder = path(f, "etc/demo.profile.d");
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	free(folder);
	unassigned(f, "demo", "1-3");
	assert_true(exists(f, "etc/demo.profile.d/usb.conf"));
	unassigned(f, "demo", C "/9");
	assert_false(exists(f, "etc/demo.profile.d/usb.conf"));
}

static void test_drop_in_by_hand(void **state)
{
	struct fixture *f = *state;

	put(f, "etc/games.profile.d/50-mine.conf", "# mine\n[usb pad]\nid=045e:02ea\n");
	unassigned(f, "games", "pad");
	expect_text(f, "etc/games.profile.d/50-mine.conf", "# mine\n");
	expect_text(f, "etc/games.profile", GAMES);
}

static void refused(struct fixture *f, const char *device, const char *by, const char *says)
{
	assert_null(assign(f, "games", device, by));
	if (!strstr(f->err.message, says))
		fail_msg("%s", f->err.message);
	expect_text(f, "etc/games.profile", GAMES);
	assert_int_equal(f->usb_changed, 0);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;

	refused(f, "1-2", NULL, "only keyboard");
	refused(f, "1-2", "serial", "only keyboard");
	refused(f, "1-5", NULL, "is a hub");
	refused(f, "1-3", "colour", "colour");
	refused(f, "1-3", "controller", "session");
	refused(f, "7-7", NULL, "7-7");
	assert_null(assign(f, "../games", "1-3", NULL));
	assert_null(assign(f, "none", "1-3", NULL));
	assert_non_null(strstr(f->err.hint, "games"));
	put(f, "etc/bad.profile", "[vm]\ntitel=x\n");
	assert_null(assign(f, "bad", "1-3", NULL));
	assert_non_null(strstr(f->err.message, "bad.profile:2"));
	expect_text(f, "etc/bad.profile", "[vm]\ntitel=x\n");
}

/* Neither a link is replaced nor what others shipped, and the answer says which file it is. */
static void test_files_of_others(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link_name = path(f, "etc/linked.profile");
	struct stat st;

	assert_int_equal(symlink("games.profile", link_name), 0);
	assert_null(assign(f, "linked", "1-3", NULL));
	assert_non_null(strstr(f->err.message, "etc/linked.profile"));
	assert_true(err_is(&f->err, CODE_USB_RULE_FILE));
	assert_int_equal(lstat(link_name, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	expect_text(f, "etc/games.profile", GAMES);
	put(f, "usr/demo.profile", "[usb pad]\nid=045e:02ea\n");
	assert_null(vms_usb_unassign(f->vms, "demo", "pad", &f->err));
	assert_non_null(strstr(f->err.message, "usr/demo.profile"));
	expect_text(f, "usr/demo.profile", "[usb pad]\nid=045e:02ea\n");
}

/* At most so many rules: the profile that could not be read again is not written. */
static void test_result_must_be_good(void **state)
{
	struct fixture *f = *state;
	char *text = xstrdup("[vm]\ntitle=x\n");

	for (unsigned i = 0; i < 32; i++) {
		char *more = xasprintf("%s[usb d%u]\nid=1234:%04x\n", text, i, i);

		free(text);
		text = more;
	}
	put(f, "etc/full.profile", text);
	assert_null(assign(f, "full", "1-3", NULL));
	assert_non_null(strstr(f->err.message, "too many"));
	expect_text(f, "etc/full.profile", text);
	free(text);
}

static void test_others_rules(void **state)
{
	struct fixture *f = *state;
	json_t *answer;

	put(f, "etc/work.profile", "[usb a]\nport=" C "/3\n[usb b]\nhub=" C "/5\n");
	put(f, "etc/home.profile", "[usb m]\nid=046d:c077\n");
	answer = assign(f, "games", "1-3", "port");
	assert_true(has_note(answer, "[usb a] of work names it just as closely"));
	json_decref(answer);
	answer = assign(f, "games", C "/5", "hub");
	assert_true(has_note(answer, "[usb b] of work names it just as closely"));
	assert_false(has_note(answer, "home"));
	json_decref(answer);
}

/* --- a VM that runs --- */

static struct vm *run(struct fixture *f, const char *name)
{
	struct vm *vm = vms_get(f->vms, name);

	vm->state = VM_RUNNING;
	free(vm->journal.name);
	vm->journal.name = xstrdup(name);
	vm->journal.since = 7;
	return vm;
}

static const json_t *why_of(const json_t *all, const char *sysname)
{
	const json_t *device;
	size_t i;

	json_array_foreach (all, i, device) {
		if (streq(text_of(device, "sysname"), sysname))
			return device;
	}
	fail_msg("%s is not there", sysname);
	return NULL;
}

static void test_running(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = run(f, "games");
	const struct usb_device *mouse;
	struct usb usb;
	json_t *answer, *why;

	assert_int_equal(usb_take(&f->machine.root, &usb, NULL), 0);
	mouse = usb_find(&usb, "1-3");
	usb_kept_add(&vm->journal, mouse, true);
	answer = assign(f, "games", "1-3", "port");
	assert_non_null(answer);
	assert_false(has_note(answer, "does not run"));
	json_decref(answer);
	assert_int_equal(vm->journal.n_rules, 1);
	assert_string_equal(vm->journal.rules[0].port, C "/3");
	assert_int_equal(vm->journal.n_kept, 0); /* taken back by hand before, wanted again now */
	why = vms_usb_why_json(f->vms);
	assert_string_equal(text_of(why_of(why, "1-3"), "owner"), "games");
	json_decref(why);
	/* It is in the game: there it stays, without a rule. */
	*list_append(vm->journal.usb, vm->journal.n_usb) =
	        (struct journal_usb){.sysname = xstrdup("1-3"),
	                .label = xstrdup("Mouse"),
	                .id = xstrdup("usb-1-3-10"),
	                .busnum = mouse->busnum,
	                .devnum = mouse->devnum,
	                .vendor = mouse->vendor,
	                .product = mouse->product,
	                .fdset = -1};
	answer = vms_usb_unassign(f->vms, "games", "1-3", &f->err);
	assert_true(has_note(answer, "1-3 stays in games"));
	json_decref(answer);
	assert_int_equal(vm->journal.n_rules, 0);
	assert_int_equal(vm->journal.n_usb, 1);
	/* Written by hand meanwhile: to assign it puts it in force. */
	put(f, "etc/games.profile", "[usb m]\nport=" C "/3\n");
	answer = assign(f, "games", "1-3", "port");
	assert_true(json_is_false(json_object_get(answer, "changed")));
	assert_int_equal(vm->journal.n_rules, 1);
	json_decref(answer);
	assigned(f, "games", "1-3", NULL);
	assert_int_equal(vm->journal.n_rules, 2);
	put(f, "etc/work.profile", "");
	answer = assign(f, "work", "1-3", NULL);
	assert_true(has_note(answer, "VM games has it now"));
	assert_true(has_note(answer, "just as closely"));
	json_decref(answer);
	usb_finish(&usb);
	vm->state = VM_STOPPED;
}

/* --- why --- */

#define ANY .vendor = -1, .product = -1

static void expect_rule(const json_t *why, size_t i, const char *vm, const char *by)
{
	const json_t *rule = json_array_get(json_object_get(why, "rules"), i);

	assert_string_equal(text_of(rule, "vm"), vm);
	assert_string_equal(text_of(rule, "by"), by);
}

static bool older_ignores(const struct usb_source *source, const struct usb_device *d)
{
	(void)d;
	return streq(source->vm, "older");
}

static void test_ranks(void **state)
{
	const struct usb_device wheel = {.sysname = "1-2.3",
	        .port = C "/2.3",
	        .vendor = 0x46d,
	        .product = 0xc24f,
	        .serial = "A1"};
	char name[] = "x", serial[] = "A1", port[] = C "/2.3", hub[] = C "/2", other[] = C "/9";
	struct journal_rule weak[] = {{name, ANY, .hub = hub}, {name, ANY, .port = port},
	        {name, ANY, .port = other}},
	                    strong[] = {{name, 0x46d, 0xc24f, .serial = serial}},
	                    middle[] = {{name, 0x46d, 0xc24f, .hub = NULL}};
	char *none[3] = {NULL};
	struct usb_source s[] = {
	        {.vm = (char *)"games", true, 5, .rules = weak, .files = none, .n = 3},
	        {.vm = (char *)"older", true, 3, .rules = weak, .files = none, .n = 3},
	        {.vm = (char *)"sim", false, 0, .rules = strong, .files = none, .n = 1},
	        {.vm = (char *)"home", false, 0, .rules = middle, .files = none, .n = 1}};
	json_t *why = usb_why(s, 4, &wheel, NULL);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(why, "rules")), 6);
	expect_rule(why, 0, "sim", "serial");
	expect_rule(why, 1, "home", "device");
	expect_rule(why, 2, "older", "port");
	expect_rule(why, 3, "games", "port");
	expect_rule(why, 4, "older", "hub");
	assert_string_equal(text_of(why, "owner"), "older");
	json_decref(why);
	why = usb_why(s, 4, &wheel, older_ignores);
	assert_string_equal(text_of(why, "owner"), "games");
	json_decref(why);
	s[2].running = true;
	why = usb_why(s, 4, &wheel, NULL);
	assert_string_equal(text_of(why, "owner"), "sim");
	json_decref(why);
	why = usb_why(s, 0, &wheel, NULL);
	assert_null(text_of(why, "owner"));
	assert_int_equal(json_array_size(json_object_get(why, "rules")), 0);
	json_decref(why);
}

static void test_why(void **state)
{
	struct fixture *f = *state;
	const json_t *rules;
	json_t *why;

	put(f, "etc/games.profile", "[usb desk]\nhub=" C "/5\n");
	put(f, "usr/demo.profile", "[usb mouse]\nport=" C "/3\n");
	put(f, "etc/bad.profile", "[vm]\ntitel=x\n");
	why = vms_usb_why_json(f->vms);
	rules = json_object_get(why_of(why, "1-5.10"), "rules");
	assert_int_equal(json_array_size(rules), 1);
	assert_string_equal(text_of(json_array_get(rules, 0), "section"), "usb desk");
	assert_true(ends_with(text_of(json_array_get(rules, 0), "file"), "/etc/games.profile"));
	assert_true(json_is_false(json_object_get(json_array_get(rules, 0), "running")));
	rules = json_object_get(why_of(why, "1-3"), "rules");
	assert_true(ends_with(text_of(json_array_get(rules, 0), "file"), "/usr/demo.profile"));
	assert_null(text_of(why_of(why, "1-3"), "owner"));
	assert_true(json_is_null(json_object_get(why_of(why, "1-3"), "refused")));
	assert_non_null(strstr(
	        text_of(json_object_get(why_of(why, "1-2"), "refused"), "message"), "keyboard"));
	json_decref(why);
}

#define WITH_VMS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_VMS(test_in_and_out),
	        WITH_VMS(test_shipped),
	        WITH_VMS(test_drop_in_by_hand),
	        WITH_VMS(test_refusals),
	        WITH_VMS(test_files_of_others),
	        WITH_VMS(test_result_must_be_good),
	        WITH_VMS(test_others_rules),
	        WITH_VMS(test_running),
	        WITH_VMS(test_why),
	        cmocka_unit_test(test_ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
