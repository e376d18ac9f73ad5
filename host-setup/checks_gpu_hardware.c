/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hardware of graphics cards: are they awake, has their memory found a place, what is in their ROM? */
#include "gpu.h"

#include <inttypes.h>

/* --- power --- */

static void show_power(const struct pci_device *d, struct check_result *r)
{
	cleanup_free char *power = pci_source(d, "power_state");
	cleanup_free char *status = pci_source(d, "power/runtime_status");
	cleanup_free char *allowed = pci_source(d, "d3cold_allowed");
	cleanup_free char *config = pci_source(d, "config");

	result_evidence(r, power, "%s", d->power_state ? d->power_state : "absent");
	if (d->runtime_status)
		result_evidence(r, status, "%s", d->runtime_status);
	if (d->d3cold_allowed >= 0)
		result_evidence(r, allowed, "%d", d->d3cold_allowed);
	if (d->silent)
		result_evidence(r, config, "ff ff ff ff, but %s in sysfs", pci_id(d).s);
}

static bool is_off(const struct pci_device *d)
{
	return d->power_state && streq(d->power_state, "D3cold");
}

static void say_silent(
        const struct check_context *c, const struct pci_device *d, struct check_result *r)
{
	const struct pci_addr_text address = pci_addr_format(d->addr);

	/* Another card may still do; then it is no more than a warning. */
	if (gpus_count_candidates(c->report))
		result_warn(r, CODE_GPU_SILENT, _("%s does not answer"), address.s);
	else
		result_fail(
		        r, CODE_GPU_SILENT, CHECK_CURE_PERSON, _("%s does not answer"), address.s);
	result_fix(r, _("Shut the PC down and cut its power for half a minute: a card that died in "
	                "a reset or in D3cold comes back with that alone. If it happens again, add "
	                "pcie_port_pm=off to the kernel command line."));
}

void check_gpu_power(const struct check_context *c, struct check_result *r)
{
	const struct pci_device *silent = NULL, *off = NULL;
	bool told = false;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;

		show_power(d, r);
		told |= d->power_state != NULL;
		silent = d->silent && !silent ? d : silent;
		off = is_off(d) && !off ? d : off;
	}
	if (!c->report->n_gpus)
		result_skip(r, _("there is no graphics card"));
	else if (silent)
		say_silent(c, silent, r);
	else if (off)
		result_pass(r, _("%s is switched off now (D3cold) and wakes when it is used"),
		        pci_addr_format(off->addr).s);
	else if (told)
		result_pass(r, _("no graphics card is switched off now"));
	else
		result_unknown(r, CODE_NONE,
		        _("this kernel does not tell whether a card is switched off (power_state "
		          "came with 5.12)"));
}

/* --- memory windows --- */

static char *sizes_of(const struct pci_bar *bar)
{
	struct strv cleanup_strv sizes = {0};

	/* 2^43 MiB is the largest that fits into 64 bits. */
	for (int bit = 0; bit < 44; bit++) {
		if (bar->sizes >> bit & 1)
			strv_take(&sizes, gpu_size((uint64_t)1 << (20 + bit)));
	}
	return strv_join(&sizes, ", ");
}

static void show_bar(
        const char *source, size_t number, const struct pci_bar *bar, struct check_result *r)
{
	cleanup_free char *size = gpu_size(bar->size), *sizes = sizes_of(bar);
	cleanup_free char *where =
	        bar->unset ? xstrdup(", no address") : xasprintf(" at %#" PRIx64, bar->address);

	result_evidence(r, source, "BAR %zu: %s%s%s%s", number, size, where,
	        *sizes ? "; can be: " : "", sizes);
}

static void show_bars(const struct pci_device *d, struct check_result *r)
{
	cleanup_free char *source = pci_source(d, "resource");

	for (size_t i = 0; i < ARRAY_SIZE(d->bar); i++) {
		const struct pci_bar *bar = &d->bar[i];

		if (!bar->io && (bar->size || bar->sizes))
			show_bar(source, i, bar, r);
	}
}

/* The most that a BAR of @d could grow to; 0 where it cannot or is that large already. */
static uint64_t room_to_grow(const struct pci_device *d)
{
	uint64_t most = 0;

	for (size_t i = 0; i < ARRAY_SIZE(d->bar); i++) {
		for (int bit = 43; bit >= 0; bit--) {
			uint64_t size = (uint64_t)1 << (20 + bit);

			if (d->bar[i].sizes >> bit & 1 && size > d->bar[i].size && size > most)
				most = size;
		}
	}
	return most;
}

