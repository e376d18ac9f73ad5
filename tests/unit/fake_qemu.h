/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM whose QEMU is played at the other end of the QMP socket, and a PC whose USB devices are files in a folder.
 *
 * The fake knows of USB what the real one does: fdsets, ids and ports that are taken, DEVICE_DELETED before the reply. It
 * refuses whatever the real one would. What it shall do otherwise, a test says before.
 */
#ifndef TESTS_FAKE_QEMU_H
#define TESTS_FAKE_QEMU_H

#include "base/socket.h"
#include "vm/usb/impl.h"
#include "vm/usb/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define FAKE_ROOM 16
#define FAKE_BUS  "sys/devices/pci0000:00/0000:00:14.0/usb1"

struct fake {
	char folder[64];
	struct root real; /* "/", for what lies in `folder` by its whole path */
	sd_event *event;
	struct vms *vms;
	struct vm *vm;
	int listener, peer;
	/* what the VM's owner was told */
	unsigned jobs_ended, usb_changes;
	enum vm_job_state end;
	char message[1024];
	/* what QEMU has */
	struct {
		char id[64], port[8];
	} devices[FAKE_ROOM];
	size_t n_devices;
	struct {
		int64_t id;
		unsigned fds;
	} sets[FAKE_ROOM];
	size_t n_sets;
	unsigned added, deleted, refused, listed, max_fds;
	char options[512];    /* of the last device_add */
	const char *blocks;   /* of query-block; NULL: none */
	const char *objects;  /* of qom-list; NULL: none */
	const char *chardevs; /* of query-chardev; NULL: none */
	const char *status;   /* "running", "paused", "io-error"... */
	char heard[1024];     /* the names of all commands, each with a blank behind it */
	/* what it shall do */
	const char *refuse;    /* this command */
	const char *hold;      /* is answered by fake_answer() only */
	const char *hold_next; /* the same of the next daemon */
	bool no_event;         /* of device_del */
	bool event_late;       /* after the reply */
	json_t *held; /* an array: that command, and those behind it, since QEMU does one after the other */
	char in[65536];
	size_t used;
	unsigned plugs;
};

static uint64_t fake_usec;
static int fake_open_result;

static inline uint64_t fake_now(const struct vms *vms)
{
	(void)vms;
	return fake_usec;
}

static inline int fake_open(
        const struct root *root, const struct act_usb *usb, int *fd, struct err *err)
{
	(void)root, (void)usb;
	if (fake_open_result < 0)
		return err_errno(err, fake_open_result, "open");
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}

/* --- QEMU --- */

static inline void fake_say(struct fake *f, const char *fmt, ...) PRINTF(2, 3);
static inline void fake_say(struct fake *f, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	assert_int_equal(write(f->peer, text, strlen(text)), (ssize_t)strlen(text));
}

static inline void fake_event_deleted(struct fake *f, const char *id)
{
	fake_say(f, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"%s\"}}\r\n", id);
}

static inline void fake_reply(struct fake *f, json_t *command)
{
	fake_say(f, "{\"return\": {}, \"id\": %lld}\r\n",
	        (long long)json_integer_value(json_object_get(command, "id")));
}

static inline void fake_refuse(struct fake *f, json_t *command, const char *class, const char *why)
{
	f->refused++;
	fake_say(f, "{\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}, \"id\": %lld}\r\n", class,
	        why, (long long)json_integer_value(json_object_get(command, "id")));
}

static inline size_t fake_find(const struct fake *f, const char *id)
{
	size_t i = 0;

	while (i < f->n_devices && !streq(f->devices[i].id, id))
		i++;
	return i;
}

static inline size_t fake_find_set(const struct fake *f, int64_t id)
{
	size_t i = 0;

	while (i < f->n_sets && f->sets[i].id != id)
		i++;
	return i;
}

static inline const char *fake_text(json_t *command, const char *key)
{
	const char *text =
	        json_string_value(json_object_get(json_object_get(command, "arguments"), key));

	return text ? text : "";
}

