/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests from plan to report, in stages, so that each device is tested first without its driver
 * and then with it. Within a stage all devices are tested at once, each in a process of its own.
 */
#include "guest.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <fcntl.h>
#include <unistd.h>

#include "disk.h"
#include "display.h"
#include "hda.h"
#include "hypervisor.h"
#include "loader.h"
#include "memory.h"
#include "plan.h"
#include "power.h"
#include "present.h"
#include "processors.h"
#include "report.h"
#include "rom.h"
#include "summary.h"
#include "task.h"
#include "usb.h"
#include "usbhost.h"
#include "util.h"
#include "xhci.h"

#define PLAN_FILE        "/sys/firmware/qemu_fw_cfg/by_name/opt/org.playthrough/testplan/raw"
#define FONT_FILE        "/font.psf"
#define BARE_LIMIT_MS    20000
#define LOAD_LIMIT_MS    90000 /* a guest in a guest on a busy PC takes half of that */
#define DRIVEN_LIMIT_MS  40000
#define SETTLE_MS        2500
#define REDRAW_MS        200
#define PICTURE_LIMIT_MS 5000
#define NO_ITEM          SIZE_MAX
#define FDS_MAX          (3 + 1 + POWER_INPUTS_MAX + PLAN_ITEMS_MAX)

enum stage {
	STAGE_BARE,    /* devices without driver */
	STAGE_ROM,     /* their ROMs, while nobody else switches them on and off */
	STAGE_LOAD,    /* drivers are loaded */
	STAGE_SETTLE,  /* no plan: disks turn up */
	STAGE_DRIVEN,  /* devices with driver */
	STAGE_PICTURE, /* the screens get the last result */
	STAGE_LIVE,    /* all is told; USB and the power button are watched */
};

struct guest {
	enum stage stage;
	int64_t stage_ms;
	bool planned;
	struct plan plan;
	struct report report;
	struct usb_watch usb;
	struct power power;
	struct summary summary;
	struct task tasks[PLAN_ITEMS_MAX];
	size_t task_count, next_rom;
	bool codec_seen[PLAN_ITEMS_MAX], absent[PLAN_ITEMS_MAX];
	struct display_job display;
	int64_t drawn_ms;
	bool redraw;
};

static void tell_problem(struct guest *guest, const char *detail)
{
	struct json json;

	report_begin(&guest->report, &json, "problem");
	json_string(&json, "detail", detail);
	report_add(&guest->report, &json, false);
}

static void say_hello(struct guest *guest)
{
	struct utsname system;
	struct json json;
	char nonce[20];

	uname(&system);
	snprintf(nonce, sizeof nonce, "%016lx", (unsigned long)guest->plan.nonce);
	report_begin(&guest->report, &json, "hello");
	json_integer(&json, "schema", 1);
	json_string(&json, "kernel", system.release);
	json_string(&json, "nonce", nonce);
	report_add(&guest->report, &json, false);
	if (guest->plan.problem[0] != '\0')
		tell_problem(guest, guest->plan.problem);
}

static void tell_result(struct guest *guest, struct task *task, const struct probe_message *message)
{
	const struct plan_item *item = &guest->plan.items[task->item];
	int64_t now = guest_now_ms();
	struct json json;

	report_begin(&guest->report, &json, "result");
	json_string(&json, "device", item->name);
	json_string(&json, "kind", plan_kind_name(item->kind));
	json_string(&json, "capability", message->capability);
	json_string(&json, "status", probe_status_name(message->status));
	json_string(&json, "detail", message->detail);
	json_seconds(&json, "seconds", (double)(now - task->said_ms) / 1000);
	report_add(&guest->report, &json, false);
	task->said_ms = now;
	summary_add(&guest->summary, task->item, message);
	guest->redraw = true;
}

static void tell_done(struct guest *guest)
{
	struct json json;

	report_begin(&guest->report, &json, "done");
	json_integer(&json, "pass", guest->summary.passed);
	json_integer(&json, "fail", guest->summary.failed);
	json_integer(&json, "not_testable", guest->summary.not_testable);
	report_add(&guest->report, &json, false);
}

