/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests that a PCI function answers at all. */
#include "present.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define NO_ANSWER 0xffffffffu

/* The kernel's vendor attribute is a memory of the boot; the file config asks the device now. */
static uint32_t read_ids(const char *address)
{
	char path[PATH_MAX];
	uint32_t ids = NO_ANSWER;
	int fd;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", address);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ids;
	if (pread(fd, &ids, sizeof ids, 0) != sizeof ids)
		ids = NO_ANSWER;
	close(fd);
	return ids;
}

/* Registers of these devices are never all ones; a graphics card's BAR 0 may be picture memory. */
static bool has_registers_in_bar0(enum plan_kind kind)
{
	return kind == PLAN_AUDIO || kind == PLAN_USB_CONTROLLER || kind == PLAN_NVME;
}

static void tell_bar(struct probe *probe, uint32_t ids)
{
	struct pci_bar bar;
	char driver[64];
	uint32_t value;
	int result;

	if (pci_driver(probe->address, driver, sizeof driver)) {
		probe_result(probe, "present", PROBE_PASS, "%04x:%04x, in use by %s", ids & 0xffff,
		        ids >> 16, driver);
		return;
	}
	result = pci_bar_map(probe->address, 0, false, &bar);
	if (result < 0) {
		probe_result(probe, "present", PROBE_PASS, "%04x:%04x, BAR 0 not read: %s",
		        ids & 0xffff, ids >> 16,
		        result == -ENODEV  ? "it has none"
		        : result == -ENXIO ? "I/O ports"
		                           : strerror(-result));
		return;
	}
	value = pci_read32(&bar, 0);
	pci_bar_unmap(probe->address, &bar);
	if (value == NO_ANSWER && has_registers_in_bar0(probe->item->kind))
		probe_result(probe, "present", PROBE_FAIL,
		        "%04x:%04x, but its registers read ffffffff: the device does not answer",
		        ids & 0xffff, ids >> 16);
	else
		probe_result(probe, "present", PROBE_PASS, "%04x:%04x, BAR 0 reads %08x",
		        ids & 0xffff, ids >> 16, value);
}

void present_test(struct probe *probe)
{
	uint32_t ids;

	if (probe->address[0] == '\0') {
		probe_result(probe, "present", PROBE_FAIL, "no device at %s in the guest",
		        probe->item->where);
		return;
	}
	probe_waiting(probe, "present", "its configuration space and first registers");
	ids = read_ids(probe->address);
	if ((ids & 0xffff) == 0xffff)
		probe_result(probe, "present", PROBE_FAIL,
		        "its configuration space reads %08x: the device does not answer", ids);
	else
		tell_bar(probe, ids);
}

void present_test_driver(struct probe *probe)
{
	char driver[64];

	if (pci_driver(probe->address, driver, sizeof driver))
		probe_result(probe, "driver", PROBE_PASS, "%s", driver);
	else
		probe_result(probe, "driver", PROBE_NOT_TESTABLE,
		        "this guest has no driver for %04x:%04x",
		        pci_attribute(probe->address, "vendor"),
		        pci_attribute(probe->address, "device"));
}
