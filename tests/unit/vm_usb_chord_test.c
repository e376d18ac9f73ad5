/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the chord: what is kept of a device, what the program is told, and that everything goes back.
 * QEMU is played by this file at the other end of the QMP socket, the program by a script.
 */
#include "vm/usb/chord.h"

#include "chord/wire.h"
#include "chord_bytes.h"
#include "machine.h"
#include "base/socket.h"
#include "vm/vm_impl.h"

#include <errno.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"

/* A keyboard with a boot interface, an interface of media keys, and a sound card that is of no interest. */
static const char keyboard[] = "cd /sys/bus/usb/devices\n"
                               "file 1-2/busnum 1\n"
                               "file 1-2/devnum 5\n"
                               "file 1-2/idVendor 046d\n"
                               "file 1-2/idProduct c31c\n"
                               "file 1-2:1.0/bInterfaceNumber 00\n"
                               "file 1-2:1.0/bInterfaceClass 03\n"
                               "file 1-2:1.0/bInterfaceSubClass 01\n"
                               "file 1-2:1.0/bInterfaceProtocol 01\n"
                               "file 1-2:1.0/ep_02/type Interrupt\n"
                               "file 1-2:1.0/ep_02/direction out\n"
                               "file 1-2:1.0/ep_02/bEndpointAddress 02\n"
                               "file 1-2:1.0/ep_81/type Interrupt\n"
                               "file 1-2:1.0/ep_81/direction in\n"
                               "file 1-2:1.0/ep_81/bEndpointAddress 81\n"
                               "hex 1-2:1.0/0003:046D:C31C.0001/report_descriptor 05 01 09 06\n"
                               "file 1-2:1.1/bInterfaceNumber 01\n"
                               "file 1-2:1.1/bInterfaceClass 03\n"
                               "file 1-2:1.1/bInterfaceSubClass 00\n"
                               "file 1-2:1.1/bInterfaceProtocol 00\n"
                               "file 1-2:1.1/ep_83/type Interrupt\n"
                               "file 1-2:1.1/ep_83/direction in\n"
                               "file 1-2:1.1/ep_83/bEndpointAddress 83\n"
                               "file 1-2:1.2/bInterfaceNumber 02\n"
                               "file 1-2:1.2/bInterfaceClass 01\n"
                               "file 1-2:1.2/ep_84/type Interrupt\n"
                               "file 1-2:1.2/ep_84/direction in\n"
                               "file 1-2:1.2/ep_84/bEndpointAddress 84\n"
                               "file 1-20:1.0/bInterfaceClass 03\n";

static const char inputs[] =
        "cd /sys/class/input\n"
        "file event0/device/capabilities/key 10000 0 0 0 0 0 fffffffffffffffe\n"
        "file event1/device/capabilities/key 7cdb000000000000 0 0 0 0\n"
        "file event2/device/capabilities/key 1f0000 0 0 0 0\n"
        "file event3/device/capabilities/key rubbish\n"
        "file eventx/device/capabilities/key fffffffffffffffe\n"
        "file mouse0/device/capabilities/key fffffffffffffffe\n";

static void machine_open_text(struct machine *pc, const char *text)
{
	cleanup_free char *copy = xstrdup(text), *file = NULL, *cwd = xstrdup("");
	char *save = NULL;

	machine_open(pc, NULL);
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		machine_line(pc, l, &file, &cwd);
}

