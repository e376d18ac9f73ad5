/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/share.h"

#include "base/i18n.h"
#include "base/net_name.h"
#include "host/mdev.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PCI   "/sys/bus/pci/devices/"
#define MDEVS "/sys/bus/mdev/devices/"

static int fail(int number, struct err *err)
{
	err_code(err, CODE_SHARE_FAILED);
	return number;
}

/* --- virtual functions --- */

static char *file_of(const struct act_share *s, const char *name)
{
	return xasprintf(PCI "%s/%s", pci_addr_format(s->parent.addr).s, name);
}

static char *virtual_link(const struct act_share *s, unsigned vf)
{
	return xasprintf(PCI "%s/virtfn%u", pci_addr_format(s->parent.addr).s, vf);
}

static int read_number(
        const struct root *root, const struct act_share *s, uint64_t *out, struct err *err)
{
	cleanup_free char *path = file_of(s, "sriov_numvfs");
	int r = root_read_u64(root, path, 10, out);

	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

/* Only where it is not so already. */
static int set_autoprobe(
        const struct root *root, const struct act_share *s, bool on, struct err *err)
{
	cleanup_free char *path = file_of(s, "sriov_drivers_autoprobe");
	uint64_t now;

	if (!s->autoprobe || root_read_u64(root, path, 10, &now) < 0 || now == on)
		return 0;
	return root_poke(root, path, on ? "1" : "0", err);
}

static int write_number(
        const struct root *root, const struct act_share *s, unsigned number, struct err *err)
{
	cleanup_free char *path = file_of(s, "sriov_numvfs");
	cleanup_free char *text = xasprintf("%u", number);
	int r = root_poke(root, path, text, err);

	if (r == -ENOENT)
		err_hint(err, _("the function's driver makes no virtual functions: pass all of it, "
		                "with virtual-function=no"));
	else if (r == -ENOMEM || r == -ENOSPC)
		err_hint(err,
		        _("there are no addresses for their memory or buses: switch on SR-IOV "
		          "and \"above 4G decoding\" in the firmware setup, or try pci=realloc "
		          "on the kernel command line"));
	else if (r < 0)
		err_hint(err, _("see the kernel log (dmesg)"));
	return r;
}

static int check_virtual(const struct root *root, const struct act_share *s, struct err *err)
{
	cleanup_free char *link = virtual_link(s, s->vf);

	if (root_exists(root, link))
		return 0;
	err_set(err, -EBUSY, _("%s has no virtual function %u (%s)"),
	        pci_addr_format(s->parent.addr).s, s->vf, link);
	err_hint(err, _("when nobody uses its others, write 0 into sriov_numvfs there, and start "
	                "the VM again"));
	return -EBUSY;
}

/*
 * As long as they are there, this PC's drivers take none of them: udev loads those only when it hears of the functions, and
 * the kernel asks what is allowed when it has a driver (pci_device_can_probe()).
 */
static int make_virtual(const struct root *root, const struct act_share *s, struct err *err)
{
	uint64_t number;
	int r = read_number(root, s, &number, err);

	if (r < 0 || number)
		return r < 0 ? r : check_virtual(root, s, err);
	r = set_autoprobe(root, s, false, err);
	r = r < 0 ? r : write_number(root, s, s->vfs, err);
	if (r < 0)
		set_autoprobe(root, s, true, NULL);
	return r < 0 ? r : check_virtual(root, s, err);
}

/* One that a driver has is in use by somebody, this PC or a VM that is none of ours. */
static int check_idle(
        const struct root *root, const struct act_share *s, uint64_t number, struct err *err)
{
	for (unsigned vf = 0; vf < number; vf++) {
		cleanup_free char *link = virtual_link(s, vf);
		cleanup_free char *driver_link = xasprintf("%s/driver", link);
		cleanup_free char *driver = root_link_name(root, driver_link);
		cleanup_free char *address = driver ? root_link_name(root, link) : NULL;

		if (!driver)
			continue;
		err_set(err, -EBUSY, _("the virtual functions of %s stay: %s has %s (%s)"),
		        pci_addr_format(s->parent.addr).s, driver, address ? address : link,
		        driver_link);
		err_hint(err,
		        _("when it is not used any more: echo 0 > "
		          "/sys/bus/pci/devices/%s/sriov_numvfs"),
		        pci_addr_format(s->parent.addr).s);
		return -EBUSY;
	}
	return 0;
}

static int remove_made(const struct root *root, const struct act_share *s, struct err *err)
{
	uint64_t number;
	int r = read_number(root, s, &number, err);

	if (r < 0 || !number)
		return r;
	if (number != s->vfs) /* made by somebody else meanwhile */
		return 0;
	r = check_idle(root, s, number, err);
	r = r < 0 ? r : write_number(root, s, 0, err);
	r = r < 0 ? r : read_number(root, s, &number, err);
	if (r < 0 || !number)
		return r;
	return err_set(err, -EIO,
	        _("%s still has %u virtual functions (/sys/bus/pci/devices/%s/sriov_numvfs)"),
	        pci_addr_format(s->parent.addr).s, (unsigned)number,
	        pci_addr_format(s->parent.addr).s);
}

static int remove_virtual(const struct root *root, const struct act_share *s, struct err *err)
{
	int r = remove_made(root, s, err);
	int after = set_autoprobe(root, s, true, r < 0 ? NULL : err);

	return r < 0 ? r : after;
}

/* --- mediated devices --- */

static bool is_uuid(const char *text)
{
	return text && strlen(text) == MDEV_UUID && text[strspn(text, "0123456789abcdef-")] == '\0';
}

/* One of another kind is none of ours. */
static int check_mediated(const struct root *root, const struct act_share *s, struct err *err)
{
	cleanup_free char *link = xasprintf(MDEVS "%s/mdev_type", s->uuid);
	cleanup_free char *group = xasprintf(MDEVS "%s/iommu_group", s->uuid);
	cleanup_free char *type = root_link_name(root, link);

	if (!type || !streq(type, s->type))
		return err_set(err, -EXDEV, _("mediated device %s is a %s, not a %s (%s)"), s->uuid,
		        type ? type : _("unknown"), s->type, link);
	if (root_exists(root, group))
		return 0;
	return err_set(err, -ENODEV, _("mediated device %s: no driver of VFIO has it (%s: none)"),
	        s->uuid, group);
}

static int make_mediated(const struct root *root, const struct act_share *s, struct err *err)
{
	cleanup_free char *there = xasprintf(MDEVS "%s", s->uuid);
	cleanup_free char *create = xasprintf(PCI "%s/mdev_supported_types/%s/create",
	        pci_addr_format(s->parent.addr).s, s->type);
	int r = root_exists(root, there) ? 0 : root_poke(root, create, s->uuid, err);

	if (r < 0)
		err_hint(err, _("see the kernel log (dmesg)"));
	return r < 0 ? r : check_mediated(root, s, err);
}

static int remove_mediated(const struct root *root, const struct act_share *s, struct err *err)
{
	cleanup_free char *there = xasprintf(MDEVS "%s", s->uuid);
	cleanup_free char *file = xasprintf("%s/remove", there);
	cleanup_free char *link = xasprintf("%s/mdev_type", there);
	cleanup_free char *type = root_link_name(root, link);
	int r;

	if (!root_exists(root, there))
		return 0;
	if (!type || !streq(type, s->type))
		return check_mediated(root, s, err);
	r = root_poke(root, file, "1", err);
	if (r < 0 || !root_exists(root, there))
		return r;
	return err_set(err, -EIO, _("mediated device %s is still there (%s)"), s->uuid, there);
}

/* --- both --- */

static int check(const struct act_share *s, struct err *err)
{
	switch (s->kind) {
	case VM_SHARE_NO:
		break;
	case VM_SHARE_VIRTUAL:
		if (s->vfs <= PROFILE_VIRTUAL_MOST && (!s->link || net_link_check(s->link) == 0))
			return 0;
		break;
	case VM_SHARE_MEDIATED:
		if (is_uuid(s->uuid) && s->type && *s->type && *s->type != '.' &&
		        !strchr(s->type, '/'))
			return 0;
		break;
	}
	return err_set(err, -EINVAL, _("%s: no such part of it can be made"),
	        pci_addr_format(s->parent.addr).s);
}

int act_share_make(const struct root *root, const struct act_share *s, struct err *err)
{
	int r = check(s, err);

	r = r < 0 ? r : act_is_there(root, &s->parent, err);
	if (r < 0)
		return r;
	r = s->kind == VM_SHARE_VIRTUAL ? make_virtual(root, s, err) : make_mediated(root, s, err);
	return r < 0 ? fail(r, err) : 0;
}

int act_share_remove(const struct root *root, const struct act_share *s, struct err *err)
{
	int r = check(s, err);

	r = r < 0 ? r : act_is_there(root, &s->parent, err);
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	r = s->kind == VM_SHARE_VIRTUAL ? remove_virtual(root, s, err)
	                                : remove_mediated(root, s, err);
	return r < 0 ? fail(r, err) : 0;
}

/* --- the network address --- */

static int open_link(const struct act_share *s, int *nl, struct err *err)
{
	int r = check(s, err), index;

	if (r < 0)
		return r;
	if (s->kind != VM_SHARE_VIRTUAL || !s->link)
		return err_set(err, -EINVAL, _("%s is no network card"),
		        pci_addr_format(s->parent.addr).s);
	*nl = netlink_open();
	if (*nl < 0)
		return err_errno(err, *nl, _("network link %s"), s->link);
	index = netlink_index(*nl, s->link);
	return index < 0 ? err_errno(err, index, _("network link %s"), s->link) : index;
}

int act_share_address(const struct act_share *s, struct netlink_vf *out, struct err *err)
{
	cleanup_close int nl = -1;
	int index = open_link(s, &nl, err);
	int r = index < 0 ? index : netlink_vf_get(nl, index, s->vf, out);

	if (index < 0 || r == 0)
		return r;
	return fail(
	        err_errno(err, r, _("network link %s: virtual function %u"), s->link, s->vf), err);
}

/* Who has no address of its card's, may be seen with one of its own. */
static bool is_set(const struct netlink_vf *now, const struct netlink_vf *will)
{
	static const uint8_t none[NETLINK_MAC];

	if (memcmp(will->mac, none, NETLINK_MAC) == 0)
		return now->vlan == will->vlan;
	return memcmp(now->mac, will->mac, NETLINK_MAC) == 0 && now->vlan == will->vlan;
}

int act_share_set_address(const struct act_share *s, const struct netlink_vf *will, struct err *err)
{
	cleanup_close int nl = -1;
	struct netlink_vf now;
	int index = open_link(s, &nl, err);
	int r = index < 0 ? index : netlink_vf_get(nl, index, s->vf, &now);

	r = r < 0 ? r : netlink_vf_set(nl, index, s->vf, &now, will);
	r = r < 0 ? r : netlink_vf_get(nl, index, s->vf, &now);
	if (index < 0 || (r == 0 && is_set(&now, will)))
		return r;
	err_errno(err, r < 0 ? r : -EIO, _("network link %s: virtual function %u"), s->link, s->vf);
	err_hint(err,
	        _("its driver may not let the address or the VLAN of a virtual function be set: "
	          "see the kernel log (dmesg)"));
	return fail(r < 0 ? r : -EIO, err);
}