static void add_pci_item(const char *address, void *data)
{
	struct plan *plan = data;
	char path[PCI_PATH_SIZE];
	uint32_t class_code = pci_attribute(address, "class");

	if (!pci_path_of(address, path, sizeof path))
		return;
	if (class_code >> 16 == 0x03)
		plan_add(plan, PLAN_GPU, address, path);
	else if (class_code >> 8 == 0x0403)
		plan_add(plan, PLAN_AUDIO, address, path);
	else if (class_code >> 8 == 0x0c03)
		plan_add(plan, PLAN_USB_CONTROLLER, address, path);
	else if (class_code >> 8 == 0x0108)
		plan_add(plan, PLAN_NVME, address, path);
}

static void add_disk_item(const char *serial, void *data)
{
	char name[128];

	/* A name is one word. */
	guest_copy(name, sizeof name, serial);
	for (char *at = name; *at != '\0'; at++)
		if (*at == ' ')
			*at = '_';
	plan_add(data, PLAN_DISK, name, serial);
}

static void read_plan(struct guest *guest)
{
	static char text[32768];
	char *nonce;

	guest->planned = guest_read_text(PLAN_FILE, text, sizeof text) > 0;
	plan_parse(guest->planned ? text : "", &guest->plan);
	if (!guest->planned)
		pci_each(add_pci_item, &guest->plan);
	if (guest->plan.has_nonce || guest_read_text("/proc/cmdline", text, sizeof text) <= 0)
		return;
	nonce = strstr(text, "playthrough.nonce=");
	if (nonce)
		plan_parse_nonce(nonce + strlen("playthrough.nonce="), &guest->plan.nonce);
}

static void run_bare_pci(struct probe *probe)
{
	present_test(probe);
	if (probe->address[0] == '\0')
		return;
	if (probe->item->kind == PLAN_USB_CONTROLLER)
		xhci_test_dma(probe);
	else if (probe->item->kind == PLAN_AUDIO)
		hda_test_dma(probe);
}

static void run_bare(struct probe *probe, const void *data)
{
	(void)data;
	switch (probe->item->kind) {
	case PLAN_GPU:
	case PLAN_AUDIO:
	case PLAN_USB_CONTROLLER:
	case PLAN_NVME:
	case PLAN_PCI:
	case PLAN_DISPLAY:
		run_bare_pci(probe);
		break;
	case PLAN_PROCESSORS:
		processors_test(probe);
		break;
	case PLAN_HYPERVISOR:
		hypervisor_test(probe);
		break;
	case PLAN_MEMORY:
		memory_test(probe);
		break;
	case PLAN_ROM:
	case PLAN_DISK:
		break;
	}
}

/* What is told without any driver. A disk is nothing then. */
static bool is_bare(enum plan_kind kind)
{
	return kind != PLAN_DISK && kind != PLAN_ROM;
}

static void run_rom(struct probe *probe, const void *data)
{
	(void)data;
	rom_test(probe);
}

/* What is done when that is told: the machine is what it was. */
static bool is_driven(enum plan_kind kind)
{
	return plan_kind_is_pci(kind) || kind == PLAN_DISK;
}

static void run_load(struct probe *probe, const void *data)
{
	char problem[400];

	(void)data;
	probe_waiting(probe, "load", "the kernel's drivers to be loaded");
	loader_run(DRIVER_DEVICE, problem, sizeof problem);
	if (problem[0] != '\0')
		probe_result(probe, "load", PROBE_FAIL, "%s", problem);
}

static void run_driven(struct probe *probe, const void *data)
{
	switch (probe->item->kind) {
	case PLAN_GPU:
	case PLAN_DISPLAY:
		display_run(probe, data);
	case PLAN_AUDIO:
		hda_test_driver(probe);
		break;
	case PLAN_USB_CONTROLLER:
		usbhost_test(probe);
		break;
	case PLAN_NVME:
		disk_test_nvme(probe);
		break;
	case PLAN_PCI:
		present_test_driver(probe);
		break;
	case PLAN_DISK:
		disk_test(probe);
		break;
	case PLAN_PROCESSORS:
	case PLAN_HYPERVISOR:
	case PLAN_MEMORY:
	case PLAN_ROM:
		break;
	}
}