static inline void fake_add_fd(struct fake *f, json_t *command, bool has_fd)
{
	int64_t id = json_integer_value(
	        json_object_get(json_object_get(command, "arguments"), "fdset-id"));
	size_t i = fake_find_set(f, id);

	assert_true(has_fd);
	if (i == f->n_sets) {
		assert_true(i < FAKE_ROOM);
		f->sets[f->n_sets++].id = id;
		f->sets[i].fds = 0;
	}
	f->sets[i].fds++;
	if (f->sets[i].fds > f->max_fds)
		f->max_fds = f->sets[i].fds;
	fake_reply(f, command);
}

static inline void fake_remove_fd(struct fake *f, json_t *command)
{
	size_t i = fake_find_set(f, json_integer_value(json_object_get(
	                                    json_object_get(command, "arguments"), "fdset-id")));

	if (i == f->n_sets) {
		fake_refuse(f, command, "GenericError", "no such set");
		return;
	}
	f->sets[i] = f->sets[--f->n_sets];
	fake_reply(f, command);
}

static inline void fake_device_add(struct fake *f, json_t *command)
{
	const char *id = fake_text(command, "id"), *port = fake_text(command, "port");
	cleanup_free char *options =
	        json_dumps(json_object_get(command, "arguments"), JSON_SORT_KEYS);
	long long set = -1;

	assert_string_equal(fake_text(command, "driver"), "usb-host");
	assert_int_equal(sscanf(fake_text(command, "hostdevice"), "/dev/fdset/%lld", &set), 1);
	snprintf(f->options, sizeof(f->options), "%s", options);
	if (fake_find(f, id) < f->n_devices) {
		fake_refuse(f, command, "GenericError", "duplicate id");
		return;
	}
	for (size_t i = 0; i < f->n_devices; i++) {
		if (streq(f->devices[i].port, port)) {
			fake_refuse(f, command, "GenericError", "port in use");
			return;
		}
	}
	if (fake_find_set(f, set) == f->n_sets) {
		fake_refuse(f, command, "GenericError", "failed to open");
		return;
	}
	assert_true(f->n_devices < FAKE_ROOM);
	snprintf(f->devices[f->n_devices].id, sizeof(f->devices[0].id), "%s", id);
	snprintf(f->devices[f->n_devices].port, sizeof(f->devices[0].port), "%s", port);
	f->n_devices++;
	f->added++;
	fake_reply(f, command);
}

static inline void fake_device_del(struct fake *f, json_t *command)
{
	const char *id = fake_text(command, "id");
	size_t i = fake_find(f, id);

	if (i == f->n_devices) {
		fake_refuse(f, command, "DeviceNotFound", "Device not found");
		return;
	}
	f->devices[i] = f->devices[--f->n_devices];
	f->deleted++;
	if (!f->no_event && !f->event_late)
		fake_event_deleted(f, id);
	fake_reply(f, command);
	if (!f->no_event && f->event_late)
		fake_event_deleted(f, id);
}

static inline void fake_list(struct fake *f, json_t *command)
{
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	if (streq(fake_text(command, "path"), "/objects")) {
		fake_say(f, "{\"return\": %s, \"id\": %lld}\r\n", f->objects ? f->objects : "[]",
		        (long long)json_integer_value(json_object_get(command, "id")));
		return;
	}
	f->listed++;
	assert_string_equal(fake_text(command, "path"), "/machine/peripheral");
	for (size_t i = 0; i < f->n_devices; i++)
		strv_addf(&names, "{\"name\": \"%s\", \"type\": \"child<usb-host>\"}",
		        f->devices[i].id);
	all = strv_join(&names, ", ");
	fake_say(f, "{\"return\": [%s], \"id\": %lld}\r\n", all,
	        (long long)json_integer_value(json_object_get(command, "id")));
}

static inline void fake_event_of(struct fake *f, const char *name, const char *data)
{
	fake_say(f, "{\"event\": \"%s\"%s%s}\r\n", name, *data ? ", \"data\": " : "", data);
}