static void say_unset(
        const struct check_context *c, const struct pci_device *d, int bar, struct check_result *r)
{
	const struct pci_addr_text address = pci_addr_format(d->addr);

	if (gpus_count_candidates(c->report))
		result_warn(r, CODE_GPU_BAR, _("the memory of %s (BAR %d) has no address"),
		        address.s, bar);
	else
		result_fail(r, CODE_GPU_BAR, CHECK_CURE_PERSON,
		        _("the memory of %s (BAR %d) has no address"), address.s, bar);
	result_fix(r, _("In the firmware setup switch on \"Above 4G Decoding\" (also \"Above 4G "
	                "Memory/Crypto Currency mining\") and switch off \"CSM\"; if it is on, "
	                "switch off \"Re-Size BAR Support\". Where the setup has neither, add "
	                "pci=realloc to the kernel command line."));
}

static void say_bars(const struct check_report *report, struct check_result *r)
{
	size_t told = 0;

	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct pci_device *d = report->gpus[i].device;
		cleanup_free char *most = gpu_size(room_to_grow(d));

		for (size_t k = 0; k < ARRAY_SIZE(d->bar); k++)
			told += d->bar[k].size && !d->bar[k].io;
		if (!gpu_concerns(report, &report->gpus[i]) || !room_to_grow(d))
			continue;
		result_pass(r,
		        _("all memory of the cards has an address; %s could show up to %s of it at "
		          "once (\"Re-Size BAR Support\" in the firmware setup)"),
		        pci_addr_format(d->addr).s, most);
		return;
	}
	if (told)
		result_pass(r, _("all memory of the cards has an address"));
	else
		result_skip(r, _("no memory of a graphics card is told"));
}

void check_gpu_bars(const struct check_context *c, struct check_result *r)
{
	for (size_t i = 0; i < c->report->n_gpus; i++)
		show_bars(c->report->gpus[i].device, r);
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		cleanup_free char *line = NULL;
		const struct pci_bar *bar = gpu_unset_bar(c->host, d, &line);

		if (line)
			result_evidence(r, "kernel log", "%s", line);
		if (bar) {
			say_unset(c, d, (int)(bar - d->bar), r);
			return;
		}
	}
	say_bars(c->report, r);
}

/* --- room above 4 GiB --- */

static bool large(const struct pci_bar *bar)
{
	return bar->is_64bit && bar->prefetchable && !bar->io && bar->size >= (uint64_t)256 << 20;
}

/* "pci_bus 0000:00: root bus resource [mem 0x4000000000-0x7fffffffff window]" */
static bool room_in_log(const struct host *host, struct check_result *r)
{
	static const char words[] = "root bus resource [mem 0x";
	const char *at = host->firmware.log;

	while (at && (at = strstr(at, words))) {
		const char *start = at;
		cleanup_free char *line = NULL;

		at += strlen(words);
		at += strspn(at, "0");
		if (strspn(at, "0123456789abcdef") <= 8)
			continue;
		while (start > host->firmware.log && start[-1] != '\n')
			start--;
		line = xstrndup(start, strcspn(start, "\n"));
		result_evidence(r, "kernel log", "%s", line);
		return true;
	}
	return false;
}

/* Is there room, even where nothing sits there yet? */
static bool room_above_4g(const struct host *host, struct check_result *r)
{
	const char *window = host->pci.room_above_4g;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_bar *own = &host->pci.list[i].window;
		cleanup_free char *source = pci_source(&host->pci.list[i], "resource");

		if (own->size && own->address >> 32) {
			result_evidence(r, source, "window at %#" PRIx64, own->address);
			return true;
		}
	}
	if (window)
		result_evidence(
		        r, "/proc/iomem", "%s", *window ? window : "no PCI Bus above 4 GiB");
	return window ? *window : room_in_log(host, r);
}

struct mapped {
	size_t above, below; /* 4 GiB; below: large windows of graphics cards alone */
	size_t unplaced;     /* of those, the ones without an address */
};

/* One of each kind is evidence enough; all that graphics cards have is shown. */
static void count_bars(const struct pci_device *d, struct mapped *mapped, struct check_result *r)
{
	cleanup_free char *source = pci_source(d, "resource");

	for (size_t k = 0; k < ARRAY_SIZE(d->bar); k++) {
		const struct pci_bar *bar = &d->bar[k];
		bool high = bar->size && !bar->io && !bar->unset && bar->address >> 32;

		if (!high && !(large(bar) && pci_is_gpu(d)))
			continue;
		if (pci_is_gpu(d) || (high && !mapped->above))
			show_bar(source, k, bar, r);
		mapped->above += high;
		mapped->below += !high;
		mapped->unplaced += !high && bar->unset;
	}
}

