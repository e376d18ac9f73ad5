/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/chord.h"

#include "base/i18n.h"
#include "base/log.h"
#include "chord/wire.h"
#include "base/socket.h"
#include "vm/vm_impl.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS       2000u
#define INTERFACES_MAX 8u /* of one device: real keyboards and pads have up to four */
#define DEATHS_MAX     5u
#define DEATHS_MS      60000u

/* A device that the program knows of. */
struct chord_given {
	unsigned busnum, devnum;
	bool watched; /* an interface of it can be a keyboard or pad: its bus is listened to */
	bool sees;    /* it has said that it would see a chord there */
};

struct usb_chord {
	struct vms *vms;
	char *program, *folder;
	int socket; /* -1: it does not run */
	sd_event_source *answers, *retry, *hotplug;
	struct udev *udev;
	struct udev_monitor *inputs;
	struct disposable *open; /* one node after the other */
	struct chord_node opening;
	struct strv nodes; /* given, or tried: "input12", "usbmon1" */
	struct chord_given *given;
	size_t n_given;
	unsigned deaths;
	uint64_t first_death_usec;
	bool no_program; /* given up, until the next device */
	bool told_no_program, told_no_usbmon;
};

static void open_next(struct usb_chord *c);

/* --- what is known --- */

static struct chord_given *find_given(struct usb_chord *c, unsigned busnum, unsigned devnum)
{
	for (size_t i = 0; i < c->n_given; i++) {
		if (c->given[i].busnum == busnum && c->given[i].devnum == devnum)
			return &c->given[i];
	}
	return NULL;
}

static bool is_running(const struct vm *vm)
{
	return vm->state == VM_RUNNING || vm->state == VM_STOPPING;
}

/* A keyboard or mouse of the host's own that QEMU takes for the guest: evdev then tells nobody else what it says. */
static bool is_shared(const struct vm *vm, const struct journal_input *input)
{
	return is_running(vm) && !input->returned;
}

static bool is_shared_device(const struct vms *vms, unsigned busnum, unsigned devnum)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_inputs; i++) {
			const struct journal_input *input = &vm->journal.inputs[i];

			if (is_shared(vm, input) && input->usb && input->busnum == busnum &&
			        input->devnum == devnum)
				return true;
		}
	}
	return false;
}

static const struct journal_usb *find_attached(
        const struct vms *vms, unsigned busnum, unsigned devnum)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; is_running(vm) && i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			if (u->busnum == busnum && u->devnum == devnum)
				return u;
		}
	}
	return NULL;
}

static bool any_attached(const struct vms *vms)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (is_running(vm) && vm->journal.n_usb)
			return true;
		for (size_t i = 0; i < vm->journal.n_inputs; i++)
			if (is_shared(vm, &vm->journal.inputs[i]))
				return true;
	}
	return false;
}

/* --- the program --- */

static void forget_given(struct usb_chord *c)
{
	free(take_ptr(c->given));
	c->n_given = 0;
	strv_finish(&c->nodes);
	c->nodes = (struct strv){0};
}

static void stop_inputs(struct usb_chord *c)
{
	c->hotplug = sd_event_source_disable_unref(c->hotplug);
	udev_monitor_unref(take_ptr(c->inputs));
	udev_unref(take_ptr(c->udev));
}

/* It ends when its socket does. */
static void stop_program(struct usb_chord *c)
{
	disposable_forget(take_ptr(c->open));
	c->answers = sd_event_source_disable_unref(c->answers);
	c->retry = sd_event_source_disable_unref(c->retry);
	close_fd(&c->socket);
	stop_inputs(c);
	forget_given(c);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct usb_chord *c = user;

	(void)source, (void)usec;
	c->retry = sd_event_source_disable_unref(c->retry);
	vms_chord_refresh(c->vms);
	return 0;
}

