/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds of keeping processors for VMs; systemd is played by this file at the other end of a private bus. */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "machine.h"

#define JOURNAL "/run/playthrough/isolation.json"
#define IRQ     "/proc/irq/9/smp_affinity_list"

struct fixture {
	struct machine pc;
	sd_event *event;
	sd_bus *server, *client;
	struct strv asked; /* "system.slice 0-3" */
	bool refuses;
	const char *unknown; /* a unit that systemd has forgotten */
	struct vms *vms;
};

static int on_set(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct cpulist cpus = {0};
	cleanup_free char *text = NULL;
	struct fixture *f = user;
	const char *unit, *name;
	const uint8_t *bytes;
	int runtime;
	size_t n;

	assert_true(sd_bus_message_read(m, "sb", &unit, &runtime) > 0 && runtime);
	assert_true(sd_bus_message_enter_container(m, 'a', "(sv)") > 0);
	assert_true(sd_bus_message_enter_container(m, 'r', "sv") > 0);
	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	assert_string_equal(name, "AllowedCPUs");
	assert_true(sd_bus_message_enter_container(m, 'v', "ay") > 0);
	assert_true(sd_bus_message_read_array(m, 'y', (const void **)&bytes, &n) >= 0);
	for (unsigned i = 0; i < n * 8; i++)
		if (bytes[i / 8] >> i % 8 & 1)
			cpulist_add(&cpus, i);
	text = cpulist_format(&cpus);
	cpulist_finish(&cpus);
	strv_addf(&f->asked, "%s %s", unit, text);
	if (f->refuses)
		return sd_bus_error_set(error, "org.test.No", "not today");
	if (f->unknown && streq(f->unknown, unit))
		return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "not found");
	if (!starts_with(unit, "init.")) {
		cleanup_free char *path = xasprintf("/sys/fs/cgroup/%s/cpuset.cpus", unit);

		machine_write(&f->pc, path, text);
	}
	return sd_bus_reply_method_return(m, "");
}

static void spin(struct fixture *f)
{
	for (int i = 0; i < 2000 && f->vms->isolation.busy; i++)
		sd_event_run(f->event, 10000);
	assert_false(f->vms->isolation.busy);
}

static void connect_bus(struct fixture *f)
{
	sd_id128_t id;
	int pair[2];

	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(sd_id128_randomize(&id) >= 0);
	assert_true(sd_bus_new(&f->server) >= 0 &&
	            sd_bus_set_fd(f->server, pair[0], pair[0]) >= 0 &&
	            sd_bus_set_server(f->server, 1, id) >= 0 &&
	            sd_bus_set_anonymous(f->server, 1) >= 0 && sd_bus_start(f->server) >= 0 &&
	            sd_bus_attach_event(f->server, f->event, 0) >= 0);
	assert_true(sd_bus_add_filter(f->server, NULL, on_set, f) >= 0);
	assert_true(sd_bus_new(&f->client) >= 0 &&
	            sd_bus_set_fd(f->client, pair[1], pair[1]) >= 0 &&
	            sd_bus_set_anonymous(f->client, 1) >= 0 && sd_bus_start(f->client) >= 0 &&
	            sd_bus_attach_event(f->client, f->event, 0) >= 0);
}

static void new_vms(struct fixture *f)
{
	f->vms = xcalloc(1, sizeof(*f->vms));
	f->vms->env.event = f->event;
	f->vms->env.bus = f->client;
	f->vms->env.run_dir = "/run/playthrough";
	f->vms->root = f->pc.root;
	vms_isolation_create(f->vms);
}

