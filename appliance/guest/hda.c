/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of an audio function (High Definition Audio).
 * Section numbers are those of the High Definition Audio specification, revision 1.0a.
 */
#include "hda.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "dma.h"
#include "interrupts.h"
#include "util.h"

#define CLASS_HDA 0x0403

/* 3.3, global registers */
#define GCAP       0x00
#define GCTL       0x08
#define GCTL_RUN   0x01
#define STATESTS   0x0e
#define INTCTL     0x20
#define CORBLBASE  0x40
#define CORBUBASE  0x44
#define CORBWP     0x48
#define CORBRP     0x4a
#define CORBRP_RST 0x8000
#define CORBCTL    0x4c
#define CORB_RUN   0x02
#define CORBSIZE   0x4e
#define RIRBLBASE  0x50
#define RIRBUBASE  0x54
#define RIRBWP     0x58
#define RIRBWP_RST 0x8000
#define RINTCNT    0x5a
#define RIRBCTL    0x5c
#define RIRB_RUN   0x03 /* DMA, and the mark of an answer in RIRBSTS */
#define RIRBSTS    0x5d
#define RIRB_MARKS 0x05
#define RIRBSIZE   0x5e

#define CODECS         15
#define VERB_VENDOR_ID 0xf0000u /* 7.3.3.1: Get Parameter 0 of node 0 */
#define NOTHING        0xffffffffu

struct controller {
	struct probe *probe;
	struct pci_bar bar;
	struct dma_page corb, rirb;
	unsigned corb_entries, rirb_entries;
};

static bool wait_state(const struct controller *hda, uint32_t state)
{
	int64_t end = guest_now_ms() + 2000;

	while ((pci_read32(&hda->bar, GCTL) & GCTL_RUN) != state) {
		if (guest_now_ms() > end)
			return false;
		guest_sleep_ms(1);
	}
	return true;
}

/* 4.3: reset, then codecs tell of themselves within 521 us. */
static bool reset(struct controller *hda)
{
	pci_write8(&hda->bar, CORBCTL, 0);
	pci_write8(&hda->bar, RIRBCTL, 0);
	pci_write32(&hda->bar, GCTL, 0);
	if (!wait_state(hda, 0))
		return false;
	guest_sleep_ms(1);
	pci_write32(&hda->bar, GCTL, GCTL_RUN);
	if (!wait_state(hda, GCTL_RUN))
		return false;
	guest_sleep_ms(5);
	return true;
}

/* 3.3.24: the low bits choose the size, the high bits say which sizes there are. */
static unsigned choose_size(struct controller *hda, size_t offset)
{
	uint8_t sizes = pci_read8(&hda->bar, offset) >> 4;
	uint8_t choice = sizes & 4 ? 2 : sizes & 2 ? 1 : 0;

	pci_write8(&hda->bar, offset, choice);
	return choice == 2 ? 256 : choice == 1 ? 16 : 2;
}

/* The read pointer's reset bit must be seen set and then clear; some controllers do not show it. */
static void reset_pointers(struct controller *hda)
{
	pci_write16(&hda->bar, CORBWP, 0);
	pci_write16(&hda->bar, CORBRP, CORBRP_RST);
	guest_sleep_ms(1);
	pci_write16(&hda->bar, CORBRP, 0);
	guest_sleep_ms(1);
	pci_write16(&hda->bar, RIRBWP, RIRBWP_RST);
}

static int set_up(struct controller *hda)
{
	bool low = !(pci_read16(&hda->bar, GCAP) & 1);
	int result = dma_page_get(&hda->corb, low);

	if (result == 0)
		result = dma_page_get(&hda->rirb, low);
	if (result < 0)
		return result;
	memset(hda->rirb.memory, 0xff, DMA_PAGE_SIZE);
	pci_write32(&hda->bar, INTCTL, 0);
	hda->corb_entries = choose_size(hda, CORBSIZE);
	hda->rirb_entries = choose_size(hda, RIRBSIZE);
	pci_write32(&hda->bar, CORBLBASE, (uint32_t)hda->corb.physical);
	pci_write32(&hda->bar, CORBUBASE, (uint32_t)(hda->corb.physical >> 32));
	pci_write32(&hda->bar, RIRBLBASE, (uint32_t)hda->rirb.physical);
	pci_write32(&hda->bar, RIRBUBASE, (uint32_t)(hda->rirb.physical >> 32));
	reset_pointers(hda);
	pci_write16(&hda->bar, RINTCNT, 0xff);
	pci_write8(&hda->bar, RIRBCTL, RIRB_RUN);
	pci_write8(&hda->bar, CORBCTL, CORB_RUN);
	return 0;
}

/* Sends verb number n (from 1) and waits for answer number n in memory; false if none comes. */
static bool ask(struct controller *hda, unsigned n, uint32_t verb, uint32_t *answer)
{
	volatile uint32_t *corb = hda->corb.memory;
	volatile uint32_t *rirb = hda->rirb.memory;
	unsigned slot = n % hda->rirb_entries;
	int64_t end = guest_now_ms() + 1000;

	rirb[slot * 2] = rirb[slot * 2 + 1] = NOTHING;
	corb[n % hda->corb_entries] = verb;
	pci_write16(&hda->bar, CORBWP, (uint16_t)(n % hda->corb_entries));
	while (rirb[slot * 2 + 1] == NOTHING && guest_now_ms() < end)
		guest_sleep_ms(1);
	/* A controller may count answers until the mark is taken; INTCTL keeps it from interrupting. */
	pci_write8(&hda->bar, RIRBSTS, RIRB_MARKS);
	*answer = rirb[slot * 2];
	return rirb[slot * 2 + 1] != NOTHING;
}