static void on_death(struct usb_chord *c)
{
	uint64_t now = 0;

	stop_program(c);
	sd_event_now(c->vms->env.event, CLOCK_MONOTONIC, &now);
	if (!c->deaths || now - c->first_death_usec > DEATHS_MS * 1000ull) {
		c->deaths = 0;
		c->first_death_usec = now;
	}
	c->no_program = ++c->deaths >= DEATHS_MAX;
	if (c->no_program)
		log_warning(
		        _("%s has ended %u times within a minute and is not started again while "
		          "VMs have USB devices: no key combination gives them back, but "
		          "\"playthrough usb give-back\" does. See what it said: journalctl -b "
		          "--grep playthrough-chord (%s)"),
		        c->program, c->deaths, code_text(CODE_USB_NO_WATCHER));
	else
		sd_event_add_time_relative(c->vms->env.event, &c->retry, CLOCK_MONOTONIC,
		        RETRY_MS * 1000, 0, on_retry, c);
}

static void on_held(struct usb_chord *c, const struct chord_answer *answer)
{
	unsigned n = vms_usb_give_back_all(c->vms);

	if (answer->kind == CHORD_PAD)
		log_info(_("the pad chord was held; USB devices on their way back to the host: %u"),
		        n);
	else
		log_info(_("the key combination was held; USB devices on their way back to the "
		           "host: %u"),
		        n);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct usb_chord *c = user;
	struct chord_answer answer;
	struct chord_given *given;
	size_t n_fds;
	ssize_t n = socket_receive(fd, &answer, sizeof(answer), NULL, 0, &n_fds);

	(void)source, (void)events;
	if (n == -EAGAIN)
		return 0;
	if (n != sizeof(answer) || answer.magic != CHORD_MAGIC) {
		on_death(c);
		return 0;
	}
	given = find_given(c, answer.busnum, answer.devnum);
	if (answer.news == CHORD_SEES && given && !given->sees) {
		given->sees = true;
		if (c->vms->listener.usb_changed)
			c->vms->listener.usb_changed(c->vms->listener.user);
	}
	if (answer.news == CHORD_HELD)
		on_held(c, &answer);
	return 0;
}

/* --- keyboards and pads that come to the host --- */

static int on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct usb_chord *c = user;
	struct udev_device *device;

	(void)source, (void)fd, (void)events;
	while ((device = udev_monitor_receive_device(c->inputs)))
		udev_device_unref(device);
	vms_chord_refresh(c->vms);
	return 0;
}

/* Where no udev runs, those that are there at the start are watched. */
static void watch_inputs(struct usb_chord *c)
{
	c->udev = udev_new();
	c->inputs = c->udev ? udev_monitor_new_from_netlink(c->udev, "udev") : NULL;
	if (!c->inputs ||
	        udev_monitor_filter_add_match_subsystem_devtype(c->inputs, "input", NULL) < 0 ||
	        udev_monitor_enable_receiving(c->inputs) < 0 ||
	        sd_event_add_io(c->vms->env.event, &c->hotplug, udev_monitor_get_fd(c->inputs),
	                EPOLLIN, on_input, c) < 0)
		stop_inputs(c);
}

static void start_program(struct usb_chord *c)
{
	struct err err;
	int r = chord_run(c->vms->env.bus, c->program, &c->socket, &err);

	if (r == 0 && sd_event_add_io(
	                      c->vms->env.event, &c->answers, c->socket, EPOLLIN, on_answer, c) < 0)
		abort(); /* only memory makes that fail */
	if (r == 0) {
		c->told_no_program = false;
		watch_inputs(c);
		return;
	}
	c->no_program = true;
	if (c->told_no_program) /* each device that comes alone would say it anew */
		return;
	c->told_no_program = true;
	log_warning(
	        _("no key combination gives USB devices back, but \"playthrough usb give-back\" "
	          "does: %s (%s)"),
	        err.message, code_text(CODE_USB_NO_WATCHER));
}

/* --- what it is told --- */

static bool tell(struct usb_chord *c, const void *message, size_t size, int fd)
{
	/* What it does not take, it is told when it has been started anew. */
	if (socket_send(c->socket, message, size, &fd, fd >= 0) == (ssize_t)size)
		return true;
	on_death(c);
	return false;
}

