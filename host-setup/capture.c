/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"
#include "capture_mask.h"
#include "existing.h"
#include "facts.h"

#include "host/display_users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct capture {
	const struct root *from;
	const char *to;
	struct mask mask;
	size_t n;
	int error; /* first failure to write */
	char failed[4096];
};

/* --- what is taken --- */

/* Copied as they are where they can be read. */
static const char *const files[] = {
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/interrupts",
        "/proc/cmdline",
        "/proc/swaps",
        "/proc/consoles",
        "/proc/1/mountinfo",
        "/proc/self/mountinfo",
        "/proc/sys/kernel/osrelease",
        "/run/systemd/container",
        "/proc/1/cgroup",
        "/proc/xen/capabilities",
        "/sys/hypervisor/type",
        "/sys/module/kvm_intel/parameters/nested",
        "/sys/module/kvm_amd/parameters/nested",
        "/sys/class/dmi/id/board_vendor",
        "/sys/class/dmi/id/board_name",
        "/sys/class/dmi/id/sys_vendor",
        "/sys/class/dmi/id/product_name",
};

/* Only that they exist counts, or all that a user without rights can tell. */
static const char *const marks[] = {"/dev/kvm", "/.dockerenv", "/run/.containerenv",
        "/sys/module/vfio_pci", "/sys/module/zfs", FACTS_JOURNAL};

/* Folders of links, which must be there even when they are empty. */
static const char *const link_folders[] = {"/sys/block", "/sys/bus/pci/devices",
        "/sys/bus/usb/devices", "/sys/class/iommu", "/sys/class/net", "/sys/class/drm",
        "/sys/class/graphics", "/sys/class/vtconsole", "/sys/class/input", "/sys/class/sound",
        "/sys/class/bluetooth", "/sys/class/tpm", "/sys/class/ipmi"};

/* Folders that are walked to the end. */
static const char *const trees[] = {"/sys/devices", "/sys/kernel/iommu_groups", "/sys/fs/btrfs"};

static const char *const skipped_folders[] = {"system", "power", "msi_irqs", "software",
        "tracepoint", "breakpoint", "statistics", "features", "firmware_node", "physical_node",
        "workqueue", "bdi", "mq", "trace", "cpu", "allocation", "queues", "hwmon", "thermal",
        "net_dim"};

static const char *const skipped_links[] = {
        "firmware_node", "of_node", "module", "bdi", "physical_node", "wakeup"};

static const char *const attributes[] = {"backing_file", "vendor", "device", "class",
        "subsystem_vendor", "subsystem_device", "revision", "resource", "reset_method", "boot_vga",
        "sriov_totalvfs", "sriov_numvfs", "available_instances", "device_api", "description",
        "d3cold_allowed", "power_state", "resource0_resize", "resource1_resize", "resource2_resize",
        "resource3_resize", "resource4_resize", "resource5_resize", "enabled", "numa_node",
        "config", "type", "name", "dev", "size", "ro", "removable", "partition", "hidden", "model",
        "serial", "rotational", "uuid", "level", "status", "bind", "operstate", "cap", "ecap",
        "features", "reserved_regions", "version", "idVendor", "idProduct", "busnum", "devnum",
        "bDeviceClass", "manufacturer", "product", "speed", "bInterfaceClass", "bInterfaceSubClass",
        "bInterfaceProtocol", "interface", "connect_type", "over_current_count", "id", "bustype",
        "key", "rel", "abs"};

static bool listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (streq(list[i], name))
			return true;
	}
	return false;
}

/* --- writing --- */

static void fail(struct capture *c, const char *path)
{
	if (!c->error) {
		c->error = -errno;
		snprintf(c->failed, sizeof(c->failed), "%s", path);
	}
}

/* The place of @path in the capture, its folders made; caller frees. */
static char *place(struct capture *c, const char *path)
{
	cleanup_free char *masked = mask_text(&c->mask, path, starts_with(path, "/dev/disk/"));
	char *full = xasprintf("%s%s", c->to, masked);

	for (char *slash = full + strlen(c->to) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			fail(c, full);
		*slash = '/';
	}
	return full;
}

