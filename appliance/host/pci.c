/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/pci.h"
#include "host/attr.h"
#include "host/pci_card.h"
#include "host/pci_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"

/* include/linux/ioport.h: the flags in the third column of `resource` */
enum {
	RESOURCE_IO = 0x100,
	RESOURCE_PREFETCH = 0x2000,
	RESOURCE_64BIT = 0x100000,
	RESOURCE_UNSET = 0x20000000,
};

/* --- what sysfs tells of one function --- */

static uint64_t device_number(
        const struct root *root, const char *name, const char *file, uint64_t max, uint64_t none)
{
	return attr_u64(root, 16, max, none, DEVICES "/%s/%s", name, file);
}

static char *device_link(const struct root *root, const char *name, const char *link)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/%s", name, link);
	char *target = root_link_name(root, path);

	return target ? text_clean(target) : NULL;
}

/* False when its identity cannot be read: it is being removed, or the tree is broken. */
static bool take_identity(const struct root *root, const char *name, struct pci_device *d)
{
	const uint64_t none = UINT32_MAX;
	uint64_t vendor = device_number(root, name, "vendor", 0xffff, none);
	uint64_t device = device_number(root, name, "device", 0xffff, none);
	uint64_t class = device_number(root, name, "class", 0xffffff, none);

	if (vendor == none || device == none || class == none)
		return false;
	d->vendor = (uint16_t)vendor;
	d->device = (uint16_t)device;
	d->class_code = (uint32_t) class;
	d->subsystem_vendor = (uint16_t)device_number(root, name, "subsystem_vendor", 0xffff, 0);
	d->subsystem_device = (uint16_t)device_number(root, name, "subsystem_device", 0xffff, 0);
	d->revision = (uint8_t)device_number(root, name, "revision", 0xff, 0);
	return true;
}

/* A group that VFIO's no-IOMMU mode made keeps nothing apart, so it is none. */
static int take_group(const struct root *root, const char *name)
{
	cleanup_free char *link = device_link(root, name, "iommu_group");
	cleanup_free char *maker = attr_text(root, DEVICES "/%s/iommu_group/name", name);
	uint64_t id;

	if (!link || parse_u64(link, 10, INT32_MAX, &id) < 0)
		return -1;
	return maker && streq(maker, "vfio-noiommu") ? -1 : (int)id;
}

/* "" for an empty file is a fact here, unlike with attr_text(). */
static char *take_reset_method(const struct root *root, const char *name)
{
	cleanup_free char *text = root_readf(root, DEVICES "/%s/reset_method", name);

	return text ? xstrdup(strip(text_clean(text))) : NULL;
}

static bool parse_resource(char *line, uint64_t v[3])
{
	char *save = NULL;

	for (int i = 0; i < 3; i++) {
		const char *word = strtok_r(i ? NULL : line, " \t", &save);

		if (!word || parse_u64(word, 16, UINT64_MAX, &v[i]) < 0)
			return false;
	}
	return v[1] >= v[0] && (v[0] || v[1]);
}

static struct pci_bar bar_of(const uint64_t v[3])
{
	return (struct pci_bar){
	        .size = v[1] - v[0] + 1,
	        .address = v[0],
	        .io = v[2] & RESOURCE_IO,
	        .is_64bit = v[2] & RESOURCE_64BIT,
	        .prefetchable = v[2] & RESOURCE_PREFETCH,
	        .unset = v[2] & RESOURCE_UNSET || v[0] == 0,
	};
}

/* Lines of `resource`: six BARs, the expansion ROM, then SR-IOV, and of bridges their windows. */
static void take_resources(const struct root *root, const char *name, struct pci_device *d)
{
	cleanup_free char *text = root_readf(root, DEVICES "/%s/resource", name);
	char *line, *rest = text;

	for (int i = 0; i < 32 && (line = text_next_line(&rest)); i++) {
		uint64_t v[3];
		bool valid = parse_resource(line, v);

		if (valid && i < 6)
			d->bar[i] = bar_of(v);
		else if (valid && i == 6)
			d->rom_size = v[1] - v[0] + 1;
		else if (valid && pci_is_bridge(d) && v[2] & RESOURCE_PREFETCH &&
		         v[1] - v[0] >= d->window.size)
			d->window = bar_of(v);
	}
}