static void test_facts(void **state)
{
	const struct usb_device d = {.sysname = (char *)"1-2", .devnum = 5};
	cleanup_strv struct strv none = {0}, one = {0};
	cleanup_free char *facts = NULL;
	struct chord_message m = {0};
	struct machine pc;
	size_t size, n;

	(void)state;
	machine_open_text(&pc, keyboard);
	chord_facts_keep(&pc.root, "/run/chord", &d);
	facts = chord_facts_load(&pc.root, "/run/chord", "1-2", 5, &size);
	n = chord_facts_next(facts, size);
	assert_int_equal(n, CHORD_MESSAGE_MIN + 4);
	memcpy(&m, facts, n);
	assert_int_equal(m.order, CHORD_ADD_INTERFACE);
	assert_int_equal(m.devnum, 5);
	assert_int_equal(m.vendor, 0x046d);
	assert_int_equal(m.endpoint, 0x81);
	assert_int_equal(m.protocol, 1);
	assert_memory_equal(m.descriptor, "\x05\x01\x09\x06", 4);
	memcpy(&m, facts + n, CHORD_MESSAGE_MIN);
	assert_int_equal(m.number, 1);
	assert_int_equal(m.endpoint, 0x83);
	assert_int_equal(size, n + CHORD_MESSAGE_MIN);
	assert_int_equal(chord_facts_next(facts, n - 1), 0);
	assert_int_equal(chord_facts_next(facts, CHORD_MESSAGE_MIN - 1), 0);
	assert_true(chord_facts_boot_keyboard(&pc.root, "1-2"));
	assert_false(chord_facts_boot_keyboard(&pc.root, "1-20"));
	strv_add(&one, "1-2-5");
	chord_facts_clear(&pc.root, "/run/chord", &one);
	assert_true(root_exists(&pc.root, "/run/chord/1-2-5"));
	chord_facts_clear(&pc.root, "/run/chord", &none);
	assert_false(root_exists(&pc.root, "/run/chord/1-2-5"));
	machine_close(&pc);
}

static void link_input(const struct machine *pc, unsigned event, unsigned input)
{
	cleanup_free char *from = xasprintf("%s/sys/class/input/event%u/device", pc->folder, event);
	cleanup_free char *to = xasprintf("%s/sys/class/input/input%u", pc->folder, input);
	cleanup_free char *target = xasprintf("../input%u", input);

	assert_int_equal(rename(from, to), 0);
	assert_int_equal(symlink(target, from), 0);
}

static void test_nodes(void **state)
{
	cleanup_free struct chord_node *list = NULL;
	struct machine pc;
	struct err err;
	size_t n = 0;
	int fd = -1;

	(void)state;
	machine_open_text(&pc, inputs);
	for (unsigned i = 0; i < 4; i++)
		link_input(&pc, i, 10 + i);
	chord_nodes_list(&pc.root, &list, &n);
	assert_int_equal(n, 2); /* a keyboard and a pad; a mouse has neither */
	assert_string_equal(list[0].name, "event0");
	assert_string_equal(list[0].input, "input10");
	assert_string_equal(list[1].name, "event1");
	assert_int_equal(act_chord_open(&pc.root, &list[0], &fd, &err), -ENOENT);
	assert_int_equal(root_write(&pc.root, "/dev/input/event0", "", 0, 0600, NULL), 0);
	assert_int_equal(act_chord_open(&pc.root, &list[0], &fd, &err), -ENODEV);
	strcpy(list[0].name, "../mem");
	assert_int_equal(act_chord_open(&pc.root, &list[0], &fd, &err), -EINVAL);
	strcpy(list[0].name, "event0");
	list[0].input[0] = '\0'; /* as a bus */
	assert_int_equal(act_chord_open(&pc.root, &list[0], &fd, &err), -EINVAL);
	assert_int_equal(fd, -1);
	machine_close(&pc);
}

/* --- with a VM --- */

struct fixture {
	char folder[64];
	char said[8192]; /* by us to QEMU, not yet looked at */
	sd_event *event;
	struct vms *vms;
	struct vm *vm;
	int listener, peer;
	unsigned changes;
};

static void on_usb(void *user)
{
	struct fixture *f = user;

	f->changes++;
}

static void spin_ms(struct fixture *f, unsigned ms)
{
	while (sd_event_run(f->event, ms * 1000ull) > 0)
		;
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->peer, text, strlen(text)), (ssize_t)strlen(text));
	spin_ms(f, 20);
}

static void hear(struct fixture *f)
{
	size_t used = strlen(f->said);
	ssize_t n;

	spin_ms(f, 20);
	n = recv(f->peer, f->said + used, sizeof(f->said) - 1 - used, MSG_DONTWAIT);
	if (n > 0)
		f->said[used + (size_t)n] = '\0';
}

