/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves that an xHCI controller reads and writes our memory: a No-Op command and its event.
 * Section numbers are those of the eXtensible Host Controller Interface specification, 1.2.
 */
#include "xhci.h"

#include <string.h>

#include "dma.h"
#include "util.h"

#define CLASS_XHCI 0x0c0330

/* 5.3, capability registers */
#define HCSPARAMS1 0x04
#define HCSPARAMS2 0x08
#define HCCPARAMS1 0x10
#define DBOFF      0x14
#define RTSOFF     0x18
/* 5.4, operational registers */
#define USBCMD        0x00
#define CMD_RUN       0x0001
#define CMD_RESET     0x0002
#define USBSTS        0x04
#define STS_HALTED    0x0001
#define STS_ERROR     0x0004
#define STS_NOT_READY 0x0800
#define CRCR          0x18
#define DCBAAP        0x30
#define CONFIG        0x38
/* 5.5, runtime registers of interrupter 0 */
#define ERSTSZ 0x28
#define ERSTBA 0x30
#define ERDP   0x38

#define TRB_CYCLE              1u
#define TRB_TYPE(trb)          ((trb).control >> 10 & 0x3f)
#define TRB_NO_OP_COMMAND      (23u << 10)
#define TRB_COMMAND_COMPLETION 33
#define COMPLETION_SUCCESS     1
#define EVENTS                 (DMA_PAGE_SIZE / sizeof(struct trb))

struct trb {
	uint64_t parameter;
	uint32_t status, control;
};

struct controller {
	struct probe *probe;
	struct pci_bar bar;
	size_t operational, runtime, doorbells;
	struct dma_page contexts, commands, events, segments;
};

static uint32_t read_operational(const struct controller *xhci, size_t offset)
{
	return pci_read32(&xhci->bar, xhci->operational + offset);
}

static void write64(struct controller *xhci, size_t offset, uint64_t value)
{
	pci_write32(&xhci->bar, offset, (uint32_t)value);
	pci_write32(&xhci->bar, offset + 4, (uint32_t)(value >> 32));
}

/* Waits until the register's bits under mask are value; false after the time is up. */
static bool wait_for(const struct controller *xhci, size_t offset, uint32_t mask, uint32_t value)
{
	int64_t end = guest_now_ms() + 3000;

	while ((read_operational(xhci, offset) & mask) != value) {
		if (guest_now_ms() > end)
			return false;
		guest_sleep_ms(1);
	}
	return true;
}

/* 4.2: a halted controller is reset, and is ready when CNR goes. */
static bool reset(struct controller *xhci)
{
	pci_write32(&xhci->bar, xhci->operational + USBCMD, 0);
	if (!wait_for(xhci, USBSTS, STS_HALTED, STS_HALTED))
		return false;
	pci_write32(&xhci->bar, xhci->operational + USBCMD, CMD_RESET);
	return wait_for(xhci, USBCMD, CMD_RESET, 0) && wait_for(xhci, USBSTS, STS_NOT_READY, 0);
}

/* 4.20: a controller may want pages for itself; their list is entry 0 of the context array. */
static int give_scratchpads(struct controller *xhci, bool low)
{
	uint32_t parameters = pci_read32(&xhci->bar, HCSPARAMS2);
	uint32_t count = (parameters >> 21 & 0x1f) << 5 | parameters >> 27;
	struct dma_page list, page;
	int result;

	if (count == 0)
		return 0;
	if (count > DMA_PAGE_SIZE / sizeof(uint64_t))
		count = DMA_PAGE_SIZE / sizeof(uint64_t);
	result = dma_page_get(&list, low);
	for (uint32_t i = 0; result == 0 && i < count; i++) {
		result = dma_page_get(&page, low);
		((uint64_t *)list.memory)[i] = page.physical;
	}
	((uint64_t *)xhci->contexts.memory)[0] = list.physical;
	return result;
}

static int give_memory(struct controller *xhci)
{
	bool low = !(pci_read32(&xhci->bar, HCCPARAMS1) & 1);
	struct dma_page *const pages[] = {
	        &xhci->contexts, &xhci->commands, &xhci->events, &xhci->segments};

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		int result = dma_page_get(pages[i], low);

		if (result < 0)
			return result;
	}
	return give_scratchpads(xhci, low);
}

/* 4.2 and 4.9.4: where the rings are. The event ring has one segment, one page. */
static void set_up(struct controller *xhci)
{
	uint64_t *segment = xhci->segments.memory;

	segment[0] = xhci->events.physical;
	segment[1] = EVENTS;
	pci_write32(
	        &xhci->bar, xhci->operational + CONFIG, pci_read32(&xhci->bar, HCSPARAMS1) & 0xff);
	write64(xhci, xhci->operational + DCBAAP, xhci->contexts.physical);
	write64(xhci, xhci->operational + CRCR, xhci->commands.physical | TRB_CYCLE);
	pci_write32(&xhci->bar, xhci->runtime + ERSTSZ, 1);
	write64(xhci, xhci->runtime + ERDP, xhci->events.physical);
	write64(xhci, xhci->runtime + ERSTBA, xhci->segments.physical);
}

