/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphics cards, all of them together; each one's own verdict is made in check_gpus.c. */
#include "gpu.h"

static void show_all(const struct check_context *c, struct check_result *r)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		cleanup_free char *source = pci_source(d, "class");
		cleanup_free char *name = pci_describe(d), *why = NULL;

		gpu_kind_of(c->host, d, &why);
		result_evidence(r, source, "0x%06x %s: %s", d->class_code, name, why);
	}
}

void check_gpu_present(const struct check_context *c, struct check_result *r)
{
	size_t n = c->report->n_gpus;

	show_all(c, r);
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

/* Where the kernel draws, and whose memory that is. */
static void show_frame_buffers(const struct host *host, struct check_result *r)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];
		cleanup_free char *source = NULL, *placed = NULL;

		if (!card->frame_buffer)
			continue;
		source = xasprintf("/sys/class/graphics/%.*s/name",
		        (int)strcspn(card->frame_buffer, " "), card->frame_buffer);
		placed = card->placed_by ? xasprintf(" (%s)", card->placed_by) : xstrdup("");
		result_evidence(r, source, "%s: %s%s%s", card->frame_buffer,
		        card->has_controller ? pci_addr_format(card->controller).s
		                             : "on no PCI function",
		        card->console ? ", text console" : "", placed);
	}
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

/* Where another card would do, but for the frame buffer that firmware left in the memory of this one. */
static const char *way_out(const struct check_context *c)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		bool wanted = d->boot_vga != 1 || (d->driver && streq(d->driver, "vfio-pci"));

		if (c->report->n_gpus > 1 && wanted && gpu_firmware_buffer(c->host, d))
			return _("Make the host's card the first display in the firmware setup "
			         "(\"Primary Display\" or \"Initial Display Output\") and connect "
			         "its "
			         "screen, or add initcall_blacklist=sysfb_init to the kernel "
			         "command "
			         "line: then the kernel draws into no frame buffer of the "
			         "firmware.");
	}
	return _("Switch on the processor's graphics in the firmware setup (\"IGFX Multi-Monitor\" "
	         "or \"Internal Graphics\" = Enabled) and make it the first display (\"Primary "
	         "Display\" or \"Initial Display Output\" = IGFX, IGD or CPU Graphics), or add a "
	         "second card (a cheap one will do for the host). One card can also serve both in "
	         "turn: hand-over=yes in [gpu] of a profile, and playthrough-setup apply --gpu "
	         "none.");
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
	show_frame_buffers(c->host, r);
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
		result_fix(r, "%s", way_out(c));
	}
}

/* --- equal cards --- */

static bool is_equal(const struct pci_device *a, const struct pci_device *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subsystem_vendor == b->subsystem_vendor &&
	       a->subsystem_device == b->subsystem_device;
}

static bool has_equal(const struct check_report *report, const struct pci_device *d)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		if (report->gpus[i].device != d && is_equal(report->gpus[i].device, d))
			return true;
	}
	return false;
}

void check_gpu_identical(const struct check_context *c, struct check_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct pci_device *d = c->report->gpus[i].device;
		cleanup_free char *source = pci_source(d, "subsystem_device");

		if (!has_equal(c->report, d))
			continue;
		result_evidence(r, source, "%s, subsystem %04x:%04x, path %s%s%s", pci_id(d).s,
		        d->subsystem_vendor, d->subsystem_device, d->path,
		        d->serial ? ", serial number " : "", d->serial ? d->serial : "");
		n++;
	}
	if (!n)
		result_skip(r, _("no two graphics cards here are equal"));
	else
		result_pass(r,
		        _("%zu graphics cards are equal: only where they sit tells them apart, so "
		          "name "
		          "the card by its address and never by its id (vfio-pci.ids= takes both)"),
		        n);
}

/* --- screens, and who draws on them --- */

static const struct display_card *card_of(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (card->has_controller && card->n_outputs &&
		        pci_addr_equal(card->controller, d->addr))
			return card;
	}
	return NULL;
}

static void show_outputs(const struct display_card *card, struct check_result *r)
{
	cleanup_free char *connected = strv_join(&card->connected, ", ");
	cleanup_free char *lit = strv_join(&card->lit, ", ");
	cleanup_free char *users = strv_join(&card->users, ", ");

	result_evidence(r, card->source, "outputs: %zu; connected: %s; enabled: %s",
	        card->n_outputs, *connected ? connected : "none", *lit ? lit : "none");
	if (*users)
		result_evidence(r, "/proc/*/fd", "%s: %s%s%s", card->name, users,
		        card->master ? "; master: " : "", card->master ? card->master : "");
}