static bool heard(struct fixture *f, const char *text)
{
	hear(f);
	return strstr(f->said, text);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void write_program(const struct fixture *f, const char *script)
{
	cleanup_free char *path = xasprintf("%s/playthrough-chord", f->folder);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
}

/* A VM that runs, whose QEMU is this very process. */
static void supervise(struct fixture *f)
{
	cleanup_free char *socket = xasprintf("%s/vm/games/qmp.sock", f->folder);
	struct err err;

	f->vm = vms_get(f->vms, "games");
	f->vm->state = VM_RUNNING;
	f->vm->journal.name = xstrdup("games");
	f->vm->pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	f->listener = socket_listen(socket, 0600, &err);
	assert_true(f->listener >= 0);
	assert_int_equal(vm_supervise(f->vm, &err), 0);
	f->peer = accept(f->listener, NULL, NULL);
	assert_true(f->peer >= 0);
	say(f, GREETING);
	say(f, "{\"return\": {}, \"id\": 1}\r\n");
	hear(f);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct vm_listener listener = {.usb_changed = on_usb, .user = f};
	cleanup_free char *folder = NULL;
	struct vm_env env = {.session = true,
	        .run_dir = f->folder,
	        .data_dir = "",
	        .state_dir = f->folder,
	        .libexec_dir = f->folder,
	        .qemu = ""};

	f->listener = f->peer = -1;
	strcpy(f->folder, "/tmp/playthrough-chord-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	env.event = f->event;
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	folder = xasprintf("%s/vm/games", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	supervise(f);
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

static void add_device(struct fixture *f, const char *sysname, unsigned devnum)
{
	*list_append(f->vm->journal.usb, f->vm->journal.n_usb) =
	        (struct journal_usb){.sysname = xstrdup(sysname),
	                .label = xstrdup("Pad"),
	                .id = xasprintf("usb-%s-%u", sysname, devnum),
	                .busnum = 1,
	                .devnum = devnum,
	                .fdset = -1};
}

static void test_give_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(vms_usb_give_back_all(f->vms), 0);
	add_device(f, "1-2", 5);
	add_device(f, "1-3", 6);
	assert_int_equal(vms_usb_give_back_all(f->vms), 2);
	assert_true(heard(f, "\"id\":\"usb-1-2-5\""));
	assert_true(heard(f, "\"id\":\"usb-1-3-6\""));
	assert_int_equal(f->vm->journal.n_kept, 2); /* no rule takes them again */
	say(f, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"usb-1-2-5\"}}\r\n");
	say(f, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"usb-1-3-6\"}}\r\n");
	assert_int_equal(f->vm->journal.n_usb, 0);
	assert_true(f->changes >= 2);
}

/* A keyboard of the host's own that QEMU takes for the guest goes back with the others, once. */
static void test_give_back_inputs(void **state)
{
	struct fixture *f = *state;

	*list_append(f->vm->journal.inputs, f->vm->journal.n_inputs) =
	        (struct journal_input){.name = xstrdup("keyboard"),
	                .node = xstrdup("event3"),
	                .input = xstrdup("input7"),
	                .usb = xstrdup("1-2"),
	                .busnum = 1,
	                .devnum = 5};
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	assert_true(heard(f, "\"execute\":\"object-del\""));
	assert_true(heard(f, "\"id\":\"input-0\""));
	assert_true(heard(f, "input-send-event"));
	assert_true(f->vm->journal.inputs[0].returned);
	assert_int_equal(vms_usb_give_back_all(f->vms), 0);
}

/* Hangs as a device does in the kernel; the other leaves word that it came. */
static int play_take(const struct root *root, const struct act_usb *usb, struct err *err)
{
	cleanup_free char *path = xasprintf("/taken-%s", usb->sysname);

	if (streq(usb->sysname, "1-2"))
		sleep(30);
	return root_write(root, path, "", 0, 0644, err);
}

/* A QEMU that does not let go: by force, and a device that hangs holds up no other. */
static void test_one_hangs(void **state)
{
	struct fixture *f = *state;
	struct machine pc;

	machine_open_text(&pc, keyboard);
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, pc.folder, NULL), 0);
	f->vms->env.session = false;
	f->vms->usb.take = play_take;
	add_device(f, "1-2", 5);
	add_device(f, "1-3", 6);
	assert_int_equal(vms_usb_give_back_all(f->vms), 2);
	for (unsigned i = 0; i < 500 && !root_exists(&f->vms->root, "/taken-1-3"); i++)
		spin_ms(f, 20);
	assert_true(root_exists(&f->vms->root, "/taken-1-3"));
	assert_non_null(f->vms->taking); /* the one that hangs */
	vms_usb_give_back_finish(f->vms);
	assert_null(f->vms->taking);
	f->vms->env.session = true;
	machine_close(&pc);
}

/* What is on its way out already is asked once only. */
static void test_twice(void **state)
{
	struct fixture *f = *state;

	add_device(f, "1-2", 5);
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	assert_true(heard(f, "device_del"));
	f->said[0] = '\0';
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	assert_false(heard(f, "device_del"));
	say(f, "{\"return\": {}, \"id\": 2}\r\n");
	say(f, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"usb-1-2-5\"}}\r\n");
	assert_int_equal(f->vm->journal.n_usb, 0);
	assert_int_equal(f->vms->n_leaving, 0);
	assert_false(heard(f, "device_del"));
}

/* The connection breaks while QEMU is asked: that is no circle, and the VM ends. */
static void test_hung_up(void **state)
{
	struct fixture *f = *state;

	add_device(f, "1-2", 5);
	add_device(f, "1-3", 6);
	close_fd(&f->peer);
	assert_int_equal(vms_usb_give_back_all(f->vms), 2);
	spin_ms(f, 50);
	assert_false(vms_usb_busy(f->vms));
}

/* One that is on its way in is taken out as soon as it is there; nothing is left behind when it fails. */
static void test_on_its_way_in(void **state)
{
	struct fixture *f = *state;
	struct machine pc;

	machine_open_text(&pc, keyboard);
	machine_write(&pc, "/sys/bus/usb/devices/1-2/bDeviceClass", "00\n");
	machine_write(&pc, "/sys/bus/usb/devices/1-2/speed", "12\n");
	machine_write(&pc, "/sys/bus/usb/devices/1-4/busnum", "1\n");
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, pc.folder, NULL), 0);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	assert_false(heard(f, "device_del"));
	for (unsigned i = 0; i < 100 && vms_usb_busy(f->vms); i++)
		spin_ms(f, 20);
	assert_int_equal(f->vm->journal.n_usb, 0); /* there is no such node here */
	assert_int_equal(f->vms->n_leaving, 0);
	add_device(f, "1-3", 6);
	*list_append(f->vms->leaving, f->vms->n_leaving) =
	        (struct usb_leaving){.busnum = 1, .devnum = 6};
	vms_usb_give_back_more(f->vms); /* the end of its attaching */
	assert_true(heard(f, "\"id\":\"usb-1-3-6\""));
	machine_close(&pc);
}