static void start_task(struct guest *guest, size_t item, int limit_ms, task_run_fn run)
{
	static const struct plan_item nothing;
	struct task *task = &guest->tasks[guest->task_count];
	struct probe probe = {.item = item == NO_ITEM ? &nothing : &guest->plan.items[item]};

	if (item != NO_ITEM && plan_kind_is_pci(probe.item->kind)) {
		guest->absent[item] = !pci_find(probe.item->where, probe.address);
		probe.codec_seen = guest->codec_seen[item];
	}
	if (!task_start(task, &probe, limit_ms, run, &guest->display)) {
		tell_problem(guest, "no process for a test could be made");
		return;
	}
	task->item = item;
	guest->task_count++;
}

static void enter(struct guest *guest, enum stage stage)
{
	guest->stage = stage;
	guest->stage_ms = guest_now_ms();
	guest->task_count = 0;
}

static void start_bare(struct guest *guest)
{
	enter(guest, STAGE_BARE);
	for (size_t i = 0; i < guest->plan.count; i++)
		if (is_bare(guest->plan.items[i].kind))
			start_task(guest, i, BARE_LIMIT_MS, run_bare);
}

/* One after the other: two may be of the same card. False where there is none left. */
static bool start_rom(struct guest *guest)
{
	enter(guest, STAGE_ROM);
	while (guest->next_rom < guest->plan.count) {
		size_t item = guest->next_rom++;

		if (guest->plan.items[item].kind != PLAN_ROM)
			continue;
		start_task(guest, item, BARE_LIMIT_MS, run_rom);
		return true;
	}
	return false;
}

static void start_load(struct guest *guest)
{
	enter(guest, STAGE_LOAD);
	start_task(guest, NO_ITEM, LOAD_LIMIT_MS, run_load);
}

static void start_driven(struct guest *guest)
{
	if (!guest->planned)
		disk_each(add_disk_item, &guest->plan);
	enter(guest, STAGE_DRIVEN);
	for (size_t i = 0; i < guest->plan.count; i++)
		if (is_driven(guest->plan.items[i].kind) && !guest->absent[i])
			start_task(guest, i, DRIVEN_LIMIT_MS, run_driven);
	guest->redraw = true;
}

/* Nobody is told that all is done before the pictures say it too; a card that is slow is waited for. */
static void finish_pictures(struct guest *guest)
{
	guest->stage = STAGE_PICTURE; /* not enter(): the tasks that keep the pictures live on */
	guest->stage_ms = guest_now_ms();
	guest->summary.done = true;
	guest->redraw = true;
}

static bool pictures_shown(const struct guest *guest)
{
	if (guest_now_ms() > guest->stage_ms + PICTURE_LIMIT_MS)
		return true;
	for (size_t i = 0; i < guest->task_count; i++)
		if (guest->tasks[i].fd >= 0 && guest->tasks[i].owed)
			return false;
	return !guest->redraw;
}

static void go_live(struct guest *guest)
{
	guest->stage = STAGE_LIVE;
	usb_update(&guest->usb, &guest->report, false);
	tell_done(guest);
}

static bool all_ended(const struct guest *guest)
{
	for (size_t i = 0; i < guest->task_count; i++)
		if (!guest->tasks[i].ended)
			return false;
	return true;
}

static void advance(struct guest *guest)
{
	if (!all_ended(guest))
		return;
	switch (guest->stage) {
	case STAGE_BARE:
	case STAGE_ROM:
		if (!start_rom(guest))
			start_load(guest);
		break;
	case STAGE_LOAD:
		enter(guest, STAGE_SETTLE);
		break;
	case STAGE_SETTLE:
		if (guest->planned || guest_now_ms() > guest->stage_ms + SETTLE_MS)
			start_driven(guest);
		break;
	case STAGE_DRIVEN:
		finish_pictures(guest);
		break;
	case STAGE_PICTURE:
		if (pictures_shown(guest))
			go_live(guest);
		break;
	case STAGE_LIVE:
		break;
	}
}

