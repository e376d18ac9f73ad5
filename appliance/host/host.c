/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/host.h"
#include "base/i18n.h"
#include "host/rooted.h"

#include <errno.h>

/* The module's parameter holds a size in MiB for each of its nodes: "128" or "128,64". */
static uint64_t take_kvmfr(const struct root *root)
{
	cleanup_free char *text = root_read(root, "/sys/module/kvmfr/parameters/static_size_mb");
	uint64_t mib = 0;

	if (!text || !root_exists(root, "/dev/kvmfr0"))
		return 0;
	text[strspn(text, "0123456789")] = '\0';
	return parse_u64(text, 10, 1 << 20, &mib) == 0 ? mib << 20 : 0;
}

static int take(const struct root *root, bool disks, struct host *out, struct err *err)
{
	int found = 0;

	*out = (struct host){.live = root_is_host(root)};
	/* What one kernel interface does not tell stays empty; the others still count. */
	environment_take(root, &out->environment);
	found |= cpu_take(root, &out->cpu, NULL) == 0;
	topology_take(root, &out->topology, NULL);
	out->placement = placement_means_take(root);
	hyperv_take(root, &out->hyperv);
	out->kvmfr_bytes = take_kvmfr(root);
	guest_firmwares_take(root, &out->firmwares);
	found |= memory_take(root, &out->memory, NULL) == 0;
	firmware_take(root, &out->firmware, NULL);
	pci_take(root, &out->pci, NULL);
	rooted_add(root, &out->pci, &out->firmware);
	mdevs_take(root, &out->mdevs);
	iommu_take(root, &out->pci, &out->iommu, NULL);
	host_take_usb(root, disks, out, NULL);
	input_nodes_take_all(root, &out->input_nodes);
	displays_take(root, &out->displays, NULL);
	displays_place(&out->displays, &out->pci, out->firmware.log);
	slots_take(root, &out->slots, NULL);
	links_take(root, &out->links);
	if (found || out->pci.n || out->firmware.log)
		return 0;
	host_finish(out);
	err_set(err, -ENOENT,
	        _("%s: holds no facts about a PC (no /proc/cpuinfo, /proc/meminfo, "
	          "/sys/bus/pci/devices or /kernel.log)"),
	        *root->path ? root->path : "/");
	err_hint(err, _("name a folder into which a capture was unpacked"));
	return -ENOENT;
}

int host_take(const struct root *root, struct host *out, struct err *err)
{
	return take(root, true, out, err);
}

int host_take_without_disks(const struct root *root, struct host *out, struct err *err)
{
	return take(root, false, out, err);
}

void host_finish(struct host *host)
{
	environment_finish(&host->environment);
	cpu_finish(&host->cpu);
	topology_finish(&host->topology);
	guest_firmwares_finish(&host->firmwares);
	firmware_finish(&host->firmware);
	iommu_finish(&host->iommu);
	mdevs_finish(&host->mdevs);
	pci_finish(&host->pci);
	disks_finish(&host->disks);
	usb_finish(&host->usb);
	input_nodes_finish(&host->input_nodes);
	net_finish(&host->net);
	links_finish(&host->links);
	displays_finish(&host->displays);
	inputs_finish(&host->inputs);
	sounds_finish(&host->sounds);
	board_finish(&host->board);
	slots_finish(&host->slots);
	ports_finish(&host->ports);
	hand_over_finish(&host->hand_over);
	*host = (struct host){0};
}
