/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs under supervision; QEMU is played by this file at the other end of the QMP socket. */
#include "base/socket.h"
#include "vm/vm_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define DELETED  "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"usb-1-2-5\"}}\r\n"

struct fixture {
	char folder[64];
	sd_event *event;
	struct vms *vms;
	struct vm *vm;
	int listener, peer;
	unsigned told;
	enum vm_job_state end;
};

static void on_job(void *user, struct vm_job *job)
{
	struct fixture *f = user;
	struct vm_job_info info = vm_job_info(job);

	if (info.state == VM_JOB_RUNNING)
		return;
	f->told++;
	f->end = info.state;
}

static void spin(struct fixture *f)
{
	while (sd_event_run(f->event, 20000) > 0)
		;
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->peer, text, strlen(text)), (ssize_t)strlen(text));
	spin(f);
}

/* The next command that QEMU hears must be @name. */
static void expect_command(struct fixture *f, const char *name)
{
	cleanup_free char *start = xasprintf("{\"execute\":\"%s\"", name);
	char text[512] = "";
	ssize_t n;

	spin(f);
	n = recv(f->peer, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	assert_true(starts_with(text, start));
}

/* A VM whose QEMU is this very process. */
static struct vm_starting *new_starting(void)
{
	struct vm_starting *starting = xcalloc(1, sizeof(*starting));

	starting->log = -1;
	return starting;
}

static void supervise(struct fixture *f, enum vm_state state)
{
	cleanup_free char *socket = xasprintf("%s/vm/games/qmp.sock", f->folder);
	struct err err;

	f->vm = vms_get(f->vms, "games");
	f->vm->state = state;
	f->vm->journal.name = xstrdup("games");
	if (state == VM_STARTING && !f->vm->starting)
		f->vm->starting = new_starting();
	f->vm->pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	f->listener = socket_listen(socket, 0600, &err);
	assert_true(f->listener >= 0);
	assert_int_equal(vm_supervise(f->vm, &err), 0);
	f->peer = accept(f->listener, NULL, NULL);
	assert_true(f->peer >= 0);
	say(f, GREETING);
	expect_command(f, "qmp_capabilities");
	say(f, "{\"return\": {}, \"id\": 1}\r\n");
	if (state == VM_STARTING)
		return;
	expect_command(f, "query-status");
	say(f, "{\"return\": {\"status\": \"running\"}, \"id\": 2}\r\n");
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct vm_listener listener = {.job_changed = on_job, .user = f};
	cleanup_free char *folder = NULL;
	struct vm_env env = {.session = true,
	        .run_dir = f->folder,
	        .data_dir = "",
	        .state_dir = f->folder,
	        .libexec_dir = "",
	        .qemu = ""};

	f->listener = f->peer = -1;
	strcpy(f->folder, "/tmp/playthrough-vms-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	env.event = f->event;
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	folder = xasprintf("%s/vm/games", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	vms_destroy(f->vms);
	close_fd(&f->listener);
	close_fd(&f->peer);
	sd_event_unref(f->event);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void begin_detach(struct fixture *f)
{
	supervise(f, VM_RUNNING);
	*list_append(f->vm->journal.usb, f->vm->journal.n_usb) =
	        (struct journal_usb){.sysname = xstrdup("1-2"),
	                .label = xstrdup("Pad"),
	                .id = xstrdup("usb-1-2-5"),
	                .busnum = 1,
	                .devnum = 5,
	                .fdset = -1};
	assert_non_null(vms_usb_detach(f->vms, "games", "1-2", NULL));
	expect_command(f, "device_del");
}

static void test_detach_deleted_after_the_reply(void **state)
{
	struct fixture *f = *state;

	begin_detach(f);
	say(f, "{\"return\": {}, \"id\": 4}\r\n");
	assert_int_equal(f->told, 0);
	say(f, DELETED);
	assert_int_equal(f->told, 1);
	assert_int_equal(f->end, VM_JOB_DONE);
	assert_int_equal(f->vm->journal.n_usb, 0);
	assert_false(vms_usb_busy(f->vms));
}

static void test_detach_deleted_before_the_reply(void **state)
{
	struct fixture *f = *state;

	begin_detach(f);
	say(f, DELETED);
	assert_int_equal(f->told, 1);
	assert_int_equal(f->end, VM_JOB_DONE);
	assert_int_equal(f->vm->journal.n_usb, 0);
	assert_true(vms_usb_busy(f->vms)); /* the command's reply is still to come */
	say(f, "{\"return\": {}, \"id\": 4}\r\n");
	assert_false(vms_usb_busy(f->vms));
	assert_int_equal(f->told, 1);
}

static void test_detach_deleted_and_never_replied(void **state)
{
	struct fixture *f = *state;

	begin_detach(f);
	say(f, DELETED);
	assert_int_equal(f->told, 1);
	vms_destroy(take_ptr(f->vms)); /* gives the command up */
	assert_int_equal(f->told, 1);
}

/* "cont" is under way when the daemon ends: its end must not begin a ladder down. */
static void test_destroy_while_starting(void **state)
{
	struct fixture *f = *state;

	supervise(f, VM_STARTING);
	expect_command(f, "cont");
	vms_destroy(take_ptr(f->vms));
}

/* --- where it runs --- */

static void pin_to(struct fixture *f, pid_t pid, unsigned processor, const char *answer)
{
	struct cpu_map *map;

	f->vm = vms_get(f->vms, "games");
	f->vm->starting = new_starting();
	map = &f->vm->starting->plan.cpus;
	*list_append(map->guest, map->n) = processor;
	cpulist_add(&map->others, processor);
	f->vm->journal.pid = pid;
	supervise(f, VM_STARTING);
	expect_command(f, "query-cpus-fast");
	say(f, answer);
	expect_command(f, "cont");
}

/* Each processor of the guest's before it runs. */
static void test_pin(void **state)
{
	cleanup_free char *answer = NULL;
	struct fixture *f = *state;
	cpu_set_t before, after;
	unsigned last = 0;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		last = CPU_ISSET(i, &before) ? i : last;
	answer = xasprintf(
	        "{\"return\": [{\"cpu-index\": 0, \"thread-id\": %d}], \"id\": 2}\r\n", (int)pid);
	pin_to(f, pid, last, answer);
	assert_int_equal(sched_getaffinity(pid, sizeof(after), &after), 0);
	assert_int_equal(CPU_COUNT(&after), 1);
	assert_true(CPU_ISSET(last, &after));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A thread of somebody else's is never touched, whatever QEMU says; the guest runs without. */
static void test_pin_of_a_stranger(void **state)
{
	struct fixture *f = *state;
	cpu_set_t before, after;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	pin_to(f, getppid(), 0,
	        "{\"return\": [{\"cpu-index\": 0, \"thread-id\": 1}], \"id\": 2}\r\n");
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
}

/* --- logs --- */

/* Nothing is timed while nobody writes; a log that has grown too large is cut from its old end. */
static void test_logs(void **state)
{
	static const char block[1 << 20] = "x";
	struct fixture *f = *state;
	cleanup_free char *log = xasprintf("%s/vm/games/serial.log", f->folder);
	struct stat st;
	int fd;

	supervise(f, VM_RUNNING);
	assert_non_null(f->vm->logs);
	assert_null(f->vm->trim);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	spin(f);
	assert_null(f->vm->logs);
	assert_non_null(f->vm->trim);
	sd_event_source_set_time(f->vm->trim, 0);
	spin(f);
	assert_null(f->vm->trim);
	assert_non_null(f->vm->logs);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 9 * sizeof(block));
	assert_true(st.st_blocks * 512 < 3 << 20);
	close_fd(&fd);
}

/* --- quarantine --- */

static const struct vm_quarantine *quarantine(struct fixture *f, bool home, int number)
{
	const struct journal_pci p = {
	        .addr = {0, 1, 0, 0}, .previous = (char *)"vfio-pci", .home = home};
	struct err err;

	err_set(&err, number, "why");
	vms_quarantine_add(f->vms, &p, &err);
	return vms_quarantine_find(f->vms, p.addr);
}

static void test_quarantine(void **state)
{
	static const char file[] = "/sys/bus/pci/devices/0000:01:00.0/vendor";
	struct fixture *f = *state;
	cleanup_free char *link =
	        xasprintf("%s/sys/bus/pci/devices/0000:01:00.0/driver", f->folder);
	const struct vm_quarantine *q;

	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->folder, NULL), 0);
	assert_int_equal(root_write(&f->vms->root, file, "", 0, 0644, NULL), 0);
	assert_non_null(quarantine(f, false, -EIO));
	assert_int_equal(symlink("../../drivers/vfio-pci", link), 0);
	assert_null(quarantine(f, false, -EIO));          /* it has its driver again */
	assert_non_null(quarantine(f, true, -ETIMEDOUT)); /* it had it all the time */
	assert_non_null(quarantine(f, false, -ENOTRECOVERABLE));
	vms_quarantine_finish(f->vms);
	f->vms->quarantine = NULL;
	assert_int_equal(vms_quarantine_load(f->vms, NULL), 0); /* a daemon later */
	q = vms_quarantine_find(f->vms, (struct pci_addr){0, 1, 0, 0});
	assert_non_null(q);
	assert_true(q->dead);
	assert_string_equal(q->reason, "why");
}

struct display {
	unsigned told;
	int fd, number;
};

static void on_display(void *user, int fd, const struct err *err)
{
	struct display *d = user;

	d->told++;
	d->fd = fd;
	d->number = err ? err->number : 0;
}

/* The first end goes to QEMU by name, and only once QEMU has taken it is the other one given away. */
static void test_display(void **state)
{
	struct fixture *f = *state;
	struct display d = {.fd = -1};
	struct err err = {0};

	assert_int_equal(vms_display(f->vms, "games", on_display, &d, &err), -ENOENT);
	supervise(f, VM_RUNNING);
	assert_int_equal(vms_display(f->vms, "games", on_display, &d, &err), 0);
	expect_command(f, "getfd");
	say(f, "{\"return\": {}, \"id\": 4}\r\n");
	assert_int_equal(d.told, 0);
	expect_command(f, "add_client");
	say(f, "{\"return\": {}, \"id\": 5}\r\n");
	assert_int_equal(d.told, 1);
	assert_true(d.fd >= 0);
	close_fd(&d.fd);
	/* With it comes the agent's port; a VM that has no bus for it does without. */
	expect_command(f, "device_add");
	say(f, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no bus\"}, \"id\": 6}\r\n");
	/* One that has none says so. */
	assert_int_equal(vms_display(f->vms, "games", on_display, &d, &err), 0);
	expect_command(f, "getfd");
	say(f, "{\"return\": {}, \"id\": 7}\r\n");
	say(f, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no dbus\"}, \"id\": 8}\r\n");
	assert_int_equal(d.told, 2);
	assert_int_equal(d.fd, -1);
	assert_int_equal(d.number, -EREMOTEIO);
	/* Nobody looks any more: an agent's port that leads nowhere goes. */
	vms_displays_ended(f->vms);
}

#define WITH_VMS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_VMS(test_detach_deleted_after_the_reply),
	        WITH_VMS(test_detach_deleted_before_the_reply),
	        WITH_VMS(test_detach_deleted_and_never_replied),
	        WITH_VMS(test_destroy_while_starting),
	        WITH_VMS(test_pin),
	        WITH_VMS(test_pin_of_a_stranger),
	        WITH_VMS(test_logs),
	        WITH_VMS(test_quarantine),
	        WITH_VMS(test_display),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