static void tell_no_answer(struct controller *hda, unsigned codec, uint16_t present)
{
	probe_result(hda->probe, "dma", PROBE_FAIL,
	        "codec %u (STATESTS %04x) was asked for its vendor and no answer came in memory "
	        "within "
	        "1 s (CORBWP %04x, CORBRP %04x, RIRBWP %04x, GCTL %08x): the controller does not "
	        "reach "
	        "the guest's memory",
	        codec, present, pci_read16(&hda->bar, CORBWP), pci_read16(&hda->bar, CORBRP),
	        pci_read16(&hda->bar, RIRBWP), pci_read32(&hda->bar, GCTL));
}

static void ask_codecs(struct controller *hda, uint16_t present)
{
	char found[160] = "";
	unsigned asked = 0;

	for (unsigned codec = 0; codec < CODECS; codec++) {
		uint32_t answer;

		if (!(present >> codec & 1))
			continue;
		if (!ask(hda, ++asked, codec << 28 | VERB_VENDOR_ID, &answer)) {
			tell_no_answer(hda, codec, present);
			return;
		}
		if (answer == 0 || answer == NOTHING) {
			probe_result(hda->probe, "dma", PROBE_FAIL,
			        "codec %u answered %08x, which is no vendor", codec, answer);
			return;
		}
		guest_append(found, sizeof found, "%scodec %u is %04x:%04x", asked > 1 ? ", " : "",
		        codec, answer >> 16, answer & 0xffff);
	}
	probe_result(hda->probe, "dma", PROBE_PASS,
	        "verbs read from memory and answers written to memory: %s", found);
}

static void test_controller(struct controller *hda)
{
	uint16_t present;
	int result;

	probe_waiting(hda->probe, "dma", "the controller's reset");
	if (!reset(hda)) {
		probe_result(hda->probe, "dma", PROBE_FAIL,
		        "the controller does not come out of reset within 2 s (GCTL %08x)",
		        pci_read32(&hda->bar, GCTL));
		return;
	}
	present = pci_read16(&hda->bar, STATESTS);
	if ((present & 0x7fff) == 0) {
		probe_result(hda->probe, "dma", PROBE_NOT_TESTABLE,
		        "no codec tells of itself (STATESTS %04x), so there is nobody to ask",
		        present);
		return;
	}
	result = set_up(hda);
	if (result < 0) {
		probe_result(hda->probe, "dma", PROBE_NOT_TESTABLE,
		        "no memory that the controller can address: %s", strerror(-result));
		return;
	}
	probe_waiting(hda->probe, "dma", "a codec's answer");
	ask_codecs(hda, present);
	pci_write32(&hda->bar, GCTL, 0);
}

void hda_test_dma(struct probe *probe)
{
	struct controller hda = {.probe = probe};
	char driver[64];
	bool had_driver = pci_driver(probe->address, driver, sizeof driver);
	int result;

	if (pci_attribute(probe->address, "class") >> 8 != CLASS_HDA) {
		probe_result(probe, "dma", PROBE_NOT_TESTABLE,
		        "not a High Definition Audio controller (class %06x)",
		        pci_attribute(probe->address, "class"));
		return;
	}
	if (!probe_take_device(probe, "dma"))
		return;
	result = pci_bar_map(probe->address, 0, true, &hda.bar);
	if (result == 0) {
		test_controller(&hda);
		pci_bar_unmap(probe->address, &hda.bar);
	} else {
		probe_bar_refused(probe, "dma", 0, result);
	}
	if (had_driver)
		pci_rebind(probe->address);
}

/* Codecs that the kernel's driver found. */
static int codecs_found(const char *address)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int count = 0;
	DIR *folder = opendir("/sys/bus/hdaudio/devices");

	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof path, "/sys/bus/hdaudio/devices/%.64s", entry->d_name);
		count += entry->d_name[0] != '.' && pci_owns(address, path);
	}
	if (folder)
		closedir(folder);
	return count;
}

static void test_interrupt(struct probe *probe)
{
	int64_t end = guest_now_ms() + 5000;
	struct interrupts seen;
	int codecs;

	probe_waiting(probe, "interrupt", "the driver to talk with a codec");
	do {
		guest_sleep_ms(50);
		interrupts_of(probe->address, &seen);
		codecs = codecs_found(probe->address);
	} while ((seen.count == 0 || codecs == 0) && guest_now_ms() < end);
	if (seen.shared)
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE,
		        "its line is shared, so that %lu interrupts on %s may be another device's",
		        seen.count, seen.text);
	else if (seen.count > 0)
		probe_result(probe, "interrupt", PROBE_PASS,
		        "%lu interrupts on %s; the driver found %d codecs", seen.count, seen.text,
		        codecs);
	else if (codecs == 0 && !probe->codec_seen)
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE,
		        "no codec tells of itself, so nothing makes the controller interrupt");
	else
		probe_result(probe, "interrupt", PROBE_FAIL,
		        "the driver asked the codecs (%d found) and no interrupt came within 5 s "
		        "(%s)",
		        codecs, seen.lines ? seen.text : "no interrupt line");
}

void hda_test_driver(struct probe *probe)
{
	char driver[64];

	if (!pci_driver(probe->address, driver, sizeof driver)) {
		probe_result(probe, "driver", PROBE_FAIL,
		        "no driver took the controller; the kernel's log says why");
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE, "no driver");
		return;
	}
	probe_result(probe, "driver", PROBE_PASS, "%s", driver);
	test_interrupt(probe);
}