/* The VM ends while one is on its way in: nothing waits for it any more. */
static void test_ends_on_its_way_in(void **state)
{
	struct fixture *f = *state;
	struct machine pc;

	machine_open_text(&pc, keyboard);
	machine_write(&pc, "/sys/bus/usb/devices/1-2/bDeviceClass", "00\n");
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, pc.folder, NULL), 0);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	assert_non_null(f->vms->patience);
	vm_usb_give_up(f->vm);
	journal_usb_remove(&f->vm->journal, 0); /* as vm_release() does it */
	f->vm->state = VM_STOPPED;
	vms_usb_given_back(f->vms, true);
	assert_int_equal(f->vms->n_leaving, 0);
	assert_null(f->vms->patience);
	f->vm->state = VM_RUNNING;
	machine_close(&pc);
}

/* QEMU does not answer: after three seconds it is not waited for any longer. */
static void test_hangs(void **state)
{
	struct fixture *f = *state;

	add_device(f, "1-2", 5);
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
	for (unsigned i = 0; i < 100 && f->vms->n_leaving; i++)
		spin_ms(f, 100);
	assert_int_equal(f->vms->n_leaving, 0);
	assert_null(f->vms->patience);
}

static void test_taken_by_force(void **state)
{
	const struct act_usb usb = {
	        .sysname = "1-2", .busnum = 1, .devnum = 5, .vendor = 0x046d, .product = 0xc31c};
	cleanup_free char *unbound = NULL, *probed = NULL;
	struct machine pc;
	struct err err;

	(void)state;
	machine_open_text(&pc, keyboard);
	machine_write(&pc, "/sys/bus/usb/drivers/usbfs/unbind", "");
	machine_write(&pc, "/sys/bus/usb/drivers_probe", "");
	machine_write(&pc, "/sys/bus/usb/drivers/usbhid/.keep", "");
	machine_link(&pc, "/sys/bus/usb/devices/1-2:1.0/driver", "/sys/bus/usb/drivers/usbfs");
	machine_link(&pc, "/sys/bus/usb/devices/1-2:1.1/driver", "/sys/bus/usb/drivers/usbhid");
	/* No kernel is here to let go of it. */
	assert_int_equal(act_usb_take(&pc.root, &usb, &err), -EBUSY);
	unbound = root_read(&pc.root, "/sys/bus/usb/drivers/usbfs/unbind");
	probed = root_read(&pc.root, "/sys/bus/usb/drivers_probe");
	assert_string_equal(unbound, "1-2:1.0"); /* and not that of the host's driver */
	assert_string_equal(probed, "1-2:1.2");
	machine_close(&pc);
}