static void on_opened(void *user, int fd, const struct err *err)
{
	struct usb_chord *c = user;
	bool bus = !c->opening.input[0];
	const struct chord_message m = {.magic = CHORD_MAGIC,
	        .order = bus ? CHORD_ADD_BUS : CHORD_ADD_INPUT,
	        .busnum = c->opening.busnum,
	        .ring = bus ? CHORD_RING : 0};

	c->open = NULL;
	/* Unplugged in between, or not this user's to open: it is not watched. */
	if (err && !c->vms->env.session && err->number != -ENODEV && err->number != -ENOENT)
		log_warning(_("not watched for the key combination: %s"), err->message);
	if (err || tell(c, &m, CHORD_MESSAGE_MIN, fd))
		open_next(c);
	close_fd(&fd);
}

static void tell_no_usbmon(struct usb_chord *c, const char *node)
{
	if (c->told_no_usbmon)
		return;
	c->told_no_usbmon = true;
	log_warning(
	        _("/dev/%s is not there: the kernel module usbmon is not loaded, so that a "
	          "keyboard or pad that a VM has cannot call the USB devices back (those that the "
	          "host keeps can). Load it: modprobe usbmon; systemctl restart playthroughd "
	          "(games go on) (%s)"),
	        node, code_text(CODE_USB_NO_MONITOR));
}

/* The buses of what VMs have. What a session has no right to, it does not ask for. */
static void list_buses(struct usb_chord *c, struct chord_node **list, size_t *n)
{
	for (size_t i = 0; i < c->n_given && !c->vms->env.session; i++) {
		struct chord_node node = {.busnum = c->given[i].busnum};
		cleanup_free char *path = NULL;

		if (!c->given[i].watched)
			continue;
		snprintf(node.name, sizeof(node.name), "usbmon%u", node.busnum);
		path = xasprintf("/sys/class/usbmon/%s", node.name);
		if (root_exists(&c->vms->root, path))
			*list_append(*list, *n) = node;
		else
			tell_no_usbmon(c, node.name);
	}
}

static const char *key_of(const struct chord_node *node)
{
	return node->input[0] ? node->input : node->name;
}

/* Forgets inputs that are gone: their numbers never come again. A bus stays watched until the program stops. */
static void forget_gone(struct usb_chord *c, const struct chord_node *list, size_t n)
{
	struct strv kept = {0};

	strv_foreach (key, &c->nodes) {
		bool there = starts_with(*key, "usbmon");

		for (size_t i = 0; i < n && !there; i++)
			there = streq(*key, key_of(&list[i]));
		if (there)
			strv_add(&kept, *key);
	}
	strv_finish(&c->nodes);
	c->nodes = kept;
}

static void open_next(struct usb_chord *c)
{
	cleanup_free struct chord_node *list = NULL;
	struct err err;
	size_t n = 0;

	chord_nodes_list(&c->vms->root, &list, &n);
	list_buses(c, &list, &n);
	forget_gone(c, list, n);
	for (size_t i = 0; i < n && !c->open && c->socket >= 0; i++) {
		if (strv_has(&c->nodes, key_of(&list[i])))
			continue;
		strv_add(&c->nodes, key_of(&list[i]));
		c->opening = list[i];
		if (vms_act(c->vms, ACT_CHORD, &c->opening, ACT_MS, on_opened, c, &c->open, &err) <
		        0)
			log_error(&err, "%s", c->opening.name);
	}
}

/* Its interfaces may still be on their way: one that has none is looked at again the next time. */
static void give(struct usb_chord *c, const char *sysname, unsigned busnum, unsigned devnum)
{
	struct chord_given *given = find_given(c, busnum, devnum);
	cleanup_free char *facts = NULL;
	size_t size, n, at = 0;

	if (given && given->watched)
		return;
	facts = chord_facts_load(&c->vms->root, c->folder, sysname, devnum, &size);
	if (!given)
		given = list_append(c->given, c->n_given);
	given->busnum = busnum;
	given->devnum = devnum;
	for (unsigned i = 0; facts && i < INTERFACES_MAX; i++) {
		n = chord_facts_next(facts + at, size - at);
		if (!n || !tell(c, facts + at, n, -1)) /* which may have forgotten all */
			return;
		given->watched = true;
		at += n;
	}
}

