/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphics cards, all of them together; each one's own verdict is made in check_gpus.c. */
#include "checks.h"

#include <inttypes.h>

static void show_all(const struct check_report *report, struct check_result *r)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct pci_device *d = report->gpus[i].device;
		cleanup_free char *source = pci_source(d, "class");
		cleanup_free char *name = pci_describe(d);

		result_evidence(r, source, "0x%06x %s", d->class_code, name);
	}
}

void check_gpu_present(const struct check_context *c, struct check_result *r)
{
	size_t n = c->report->n_gpus;

	show_all(c->report, r);
	if (n) {
		result_pass(r, ngettext("%zu graphics card", "%zu graphics cards", n), n);
		return;
	}
	if (!c->host->pci.n || c->host->pci.n_unreadable) {
		result_evidence(r, "/sys/bus/pci/devices", "%zu functions, %zu more not readable",
		        c->host->pci.n, c->host->pci.n_unreadable);
		result_unknown(r, CODE_NONE,
		        _("which PCI devices this PC has is not told, so neither is whether a "
		          "graphics "
		          "card is among them"));
		return;
	}
	result_evidence(r, "/sys/bus/pci/devices", "%zu functions, none of class 0300, 0302, 0380",
	        c->host->pci.n);
	result_fail(r, CODE_GPU_NONE, CHECK_CURE_PERSON, _("this PC has no graphics card on PCI"));
	result_fix(r, _("Passthrough needs a graphics card: put one in, or switch it on in the "
	                "firmware setup."));
}

static void show_boot_display(const struct check_report *report, struct check_result *r)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct check_gpu *gpu = &report->gpus[i];
		cleanup_free char *source = pci_source(gpu->device, "boot_vga");

		if (gpu->device->boot_vga >= 0)
			result_evidence(r, source, "%d", gpu->device->boot_vga);
		else if (gpu->boot_display)
			result_evidence(r, "/sys/class/graphics", "the text console is on %s",
			        pci_addr_format(gpu->device->addr).s);
	}
}

void check_gpu_boot_display(const struct check_context *c, struct check_result *r)
{
	const struct check_report *report = c->report;
	const struct check_gpu *boot = NULL, *other = NULL;

	for (size_t i = 0; i < report->n_gpus; i++) {
		if (report->gpus[i].boot_display)
			boot = boot ? boot : &report->gpus[i];
		else
			other = other ? other : &report->gpus[i];
	}
	show_boot_display(report, r);
	if (!boot && !other) {
		result_skip(r, _("there is no graphics card"));
	} else if (!boot) {
		result_pass(r, _("no graphics card is known to carry the host's screen"));
	} else if (other) {
		result_pass(r, _("the host's screen is on %s; %s is not needed for it"),
		        pci_addr_format(boot->device->addr).s,
		        pci_addr_format(other->device->addr).s);
	} else {
		result_fail(r, CODE_GPU_ONLY_BOOT, CHECK_CURE_PERSON,
		        report->n_gpus == 1
		                ? _("the only graphics card, %s, is the host's own screen")
		                : _("every graphics card is a screen of the host, %s too"),
		        pci_addr_format(boot->device->addr).s);
		result_fix(r, _("Switch on the processor's graphics in the firmware setup and make "
		                "it the first display, or add a second card (a cheap one will do "
		                "for the host)."));
	}
}

/* Checks that look at the cards to give away; at all cards where there is none. */
static bool concerns(const struct check_report *report, const struct check_gpu *gpu)
{
	return gpus_count_candidates(report) == 0 || gpu_is_candidate(gpu);
}

enum reset { RESET_OWN, RESET_BUS, RESET_OLD_KERNEL, RESET_NONE };

static enum reset reset_of(const struct pci_device *d)
{
	if (d->reset_method && *d->reset_method)
		return streq(d->reset_method, "bus") ? RESET_BUS : RESET_OWN;
	return !d->reset_method && d->reset ? RESET_OLD_KERNEL : RESET_NONE;
}

static void show_reset(const struct pci_device *d, struct check_result *r)
{
	cleanup_free char *source = pci_source(d, d->reset_method ? "reset_method" : "reset");

	if (d->reset_method)
		result_evidence(r, source, "%s", *d->reset_method ? d->reset_method : "(empty)");
	else
		result_evidence(r, source, d->reset ? "present" : "absent");
}

