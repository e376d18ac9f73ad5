/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Will the card come back after its VM stops? Before and after each start the kernel resets it by the first of its
 * reset_method that works (Linux: Documentation/ABI/testing/sysfs-bus-pci, drivers/pci/pci.c pci_reset_fn_methods[]).
 */
#include "gpu.h"

const char *gpu_comes_back_name(enum gpu_comes_back verdict)
{
	switch (verdict) {
	case GPU_BACK_YES:
		return "yes";
	case GPU_BACK_UNKNOWN:
		return "unknown";
	case GPU_BACK_RISKY:
		return "risky";
	case GPU_BACK_NO:
		return "no";
	}
	abort();
}

/* --- what a bus reset takes along --- */

/* The reset goes out from the bridge above: everything below that gets it. */
static bool shares_bus_reset(
        const struct host *host, const struct pci_device *gpu, const struct pci_device *d)
{
	if (gpu->parent >= 0)
		return pci_is_below(&host->pci, d, gpu->parent);
	return d->addr.domain == gpu->addr.domain && d->addr.bus == gpu->addr.bus;
}

void gpu_bus_neighbours(const struct host *host, const struct check_gpu *gpu, struct strv *out)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		const struct pci_addr_text address = pci_addr_format(d->addr);

		if (d != gpu->device && shares_bus_reset(host, gpu->device, d) &&
		        !pci_same_card(gpu->device, d) && !strv_has(&gpu->needs, address.s))
			strv_add(out, address.s);
	}
}

/* --- the verdict --- */

static void say(struct gpu_return *out, enum gpu_comes_back verdict, enum code code, char *reason,
        const char *fix)
{
	*out = (struct gpu_return){
	        .verdict = verdict, .code = code, .reason = reason, .fix = xstrdup(fix)};
}

/* Ways that reset this one function and nothing else. */
static const char *own_way(const struct strv *ways)
{
	static const char *const own[] = {"flr", "af_flr", "device_specific", "acpi"};

	strv_foreach (way, ways) {
		for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
			if (streq(*way, own[i]))
				return *way;
		}
	}
	return NULL;
}

static bool judge_family(const struct gpu_family *family, const struct strv *ways, bool alone,
        struct gpu_return *out)
{
	if (!family)
		return false;
	if (family->fault == GPU_FAULT_RESET && strv_has(ways, "device_specific")) {
		say(out, GPU_BACK_YES, CODE_NONE,
		        xasprintf(_("%s does not survive the usual resets, but a procedure of its "
		                    "own is loaded (device_specific)"),
		                family->name),
		        NULL);
		return true;
	}
	if (family->fault == GPU_FAULT_RESET) {
		say(out, GPU_BACK_RISKY, CODE_GPU_RESET_BUG,
		        xasprintf(_("%s is known not to survive the usual resets (%s)"),
		                family->name, family->source),
		        _("Install the module vendor-reset and load it early in the boot; "
		          "device_specific must then be the first word of reset_method. Else shut "
		          "the guest down in order, never kill it, and count on a restart of the "
		          "PC."));
		return true;
	}
	if (!strv_has(ways, "flr"))
		return false;
	say(out, GPU_BACK_RISKY, CODE_GPU_RESET_BUG,
	        xasprintf(_("%s is reported to hang after a function level reset (%s)"),
	                family->name, family->source),
	        alone && strv_has(ways, "bus")
	                ? _("Write the word bus into the card's reset_method at each boot, before "
	                    "the first game: its bus can be reset instead.")
	                : _("Use the newest kernel and the newest firmware of the card, and try "
	                    "a test drive twice before you rely on it."));
	return true;
}

/* @all: the neighbours on the bus, "" when it is alone there. */
static void judge_ways(const struct check_gpu *gpu, const struct strv *ways, const char *all,
        struct gpu_return *out)
{
	const char *own = own_way(ways);

	if (gpu->kind == GPU_KIND_INTEGRATED) {
		say(out, GPU_BACK_RISKY, CODE_GPU_INTEGRATED,
		        xstrdup(_("graphics that are part of the processor or board often do not "
		                  "start a second time, whatever reset they offer")),
		        _("Give a card to the game and keep these for the host: in the firmware "
		          "setup \"Primary Display\" (also \"Initial Display Output\") = IGFX or "
		          "CPU Graphics, \"IGFX Multi-Monitor\" = Enabled."));
	} else if (own) {
		say(out, GPU_BACK_YES, CODE_NONE, xasprintf(_("it can be reset alone (%s)"), own),
		        NULL);
	} else if (strv_has(ways, "bus") && !*all) {
		say(out, GPU_BACK_YES, CODE_NONE,
		        xstrdup(_("it can be reset with its bus, where nothing but the card sits")),
		        NULL);
	} else if (strv_has(ways, "bus")) {
		say(out, GPU_BACK_NO, CODE_GPU_BUS_SHARED,
		        xasprintf(_("it can only be reset with its whole bus, which others share: "
		                    "%s"),
		                all),
		        _("Put the card into a slot with a port of its own, mostly the one nearest "
		          "the processor, or move the other devices; while they share the bus, the "
		          "kernel will not reset it."));
	} else {
		say(out, GPU_BACK_RISKY, CODE_GPU_WEAK_RESET,
		        xstrdup(_("it can only be reset by its power state (pm), which leaves much "
		                  "of a graphics card as it was")),
		        _("Try a test drive twice. Another slot can help: behind a port of its own "
		          "a card can be reset with its bus."));
	}
}

static bool judge_wayless(
        const struct pci_device *d, const struct strv *ways, struct gpu_return *out)
{
	if (ways->n)
		return false;
	if (!d->reset_method && d->reset)
		say(out, GPU_BACK_UNKNOWN, CODE_NONE,
		        xstrdup(_("it can be reset, but this kernel does not tell how "
		                  "(reset_method came with 5.15)")),
		        NULL);
	else
		say(out, GPU_BACK_NO, CODE_GPU_RESET,
		        xstrdup(_("the kernel knows no way to reset it: a second start may need a "
		                  "reboot of the PC")),
		        _("Try it with a test drive, twice. Another slot can help: behind a port "
		          "of its own a card can be reset with its bus."));
	return true;
}

void gpu_return_judge(const struct host *host, const struct check_gpu *gpu, struct gpu_return *out)
{
	const struct pci_device *d = gpu->device;
	struct strv cleanup_strv ways = {0}, neighbours = {0};
	cleanup_free char *all = NULL;

	strv_split(&ways, d->reset_method ? d->reset_method : "", " \n");
	gpu_bus_neighbours(host, gpu, &neighbours);
	all = strv_join(&neighbours, ", ");
	if (d->silent)
		say(out, GPU_BACK_NO, CODE_GPU_SILENT,
		        xstrdup(_("it does not answer: its configuration space reads ff")),
		        _("Shut the PC down and cut its power for half a minute: a card that died "
		          "in a reset or in D3cold comes back with that alone. If it happens "
		          "again, "
		          "add pcie_port_pm=off to the kernel command line."));
	else if (!judge_wayless(d, &ways, out) &&
	         !judge_family(gpu_family_find(d), &ways, !*all, out))
		judge_ways(gpu, &ways, all, out);
}

void gpu_return_finish(struct gpu_return *judged)
{
	free(judged->reason);
	free(judged->fix);
	*judged = (struct gpu_return){0};
}