/* RunState: both commands do nothing in a state that is not theirs, and are no errors then. */
static inline void fake_turn(struct fake *f, json_t *command, const char *from, const char *to)
{
	bool turns =
	        streq(f->status, from) || (streq(f->status, "io-error") && streq(to, "running"));

	if (turns) {
		f->status = to;
		fake_event_of(f, streq(to, "running") ? "RESUME" : "STOP", "");
	}
	fake_reply(f, command);
}

static inline void fake_tell_status(struct fake *f, json_t *command)
{
	fake_say(f, "{\"return\": {\"status\": \"%s\"}, \"id\": %lld}\r\n", f->status,
	        (long long)json_integer_value(json_object_get(command, "id")));
}

static inline void fake_wake(struct fake *f, json_t *command)
{
	if (!streq(f->status, "suspended")) {
		fake_refuse(f, command, "GenericError", "guest is not in suspended state");
		return;
	}
	f->status = "running";
	fake_event_of(f, "WAKEUP", "");
	fake_reply(f, command);
}

static inline void fake_do(struct fake *f, json_t *command, bool has_fd)
{
	const char *name = json_string_value(json_object_get(command, "execute"));

	if (f->refuse && streq(f->refuse, name))
		fake_refuse(f, command, "GenericError", "no");
	else if (streq(name, "add-fd"))
		fake_add_fd(f, command, has_fd);
	else if (streq(name, "remove-fd"))
		fake_remove_fd(f, command);
	else if (streq(name, "device_add"))
		fake_device_add(f, command);
	else if (streq(name, "device_del"))
		fake_device_del(f, command);
	else if (streq(name, "qom-list"))
		fake_list(f, command);
	else if (streq(name, "stop"))
		fake_turn(f, command, "running", "paused");
	else if (streq(name, "cont"))
		fake_turn(f, command, "paused", "running");
	else if (streq(name, "query-status"))
		fake_tell_status(f, command);
	else if (streq(name, "system_wakeup"))
		fake_wake(f, command);
	else if (streq(name, "query-chardev"))
		fake_say(f, "{\"return\": %s, \"id\": %lld}\r\n", f->chardevs ? f->chardevs : "[]",
		        (long long)json_integer_value(json_object_get(command, "id")));
	else if (streq(name, "query-block"))
		fake_say(f, "{\"return\": %s, \"id\": %lld}\r\n", f->blocks ? f->blocks : "[]",
		        (long long)json_integer_value(json_object_get(command, "id")));
	else
		fake_reply(f, command);
}

static inline void fake_hear(struct fake *f, json_t *command, bool has_fd)
{
	const char *name = json_string_value(json_object_get(command, "execute"));

	assert_non_null(name);
	if (strlen(f->heard) + strlen(name) + 2 < sizeof(f->heard)) {
		strcat(f->heard, name);
		strcat(f->heard, " ");
	}
	if (!f->held && f->hold && streq(f->hold, name))
		f->held = json_array();
	if (f->held)
		json_array_append(f->held, command);
	else
		fake_do(f, command, has_fd);
}

/* Does now what it has held back, and answers. */
static inline void fake_answer(struct fake *f)
{
	json_t *held = take_ptr(f->held), *command;
	size_t i;

	assert_non_null(held);
	f->hold = NULL;
	json_array_foreach (held, i, command)
		fake_do(f, command, true);
	json_decref(held);
}

/* Returns whether there was anything to hear. */
static inline bool fake_serve(struct fake *f)
{
	int fd = -1;
	size_t n_fds = 0;
	ssize_t n = socket_receive(
	        f->peer, f->in + f->used, sizeof(f->in) - 1 - f->used, &fd, 1, &n_fds);
	bool has_fd = fd >= 0;
	char *line = f->in, *end;

	close_fd(&fd);
	if (n <= 0)
		return false;
	f->used += (size_t)n;
	f->in[f->used] = '\0';
	while ((end = strchr(line, '\n'))) {
		json_t *command = json_loadb(line, (size_t)(end - line), 0, NULL);

		assert_non_null(command);
		fake_hear(f, command, has_fd);
		json_decref(command);
		line = end + 1;
	}
	f->used = strlen(line);
	memmove(f->in, line, f->used + 1);
	return true;
}

