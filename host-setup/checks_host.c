/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory, kernel, the ways into the host, and whether it has been set up already. */
#include "checks.h"

#include <inttypes.h>

#define GIB ((uint64_t)1 << 30)

void check_hugepages(const struct check_context *c, struct check_result *r)
{
	const struct memory *m = &c->host->memory;

	result_evidence(r, "/proc/meminfo",
	        "HugePages_Total %" PRIu64 ", free %" PRIu64 ", of %" PRIu64 " KiB",
	        m->hugepages_total, m->hugepages_free, m->hugepage_bytes >> 10);
	if (m->hugepages_total)
		result_pass(r, _("%" PRIu64 " of %" PRIu64 " huge pages are free"),
		        m->hugepages_free, m->hugepages_total);
	else
		result_skip(r, _("no huge pages are set aside; not needed, only a little faster"));
}

void check_memory_lock(const struct check_context *c, struct check_result *r)
{
	const struct memory *m = &c->host->memory;

	result_evidence(r, "/proc/meminfo", "MemTotal %.1f GiB, MemAvailable %.1f GiB",
	        (double)m->total_bytes / GIB, (double)m->available_bytes / GIB);
	if (c->host->live && m->memlock_bytes == UINT64_MAX)
		result_evidence(r, "RLIMIT_MEMLOCK", "unlimited");
	else if (c->host->live)
		result_evidence(r, "RLIMIT_MEMLOCK", "%" PRIu64 " KiB", m->memlock_bytes >> 10);
	if (m->total_bytes == 0) {
		result_unknown(r, CODE_NONE, _("the size of this PC's memory cannot be read"));
	} else if (m->total_bytes < 4 * GIB) {
		result_warn(r, CODE_MEM_SMALL,
		        _("%.1f GiB of memory are little for a host and a game"),
		        (double)m->total_bytes / GIB);
		result_fix(r, _("A passed device pins the VM's whole memory: plan 2 GiB for the "
		                "host and add memory."));
	} else {
		result_pass(r,
		        _("a VM's memory (%.1f GiB available) is locked under a limit the daemon "
		          "sets for it"),
		        (double)m->available_bytes / GIB);
	}
}

static bool anything_on_vfio(const struct host *host)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		if (host->pci.list[i].driver && streq(host->pci.list[i].driver, "vfio-pci"))
			return true;
	}
	return false;
}

void check_vfio(const struct check_context *c, struct check_result *r)
{
	const struct firmware *f = &c->host->firmware;
	const char *release = f->kernel_release ? f->kernel_release : "?";

	if (f->vfio_pci_source)
		result_evidence(
		        r, f->vfio_pci_source, f->vfio_pci == 1 ? "vfio-pci" : "no vfio-pci");
	else
		result_evidence(r, "/lib/modules", "no list of modules for %s", release);
	if (f->vfio_pci == 1) {
		result_pass(r, _("this kernel has vfio-pci"));
	} else if (anything_on_vfio(c->host)) {
		result_evidence(r, "/sys/bus/pci/drivers/vfio-pci", "in use");
		result_pass(r, _("vfio-pci is at work"));
	} else if (f->vfio_pci == 0) {
		result_fail(r, CODE_VFIO_ABSENT, CHECK_CURE_PERSON,
		        _("kernel %s has no vfio-pci, which hands devices to a VM"), release);
		result_fix(r, _("Install the distribution's full kernel (Debian: "
		                "linux-image-amd64) and reboot."));
	} else {
		result_unknown(r, CODE_VFIO_UNKNOWN,
		        _("the modules of kernel %s are not installed here, so vfio-pci cannot be "
		          "looked up"),
		        release);
		result_fix(r, _("Install the package of the running kernel, or reboot into one "
		                "that is installed."));
	}
}

/* Screens that stay: cards of the host which no candidate is. */
static size_t show_screens(const struct check_context *c, struct check_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		cleanup_free char *source = pci_source(gpu->device, "boot_vga");

		if (!gpu->boot_display)
			continue;
		if (gpu->device->boot_vga == 1)
			result_evidence(r, source, "1");
		else
			result_evidence(r, "/sys/class/graphics", "console on %s",
			        pci_addr_format(gpu->device->addr).s);
		n++;
	}
	return n;
}

