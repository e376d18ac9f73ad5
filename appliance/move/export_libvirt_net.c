/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks of a domain. */
#include "base/i18n.h"
#include "base/net_name.h"
#include "move/export_libvirt.h"

/*
 * libvirt forwards ports by passt alone, and one without it (Debian 12's) takes no domain that names it: so it is told and not
 * written.
 */
static void add_user(struct libvirt *l, const struct profile_net *net)
{
	if (net->forward)
		export_note_of(&l->e, EXPORT_DO, "network", net->name, "forward",
		        _("where libvirt has passt, write <backend type='passt'/> and a "
		          "<portForward> for each into <interface>"));
	if (net->backend == PROFILE_BACKEND_PASST)
		export_note_of(&l->e, EXPORT_CHANGED, "network", net->name, "backend",
		        _("it is slirp, which every libvirt has"));
}

static const char *interface_type(const struct profile_net *net)
{
	switch (net->type) {
	case PROFILE_NETWORK_USER:
	case PROFILE_NETWORK_NONE:
		break;
	case PROFILE_NETWORK_BRIDGE:
		return net->link ? "bridge" : "network";
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
static void add_own_network(struct libvirt *l, const struct profile_net *net)
{
	cleanup_free char *card = net_card_of_vm(l->e.profile->name, net->name);
	bool private = net->type == PROFILE_NETWORK_PRIVATE;
	cleanup_free char *name =
	        private ? xasprintf("playthrough-%s", card) : xstrdup("playthrough");

	xml_empty(&l->xml, "source", "network", name, NULL);
	export_note_of(&l->e, EXPORT_DO, "network", net->name, "type",
	        _("define a network %s of libvirt first, one without <forward> (virsh "
	          "net-define)"),
	        name);
}

static void add_vlan(struct libvirt *l, const struct profile_net *net)
{
	if (!net->vlan)
		return;
	if (net->type != PROFILE_NETWORK_OVS) {
		export_note_of(&l->e, EXPORT_LOST, "network", net->name, "vlan",
		        _("libvirt puts only ports of Open vSwitch into a VLAN"));
		return;
	}
	xml_open(&l->xml, "vlan", NULL);
	xml_empty(&l->xml, "tag", "id", xml_decimal(net->vlan).s, NULL);
	xml_close(&l->xml);
}

static void add_source(struct libvirt *l, const struct profile_net *net)
{
	switch (net->type) {
	case PROFILE_NETWORK_USER:
		add_user(l, net);
		return;
	case PROFILE_NETWORK_NONE:
		return;
	case PROFILE_NETWORK_BRIDGE:
		if (!net->link)
			add_own_network(l, net);
		else
			xml_empty(&l->xml, "source", "bridge", net->link, NULL);
		return;
	case PROFILE_NETWORK_OVS:
		xml_empty(&l->xml, "source", "bridge", net->link, NULL);
		xml_empty(&l->xml, "virtualport", "type", "openvswitch", NULL);
		return;
	case PROFILE_NETWORK_MACVTAP:
		xml_empty(&l->xml, "source", "dev", net->link, "mode", "bridge", NULL);
		return;
	case PROFILE_NETWORK_PRIVATE:
		add_own_network(l, net);
		return;
	}
}

static const char *driver_of(const struct profile_net *net)
{
	switch (net->vhost) {
	case PROFILE_VHOST_AUTO:
		break;
	case PROFILE_VHOST_YES:
		return "vhost";
	case PROFILE_VHOST_NO:
		return "qemu";
	}
	return NULL;
}

static void add_interface(struct libvirt *l, const struct profile_net *net)
{
	bool e1000e = profile_network_card(l->e.profile, net) == PROFILE_NIC_E1000E;
	cleanup_free char *alias = xasprintf(KEPT_ALIAS "%s", net->name);

	xml_open(&l->xml, "interface", "type", interface_type(net), NULL);
	if (net->mac)
		xml_empty(&l->xml, "mac", "address", net->mac, NULL);
	add_source(l, net);
	add_vlan(l, net);
	xml_empty(&l->xml, "model", "type", e1000e ? "e1000e" : "virtio", NULL);
	if (!e1000e && driver_of(net))
		xml_empty(&l->xml, "driver", "name", driver_of(net), NULL);
	if (*net->name)
		xml_empty(&l->xml, "alias", "name", alias, NULL);
	xml_empty(&l->xml, "rom", "enabled", "no", NULL);
	xml_close(&l->xml);
}

void libvirt_network(struct libvirt *l)
{
	for (size_t i = 0; i < l->e.profile->n_nets; i++)
		if (l->e.profile->nets[i].type != PROFILE_NETWORK_NONE)
			add_interface(l, &l->e.profile->nets[i]);
}
