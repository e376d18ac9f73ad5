/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs that start with the PC: which, when, in which order, and how often. None of these can start: their kernel is missing. */
#include "fake_qemu.h"

#include <errno.h>

static uint64_t later_usec; /* than it is */

int __real_sd_event_now(sd_event *event, clockid_t clock, uint64_t *usec);
int __wrap_sd_event_now(sd_event *event, clockid_t clock, uint64_t *usec);

int __wrap_sd_event_now(sd_event *event, clockid_t clock, uint64_t *usec)
{
	int r = __real_sd_event_now(event, clock, usec);

	*usec += later_usec;
	return r;
}

static bool lacks_link; /* "ant" does: its bridge is not there yet */

struct vm_job *__real_vms_start(
        struct vms *vms, const char *name, const struct vm_start_options *options, struct err *err);
struct vm_job *__wrap_vms_start(
        struct vms *vms, const char *name, const struct vm_start_options *options, struct err *err);

struct vm_job *__wrap_vms_start(
        struct vms *vms, const char *name, const struct vm_start_options *options, struct err *err)
{
	if (!lacks_link || !streq(name, "ant"))
		return __real_vms_start(vms, name, options, err);
	err_set(err, -ENODEV, "br0 is not there");
	err_code(err, CODE_NET_LINK);
	return NULL;
}

struct seen {
	char text[256];
};

static struct seen *changes;

static void on_vm(void *user, const char *name)
{
	(void)user;
	strcat(changes->text, name);
	strcat(changes->text, " ");
}

struct pc {
	struct fake *f;
	struct strv folders;
	struct seen seen;
};

static void put(struct pc *pc, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/profiles/%s.profile", pc->f->folder, name);

	assert_int_equal(root_write(&pc->f->real, path, text, strlen(text), 0644, NULL), 0);
}

static void put_cmdline(struct pc *pc, const char *text)
{
	assert_int_equal(
	        root_write(&pc->f->vms->root, "/proc/cmdline", text, strlen(text), 0644, NULL), 0);
}

static void verify(struct pc *pc)
{
	cleanup_free char *path = xasprintf("%s/verified", pc->f->folder);

	assert_int_equal(root_write(&pc->f->vms->root, path, "", 0, 0644, NULL), 0);
	for (int i = 0; i < 5; i++)
		sd_event_run(pc->f->event, 20000);
	fake_settle(pc->f);
}

static int setup(void **state)
{
	static const char wants[] =
	        "[vm]\nautostart=yes\n[cpu]\naccel=tcg\n[boot]\nkernel=/nowhere/k\n";
	struct pc *pc = xcalloc(1, sizeof(*pc));
	cleanup_free char *folders = NULL;
	void *fake = NULL;

	assert_int_equal(fake_setup(&fake), 0);
	pc->f = fake;
	assert_int_equal(root_open(&pc->f->real, "/", NULL), 0);
	folders = xasprintf("mkdir -p '%s/profiles' '%s/%s' '%s/proc'", pc->f->folder,
	        pc->f->folder, pc->f->folder, pc->f->folder);
	assert_int_equal(system(folders), 0);
	strv_take(&pc->folders, xasprintf("%s/profiles", pc->f->folder));
	pc->f->vms->env.profile_folders = &pc->folders;
	pc->f->vms->env.session = false;
	pc->f->vms->listener = (struct vm_listener){.vm_changed = on_vm};
	changes = &pc->seen;
	later_usec = 0;
	lacks_link = false;
	put(pc, "zebra", wants);
	put(pc, "ant", wants);
	put(pc, "games", wants); /* which runs already */
	put(pc, "not", "[vm]\nautostart=no\n");
	put(pc, "broken", "[vm]\nautostart=perhaps\n");
	put_cmdline(pc, "root=/dev/sda1 quiet\n");
	*state = pc;
	return 0;
}

static int teardown(void **state)
{
	struct pc *pc = *state;
	void *fake = pc->f;

	root_close(&pc->f->real);
	fake_teardown(&fake);
	strv_finish(&pc->folders);
	free(pc);
	return 0;
}

static void test_in_order(void **state)
{
	struct pc *pc = *state;
	const struct vm *ant;

	vms_autostart(pc->f->vms);
	assert_string_equal(pc->seen.text, ""); /* from the loop */
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "ant zebra ");
	ant = vms_find(pc->f->vms, "ant");
	assert_non_null(ant);
	assert_true(ant->end.number < 0 && ant->end_usec);
	assert_null(vms_find(pc->f->vms, "not"));
	assert_null(pc->f->vms->autostart);
}