/* Waits for the command's event; port changes and the like may come before it. */
static bool wait_for_event(struct controller *xhci, struct trb *event)
{
	volatile struct trb *events = xhci->events.memory;
	int64_t end = guest_now_ms() + 3000;
	size_t at = 0;

	while (guest_now_ms() < end && at < EVENTS) {
		if (!(events[at].control & TRB_CYCLE)) {
			guest_sleep_ms(1);
			continue;
		}
		*event = events[at++];
		if (TRB_TYPE(*event) == TRB_COMMAND_COMPLETION)
			return true;
	}
	return false;
}

static void tell_nothing_came(struct controller *xhci)
{
	probe_result(xhci->probe, "dma", PROBE_FAIL,
	        "a No-Op command brought no event in memory within 3 s (USBCMD %08x, USBSTS "
	        "%08x%s, "
	        "CRCR %08x, first word of the event ring %08x): the controller does not reach the "
	        "guest's memory",
	        read_operational(xhci, USBCMD), read_operational(xhci, USBSTS),
	        read_operational(xhci, USBSTS) & STS_ERROR ? ", host system error" : "",
	        read_operational(xhci, CRCR),
	        ((volatile struct trb *)xhci->events.memory)->control);
}

static void run_no_op(struct controller *xhci)
{
	volatile struct trb *command = xhci->commands.memory;
	struct trb event;

	pci_write32(&xhci->bar, xhci->operational + USBCMD, CMD_RUN);
	if (!wait_for(xhci, USBSTS, STS_HALTED, 0)) {
		probe_result(xhci->probe, "dma", PROBE_FAIL,
		        "the controller does not start (USBSTS %08x)",
		        read_operational(xhci, USBSTS));
		return;
	}
	command->control = TRB_NO_OP_COMMAND | TRB_CYCLE;
	pci_write32(&xhci->bar, xhci->doorbells, 0);
	if (!wait_for_event(xhci, &event))
		tell_nothing_came(xhci);
	else if (event.parameter != xhci->commands.physical ||
	         event.status >> 24 != COMPLETION_SUCCESS)
		probe_result(xhci->probe, "dma", PROBE_FAIL,
		        "the event of a No-Op command is wrong: completion code %u, command at "
		        "%#lx, "
		        "expected 1 and %#lx",
		        event.status >> 24, (unsigned long)event.parameter,
		        (unsigned long)xhci->commands.physical);
	else
		probe_result(xhci->probe, "dma", PROBE_PASS,
		        "read a No-Op command from memory at %#lx and wrote its completion event "
		        "(code "
		        "%u) to %#lx",
		        (unsigned long)xhci->commands.physical, event.status >> 24,
		        (unsigned long)xhci->events.physical);
}

static void test_controller(struct controller *xhci)
{
	int result;

	xhci->operational = pci_read8(&xhci->bar, 0);
	xhci->doorbells = pci_read32(&xhci->bar, DBOFF) & ~3u;
	xhci->runtime = pci_read32(&xhci->bar, RTSOFF) & ~31u;
	probe_waiting(xhci->probe, "dma", "the controller's reset");
	if (!reset(xhci)) {
		probe_result(xhci->probe, "dma", PROBE_FAIL,
		        "the controller does not come out of reset within 3 s (USBCMD %08x, USBSTS "
		        "%08x)",
		        read_operational(xhci, USBCMD), read_operational(xhci, USBSTS));
		return;
	}
	result = give_memory(xhci);
	if (result < 0) {
		probe_result(xhci->probe, "dma", PROBE_NOT_TESTABLE,
		        "no memory that the controller can address: %s", strerror(-result));
		return;
	}
	set_up(xhci);
	probe_waiting(xhci->probe, "dma", "the event of a No-Op command");
	run_no_op(xhci);
	reset(xhci);
}

void xhci_test_dma(struct probe *probe)
{
	struct controller xhci = {.probe = probe};
	char driver[64];
	bool had_driver = pci_driver(probe->address, driver, sizeof driver);
	int result;

	if (pci_attribute(probe->address, "class") != CLASS_XHCI)
		return;
	if (!probe_take_device(probe, "dma"))
		return;
	result = pci_bar_map(probe->address, 0, true, &xhci.bar);
	if (result == 0) {
		test_controller(&xhci);
		pci_bar_unmap(probe->address, &xhci.bar);
	} else {
		probe_bar_refused(probe, "dma", 0, result);
	}
	if (had_driver)
		pci_rebind(probe->address);
}