/* By force, the system's daemon: one that cannot be taken keeps no other in the VM. */
static void test_forced_each_for_itself(void **state)
{
	static const char unbind[] = "/sys/bus/usb/drivers/usbfs/unbind";
	struct fixture *f = *state;
	struct machine pc;
	bool taken = false;

	machine_open_text(&pc, keyboard);
	machine_write(&pc, unbind, "");
	machine_link(&pc, "/sys/bus/usb/devices/1-2:1.0/driver", "/sys/bus/usb/drivers/usbfs");
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, pc.folder, NULL), 0);
	f->vms->env.session = false;
	add_device(f, "no-name", 4);
	add_device(f, "1-2", 5);
	f->vm->journal.usb[1].vendor = 0x046d;
	f->vm->journal.usb[1].product = 0xc31c;
	assert_int_equal(vms_usb_give_back_all(f->vms), 2);
	for (unsigned i = 0; i < 100 && !taken; i++) {
		cleanup_free char *unbound = NULL;

		spin_ms(f, 100);
		unbound = root_read(&pc.root, unbind);
		taken = streq(unbound, "1-2:1.0");
	}
	assert_true(taken);
	machine_close(&pc);
}

/* struct chord_answer: CHORD_HELD, CHORD_KEYBOARD; then it waits for the daemon's end. */
static void test_the_program_calls(void **state)
{
	struct fixture *f = *state;

	write_program(f,
	        "printf 'PCh1\\001\\0\\0\\0\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' >&0\nsleep 60");
	vms_chord_refresh(f->vms);
	spin_ms(f, 200);
	assert_false(heard(f, "device_del")); /* nothing runs: no VM has a device */
	add_device(f, "1-2", 5);
	vms_chord_refresh(f->vms);
	for (unsigned i = 0; i < 400 && !heard(f, "device_del"); i++)
		spin_ms(f, 50);
	assert_true(heard(f, "\"id\":\"usb-1-2-5\""));
}

/* A program that dies at once is not started in a circle. */
static void test_the_program_dies(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *script = xasprintf("echo started >>%s/starts\nexit 1", f->folder);
	cleanup_free char *starts = xasprintf("%s/starts", f->folder);
	uint64_t since = now_ms();
	struct stat st;

	write_program(f, script);
	add_device(f, "1-2", 5);
	for (unsigned i = 0; i < 500 && stat(starts, &st) < 0; i++) {
		vms_chord_refresh(f->vms);
		spin_ms(f, 20);
	}
	for (unsigned i = 0; i < 10; i++) {
		vms_chord_refresh(f->vms);
		spin_ms(f, 20);
	}
	assert_int_equal(stat(starts, &st), 0);
	assert_true((uint64_t)st.st_size <= strlen("started\n") * (1 + (now_ms() - since) / 2000));
}

static void test_no_program(void **state)
{
	struct fixture *f = *state;

	add_device(f, "1-2", 5);
	vms_chord_refresh(f->vms);
	vms_chord_refresh(f->vms);
	assert_int_equal(vms_usb_give_back_all(f->vms), 1);
}

/* Each device that comes alone has the program looked for; that there is none is told once. */
static void test_no_program_is_told_once(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *path = xasprintf("%s/log", f->folder), *log = NULL;
	cleanup_close int kept = dup(STDERR_FILENO);
	const char *first;

	assert_non_null(freopen(path, "w", stderr));
	for (unsigned i = 0; i < 3; i++) {
		add_device(f, "1-2", 5 + i);
		vms_chord_refresh(f->vms);
		journal_usb_remove(&f->vm->journal, 0);
		vms_chord_refresh(f->vms);
	}
	fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	log = root_read(&f->vms->root, path);
	first = strstr(log, "PT-USB-42");
	assert_non_null(first);
	assert_null(strstr(first + 1, "PT-USB-42"));
}

/* --- as a service of systemd's, which is played here --- */

struct systemd {
	int fd; /* that the service got as its standard input */
	bool dynamic_user;
	char unit[64], program[128];
};