/* Device Serial Number (PCIe 5.0, 7.9.3), in the extended capabilities, which only root gets to read. */
static char *take_serial(const struct root *root, const char *name)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/config", name);
	cleanup_close int fd = root_openat(root, path, O_RDONLY | O_NONBLOCK, 0);
	uint32_t low, high;
	off_t at = pci_find_extended(fd, 0x0003);

	if (!at || !pci_read_config(fd, at + 4, &low) || !pci_read_config(fd, at + 8, &high))
		return NULL;
	return high || low ? xasprintf("%08x%08x", high, low) : NULL;
}

/*
 * From /sys/devices/pci0000:00/0000:00:04.0/0000:01:00.0 the slots "0000:00:04.0/00.0", and the
 * bridge above, whose address is left in @above. Host bridges in between (VMD) have no slot.
 */
static char *take_path(
        const struct root *root, const char *name, struct pci_addr *above, bool *has_above)
{
	cleanup_free char *link = xasprintf(DEVICES "/%s", name);
	cleanup_free char *real = root_real_path(root, link);
	struct strv parts = {0}, slots = {0};
	struct pci_addr last = {0}, addr;
	char *path;

	*has_above = false;
	strv_split(&parts, real ? real : name, "/");
	strv_foreach (part, &parts) {
		if (pci_addr_parse(*part, &addr) < 0)
			continue;
		if (!slots.n)
			strv_add(&slots, pci_addr_format(addr).s);
		else
			strv_addf(&slots, "%02x.%x", addr.device, addr.function);
		if (slots.n > 1) {
			*above = last;
			*has_above = true;
		}
		last = addr;
	}
	path = strv_join(&slots, "/");
	strv_finish(&parts);
	strv_finish(&slots);
	return path;
}

static void take_device(const struct root *root, const char *name, struct pci_device *d)
{
	/* Before anything else is read: to read its configuration space wakes a sleeping card. */
	if (pci_is_gpu(d))
		pci_card_take_power(root, name, d);
	d->driver = device_link(root, name, "driver");
	d->serial = take_serial(root, name);
	d->iommu_group = take_group(root, name);
	d->numa_node = (int)(int64_t)attr_u64(
	        root, 10, INT32_MAX, (uint64_t)-1, DEVICES "/%s/numa_node", name);
	d->boot_vga = attr_bool(root, DEVICES "/%s/boot_vga", name);
	d->d3cold_allowed = attr_bool(root, DEVICES "/%s/d3cold_allowed", name);
	d->reset_method = take_reset_method(root, name);
	/* 16 bits: PCI Express Base Specification 5.0, 9.3.3.5 and 9.3.3.7 */
	d->vfs_total = (unsigned)attr_u64(root, 10, 0xffff, 0, DEVICES "/%s/sriov_totalvfs", name);
	d->vfs = (unsigned)attr_u64(root, 10, 0xffff, 0, DEVICES "/%s/sriov_numvfs", name);
	take_resources(root, name, d);
	if (pci_is_gpu(d))
		pci_card_take(root, name, d);
}

/* --- the list --- */

static int compare(const void *a, const void *b)
{
	const struct pci_device *x = a, *y = b;

	return pci_addr_compare(x->addr, y->addr);
}

static int index_of(const struct pci *pci, struct pci_addr addr)
{
	const struct pci_device *d = pci_find(pci, addr);

	return d ? (int)(d - pci->list) : -1;
}

/* Each virtfnN of a function is a link to the virtual one. */
static void take_virtual(const struct root *root, struct pci *pci, struct pci_device *parent)
{
	const struct pci_addr_text name = pci_addr_format(parent->addr);

	for (unsigned vf = 0; vf < parent->vfs; vf++) {
		cleanup_free char *link = xasprintf(DEVICES "/%s/virtfn%u", name.s, vf);
		cleanup_free char *target = root_link_name(root, link);
		struct pci_addr addr;
		int index = target && pci_addr_parse(target, &addr) == 0 ? index_of(pci, addr) : -1;

		if (index < 0)
			continue;
		pci->list[index].is_virtual = true;
		pci->list[index].physfn = parent->addr;
		pci->list[index].vf = vf;
	}
}

static void take_tree(const struct root *root, struct pci *pci)
{
	for (size_t i = 0; i < pci->n; i++) {
		struct pci_device *d = &pci->list[i];
		struct pci_addr above = {0};
		bool has_above;

		d->path = take_path(root, pci_addr_format(d->addr).s, &above, &has_above);
		d->parent = has_above ? index_of(pci, above) : -1;
		if (d->vfs)
			take_virtual(root, pci, d);
	}
}