void check_gpu_outputs(const struct check_context *c, struct check_result *r)
{
	const struct check_gpu *with = NULL, *without = NULL;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		const struct display_card *card = card_of(c->host, gpu->device);

		if (card)
			show_outputs(card, r);
		if (!card || !gpu_concerns(c->report, gpu))
			continue;
		if (card->connected.n)
			with = with ? with : gpu;
		else
			without = without ? without : gpu;
	}
	if (with) {
		result_pass(
		        r, _("a screen is connected to %s"), pci_addr_format(with->device->addr).s);
	} else if (without) {
		result_warn(r, CODE_GPU_NO_SCREEN, _("no screen is connected to %s"),
		        pci_addr_format(without->device->addr).s);
		result_fix(
		        r, _("Connect a screen, or a second input of the one you have, to an "
		             "output of this card; a dummy plug does where the picture goes over "
		             "the network."));
	} else {
		result_skip(r, _("no driver of the host shows the outputs of a card to give away"));
	}
}

/* --- resets --- */

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

static bool shares_its_bus(const struct host *host, const struct check_gpu *gpu)
{
	struct strv cleanup_strv neighbours = {0};

	if (reset_of(gpu->device) == RESET_BUS)
		gpu_bus_neighbours(host, gpu, &neighbours);
	return neighbours.n;
}

void check_gpu_reset(const struct check_context *c, struct check_result *r)
{
	size_t count[RESET_NONE + 1] = {0}, shared = 0, n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];

		if (!gpu_concerns(c->report, gpu))
			continue;
		show_reset(gpu->device, r);
		count[reset_of(gpu->device)]++;
		shared += shares_its_bus(c->host, gpu);
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
	} else if (shared) {
		result_warn(r, CODE_NONE,
		        _("it can only be reset with its whole bus, which others share"));
	} else if (count[RESET_BUS]) {
		result_pass(r, _("it can be reset with its bus"));
	} else {
		result_pass(r, _("it can be reset by itself"));
	}
}

/* --- will it come back? --- */

static void show_return(const struct check_context *c, const struct check_gpu *gpu, const char *why,
        struct check_result *r)
{
	const struct pci_device *d = gpu->device;
	struct strv cleanup_strv neighbours = {0};
	cleanup_free char *source = pci_source(d, d->reset_method ? "reset_method" : "reset");
	cleanup_free char *all = NULL;
	const char *ways = d->reset_method ? d->reset_method : d->reset ? "present" : "absent";

	if (strstr(ways, "bus"))
		gpu_bus_neighbours(c->host, gpu, &neighbours);
	all = strv_join(&neighbours, ", ");
	result_evidence(r, source, "%s%s%s%s%s", *ways ? ways : "(empty)", why ? "; " : "",
	        why ? why : "", *all ? "; on the same bus: " : "", all);
}

static void say_return(
        const struct gpu_return *judged, const struct pci_device *d, struct check_result *r)
{
	const struct pci_addr_text text = pci_addr_format(d->addr);
	const char *address = text.s;

	switch (judged->verdict) {
	case GPU_BACK_YES:
		result_pass(r, _("%s comes back after its VM: %s"), address, judged->reason);
		return;
	case GPU_BACK_UNKNOWN:
		result_unknown(r, CODE_NONE, _("whether %s comes back is not known: %s"), address,
		        judged->reason);
		return;
	case GPU_BACK_RISKY:
		result_warn(r, judged->code, _("%s may not come back after its VM: %s"), address,
		        judged->reason);
		break;
	case GPU_BACK_NO:
		result_warn(r, judged->code, _("%s will not come back after its VM: %s"), address,
		        judged->reason);
		break;
	}
	result_fix(r, "%s", judged->fix);
}

static const struct check_gpu *find_worst(const struct check_report *report)
{
	const struct check_gpu *worst = NULL;

	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct check_gpu *gpu = &report->gpus[i];

		if (gpu_concerns(report, gpu) && (!worst || gpu->comes_back > worst->comes_back))
			worst = gpu;
	}
	return worst;
}

/* The worst of the cards that could be given away decides; the others' reasons stand beside their evidence. */
void check_gpu_comes_back(const struct check_context *c, struct check_result *r)
{
	const struct check_gpu *worst = find_worst(c->report);
	cleanup(gpu_return_finish) struct gpu_return judged = {0};

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		cleanup(gpu_return_finish) struct gpu_return own = {0};

		if (!gpu_concerns(c->report, gpu))
			continue;
		gpu_return_judge(c->host, gpu, &own);
		show_return(c, gpu, gpu == worst ? NULL : own.reason, r);
	}
	if (!worst) {
		result_skip(r, _("there is no graphics card"));
		return;
	}
	gpu_return_judge(c->host, worst, &judged);
	say_return(&judged, worst->device, r);
}
