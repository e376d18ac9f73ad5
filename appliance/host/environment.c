/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/environment.h"
#include "host/attr.h"

#include <ctype.h>

static void tell(
        struct environment_fact *fact, const char *name, const char *source, const char *value)
{
	if (fact->name || !*name)
		return;
	fact->name = text_clean(xstrdup(name));
	fact->source = xstrdup(source);
	fact->value = text_clean(xstrdup(value));
}

/* Names of containers are written by whoever made them: a word, or none that is worth saying. */
static bool is_word(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.")];
}

/* --- containers: https://systemd.io/CONTAINER_INTERFACE, and the marks of those that do not follow it --- */

static void take_systemd(const struct root *root, struct environment *out)
{
	static const char path[] = "/run/systemd/container";
	cleanup_free char *name = attr_text(root, path);

	if (name)
		tell(&out->container, is_word(name) ? name : "?", path, name);
}

/* NUL-separated; only root may read it. */
static void take_environ(const struct root *root, struct environment *out)
{
	static const char path[] = "/proc/1/environ";
	size_t size = 0;
	cleanup_free char *bytes = root_read_bytes(root, path, &size);

	for (size_t at = 0; bytes && at < size; at += strlen(bytes + at) + 1) {
		const char *name = bytes + at + strlen("container=");

		if (starts_with(bytes + at, "container=") && *name)
			tell(&out->container, is_word(name) ? name : "?", path, bytes + at);
	}
}

/*
 * A system that was made from a container's image keeps its marks. Where systemd runs it, systemd would have
 * said so itself.
 */
static void take_marks(const struct root *root, struct environment *out)
{
	if (root_exists(root, "/run/systemd/system"))
		return;
	if (root_exists(root, "/run/.containerenv"))
		tell(&out->container, "podman", "/run/.containerenv", "present");
	if (root_exists(root, "/.dockerenv"))
		tell(&out->container, "docker", "/.dockerenv", "present");
}

/* On a host the first process is in a group of its own: /, or /init.scope. */
static void take_cgroup(const struct root *root, struct environment *out)
{
	static const struct {
		const char *part, *name;
	} known[] = {{"/docker", "docker"}, {"/kubepods", "kubernetes"}, {"/libpod", "podman"},
	        {"/lxc", "lxc"}};
	static const char path[] = "/proc/1/cgroup";
	cleanup_free char *text = root_read(root, path);
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (strstr(line, known[i].part))
				tell(&out->container, known[i].name, path, line);
		}
	}
}

static bool has_text(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

/* "5.15.90.1-microsoft-standard-WSL2" */
static void take_wsl(const struct root *root, struct environment *out)
{
	static const char path[] = "/proc/sys/kernel/osrelease";
	cleanup_free char *release = attr_text(root, path);

	out->wsl = has_text(release, "microsoft") || has_text(release, "-WSL");
	if (out->wsl)
		tell(&out->hypervisor, "WSL", path, release);
}

/* --- virtual machines --- */

/* By /sys/class/dmi/id: how sys_vendor begins, and what product_name holds. */
static const struct {
	const char *vendor, *product, *name;
} boards[] = {
        {"QEMU", "", "QEMU"},
        {"Bochs", "", "Bochs"},
        {"VMware", "", "VMware"},
        {"innotek GmbH", "", "VirtualBox"},
        {"Oracle Corporation", "VirtualBox", "VirtualBox"},
        {"Microsoft Corporation", "Virtual Machine", "Hyper-V"},
        {"Xen", "", "Xen"},
        {"Parallels", "", "Parallels"},
        {"Apple Inc.", "Apple Virtualization", "Apple Virtualization"},
        {"Red Hat", "KVM", "KVM"},
        {"OpenStack", "", "OpenStack"},
        {"KubeVirt", "", "KubeVirt"},
        {"Google", "Google Compute Engine", "Google Compute Engine"},
        {"DigitalOcean", "", "DigitalOcean"},
};

static void take_board(const struct root *root, struct environment *out)
{
	cleanup_free char *vendor = attr_text(root, "/sys/class/dmi/id/sys_vendor");
	cleanup_free char *product = attr_text(root, "/sys/class/dmi/id/product_name");

	for (size_t i = 0; vendor && i < ARRAY_SIZE(boards); i++) {
		bool named = boards[i].product[0];

		if (!starts_with(vendor, boards[i].vendor) ||
		        (named && !has_text(product, boards[i].product)))
			continue;
		tell(&out->hypervisor, boards[i].name,
		        named ? "/sys/class/dmi/id/product_name" : "/sys/class/dmi/id/sys_vendor",
		        named ? product : vendor);
	}
}

/* Xen's control domain is a guest too, though it drives the devices. */
static void take_xen(const struct root *root, struct environment *out)
{
	cleanup_free char *type = attr_text(root, "/sys/hypervisor/type");
	cleanup_free char *can = attr_text(root, "/proc/xen/capabilities");

	if (!type || !is_word(type))
		return;
	if (has_text(can, "control_d"))
		tell(&out->hypervisor, "Xen, dom0", "/proc/xen/capabilities", can);
	else
		tell(&out->hypervisor, type, "/sys/hypervisor/type", type);
}

void environment_take(const struct root *root, struct environment *out)
{
	*out = (struct environment){0};
	take_systemd(root, out);
	take_environ(root, out);
	take_marks(root, out);
	take_cgroup(root, out);
	take_wsl(root, out);
	take_xen(root, out);
	take_board(root, out);
}

static void fact_finish(struct environment_fact *fact)
{
	free(fact->name);
	free(fact->source);
	free(fact->value);
}

void environment_finish(struct environment *environment)
{
	fact_finish(&environment->container);
	fact_finish(&environment->hypervisor);
	*environment = (struct environment){0};
}