/* --- the loop --- */

static inline bool fake_has_child(const struct fake *f)
{
	for (const struct vm_usb_act *a = f->vms->usb.acts; a; a = a->next) {
		if (a->child)
			return true;
	}
	return false;
}

/* Until nothing happens any more, without time going by. */
static inline void fake_settle(struct fake *f)
{
	for (unsigned idle = 0; idle < 3;) {
		bool busy = sd_event_run(f->event, fake_has_child(f) ? 20000 : 0) > 0;

		busy |= f->peer >= 0 && fake_serve(f);
		idle = busy || fake_has_child(f) ? 0 : idle + 1;
	}
}

/* @usec go by; what waited for its time gets it. The loop itself never sees this clock. */
static inline void fake_pass(struct fake *f, uint64_t usec)
{
	uint64_t end = fake_usec + usec, at;

	fake_settle(f);
	while (f->vms->usb.wake && sd_event_source_get_time(f->vms->usb.wake, &at) >= 0 &&
	        at <= end) {
		if (at > fake_usec)
			fake_usec = at;
		f->vms->usb.wake = sd_event_source_disable_unref(f->vms->usb.wake);
		vms_usb_reconcile(f->vms);
		fake_settle(f);
	}
	fake_usec = end;
}

/* --- the PC --- */

static inline void fake_file(struct fake *f, const char *device, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("/" FAKE_BUS "/%s/%s", device, name);

	assert_int_equal(root_write(&f->vms->root, path, text, strlen(text), 0644, NULL), 0);
}

static inline void fake_link(struct fake *f, const char *name)
{
	const char *last = strrchr(name, '/');
	cleanup_free char *link =
	        xasprintf("%s/sys/bus/usb/devices/%s", f->folder, last ? last + 1 : name);
	cleanup_free char *target =
	        xasprintf("../../../devices/pci0000:00/0000:00:14.0/usb1/%s", name);

	unlink(link);
	assert_int_equal(symlink(target, link), 0);
}

static inline void fake_remove(struct fake *f, const char *name)
{
	cleanup_free char *command =
	        xasprintf("rm -rf '%s/" FAKE_BUS "/%s' '%s/sys/bus/usb/devices/%s'*", f->folder,
	                name, f->folder, name);

	assert_int_equal(system(command), 0);
}

/* Puts it there; no event. Each plug has the next number, as on a real bus. */
static inline void fake_put(
        struct fake *f, const char *name, unsigned vendor, unsigned product, const char *serial)
{
	const unsigned devnum = 2 + f->plugs++ % 126;
	const struct {
		const char *name;
		char *text;
	} files[] = {
	        {"busnum", xstrdup("1")},
	        {"devnum", xasprintf("%u", devnum)},
	        {"idVendor", xasprintf("%04x", vendor)},
	        {"idProduct", xasprintf("%04x", product)},
	        {"bDeviceClass", xstrdup("00")},
	        {"speed", xstrdup("12")},
	        {"serial", xstrdup(serial)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].text)
			fake_file(f, name, files[i].name, files[i].text);
		free(files[i].text);
	}
	fake_link(f, name);
}

/* The same for one that comes and goes quickly: only its number and its name change. */
static inline void fake_put_quick(struct fake *f, const char *name)
{
	cleanup_free char *path = xasprintf("%s/" FAKE_BUS "/%s/devnum", f->folder, name);
	cleanup_free char *number = xasprintf("%03u", 2 + f->plugs++ % 126);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(write(fd, number, 3), 3);
	fake_link(f, name);
}

static inline void fake_remove_quick(struct fake *f, const char *name)
{
	cleanup_free char *link = xasprintf("%s/sys/bus/usb/devices/%s", f->folder, name);

	assert_int_equal(unlink(link), 0);
}

static inline void fake_event(struct fake *f)
{
	fake_pass(f, 1000000);
	vms_usb_event(f->vms);
	fake_settle(f);
}

