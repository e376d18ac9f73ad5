/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network: which ports of this PC lead to it, and whether they are free. */
#include "vm/plan/plan_parts.h"

#include "base/i18n.h"
#include "profile/forward.h"

#include <errno.h>

void vm_plan_ports(const struct forwards *forwards, struct port_range **out, size_t *n)
{
	*out = NULL;
	*n = 0;
	for (size_t i = 0; i < forwards->n; i++)
		*list_append(*out, *n) = (struct port_range){
		        forwards->list[i].udp, forwards->list[i].port, forwards->list[i].count};
}

/* The same from ports of this PC that may be free, and need no root. Caller frees. */
static char *another(const struct forward *f)
{
	struct forward other = *f;

	if (f->port < 1024)
		other.port = 8000 + f->port;
	else if (f->port + 2 * f->count <= 65536)
		other.port = f->port + f->count;
	else
		other.port = f->port - f->count;
	return forward_format(&other);
}

static int refuse_low(const struct planning *p, const struct forward *f, struct err *err)
{
	cleanup_free char *text = forward_format(f), *other = another(f);

	err_set(err, -EACCES,
	        _("forward=%s: QEMU runs without privileges and may not listen on port %u "
	          "(/proc/sys/net/ipv4/ip_unprivileged_port_start: %u)"),
	        text, f->port, p->host->ports.unprivileged_from);
	err_hint(err, _("forward from a higher port of this PC, such as %s"), other);
	return plan_refuse(err, CODE_VM_PORT_LOW);
}

static char *owner_of(const struct port *port)
{
	if (port->program)
		return xasprintf(_("%s (process %d)"), port->program, port->pid);
	return xasprintf(_("a program of user %u"), port->uid);
}

static int refuse_taken(const struct forward *f, const struct port *port, struct err *err)
{
	cleanup_free char *text = forward_format(f), *owner = owner_of(port), *other = another(f);

	err_set(err, -EADDRINUSE, _("forward=%s: %s has port %u already (%s: %s:%u)"), text, owner,
	        port->number, port->source, *port->address ? port->address : "*", port->number);
	err_hint(err,
	        _("end that program (ss -lnp shows it), or forward from another port of this PC, "
	          "such as %s"),
	        other);
	return plan_refuse(err, CODE_VM_PORT);
}

static bool meets(const struct forward *f, const struct port *port)
{
	struct forward one = {.udp = port->udp, .port = port->number, .count = 1};

	if (strlen(port->address) < sizeof(one.address))
		strcpy(one.address, port->address);
	return forward_meets(f, &one);
}

static int check(const struct planning *p, const struct forward *f, struct err *err)
{
	const struct ports *ports = &p->host->ports;

	if (f->port < ports->unprivileged_from)
		return refuse_low(p, f, err);
	for (size_t i = 0; i < ports->n; i++)
		if (meets(f, &ports->list[i]))
			return refuse_taken(f, &ports->list[i], err);
	return 0;
}

int plan_network_error(const struct profile_net *net, int r, struct err *err)
{
	if (*net->name)
		err_prefix(err, _("network %s"), net->name);
	return r;
}

static int check_all(const struct planning *p, const struct profile_net *net, struct err *err)
{
	cleanup(forwards_finish) struct forwards forwards = {0};
	int r = forwards_parse(net->forward, &forwards, err);

	for (size_t i = 0; r == 0 && i < forwards.n; i++)
		r = check(p, &forwards.list[i], err);
	return r;
}

int plan_network(const struct planning *p, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_nets; i++) {
		int r = check_all(p, &p->profile->nets[i], err);

		if (r < 0)
			return plan_network_error(&p->profile->nets[i], r, err);
	}
	return 0;
}