void check_second_console(const struct check_context *c, struct check_result *r)
{
	bool keeps_screen = gpus_count_candidates(c->report) > 0;
	struct strv cleanup_strv ways = {0};
	cleanup_free char *all = NULL;

	if (keeps_screen && show_screens(c, r))
		strv_add(&ways, _("the host's own screen"));
	if (c->facts->ssh) {
		result_evidence(r, c->facts->ssh_source, "TCP port 22 listens");
		strv_add(&ways, "ssh");
	}
	strv_foreach (name, &c->facts->serial) {
		result_evidence(r, "/proc/consoles", "%s", *name);
		strv_add(&ways, *name);
	}
	all = strv_join(&ways, ", ");
	if (ways.n) {
		result_pass(r, _("while a game has its card, the host is reached by: %s"), all);
	} else if (c->report->n_gpus == 0) {
		result_skip(r, _("there is no graphics card to give away"));
	} else {
		result_evidence(r, "/proc/net/tcp", "nothing listens on port 22");
		result_evidence(r, "/proc/consoles", "no serial console");
		result_warn(r, CODE_HOST_NO_CONSOLE,
		        _("while a game has the card, nothing shows the host: no second screen, "
		          "ssh or serial console"));
		result_fix(r, _("Install a way in first: sudo apt install openssh-server, and try "
		                "it from another PC."));
	}
}

static size_t count_in_place(const struct check_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n += gpu_is_candidate(&report->gpus[i]) && report->gpus[i].in_place;
	return n;
}

/* plan takes the only card that is not the host's own by itself; of several a person names one. */
static size_t count_others(const struct check_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n += !report->gpus[i].boot_display;
	return n;
}

static void show_drivers(const struct check_report *report, struct check_result *r)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct pci_device *d = report->gpus[i].device;
		cleanup_free char *source = pci_source(d, "driver");

		if (gpu_is_candidate(&report->gpus[i]))
			result_evidence(r, source, "%s", d->driver ? d->driver : "none");
	}
}

/* No card is free at boot yet: what comes next? */
static void judge_missing(const struct check_context *c, struct check_result *r, bool booted)
{
	if (booted) {
		result_fail(r, CODE_HOST_NOT_BOUND, CHECK_CURE_PERSON,
		        _("our boot entry is running, but no graphics card is bound by it"));
		result_fix(r, _("playthrough-setup verify tells why."));
	} else if (c->facts->applied) {
		result_fail(r, CODE_HOST_NOT_BOOTED, CHECK_CURE_PERSON,
		        _("set up, but this is not a boot of our entry"));
		result_fix(r, _("Reboot and choose the entry with Playthrough in its name; then "
		                "playthrough-setup verify."));
	} else if (count_others(c->report) > 1) {
		result_fail(r, CODE_HOST_CHOICE, CHECK_CURE_PERSON,
		        _("not set up yet, and several graphics cards could go to a game"));
		result_fix(r, _("Choose one of the graphics cards that pass: playthrough-setup "
		                "plan --gpu ADDRESS, then apply with the same."));
	} else {
		result_fail(r, CODE_HOST_NOT_SET_UP, CHECK_CURE_APPLY,
		        _("not set up yet: the graphics card still belongs to its host driver at "
		          "boot"));
		result_fix(r, _("playthrough-setup plan shows the edits, sudo playthrough-setup "
		                "apply does them."));
	}
}

void check_host_config(const struct check_context *c, struct check_result *r)
{
	cleanup_free char *token = result_argument(r, c->host, "playthrough");

	if (!token)
		result_evidence(r, "/proc/cmdline", "no playthrough= argument");
	result_evidence(r, FACTS_JOURNAL, c->facts->applied ? "present" : "absent");
	show_drivers(c->report, r);
	show_existing(c, r);
	if (gpus_count_candidates(c->report) == 0)
		result_skip(r, _("nothing to set up while no graphics card can be given away"));
	else if (!iommu_in_firmware(c->host) && !iommu_is_on(c->host))
		result_skip(r, _("nothing to set up while there is no IOMMU"));
	else if (!count_in_place(c->report))
		judge_missing(c, r, token);
	else if (token)
		result_pass(r,
		        ngettext("our boot entry is running, and %zu graphics card is free for a "
		                 "game",
		                "our boot entry is running, and %zu graphics cards are free for a "
		                "game",
		                count_in_place(c->report)),
		        count_in_place(c->report));
	else
		result_pass(r,
		        ngettext("%zu graphics card is free of host drivers already",
		                "%zu graphics cards are free of host drivers already",
		                count_in_place(c->report)),
		        count_in_place(c->report));
}