static inline void fake_plug(struct fake *f, const char *name, unsigned vendor, unsigned product)
{
	fake_put(f, name, vendor, product, NULL);
	fake_event(f);
}

static inline void fake_unplug(struct fake *f, const char *name)
{
	fake_remove(f, name);
	fake_event(f);
}

/* --- set up --- */

static inline void fake_on_job(void *user, struct vm_job *job)
{
	struct vm_job_info info = vm_job_info(job);
	struct fake *f = user;

	if (info.state == VM_JOB_RUNNING)
		return;
	f->jobs_ended++;
	f->end = info.state;
	snprintf(f->message, sizeof(f->message), "%s", info.err ? info.err->message : "");
}

static inline void fake_on_usb(void *user)
{
	struct fake *f = user;

	f->usb_changes++;
}

/* A daemon that finds VM "games", which runs. What QEMU has, stays. */
static inline void fake_daemon(struct fake *f)
{
	static const struct strv no_profiles;
	const struct vm_listener listener = {
	        .job_changed = fake_on_job, .usb_changed = fake_on_usb, .user = f};
	struct vm_env env = {.event = f->event,
	        .session = true,
	        .run_dir = f->folder,
	        .data_dir = "",
	        .state_dir = f->folder,
	        .libexec_dir = "",
	        .qemu = "",
	        .profile_folders = &no_profiles};
	cleanup_free char *folder = xasprintf("%s/vm/games", f->folder);
	cleanup_free char *socket = xasprintf("%s/qmp.sock", folder);

	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	usb_monitor_destroy(take_ptr(f->vms->usb.monitor));
	mkdir(folder, 0700);
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->folder, NULL), 0);
	f->vms->usb.now = fake_now;
	f->vms->usb.open = fake_open;
	f->vms->usb.seen = (free(f->vms->usb.seen), NULL);
	f->vms->usb.pace = (struct usb_pace){0};
	f->vm = vms_get(f->vms, "games");
	f->vm->state = VM_RUNNING;
	if (!f->vm->journal.name)
		f->vm->journal.name = xstrdup("games");
	f->vm->journal.phase = JOURNAL_RUNNING;
	f->vm->pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (f->listener < 0)
		f->listener = socket_listen(socket, 0600, NULL);
	assert_true(f->listener >= 0);
	assert_int_equal(vm_supervise(f->vm, NULL), 0);
	f->peer = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
	f->used = 0;
	fake_say(f, "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n");
	fake_settle(f);
}

static inline int fake_setup(void **state)
{
	struct fake *f = xcalloc(1, sizeof(*f));
	cleanup_free char *devices = NULL;
	bool memory;

	f->listener = f->peer = -1;
	f->status = "running";
	/* In memory, where "written for certain" costs nothing; umockdev has a /dev of its own. */
	memory = !getenv("UMOCKDEV_DIR") && access("/dev/shm", W_OK) == 0;
	strcpy(f->folder,
	        memory ? "/dev/shm/playthrough-usb-XXXXXX" : "/tmp/playthrough-usb-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	fake_open_result = 0;
	fake_usec =
	        1ull
	        << 50; /* decades ahead of the loop's clock: its timers never come by themselves */
	fake_daemon(f);
	devices = xasprintf("mkdir -p '%s/sys/bus/usb/devices'", f->folder);
	assert_int_equal(system(devices), 0);
	*state = f;
	return 0;
}

static inline void fake_end_daemon(struct fake *f)
{
	vms_destroy(take_ptr(f->vms));
	close_fd(&f->peer);
}

static inline int fake_teardown(void **state)
{
	struct fake *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	fake_end_daemon(f);
	json_decref(f->held);
	close_fd(&f->listener);
	sd_event_unref(f->event);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline void fake_rule(struct fake *f, const char *port)
{
	*list_append(f->vm->journal.rules, f->vm->journal.n_rules) = (struct journal_rule){
	        .name = xstrdup("rule"), .vendor = -1, .product = -1, .port = xstrdup(port)};
}

#define FAKE_TEST(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

#endif