static void say_below(const struct mapped *mapped, struct check_result *r)
{
	if (mapped->unplaced) {
		result_warn(r, CODE_FW_ABOVE_4G,
		        _("no memory of devices is mapped above 4 GiB, and below there was no room "
		          "for that of a graphics card"));
		result_fix(r, _("In the firmware setup switch on \"Above 4G Decoding\" and switch "
		                "off \"CSM\"."));
	} else {
		result_warn(r, CODE_FW_ABOVE_4G,
		        _("all graphics memory is mapped below 4 GiB: Resizable BAR and large "
		          "cards will not fit"));
		result_fix(r,
		        _("In the firmware setup switch on \"Above 4G Decoding\" (then also "
		          "\"Re-Size BAR Support\") and switch off \"CSM\"; games run without."));
	}
}

void check_above_4g(const struct check_context *c, struct check_result *r)
{
	struct mapped mapped = {0};

	for (size_t i = 0; i < c->host->pci.n; i++)
		count_bars(&c->host->pci.list[i], &mapped, r);
	if (mapped.above)
		result_pass(r, _("memory of devices is mapped above 4 GiB"));
	else if (room_above_4g(c->host, r))
		result_pass(r, _("there is room for the memory of devices above 4 GiB"));
	else if (mapped.below)
		say_below(&mapped, r);
	else
		result_skip(r, _("no device here has memory large enough to show whether 4 GiB can "
		                 "be crossed"));
}

/* --- ROM --- */

static const char *code_name(const struct rom_image *image)
{
	switch (image->code_type) {
	case ROM_CODE_X86:
		return "BIOS image";
	case ROM_CODE_UEFI:
		return image->machine == ROM_MACHINE_X64 ? "UEFI image for x86-64" : "UEFI image";
	}
	return "image of another kind";
}

static void show_rom(const struct pci_device *d, struct check_result *r)
{
	cleanup_free char *source = pci_source(d, "resource");

	result_evidence(r, source, "ROM %" PRIu64 " KiB", d->rom_size >> 10);
	for (size_t i = 0; i < d->rom.n; i++) {
		const struct rom_image *image = &d->rom.list[i];
		cleanup_free char *size = gpu_size(image->length);

		result_evidence(r, d->rom_source, "%s of %04x:%04x, %s%s", code_name(image),
		        image->vendor, image->device, size, image->last ? ", the last one" : "");
	}
}

/* Later ones are worse. The firmware's copy may lack images that the card has. */
enum rom_state { ROM_UEFI, ROM_UNREAD, ROM_LEGACY, ROM_NONE };

static enum rom_state rom_state(const struct pci_device *d)
{
	if (rom_find_uefi(&d->rom, d->vendor))
		return ROM_UEFI;
	if (d->rom.complete && !d->rom_is_firmwares)
		return ROM_LEGACY;
	return d->rom_size || d->rom.n ? ROM_UNREAD : ROM_NONE;
}

static void say_rom(enum rom_state worst, size_t without, size_t n, struct check_result *r)
{
	switch (worst) {
	case ROM_UEFI:
		result_pass(r, _("the card's ROM holds a UEFI image: it draws from the guest's "
		                 "first moment"));
		break;
	case ROM_UNREAD:
		result_unknown(r, CODE_NONE,
		        _("the card brings a ROM; whether it holds a UEFI image cannot be read "
		          "without touching the card: the test drive tells"));
		break;
	case ROM_LEGACY:
		result_warn(r, CODE_GPU_ROM_LEGACY,
		        _("the card's ROM holds no UEFI image: dark until the guest's driver "
		          "starts"));
		result_fix(r, _("Ask the card's maker for a firmware with UEFI support (GOP), or "
		                "give the profile a romfile= that has it."));
		break;
	case ROM_NONE:
		result_warn(r, CODE_GPU_ROM,
		        _("%zu of %zu cards show no ROM: dark until the guest's driver starts"),
		        without, n);
		result_fix(r, _("Usual for processor graphics. Where a game VM stays dark, give "
		                "the profile a romfile= read from the card."));
		break;
	}
}

void check_gpu_rom(const struct check_context *c, struct check_result *r)
{
	enum rom_state worst = ROM_UEFI;
	size_t without = 0, n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		enum rom_state state = rom_state(d);

		/* Class 0302 draws on no screen of its own and needs no ROM. */
		if (!gpu_concerns(c->report, &c->report->gpus[i]) || d->class_code >> 8 == 0x0302)
			continue;
		show_rom(d, r);
		without += state == ROM_NONE;
		worst = state > worst ? state : worst;
		n++;
	}
	if (n == 0)
		result_skip(r, _("no graphics card with a screen of its own"));
	else
		say_rom(worst, without, n, r);
}

/* --- how this PC was started --- */

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