static void read_property(sd_bus_message *m, struct systemd *s)
{
	const char *name, *type, *path;
	int value;

	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	assert_true(sd_bus_message_peek_type(m, NULL, &type) > 0);
	if (streq(name, "StandardInputFileDescriptor")) {
		assert_true(sd_bus_message_read(m, "v", "h", &value) > 0);
		s->fd = dup(value);
	} else if (streq(name, "DynamicUser")) {
		assert_true(sd_bus_message_read(m, "v", "b", &value) > 0);
		s->dynamic_user = value;
	} else if (streq(name, "ExecStart")) {
		assert_true(sd_bus_message_read(m, "v", "a(sasb)", 1, &path, 1, NULL, &value) > 0);
		snprintf(s->program, sizeof(s->program), "%s", path);
	} else {
		assert_true(sd_bus_message_skip(m, "v") > 0);
	}
}

static int on_order(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct systemd *s = user;
	const char *unit;

	(void)unused;
	if (!sd_bus_message_is_method_call(m, NULL, "StartTransientUnit"))
		return 0;
	assert_true(sd_bus_message_read(m, "ss", &unit, NULL) > 0);
	snprintf(s->unit, sizeof(s->unit), "%s", unit);
	assert_true(sd_bus_message_enter_container(m, 'a', "(sv)") > 0);
	while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
		read_property(m, s);
		assert_true(sd_bus_message_exit_container(m) > 0);
	}
	assert_true(sd_bus_message_exit_container(m) > 0);
	assert_true(sd_bus_message_skip(m, "a(sa(sv))") > 0);
	return sd_bus_reply_method_return(m, "o", "/org/freedesktop/systemd1/job/1");
}

static sd_bus *new_bus(sd_event *event, int fd, bool server)
{
	sd_id128_t id;
	sd_bus *bus;

	assert_int_equal(sd_id128_randomize(&id), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fd, fd) >= 0);
	assert_true(!server || sd_bus_set_server(bus, 1, id) >= 0);
	assert_true(sd_bus_negotiate_fds(bus, 1) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	assert_true(sd_bus_attach_event(bus, event, 0) >= 0);
	return bus;
}

static void test_unit(void **state)
{
	struct systemd systemd = {.fd = -1};
	sd_bus *server, *client;
	char answer[3] = "";
	sd_event *event;
	int pair[2], ours = -1;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(sd_event_new(&event) >= 0);
	server = new_bus(event, pair[0], true);
	client = new_bus(event, pair[1], false);
	assert_true(sd_bus_add_filter(server, NULL, on_order, &systemd) >= 0);
	while (sd_event_run(event, 100000) > 0) /* until they have greeted each other */
		;
	assert_true(sd_bus_is_ready(client) > 0);
	assert_int_equal(chord_run(client, "/bin/true", &ours, NULL), 0);
	while (sd_event_run(event, 100000) > 0)
		;
	assert_string_equal(systemd.program, "/bin/true");
	assert_true(starts_with(systemd.unit, "playthrough-chord-"));
	assert_true(systemd.dynamic_user);
	assert_true(systemd.fd >= 0);
	assert_int_equal(write(systemd.fd, "it", 2), 2);
	assert_int_equal(read(ours, answer, sizeof(answer)), 2);
	assert_string_equal(answer, "it");
	close_fd(&systemd.fd);
	assert_int_equal(read(ours, answer, sizeof(answer)), 0); /* nobody else holds it */
	close_fd(&ours);
	sd_bus_flush_close_unref(client);
	sd_bus_flush_close_unref(server);
	sd_event_unref(event);
}

#define WITH_VM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_facts),
	        cmocka_unit_test(test_nodes),
	        WITH_VM(test_give_back),
	        WITH_VM(test_give_back_inputs),
	        WITH_VM(test_one_hangs),
	        WITH_VM(test_twice),
	        WITH_VM(test_hung_up),
	        WITH_VM(test_on_its_way_in),
	        WITH_VM(test_ends_on_its_way_in),
	        WITH_VM(test_hangs),
	        cmocka_unit_test(test_taken_by_force),
	        WITH_VM(test_forced_each_for_itself),
	        WITH_VM(test_the_program_calls),
	        WITH_VM(test_the_program_dies),
	        WITH_VM(test_no_program),
	        WITH_VM(test_no_program_is_told_once),
	        cmocka_unit_test(test_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
