/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests a USB controller under the kernel's driver: does it find devices, does it interrupt. */
#include "usbhost.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "interrupts.h"
#include "util.h"

#define CLASS_XHCI     0x0c0330
#define ENUMERATION_MS 8000
#define SETTLE_MS      1500

/* Ports with something plugged in, by the xHCI driver's own view; -1 where that is not to be had. */
static int connected_ports(const char *address)
{
	char path[PATH_MAX], text[256];
	struct dirent *entry;
	int connected = 0;
	DIR *folder;

	snprintf(path, sizeof path, "/sys/kernel/debug/usb/xhci/%s/ports", address);
	folder = opendir(path);
	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof path, "/sys/kernel/debug/usb/xhci/%s/ports/%.32s/portsc",
		        address, entry->d_name);
		if (guest_read_text(path, text, sizeof text) > 0)
			connected += strstr(text, " Connected") != NULL;
	}
	closedir(folder);
	return connected;
}

/* Devices on the controller's own ports whose descriptors the kernel has read. */
static int enumerated_devices(const char *address)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int count = 0;
	DIR *folder = opendir("/sys/bus/usb/devices");

	while (folder && (entry = readdir(folder))) {
		if (strpbrk(entry->d_name, ":.") || !strchr(entry->d_name, '-'))
			continue;
		snprintf(path, sizeof path, "/sys/bus/usb/devices/%.64s", entry->d_name);
		count += pci_owns(address, path);
	}
	if (folder)
		closedir(folder);
	return count;
}

struct state {
	int connected, enumerated;
	struct interrupts interrupts;
};

/* Waits until all that is plugged in was found, or for the time that a slow one may take. */
static void settle(struct probe *probe, struct state *state)
{
	int64_t start = guest_now_ms();

	probe_waiting(probe, "interrupt", "the driver to find the devices plugged in");
	for (;;) {
		int64_t elapsed = guest_now_ms() - start;

		state->connected = connected_ports(probe->address);
		state->enumerated = enumerated_devices(probe->address);
		interrupts_of(probe->address, &state->interrupts);
		if (elapsed >= ENUMERATION_MS)
			return;
		if (elapsed >= SETTLE_MS && state->connected <= state->enumerated)
			return;
		if (state->enumerated > 0 && state->connected <= state->enumerated)
			return;
		guest_sleep_ms(50);
	}
}

static void tell_interrupts(struct probe *probe, const struct state *state)
{
	const struct interrupts *seen = &state->interrupts;

	if (seen->shared)
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE,
		        "its line is shared, so that %lu interrupts on %s may be another device's",
		        seen->count, seen->text);
	else if (seen->count > 0)
		probe_result(probe, "interrupt", PROBE_PASS,
		        "%lu interrupts on %s; %d devices found on its ports", seen->count,
		        seen->text, state->enumerated);
	else if (state->connected > 0)
		probe_result(probe, "interrupt", PROBE_FAIL,
		        "%d ports have something plugged in, but no interrupt came within %d s and "
		        "%d "
		        "devices were found (%s)",
		        state->connected, ENUMERATION_MS / 1000, state->enumerated,
		        seen->lines ? seen->text : "no interrupt line");
	else
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE,
		        "nothing is plugged into this controller: plug something in and test "
		        "again");
}

/* Only where no test of the registers could be made before. */
static void tell_dma(struct probe *probe, const struct state *state)
{
	if (pci_attribute(probe->address, "class") == CLASS_XHCI)
		return;
	if (state->enumerated > 0)
		probe_result(probe, "dma", PROBE_PASS,
		        "the descriptors of %d devices were read into memory", state->enumerated);
	else
		probe_result(probe, "dma", PROBE_NOT_TESTABLE,
		        "no xHCI controller and nothing plugged in: plug something in and test "
		        "again");
}

void usbhost_test(struct probe *probe)
{
	struct state state = {0};
	char driver[64];

	if (!pci_driver(probe->address, driver, sizeof driver)) {
		probe_result(probe, "driver", PROBE_FAIL,
		        "no driver took the controller; the kernel's log says why");
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE, "no driver");
		return;
	}
	probe_result(probe, "driver", PROBE_PASS, "%s", driver);
	settle(probe, &state);
	tell_interrupts(probe, &state);
	tell_dma(probe, &state);
}
