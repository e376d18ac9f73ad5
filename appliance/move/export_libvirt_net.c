/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network of a domain. */
#include "base/i18n.h"
#include "move/export_libvirt.h"

/*
 * libvirt forwards ports by passt alone, and one without it (Debian 12's) takes no domain that names it: so it is told and not
 * written.
 */
static void add_user(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;

	if (profile->forward)
		export_note(&l->e, EXPORT_DO, "network", "forward",
		        _("where libvirt has passt, write <backend type='passt'/> and a "
		          "<portForward> for each into <interface>"));
	if (profile->backend == PROFILE_BACKEND_PASST)
		export_note(&l->e, EXPORT_CHANGED, "network", "backend",
		        _("it is slirp, which every libvirt has"));
}

static const char *interface_type(const struct profile *profile)
{
	switch (profile->network) {
	case PROFILE_NETWORK_USER:
	case PROFILE_NETWORK_NONE:
		break;
	case PROFILE_NETWORK_BRIDGE:
		return profile->link ? "bridge" : "network";
	case PROFILE_NETWORK_OVS:
		return "bridge";
	case PROFILE_NETWORK_MACVTAP:
		return "direct";
	case PROFILE_NETWORK_PRIVATE:
		return "network";
	}
	return "user";
}

/* A network of this PC alone, that libvirt must be told of first. */
static void add_own_network(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	bool private = profile->network == PROFILE_NETWORK_PRIVATE;
	cleanup_free char *name =
	        private ? xasprintf("playthrough-%s", profile->name) : xstrdup("playthrough");

	xml_empty(&l->xml, "source", "network", name, NULL);
	export_note(&l->e, EXPORT_DO, "network", "type",
	        _("define a network %s of libvirt first, one without <forward> (virsh "
	          "net-define)"),
	        name);
}

static void add_vlan(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;

	if (!profile->vlan)
		return;
	if (profile->network != PROFILE_NETWORK_OVS) {
		export_note(&l->e, EXPORT_LOST, "network", "vlan",
		        _("libvirt puts only ports of Open vSwitch into a VLAN"));
		return;
	}
	xml_open(&l->xml, "vlan", NULL);
	xml_empty(&l->xml, "tag", "id", xml_decimal(profile->vlan).s, NULL);
	xml_close(&l->xml);
}

static void add_source(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;

	switch (profile->network) {
	case PROFILE_NETWORK_USER:
		add_user(l);
		return;
	case PROFILE_NETWORK_NONE:
		return;
	case PROFILE_NETWORK_BRIDGE:
		if (!profile->link)
			add_own_network(l);
		else
			xml_empty(&l->xml, "source", "bridge", profile->link, NULL);
		return;
	case PROFILE_NETWORK_OVS:
		xml_empty(&l->xml, "source", "bridge", profile->link, NULL);
		xml_empty(&l->xml, "virtualport", "type", "openvswitch", NULL);
		return;
	case PROFILE_NETWORK_MACVTAP:
		xml_empty(&l->xml, "source", "dev", profile->link, "mode", "bridge", NULL);
		return;
	case PROFILE_NETWORK_PRIVATE:
		add_own_network(l);
		return;
	}
}

static const char *driver_of(const struct profile *profile)
{
	switch (profile->vhost) {
	case PROFILE_VHOST_AUTO:
		break;
	case PROFILE_VHOST_YES:
		return "vhost";
	case PROFILE_VHOST_NO:
		return "qemu";
	}
	return NULL;
}

void libvirt_network(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	const char *mac = profile->mac ? profile->mac : l->e.facts->mac;
	bool e1000e = profile_network_card(profile) == PROFILE_NIC_E1000E;

	if (profile->network == PROFILE_NETWORK_NONE)
		return;
	xml_open(&l->xml, "interface", "type", interface_type(profile), NULL);
	if (mac)
		xml_empty(&l->xml, "mac", "address", mac, NULL);
	add_source(l);
	add_vlan(l);
	xml_empty(&l->xml, "model", "type", e1000e ? "e1000e" : "virtio", NULL);
	if (!e1000e && driver_of(profile))
		xml_empty(&l->xml, "driver", "name", driver_of(profile), NULL);
	xml_empty(&l->xml, "rom", "enabled", "no", NULL);
	xml_close(&l->xml);
}