/* As a daemon that is killed leaves things. */
static void drop_vms(struct fixture *f)
{
	vms_isolation_finish(f->vms);
	while (f->vms->list) {
		struct vm *vm = f->vms->list;

		f->vms->list = vm->next;
		journal_finish(&vm->journal);
		free(vm->isolation.why);
		free(vm->name);
		free(vm);
	}
	free(take_ptr(f->vms));
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct machine *m = &f->pc;

	machine_open(m, NULL);
	machine_write(m, "/sys/devices/system/cpu/online", "0-7\n");
	machine_write(m, "/sys/devices/system/cpu/possible", "0-7\n");
	machine_write(m, "/proc/sys/kernel/random/boot_id", "one\n");
	machine_write(m, "/run/systemd/system/x", "");
	machine_write(m, "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n");
	machine_write(m, "/sys/fs/cgroup/system.slice/cpuset.cpus", "\n");
	machine_write(m, "/sys/fs/cgroup/user.slice/cpuset.cpus", "0-5\n");
	machine_write(m, IRQ, "0-7\n");
	assert_true(sd_event_new(&f->event) >= 0);
	connect_bus(f);
	new_vms(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	drop_vms(f);
	sd_bus_flush_close_unref(f->client);
	sd_bus_flush_close_unref(f->server);
	sd_event_unref(f->event);
	strv_finish(&f->asked);
	machine_close(&f->pc);
	free(f);
	return 0;
}

/* Up to where its processors would be told to run: it has no QEMU. */
static struct vm *begin(struct fixture *f, const char *name, const char *kept)
{
	struct vm *vm = vms_get(f->vms, name);
	cleanup_free char *folder = xasprintf("/run/playthrough/vm/%s/x", name);

	machine_write(&f->pc, folder, "");
	vm->journal.name = xstrdup(name);
	vm->state = VM_STARTING;
	vm->starting = xcalloc(1, sizeof(*vm->starting));
	assert_int_equal(cpulist_parse(kept, &vm->starting->plan.kept), 0);
	vm_isolate(vm);
	cpulist_finish(&vm->starting->plan.kept);
	free(take_ptr(vm->starting));
	vm->state = VM_RUNNING;
	return vm;
}

/* What vm_release.c waits for; not its further steps, of which this VM has none. */
static void end(struct fixture *f, struct vm *vm)
{
	vm_isolation_end(vm);
	if (vm->isolation.wait == ISOLATION_IN_RELEASE)
		vm->isolation.wait = ISOLATION_BEFORE_RUN;
	spin(f);
	assert_null(vm->journal.kept_processors);
}

static void expect_asked(struct fixture *f, const char *wanted)
{
	cleanup_free char *text = strv_join(&f->asked, "; ");

	assert_string_equal(text, wanted);
	strv_finish(&f->asked);
}

static void expect_irq(struct fixture *f, const char *wanted)
{
	cleanup_free char *text = root_read(&f->pc.root, IRQ);

	assert_non_null(text);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, wanted);
}

static void remove_folder(struct fixture *f, const char *path)
{
	cleanup_free char *folder = root_full_path(&f->pc.root, path);

	assert_int_equal(rmdir(folder), 0);
}

static void there_and_back(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = begin(f, "one", "4-7");

	assert_true(root_exists(&f->pc.root, JOURNAL)); /* before the first act */
	expect_irq(f, "0-7");
	spin(f);
	expect_asked(f, "init.scope 0-3; system.slice 0-3; user.slice 0-3");
	expect_irq(f, "0-3");
	assert_null(vm->isolation.why);
	end(f, vm);
	expect_asked(f, "init.scope 0-7; init.scope ; system.slice 0-7; system.slice ; "
	                "user.slice 0-5");
	expect_irq(f, "0-7");
	assert_false(root_exists(&f->pc.root, JOURNAL));
}

/* The second comes while the first is not done yet. */
static void two_at_once(void **state)
{
	struct fixture *f = *state;
	struct vm *one = begin(f, "one", "4-5"), *two = begin(f, "two", "6-7");

	assert_true(two->isolation.next);
	spin(f);
	expect_irq(f, "0-3");
	assert_int_equal(one->isolation.wait + two->isolation.wait, ISOLATION_NO_WAIT);
	strv_finish(&f->asked);
	end(f, one);
	expect_asked(f, "init.scope 0-5; system.slice 0-5; user.slice 0-5");
	expect_irq(f, "0-5");
	end(f, two);
	expect_irq(f, "0-7");
	assert_false(root_exists(&f->pc.root, JOURNAL));
}