static void take_results(struct guest *guest)
{
	for (size_t i = 0; i < guest->task_count; i++) {
		struct task *task = &guest->tasks[i];
		struct probe_message message;

		while (task_next_result(task, &message)) {
			if (task->item == NO_ITEM) {
				tell_problem(guest, message.detail);
				continue;
			}
			if (strcmp(message.capability, "dma") == 0)
				guest->codec_seen[task->item] =
				        message.status != PROBE_NOT_TESTABLE;
			tell_result(guest, task, &message);
		}
	}
}

static bool send_text(struct task *task, const char *text)
{
	bool sent = send(task->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;

	task->owed += sent;
	return sent;
}

/* Sends the words to the processes that keep the pictures; one that is busy gets them later. */
static void draw(struct guest *guest)
{
	static char text[DISPLAY_TEXT_MAX];
	bool all = true;

	if (guest->stage < STAGE_DRIVEN || !guest->redraw ||
	        guest_now_ms() < guest->drawn_ms + REDRAW_MS)
		return;
	guest->drawn_ms = guest_now_ms();
	summary_text(&guest->summary, &guest->plan, &guest->usb, text, sizeof text);
	for (size_t i = 0; i < guest->task_count; i++) {
		enum plan_kind kind = guest->plan.items[guest->tasks[i].item].kind;

		if ((kind == PLAN_GPU || kind == PLAN_DISPLAY) && guest->tasks[i].fd >= 0)
			all &= send_text(&guest->tasks[i], text);
	}
	guest->redraw = !all;
}

static void wait_for_events(struct guest *guest)
{
	struct pollfd fds[FDS_MAX];
	size_t count = report_poll_fds(&guest->report, fds);
	bool busy = guest->stage != STAGE_LIVE || guest->redraw || guest->report.port.fd < 0;

	count += power_poll_fds(&guest->power, fds + count);
	fds[count++] = (struct pollfd){.fd = guest->usb.netlink, .events = POLLIN};
	for (size_t i = 0; i < guest->task_count; i++)
		if (guest->tasks[i].fd >= 0)
			fds[count++] = (struct pollfd){.fd = guest->tasks[i].fd, .events = POLLIN};
	poll(fds, count, busy ? 50 : 1000);
}

/* One turn of the loop; returns why to switch off, or NULL. */
static const char *turn(struct guest *guest)
{
	wait_for_events(guest);
	report_find_port(&guest->report);
	if (report_serve(&guest->report))
		return "the host asked for it";
	if (power_pressed(&guest->power))
		return "the power button was pressed";
	if (usb_take_messages(&guest->usb) || guest->stage != STAGE_LIVE) {
		power_update(&guest->power);
		guest->redraw |=
		        usb_update(&guest->usb, &guest->report, guest->stage == STAGE_LIVE);
	}
	take_results(guest);
	advance(guest);
	draw(guest);
	return NULL;
}

static void load_font(struct display_job *job)
{
	int fd = open(FONT_FILE, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *data;

	if (fd < 0 || fstat(fd, &status) < 0)
		abort();
	data = malloc((size_t)status.st_size);
	if (!data || read(fd, data, (size_t)status.st_size) != status.st_size)
		abort();
	close(fd);
	job->font_data = data;
	job->font_size = (size_t)status.st_size;
}

const char *guest_run(void)
{
	static struct guest guest;
	char problem[400];
	const char *reason = NULL;

	report_init(&guest.report);
	usb_init(&guest.usb);
	power_init(&guest.power);
	loader_run(DRIVER_CORE, problem, sizeof problem);
	read_plan(&guest);
	load_font(&guest.display);
	guest.display.nonce = guest.plan.nonce;
	report_find_port(&guest.report);
	say_hello(&guest);
	if (problem[0] != '\0')
		tell_problem(&guest, problem);
	start_bare(&guest);
	while (!reason)
		reason = turn(&guest);
	report_drain(&guest.report, 1000);
	return reason;
}