static void put(struct capture *c, const char *path, const void *bytes, size_t size)
{
	cleanup_free char *full = place(c, path);
	cleanup_close int fd =
	        open(full, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	const char *at = bytes;

	while (fd >= 0 && size) {
		ssize_t n = write(fd, at, size);

		if (n <= 0)
			break;
		at += n;
		size -= (size_t)n;
	}
	if (fd < 0 || size)
		fail(c, full);
	c->n++;
}

static void put_text(struct capture *c, const char *path, const char *text, bool serials)
{
	cleanup_free char *masked = mask_text(&c->mask, text, serials);

	put(c, path, masked, strlen(masked));
}

static void put_folder(struct capture *c, const char *path)
{
	cleanup_free char *inside = xasprintf("%s/", path);

	free(place(c, inside));
}

/* --- copying --- */

static void copy_file(struct capture *c, const char *path)
{
	cleanup_free char *text = root_read(c->from, path);
	const char *name = strrchr(path, '/') + 1;

	if (text) {
		cleanup_free char *line = xasprintf("%s%s", text, *text ? "\n" : "");

		put_text(c, path, line, streq(name, "serial"));
	}
}

static void copy_config(struct capture *c, const char *path)
{
	size_t size;
	cleanup_free unsigned char *bytes = root_read_bytes(c->from, path, &size);

	if (!bytes)
		return;
	mask_pci_config(&c->mask, bytes, size);
	put(c, path, bytes, size);
}

static void copy_bytes(struct capture *c, const char *path)
{
	size_t size;
	cleanup_free void *bytes = root_read_bytes(c->from, path, &size);

	if (bytes)
		put(c, path, bytes, size);
}

static void copy_link(struct capture *c, const char *path)
{
	cleanup_close int fd = root_openat(c->from, path, O_PATH | O_NOFOLLOW, 0);
	char target[4096];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target) - 1);
	cleanup_free char *full = NULL, *masked = NULL;

	if (n < 0)
		return;
	target[n] = '\0';
	full = place(c, path);
	masked = mask_text(&c->mask, target, false);
	if (symlink(masked, full) < 0 && errno != EEXIST)
		fail(c, full);
	c->n++;
}

static void copy_attribute(struct capture *c, const char *path, const char *name)
{
	if (streq(name, "config"))
		copy_config(c, path);
	else if (streq(name, "descriptors"))
		copy_bytes(c, path); /* of USB devices: numbers; their strings are not in it */
	else if (streq(name, "reset"))
		put(c, path, "", 0); /* write-only */
	else if (listed(attributes, ARRAY_SIZE(attributes), name) ||
	         ends_with(path, "/intel-iommu/address")) /* others are those of network cards */
		copy_file(c, path);
}

static bool link_is_taken(const char *name)
{
	return !starts_with(name, "consumer:") && !starts_with(name, "supplier:") &&
	       !listed(skipped_links, ARRAY_SIZE(skipped_links), name);
}

static void walk(struct capture *c, const char *folder, bool deep);

static void walk_entry(struct capture *c, const char *folder, const struct dirent *e, bool deep)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, e->d_name);

	if (e->d_type == DT_LNK && link_is_taken(e->d_name))
		copy_link(c, path);
	else if (e->d_type == DT_REG && deep)
		copy_attribute(c, path, e->d_name);
	else if (e->d_type == DT_DIR && e->d_name[0] != '.' &&
	         !listed(skipped_folders, ARRAY_SIZE(skipped_folders), e->d_name))
		walk(c, path, true);
}

static void walk(struct capture *c, const char *folder, bool deep)
{
	int fd = root_openat(c->from, folder, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	if (!deep)
		put_folder(c, folder);
	while (!c->error && (e = readdir(dir)))
		walk_entry(c, folder, e, deep);
	closedir(dir);
}

/* --- what needs a hand --- */

static void copy_tables(struct capture *c)
{
	static const char *const names[] = {"DMAR", "IVRS"};

	if (root_exists(c->from, "/sys/firmware/acpi/tables"))
		put_folder(c, "/sys/firmware/acpi/tables");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf("/sys/firmware/acpi/tables/%s", names[i]);
		size_t size = 0;
		cleanup_free char *bytes = root_read_bytes(c->from, path, &size);

		/* Empty where only root may read it: that it is there counts. */
		if (root_exists(c->from, path))
			put(c, path, bytes ? bytes : "", bytes ? size : 0);
	}
}

/* Of the first process's environment only what names a container. */
static void copy_environ(struct capture *c)
{
	static const char path[] = "/proc/1/environ";
	size_t size = 0;
	cleanup_free char *bytes = root_read_bytes(c->from, path, &size);

	for (size_t at = 0; bytes && at < size; at += strlen(bytes + at) + 1) {
		if (starts_with(bytes + at, "container="))
			put_text(c, path, bytes + at, false);
	}
}

/* That these folders exist counts. */
static void mark_folders(struct capture *c)
{
	static const char *const folders[] = {
	        "/sys/module/kvm_intel", "/sys/module/kvm_amd", "/run/systemd/system"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (root_exists(c->from, folders[i]))
			put_folder(c, folders[i]);
	}
}