/* kill -9 of the daemon: the next one takes one VM over, and the other has ended meanwhile. */
static void another_daemon(void **state)
{
	struct fixture *f = *state;
	struct vm *vm;

	begin(f, "one", "4-5");
	begin(f, "two", "6-7");
	spin(f);
	drop_vms(f);
	new_vms(f);
	vm = vms_get(f->vms, "two");
	vm->journal.name = xstrdup("two");
	vm->journal.kept_processors = xstrdup("6-7");
	vms_isolation_settle(f->vms);
	spin(f);
	expect_irq(f, "0-5");
	end(f, vm);
	expect_irq(f, "0-7");
}

/* Killed in the midst of it, and no VM is left. */
static void cut_off(void **state)
{
	struct fixture *f = *state;

	begin(f, "one", "4-7");
	drop_vms(f);
	machine_write(&f->pc, IRQ, "0-3\n");
	new_vms(f);
	assert_true(f->vms->isolation.changes.n > 0);
	vms_isolation_settle(f->vms);
	spin(f);
	expect_irq(f, "0-7");
	assert_false(root_exists(&f->pc.root, JOURNAL));
}

/* Two units end while the VM runs: systemd undoes what it was told of the one, and has forgotten the other. */
static void units_end(void **state)
{
	static const char *const units[] = {"one.slice", "two.scope"};
	struct fixture *f = *state;
	struct vm *vm;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		cleanup_free char *file = xasprintf("/sys/fs/cgroup/%s/cpuset.cpus", units[i]);

		machine_write(&f->pc, file, "2-7\n");
	}
	vm = begin(f, "one", "4-7");
	spin(f);
	strv_finish(&f->asked);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		cleanup_free char *folder = xasprintf("/sys/fs/cgroup/%s", units[i]);
		cleanup_free char *file = xasprintf("%s/cpuset.cpus", folder);

		assert_int_equal(root_remove(&f->pc.root, file, NULL), 0);
		remove_folder(f, folder);
	}
	f->unknown = "two.scope";
	end(f, vm);
	assert_true(strv_has(&f->asked, "one.slice 2-7"));
	assert_true(strv_has(&f->asked, "two.scope 2-7"));
	assert_int_equal(f->vms->isolation.changes.n, 0);
	assert_false(root_exists(&f->pc.root, JOURNAL));
}

/* Told, and no reason to end a game; given back all the same, once systemd wants to. */
static void refused(void **state)
{
	struct fixture *f = *state;
	struct vm *vm;

	f->refuses = true;
	vm = begin(f, "one", "4-7");
	spin(f);
	assert_non_null(strstr(vm->isolation.why, "init.scope: not today"));
	expect_irq(f, "0-3");
	end(f, vm);
	expect_irq(f, "0-7");
	assert_true(root_exists(&f->pc.root, JOURNAL));
	f->refuses = false;
	vms_isolation_settle(f->vms);
	spin(f);
	assert_false(root_exists(&f->pc.root, JOURNAL));
}

static void none_left(void **state)
{
	struct fixture *f = *state;
	struct vm *one = begin(f, "one", "0-5"), *two;

	spin(f);
	strv_finish(&f->asked);
	two = vms_get(f->vms, "two");
	(void)one;
	two->starting = xcalloc(1, sizeof(*two->starting));
	assert_int_equal(cpulist_parse("6-7", &two->starting->plan.kept), 0);
	two->qmp = NULL;
	assert_false(vm_isolation_is_possible(two, &two->starting->plan.kept));
	cpulist_finish(&two->starting->plan.kept);
	free(take_ptr(two->starting));
	assert_non_null(strstr(two->isolation.why, "none would be left"));
	expect_asked(f, "");
}

#define ROUND(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ROUND(there_and_back),
	        ROUND(two_at_once),
	        ROUND(another_daemon),
	        ROUND(cut_off),
	        ROUND(units_end),
	        ROUND(refused),
	        ROUND(none_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