void check_gpu_reset(const struct check_context *c, struct check_result *r)
{
	size_t count[RESET_NONE + 1] = {0}, n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];

		if (!concerns(c->report, gpu))
			continue;
		show_reset(gpu->device, r);
		count[reset_of(gpu->device)]++;
		n++;
	}
	if (n == 0) {
		result_skip(r, _("there is no graphics card"));
	} else if (count[RESET_NONE] == n) {
		result_warn(r, CODE_GPU_RESET,
		        _("the kernel knows no way to reset the card: it may work once for each "
		          "start of the PC"));
		result_fix(r, _("Try it with a test drive, twice. Another slot can help: behind a "
		                "port of its own a card can be reset with its bus."));
	} else if (count[RESET_NONE]) {
		result_warn(r, CODE_GPU_RESET, _("%zu of %zu cards cannot be reset by the kernel"),
		        count[RESET_NONE], n);
		result_fix(r, _("Give away a card that can; see the graphics cards below."));
	} else if (count[RESET_OLD_KERNEL]) {
		result_unknown(r, CODE_NONE,
		        _("it can be reset, but this kernel does not tell how (reset_method came "
		          "with 5.15)"));
	} else if (count[RESET_BUS]) {
		result_pass(r, _("it can be reset with its bus"));
	} else {
		result_pass(r, _("it can be reset by itself"));
	}
}

void check_gpu_rom(const struct check_context *c, struct check_result *r)
{
	size_t without = 0, n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		cleanup_free char *source = pci_source(d, "resource");

		/* Class 0302 draws on no screen of its own and needs no ROM. */
		if (!concerns(c->report, &c->report->gpus[i]) || d->class_code >> 8 == 0x0302)
			continue;
		result_evidence(r, source, "ROM %" PRIu64 " KiB", d->rom_size >> 10);
		without += d->rom_size == 0;
		n++;
	}
	if (n == 0) {
		result_skip(r, _("no graphics card with a screen of its own"));
	} else if (without) {
		result_warn(r, CODE_GPU_ROM,
		        _("%zu of %zu cards show no ROM: dark until the guest's driver starts"),
		        without, n);
		result_fix(r, _("Usual for processor graphics. Where a game VM stays dark, give "
		                "the profile a romfile= read from the card."));
	} else {
		result_pass(r, _("the card brings its own ROM"));
	}
}

static bool large(const struct pci_bar *bar)
{
	return bar->is_64bit && bar->prefetchable && !bar->io && bar->size >= (uint64_t)256 << 20;
}

void check_above_4g(const struct check_context *c, struct check_result *r)
{
	size_t above = 0, below = 0;

	for (size_t i = 0; i < c->host->pci.n; i++) {
		const struct pci_device *d = &c->host->pci.list[i];
		cleanup_free char *source = pci_source(d, "resource");

		for (size_t k = 0; k < ARRAY_SIZE(d->bar); k++) {
			const struct pci_bar *bar = &d->bar[k];
			bool high = bar->size && !bar->io && bar->address >> 32;

			if (!high && !(large(bar) && pci_is_gpu(d)))
				continue;
			/* One of each kind is evidence enough; all that graphics cards have is shown. */
			if (pci_is_gpu(d) || (high && !above))
				result_evidence(r, source, "BAR %zu: %" PRIu64 " KiB at %#" PRIx64,
				        k, bar->size >> 10, bar->address);
			above += high;
			below += !high;
		}
	}
	if (above) {
		result_pass(r, _("memory of devices is mapped above 4 GiB"));
	} else if (below) {
		result_warn(r, CODE_FW_ABOVE_4G,
		        _("all graphics memory is mapped below 4 GiB: Resizable BAR and large "
		          "cards will not fit"));
		result_fix(r, _("In the firmware setup switch on \"Above 4G Decoding\" (and "
		                "Resizable BAR); games run without."));
	} else {
		result_skip(r, _("no device here has memory large enough to show whether 4 GiB can "
		                 "be crossed"));
	}
}

void check_uefi(const struct check_context *c, struct check_result *r)
{
	const struct firmware *firmware = &c->host->firmware;

	result_evidence(r, "/sys/firmware/efi", firmware->uefi ? "present" : "absent");
	if (firmware->uefi && firmware->secure_boot != SECURE_BOOT_UNKNOWN)
		result_evidence(r,
		        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		        firmware->secure_boot == SECURE_BOOT_ON ? "on" : "off");
	if (firmware->uefi) {
		result_pass(r, firmware->secure_boot == SECURE_BOOT_ON
		                       ? _("started through UEFI, Secure Boot on")
		                       : _("started through UEFI"));
	} else if (c->host->cpu.hypervisor) {
		result_skip(r, _("a virtual machine without UEFI"));
	} else {
		result_warn(r, CODE_FW_LEGACY, _("started in legacy BIOS mode"));
		result_fix(r, _("Works for most cards. If a passed card stays dark, install the "
		                "host in UEFI mode (CSM off)."));
	}
}