static void copy_efi(struct capture *c)
{
	static const char variable[] =
	        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	size_t size;
	cleanup_free char *bytes = root_read_bytes(c->from, variable, &size);

	if (root_exists(c->from, "/sys/firmware/efi"))
		put_folder(c, "/sys/firmware/efi");
	if (bytes)
		put(c, variable, bytes, size);
}

static void copy_modules(struct capture *c, const char *release)
{
	static const char *const names[] = {"modules.dep", "modules.builtin"};

	for (size_t i = 0; release && i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf("/lib/modules/%s/%s", release, names[i]);
		cleanup_free char *text = root_read(c->from, path), *kept = NULL;
		struct strv cleanup_strv lines = {0}, ours = {0};

		if (!text)
			continue;
		strv_split(&lines, text, "\n");
		strv_foreach (line, &lines) {
			if (strstr(*line, "vfio"))
				strv_add(&ours, *line);
		}
		kept = strv_join(&ours, "\n");
		put_text(c, path, kept, false);
	}
}

/* Blanks out columns @a and @b (addresses) of the lines that hold @wanted between blanks, and drops the others. */
static void copy_network(
        struct capture *c, const char *path, const char *wanted, size_t a, size_t b)
{
	cleanup_free char *text = root_read(c->from, path), *kept = NULL;
	struct strv cleanup_strv lines = {0}, ours = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		struct strv cleanup_strv columns = {0};
		cleanup_free char *plain = NULL;

		strv_split(&columns, *line, " \t");
		plain = strv_join(&columns, " ");
		if (!strstr(plain, wanted))
			continue;
		for (size_t i = 0; i < columns.n; i++) {
			if (i == a || i == b)
				for (char *s = columns.list[i]; *s && *s != ':'; s++)
					*s = '0';
		}
		strv_take(&ours, strv_join(&columns, " "));
	}
	kept = strv_join(&ours, "\n");
	if (text)
		put_text(c, path, kept, false);
}

/* Only serial ports on PCI: a PC has many terminals, which tell nothing. */
static void copy_serial(struct capture *c, const struct host *host)
{
	for (size_t i = 0; i < host->board.n; i++) {
		if (host->board.list[i].kind == BOARD_SERIAL)
			copy_link(c, host->board.list[i].source);
	}
}

static void copy_sound(struct capture *c, const struct host *host)
{
	for (size_t i = 0; i < host->sounds.n; i++) {
		if (host->sounds.list[i].running)
			copy_file(c, host->sounds.list[i].running_source);
	}
}

/* By name: other files that are called "address" hold MAC addresses. */
static void copy_slots(struct capture *c)
{
	struct strv cleanup_strv names = {0};

	root_list(c->from, "/sys/bus/pci/slots", &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("/sys/bus/pci/slots/%s/address", *name);

		copy_file(c, path);
	}
}

static void copy_udev(struct capture *c)
{
	struct strv cleanup_strv names = {0};

	root_list(c->from, "/run/udev/data", &names);
	for (int pass = 0; pass < 2; pass++) {
		strv_foreach (name, &names) {
			cleanup_free char *path = xasprintf("/run/udev/data/%s", *name);
			cleanup_free char *db = **name == 'b' ? root_read(c->from, path) : NULL;

			/* Learn from all before the first is written. */
			if (db && pass == 0)
				mask_learn_udev(&c->mask, db);
			else if (db)
				put_text(c, path, db, true);
		}
	}
}

/* Of the host's configuration only the files that hold something about passthrough. */
static void copy_existing(struct capture *c)
{
	struct strv cleanup_strv paths = {0};
	struct existing existing;

	existing_take(c->from, &existing);
	for (size_t i = 0; i < existing.n; i++) {
		const struct existing_setting *s = &existing.list[i];

		strv_add(&paths, s->source);
		if (s->configured)
			strv_add(&paths, s->configured);
	}
	existing_finish(&existing);
	for (size_t i = 0; i < paths.n; i++) {
		/* "FILE:LINE"; an address of driverctl's has colons too */
		char *line = strrchr(paths.list[i], ':');

		if (line && !root_exists(c->from, paths.list[i]))
			*line = '\0';
		for (size_t k = 0; k < i; k++) {
			if (streq(paths.list[k], paths.list[i]))
				*paths.list[i] = '\0';
		}
		if (starts_with(paths.list[i], "/etc/") || starts_with(paths.list[i], "/run/") ||
		        starts_with(paths.list[i], "/usr/"))
			copy_file(c, paths.list[i]);
	}
}