static void give_new(struct usb_chord *c)
{
	for (const struct vm *vm = c->vms->list; vm; vm = vm->next) {
		for (size_t i = 0; is_running(vm) && i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			if (c->socket >= 0)
				give(c, u->sysname, u->busnum, u->devnum);
		}
		for (size_t i = 0; i < vm->journal.n_inputs && c->socket >= 0; i++) {
			const struct journal_input *input = &vm->journal.inputs[i];

			if (is_shared(vm, input) && input->usb)
				give(c, input->usb, input->busnum, input->devnum);
		}
	}
}

static void drop_old(struct usb_chord *c)
{
	for (size_t i = c->n_given; i-- > 0 && c->socket >= 0;) {
		const struct chord_given *g = &c->given[i];
		const struct chord_message m = {.magic = CHORD_MAGIC,
		        .order = CHORD_DROP_DEVICE,
		        .busnum = g->busnum,
		        .devnum = g->devnum};

		if (find_attached(c->vms, g->busnum, g->devnum) ||
		        is_shared_device(c->vms, g->busnum, g->devnum))
			continue;
		c->given[i] = c->given[--c->n_given];
		if (!tell(c, &m, CHORD_MESSAGE_MIN, -1))
			return;
	}
}

/* Files of devices that no VM has any more. */
static void clear_facts(struct usb_chord *c)
{
	cleanup_strv struct strv names = {0};

	for (const struct vm *vm = c->vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++)
			strv_addf(&names, "%s-%u", vm->journal.usb[i].sysname,
			        vm->journal.usb[i].devnum);
	}
	chord_facts_clear(&c->vms->root, c->folder, &names);
}

/* --- the calls --- */

void vms_chord_refresh(struct vms *vms)
{
	struct usb_chord *c = vms->chord;

	if (!c)
		return;
	clear_facts(c);
	if (!any_attached(vms)) {
		stop_program(c);
		c->no_program = false;
		c->deaths = 0;
		return;
	}
	if (c->no_program || c->retry)
		return;
	if (c->socket < 0)
		start_program(c);
	drop_old(c);
	give_new(c);
	open_next(c);
}

void vms_chord_learn(struct vms *vms, const struct usb_device *d)
{
	if (vms->chord)
		chord_facts_keep(&vms->root, vms->chord->folder, d);
}

static bool can_see(const struct vms *vms, const struct usb_device *d)
{
	cleanup_free char *node = xasprintf("/sys/class/usbmon/usbmon%u", d->busnum);

	return vms->chord && !vms->chord->no_program && !vms->env.session &&
	       root_exists(&vms->root, node);
}

bool vms_chord_would_see(const struct vms *vms, const struct usb_device *d)
{
	return can_see(vms, d) && access(vms->chord->program, X_OK) == 0 &&
	       chord_facts_boot_keyboard(&vms->root, d->sysname);
}

bool vms_chord_sees(const struct vms *vms, const struct usb_device *d)
{
	const struct chord_given *given =
	        vms->chord ? find_given(vms->chord, d->busnum, d->devnum) : NULL;

	return given ? can_see(vms, d) && given->sees : vms_chord_would_see(vms, d);
}

void vms_chord_create(struct vms *vms)
{
	struct usb_chord *c = xcalloc(1, sizeof(*c));

	*c = (struct usb_chord){.vms = vms,
	        .program = xasprintf("%s/playthrough-chord", vms->env.libexec_dir),
	        .folder = xasprintf("%s/chord", vms->env.run_dir),
	        .socket = -1};
	vms->chord = c;
}

void vms_chord_destroy(struct vms *vms)
{
	struct usb_chord *c = take_ptr(vms->chord);

	if (!c)
		return;
	stop_program(c);
	free(c->program);
	free(c->folder);
	free(c);
}