int pci_take(const struct root *root, struct pci *out, struct err *err)
{
	struct strv found = {0};
	int r = root_list(root, DEVICES, &found);

	*out = (struct pci){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" DEVICES, root->path);
	strv_foreach (name, &found) {
		struct pci_device d = {0};
		cleanup_free char *reset = xasprintf(DEVICES "/%s/reset", *name);

		if (pci_addr_parse(*name, &d.addr) < 0 || !streq(*name, pci_addr_format(d.addr).s))
			continue;
		if (!take_identity(root, *name, &d)) {
			out->n_unreadable++;
			continue;
		}
		take_device(root, *name, &d);
		d.reset = root_exists(root, reset);
		*list_append(out->list, out->n) = d;
	}
	strv_finish(&found);
	if (out->n)
		qsort(out->list, out->n, sizeof(*out->list), compare);
	pci_names_take(out);
	take_tree(root, out);
	out->room_above_4g = pci_card_take_room(root);
	return 0;
}

void pci_finish(struct pci *pci)
{
	for (size_t i = 0; i < pci->n; i++) {
		struct pci_device *d = &pci->list[i];

		free(d->vendor_name);
		free(d->device_name);
		free(d->driver);
		free(d->path);
		free(d->serial);
		free(d->reset_method);
		free(d->power_state);
		free(d->runtime_status);
		free(d->rom_source);
		rom_finish(&d->rom);
	}
	free(pci->room_above_4g);
	free(pci->list);
	*pci = (struct pci){0};
}

const struct pci_device *pci_find(const struct pci *pci, struct pci_addr addr)
{
	for (size_t i = 0; i < pci->n; i++) {
		if (pci_addr_equal(pci->list[i].addr, addr))
			return &pci->list[i];
	}
	return NULL;
}

const struct pci_device *pci_find_path(const struct pci *pci, const char *path)
{
	for (size_t i = 0; i < pci->n; i++) {
		if (streq(pci->list[i].path, path))
			return &pci->list[i];
	}
	return NULL;
}

const struct pci_device *pci_find_virtual(
        const struct pci *pci, struct pci_addr physfn, unsigned vf)
{
	for (size_t i = 0; i < pci->n; i++) {
		const struct pci_device *d = &pci->list[i];

		if (d->is_virtual && d->vf == vf && pci_addr_equal(d->physfn, physfn))
			return d;
	}
	return NULL;
}

bool pci_is_bridge(const struct pci_device *d)
{
	uint32_t class = d->class_code >> 8;

	return class == 0x0604 || class == 0x0600;
}

bool pci_is_gpu(const struct pci_device *d)
{
	uint32_t class = d->class_code >> 8;

	return class == 0x0300 || class == 0x0302 || class == 0x0380;
}

bool pci_same_card(const struct pci_device *gpu, const struct pci_device *d)
{
	if (gpu->is_virtual || d->is_virtual)
		return gpu == d;
	return gpu->addr.domain == d->addr.domain && gpu->addr.bus == d->addr.bus &&
	       gpu->addr.device == d->addr.device &&
	       (gpu->vendor == d->vendor || gpu->iommu_group < 0 ||
	               gpu->iommu_group == d->iommu_group);
}

bool pci_is_below(const struct pci *pci, const struct pci_device *d, int bridge)
{
	/* A parent comes before its children in a whole tree; in a broken one this ends all the same. */
	for (size_t steps = 0; d->parent >= 0 && steps < pci->n; steps++) {
		if (d->parent == bridge)
			return true;
		d = &pci->list[d->parent];
	}
	return false;
}

bool pci_is_usb_controller(const struct pci_device *d)
{
	uint32_t interface = d->class_code & 0xff;

	return d->class_code >> 8 == 0x0c03 && interface != 0x80 && interface != 0xfe;
}

struct pci_addr_text pci_id(const struct pci_device *d)
{
	struct pci_addr_text text;

	snprintf(text.s, sizeof(text.s), "%04x:%04x", d->vendor, d->device);
	return text;
}

char *pci_describe(const struct pci_device *d)
{
	const char *vendor = d->vendor_name, *device = d->device_name;

	return xasprintf("%s%s%s%s%s", pci_id(d).s, vendor ? " " : "", vendor ? vendor : "",
	        device ? " " : "", device ? device : "");
}