/* Of the map of memory only what devices sit in: the rest of it helps nobody but attackers. */
static void copy_iomem(struct capture *c)
{
	static const char *const wanted[] = {
	        " : PCI Bus ", " : BOOTFB", " : simple", " : efi", " : vesa"};
	cleanup_free char *text = root_read(c->from, "/proc/iomem"), *kept = NULL;
	struct strv cleanup_strv lines = {0}, ours = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		bool keep = false;

		for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
			keep |= strstr(*line, wanted[i]) != NULL;
		if (keep)
			strv_add(&ours, *line);
	}
	kept = strv_join(&ours, "\n");
	if (text)
		put_text(c, "/proc/iomem", kept, false);
}

/* The headers of ROMs, without the vendor's programs in them. */
static void copy_roms(struct capture *c, const char *folder)
{
	cleanup_free char *path = xasprintf("%s/rom", folder);
	size_t size = 0;
	cleanup_free void *bytes = root_read_bytes(c->from, path, &size);

	if (!bytes || !size)
		return;
	rom_blank(bytes, size);
	put(c, path, bytes, size);
}

static void copy_cards(struct capture *c, const struct host *host)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		cleanup_free char *link =
		        xasprintf("/sys/bus/pci/devices/%s", pci_addr_format(d->addr).s);
		cleanup_free char *folder = pci_is_gpu(d) ? root_real_path(c->from, link) : NULL;
		cleanup_free char *status =
		        folder ? xasprintf("%s/power/runtime_status", folder) : NULL;

		if (!folder)
			continue;
		copy_file(c, status);
		copy_roms(c, folder);
	}
}

static void copy_vfct(struct capture *c)
{
	static const char path[] = "/sys/firmware/acpi/tables/VFCT";
	size_t size = 0, at = 0;
	cleanup_free char *table = root_read_bytes(c->from, path, &size);
	struct rom_copy copy;

	while (table && rom_next_vfct(table, size, &at, &copy))
		rom_blank(table + copy.offset, copy.size);
	if (root_exists(c->from, path))
		put(c, path, table ? table : "", table ? size : 0);
}

static void copy_open_file(const char *pid, const char *fd, const char *node, void *arg)
{
	struct capture *c = arg;
	cleanup_free char *name = xasprintf("/proc/%s/comm", pid);
	cleanup_free char *link = xasprintf("/proc/%s/fd/%s", pid, fd);

	(void)node;
	copy_file(c, name);
	copy_link(c, link);
}

static void copy_users(struct capture *c, const struct host *host)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const char *name = host->displays.list[i].name;
		cleanup_free char *path = starts_with(name, "card")
		                                  ? xasprintf("/sys/kernel/debug/dri/%s/clients",
		                                            name + strlen("card"))
		                                  : NULL;
		cleanup_free char *text = path ? root_read(c->from, path) : NULL;

		if (text)
			put_text(c, path, text, false);
	}
	if (host->displays.n)
		display_walk_open_files(c->from, copy_open_file, c);
}

static void copy_all(struct capture *c, const struct host *host)
{
	copy_udev(c);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		copy_file(c, files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (root_exists(c->from, marks[i]))
			put(c, marks[i], "", 0);
	}
	copy_serial(c, host);
	copy_sound(c, host);
	copy_slots(c);
	mark_folders(c);
	copy_environ(c);
	copy_tables(c);
	copy_vfct(c);
	copy_iomem(c);
	copy_cards(c, host);
	copy_users(c, host);
	copy_efi(c);
	copy_existing(c);
	copy_modules(c, host->firmware.kernel_release);
	copy_network(c, "/proc/net/route", " 00000000 ", 2, 2);
	copy_network(c, "/proc/net/ipv6_route", "00000000000000000000000000000000 00 ", 4, 4);
	copy_network(c, "/proc/net/tcp", ":0016 ", 1, 2);
	copy_network(c, "/proc/net/tcp6", ":0016 ", 1, 2);
	if (host->firmware.log)
		put_text(c, "/kernel.log", host->firmware.log, false);
	for (size_t i = 0; i < ARRAY_SIZE(link_folders); i++)
		walk(c, link_folders[i], false);
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		walk(c, trees[i], true);
}

int capture_tree(const struct root *from, const char *to, size_t *n, struct err *err)
{
	struct capture c = {.from = from, .to = to};
	struct host host;
	int r = host_take(from, &host, err);

	if (r < 0)
		return r;
	mask_learn(&c.mask, &host);
	copy_all(&c, &host);
	mask_finish(&c.mask);
	host_finish(&host);
	*n = c.n;
	if (c.error)
		return err_errno(err, c.error, "%s", c.failed);
	return 0;
}