/* A daemon that is started anew starts none of them again. */
static void test_once(void **state)
{
	struct pc *pc = *state;

	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	pc->seen.text[0] = '\0';
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "");
}

/* Whoever is the first to ask something, hours after the start of the PC. */
static void test_not_late(void **state)
{
	static const char long_ago[] = "86400.12 160000.50\n", now[] = "42.10 61.00\n";
	struct pc *pc = *state;
	const struct root *root = &pc->f->vms->root;

	assert_int_equal(
	        root_write(root, "/proc/uptime", long_ago, strlen(long_ago), 0644, NULL), 0);
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "");
	assert_int_equal(root_write(root, "/proc/uptime", now, strlen(now), 0644, NULL), 0);
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "ant zebra ");
}

static void test_not_in_a_session(void **state)
{
	struct pc *pc = *state;

	pc->f->vms->env.session = true;
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "");
}

static void test_not_before_it_is_verified(void **state)
{
	struct pc *pc = *state;

	put_cmdline(pc, "root=/dev/sda1 playthrough=0123abcd quiet\n");
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "");
	assert_non_null(pc->f->vms->autostart);
	verify(pc);
	assert_string_equal(pc->seen.text, "ant zebra ");
	assert_null(pc->f->vms->autostart);
}

/* It was verified before, and the daemon is late. */
static void test_verified(void **state)
{
	struct pc *pc = *state;

	put_cmdline(pc, "playthrough=0123abcd");
	verify(pc);
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "ant zebra ");
}

static void test_the_daemon_ends_while_it_waits(void **state)
{
	struct pc *pc = *state;

	put_cmdline(pc, "playthrough=0123abcd");
	vms_autostart(pc->f->vms);
	fake_settle(pc->f);
	assert_non_null(pc->f->vms->autostart);
}

/* The next one starts when the start before it has ended. */
static void test_one_after_the_other(void **state)
{
	struct pc *pc = *state;
	struct vms *vms = pc->f->vms;
	struct vm_job *job;

	vms->autostart = (vms_autostart(vms), vms->autostart);
	assert_non_null(vms->autostart);
	job = vm_job_create(pc->f->vm, "start", NULL);
	vms_autostart_ended(vms, job); /* somebody else's */
	vm_job_drop(job);
	fake_settle(pc->f);
	assert_string_equal(pc->seen.text, "ant zebra ");
}

/* Its bridge comes after the daemon. */
static void test_waits_for_its_network(void **state)
{
	struct pc *pc = *state;
	struct vms *vms = pc->f->vms;
	const struct vm *ant;

	lacks_link = true;
	vms_autostart(vms);
	fake_settle(pc->f);
	ant = vms_find(vms, "ant");
	assert_non_null(vms->autostart);
	assert_non_null(strstr(ant->end.message, "waits up to 60 s for its network: br0"));
	assert_string_equal(pc->seen.text, "ant "); /* told once; the other waits behind it */
	lacks_link = false;
	for (unsigned i = 0; i < 500 && vms->autostart; i++)
		sd_event_run(pc->f->event, 20000);
	assert_null(vms->autostart);
	assert_null(strstr(ant->end.message, "waits"));
	assert_string_equal(pc->seen.text, "ant ant zebra ");
}

static void test_waits_no_longer(void **state)
{
	struct pc *pc = *state;
	struct vms *vms = pc->f->vms;

	lacks_link = true;
	vms_autostart(vms);
	fake_settle(pc->f);
	assert_non_null(vms->autostart);
	later_usec = 61000000;
	for (unsigned i = 0; i < 500 && vms->autostart; i++)
		sd_event_run(pc->f->event, 20000);
	assert_null(vms->autostart);
	assert_string_equal(vms_find(vms, "ant")->end.message, "br0 is not there");
	assert_string_equal(pc->seen.text, "ant ant zebra ");
}

#define PC_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PC_TEST(test_in_order),
	        PC_TEST(test_once),
	        PC_TEST(test_not_late),
	        PC_TEST(test_not_in_a_session),
	        PC_TEST(test_not_before_it_is_verified),
	        PC_TEST(test_verified),
	        PC_TEST(test_the_daemon_ends_while_it_waits),
	        PC_TEST(test_one_after_the_other),
	        PC_TEST(test_waits_for_its_network),
	        PC_TEST(test_waits_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
