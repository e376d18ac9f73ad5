/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/state.h"

#include "base/cpulist.h"
#include "base/i18n.h"

#include <errno.h>
#include <poll.h>

static const char *const phases[] = {
        [JOURNAL_STARTING] = "starting",
        [JOURNAL_RUNNING] = "running",
        [JOURNAL_ENDING] = "ending",
};

static json_t *pci_to_json(const struct journal_pci *p)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:i, s:s*, s:s*, s:i, s:b, s:s*, s:b, s:b, s:i, "
	                 "s:i, s:i, s:b, s:s*, s:s*}",
	        "address", pci_addr_format(p->addr).s, "vendor", p->vendor, "device", p->device,
	        "subsystem_vendor", p->subsystem_vendor, "subsystem_device", p->subsystem_device,
	        "path", p->path, "name", p->name, "group", p->group, "pass", p->pass, "previous",
	        p->previous, "home", p->home, "touched", p->touched, "bar", p->bar, "bar_was",
	        (int)p->bar_was, "bar_will", (int)p->bar_will, "handed", p->handed, "reset_was",
	        p->reset_was, "reset_will", p->reset_will);
}

static json_t *usb_to_json(const struct journal_usb *u)
{
	return json_pack("{s:s, s:s*, s:s*, s:s, s:i, s:i, s:i, s:i, s:I, s:s*, s:I, s:i, s:b}",
	        "sysname", u->sysname, "port", u->port, "label", u->label, "id", u->id, "busnum",
	        (int)u->busnum, "devnum", (int)u->devnum, "vendor", u->vendor, "product",
	        u->product, "fdset", (json_int_t)u->fdset, "serial", u->serial, "instance",
	        (json_int_t)u->instance, "guest_port", (int)u->guest_port, "by_hand", u->by_hand);
}

static json_t *input_to_json(const struct journal_input *i)
{
	return json_pack("{s:s, s:s, s:s, s:s*, s:i, s:i, s:b, s:b}", "name", i->name, "node",
	        i->node, "input", i->input, "usb", i->usb, "busnum", (int)i->busnum, "devnum",
	        (int)i->devnum, "given", i->given, "returned", i->returned);
}

static json_t *kept_to_json(const struct journal_kept *k)
{
	return json_pack("{s:s*, s:i, s:i, s:i, s:I, s:b}", "port", k->port, "busnum",
	        (int)k->busnum, "devnum", (int)k->devnum, "vendor", k->vendor, "instance",
	        (json_int_t)k->instance, "by_hand", k->by_hand);
}

static json_t *hand_to_json(const struct journal *j)
{
	json_t *acts = json_array();

	for (size_t i = 0; i < j->n_hand; i++)
		json_array_append_new(
		        acts, json_pack("{s:s, s:s, s:b}", "kind", hand_kind_word(j->hand[i].kind),
		                      "what", j->hand[i].what, "begun", j->hand[i].begun));
	return acts;
}

static json_t *lists_to_json(const struct journal *j, json_t *all)
{
	json_t *pci = json_array(), *groups = json_array(), *disks = json_array(),
	       *usb = json_array(), *kept = json_array(), *rules = json_array(),
	       *inputs = json_array();

	for (size_t i = 0; i < j->n_pci; i++)
		json_array_append_new(pci, pci_to_json(&j->pci[i]));
	for (size_t i = 0; i < j->n_groups; i++)
		json_array_append_new(groups, json_pack("{s:i, s:b}", "id", j->groups[i].id,
		                                      "given", j->groups[i].given));
	for (size_t i = 0; i < j->n_disks; i++)
		json_array_append_new(
		        disks, json_pack("{s:s*, s:s*, s:b}", "name", j->disks[i].name, "device",
		                       j->disks[i].device, "writable", j->disks[i].writable));
	for (size_t i = 0; i < j->n_usb; i++)
		json_array_append_new(usb, usb_to_json(&j->usb[i]));
	for (size_t i = 0; i < j->n_kept; i++)
		json_array_append_new(kept, kept_to_json(&j->kept[i]));
	for (size_t i = 0; i < j->n_rules; i++)
		json_array_append_new(
		        rules, json_pack("{s:s*, s:i, s:i, s:s*, s:s*, s:s*}", "name",
		                       j->rules[i].name, "vendor", j->rules[i].vendor, "product",
		                       j->rules[i].product, "serial", j->rules[i].serial, "port",
		                       j->rules[i].port, "hub", j->rules[i].hub));
	for (size_t i = 0; i < j->n_inputs; i++)
		json_array_append_new(inputs, input_to_json(&j->inputs[i]));
	json_object_set_new(all, "inputs", inputs);
	json_object_set_new(all, "pci", pci);
	json_object_set_new(all, "groups", groups);
	json_object_set_new(all, "disks", disks);
	json_object_set_new(all, "usb", usb);
	json_object_set_new(all, "kept", kept);
	json_object_set_new(all, "rules", rules);
	json_object_set_new(all, "hand", hand_to_json(j));
	return all;
}

int journal_save(
        const struct root *root, const char *path, const struct journal *j, struct err *err)
{
	json_t *all = json_pack("{s:s, s:s*, s:s, s:s, s:b, s:b, s:s*, s:s*, s:I, s:I, s:I}",
	        "name", j->name, "title", j->title, "phase", phases[j->phase], "nonce", j->nonce,
	        "test_drive", j->test_drive, "keep", j->keep, "unit", j->unit, "forward",
	        j->forward, "pid", (json_int_t)j->pid, "pid_start", (json_int_t)j->pid_start,
	        "since", (json_int_t)j->since);
	cleanup_free char *text = NULL;

	if (!all)
		return err_set(err, -EINVAL, _("%s: a name in it is not UTF-8"), path);
	if (j->pages)
		json_object_set_new(all, "pages",
		        json_pack("{s:I, s:I, s:I, s:b}", "bytes", (json_int_t)j->page_bytes,
		                "before", (json_int_t)j->pages_before, "count",
		                (json_int_t)j->pages, "taken", j->pages_taken));
	if (j->monitor_bus)
		json_object_set_new(all, "monitor",
		        json_pack("{s:s, s:i, s:i}", "bus", j->monitor_bus, "will", j->monitor_will,
		                "was", j->monitor_was));
	if (j->glass)
		json_object_set_new(all, "glass",
		        json_pack("{s:s, s:I, s:I, s:i}", "path", j->glass, "uid",
		                (json_int_t)j->glass_uid, "gid", (json_int_t)j->glass_gid, "mode",
		                (int)j->glass_mode));
	if (j->kept_processors)
		json_object_set_new(all, "kept_processors", json_string(j->kept_processors));
	if (j->pinned)
		json_object_set_new(all, "pinned", json_string(j->pinned));
	json_object_set_new(all, "memory", json_integer((json_int_t)j->memory_bytes));
	json_object_set_new(all, "usb_channels", json_integer(j->usb_channels));
	json_object_set_new(all, "nets", journal_nets_to_json(j));
	json_object_set_new(all, "shares", journal_shares_to_json(j));
	text = json_dumps(lists_to_json(j, all), JSON_INDENT(1));
	json_decref(all);
	return root_write(root, path, text, strlen(text), 0600, err);
}

static int load_pci(json_t *o, struct journal_pci *p)
{
	const char *address, *path = NULL, *name = NULL, *previous = NULL;
	const char *reset_was = NULL, *reset_will = NULL;
	int vendor, device, subsystem_vendor, subsystem_device, pass, home, touched;
	int bar = -1, bar_was = 0, bar_will = 0; /* an older daemon knew nothing of them */
	int handed = 0;                          /* nor of this */

	if (json_unpack(o,
	            "{s:s, s:i, s:i, s:i, s:i, s?s, s?s, s:i, s:b, s?s, s:b, s:b, s?i, s?i, s?i, "
	            "s?b, s?s, s?s}",
	            "address", &address, "vendor", &vendor, "device", &device, "subsystem_vendor",
	            &subsystem_vendor, "subsystem_device", &subsystem_device, "path", &path, "name",
	            &name, "group", &p->group, "pass", &pass, "previous", &previous, "home", &home,
	            "touched", &touched, "bar", &bar, "bar_was", &bar_was, "bar_will", &bar_will,
	            "handed", &handed, "reset_was", &reset_was, "reset_will", &reset_will) < 0)
		return -EINVAL;
	if (bar < -1 || bar > 5 || bar_was < 0 || bar_was > 43 || bar_will < 0 || bar_will > 43)
		return -EINVAL;
	p->bar = bar;
	p->bar_was = (unsigned)bar_was;
	p->bar_will = (unsigned)bar_will;
	p->vendor = (uint16_t)vendor;
	p->device = (uint16_t)device;
	p->subsystem_vendor = (uint16_t)subsystem_vendor;
	p->subsystem_device = (uint16_t)subsystem_device;
	p->path = xstrdup(path);
	p->name = xstrdup(name);
	p->reset_was = xstrdup(reset_was);
	p->reset_will = xstrdup(reset_will);
	p->previous = xstrdup(previous);
	p->pass = pass;
	p->home = home;
	p->touched = touched;
	p->handed = handed;
	return pci_addr_parse(address, &p->addr);
}

static int load_group(json_t *o, struct journal_group *g)
{
	int given = 0, r = json_unpack(o, "{s:i, s:b}", "id", &g->id, "given", &given);

	g->given = given;
	return r < 0 || g->id < 0 ? -EINVAL : 0;
}

static int load_disk(json_t *o, struct journal_disk *d)
{
	const char *name = NULL, *device = NULL;
	int writable = 0;
	int r = json_unpack(
	        o, "{s?s, s?s, s:b}", "name", &name, "device", &device, "writable", &writable);

	d->name = xstrdup(name);
	d->device = xstrdup(device);
	d->writable = writable;
	return r < 0 ? -EINVAL : 0;
}

static int load_usb(json_t *o, struct journal_usb *u)
{
	const char *sysname = NULL, *port = NULL, *label = NULL, *id = NULL, *serial = NULL;
	int busnum = 0, devnum = 0, vendor = 0, product = 0, guest_port = 0, by_hand = 0;
	json_int_t fdset = -1, instance = 0;
	/* What follows "fdset" an older daemon has not written. */
	int r = json_unpack(o, "{s:s, s?s, s?s, s:s, s:i, s:i, s:i, s:i, s:I, s?s, s?I, s?i, s?b}",
	        "sysname", &sysname, "port", &port, "label", &label, "id", &id, "busnum", &busnum,
	        "devnum", &devnum, "vendor", &vendor, "product", &product, "fdset", &fdset,
	        "serial", &serial, "instance", &instance, "guest_port", &guest_port, "by_hand",
	        &by_hand);

	*u = (struct journal_usb){.sysname = xstrdup(sysname),
	        .port = xstrdup(port),
	        .label = xstrdup(label),
	        .id = xstrdup(id),
	        .busnum = (unsigned)busnum,
	        .devnum = (unsigned)devnum,
	        .vendor = (uint16_t)vendor,
	        .product = (uint16_t)product,
	        .serial = xstrdup(serial),
	        .instance = (uint64_t)instance,
	        .guest_port = (unsigned)guest_port,
	        .by_hand = by_hand,
	        .fdset = fdset};
	return r < 0 ? -EINVAL : 0;
}

static int load_input(json_t *o, struct journal_input *i)
{
	const char *name = NULL, *node = NULL, *input = NULL, *usb = NULL;
	int busnum = 0, devnum = 0, given = 0, returned = 0;
	int r = json_unpack(o, "{s:s, s:s, s:s, s?s, s:i, s:i, s:b, s:b}", "name", &name, "node",
	        &node, "input", &input, "usb", &usb, "busnum", &busnum, "devnum", &devnum, "given",
	        &given, "returned", &returned);

	*i = (struct journal_input){.name = xstrdup(name),
	        .node = xstrdup(node),
	        .input = xstrdup(input),
	        .usb = xstrdup(usb),
	        .busnum = (unsigned)busnum,
	        .devnum = (unsigned)devnum,
	        .given = given,
	        .returned = returned};
	return r < 0 ? -EINVAL : 0;
}

static int load_kept(json_t *o, struct journal_kept *k)
{
	int busnum = 0, devnum = 0, vendor = 0, by_hand = 0;
	const char *port = NULL;
	json_int_t instance = 0;
	int r = json_unpack(o, "{s?s, s:i, s:i, s:i, s:I, s:b}", "port", &port, "busnum", &busnum,
	        "devnum", &devnum, "vendor", &vendor, "instance", &instance, "by_hand", &by_hand);

	*k = (struct journal_kept){.port = xstrdup(port),
	        .busnum = (unsigned)busnum,
	        .devnum = (unsigned)devnum,
	        .vendor = (uint16_t)vendor,
	        .instance = (uint64_t)instance,
	        .by_hand = by_hand};
	return r < 0 ? -EINVAL : 0;
}

static int load_rule(json_t *o, struct journal_rule *rule)
{
	const char *name = NULL, *serial = NULL, *port = NULL, *hub = NULL;
	int r = json_unpack(o, "{s?s, s:i, s:i, s?s, s?s, s?s}", "name", &name, "vendor",
	        &rule->vendor, "product", &rule->product, "serial", &serial, "port", &port, "hub",
	        &hub);

	rule->name = xstrdup(name);
	rule->hub = xstrdup(hub);
	rule->serial = xstrdup(serial);
	rule->port = xstrdup(port);
	return r < 0 ? -EINVAL : 0;
}

static int load_hand(json_t *o, struct hand_act *act)
{
	const char *kind = NULL, *what = NULL;
	int begun = 0;
	int r = json_unpack(o, "{s:s, s:s, s:b}", "kind", &kind, "what", &what, "begun", &begun);

	if (r < 0)
		return -EINVAL;
	act->what = xstrdup(what);
	act->begun = begun;
	return hand_kind_parse(kind, &act->kind);
}

#define LOAD_LIST(all, key, list, n, load)                             \
	({                                                             \
		json_t *array_ = json_object_get((all), (key)), *o_;   \
		int r_ = json_is_array(array_) ? 0 : -EINVAL;          \
		size_t i_;                                             \
		json_array_foreach (array_, i_, o_) {                  \
			int one_ = load(o_, list_append((list), (n))); \
			r_ = r_ < 0 ? r_ : one_;                       \
		}                                                      \
		r_;                                                    \
	})

static int load_lists(json_t *all, struct journal *j)
{
	int r = LOAD_LIST(all, "pci", j->pci, j->n_pci, load_pci);

	r = r < 0 ? r : LOAD_LIST(all, "groups", j->groups, j->n_groups, load_group);
	r = r < 0 ? r : LOAD_LIST(all, "disks", j->disks, j->n_disks, load_disk);
	r = r < 0 ? r : LOAD_LIST(all, "usb", j->usb, j->n_usb, load_usb);
	if (json_object_get(all, "kept")) /* an older daemon has not written it */
		r = r < 0 ? r : LOAD_LIST(all, "kept", j->kept, j->n_kept, load_kept);
	if (json_object_get(all, "inputs"))
		r = r < 0 ? r : LOAD_LIST(all, "inputs", j->inputs, j->n_inputs, load_input);
	if (json_object_get(all, "hand"))
		r = r < 0 ? r : LOAD_LIST(all, "hand", j->hand, j->n_hand, load_hand);
	return r < 0 ? r : LOAD_LIST(all, "rules", j->rules, j->n_rules, load_rule);
}

static int load_pages(json_t *o, struct journal *j)
{
	json_int_t bytes = 0, before = 0, count = 0;
	int taken = 0;

	if (!o)
		return 0;
	if (json_unpack(o, "{s:I, s:I, s:I, s:b}", "bytes", &bytes, "before", &before, "count",
	            &count, "taken", &taken) < 0 ||
	        bytes < 0 || before < 0 || count < 0)
		return -EINVAL;
	j->page_bytes = (uint64_t)bytes;
	j->pages_before = (uint64_t)before;
	j->pages = (uint64_t)count;
	j->pages_taken = taken;
	return 0;
}

static int load_glass(json_t *o, struct journal *j)
{
	json_int_t uid = 0, gid = 0;
	const char *path;
	int mode = 0;

	if (!o)
		return 0;
	if (json_unpack(o, "{s:s, s:I, s:I, s:i}", "path", &path, "uid", &uid, "gid", &gid, "mode",
	            &mode) < 0 ||
	        uid < 0 || uid > UINT32_MAX || gid < 0 || gid > UINT32_MAX || mode < 0 ||
	        mode > 0777)
		return -EINVAL;
	j->glass = xstrdup(path);
	j->glass_uid = (unsigned)uid;
	j->glass_gid = (unsigned)gid;
	j->glass_mode = (unsigned)mode;
	return 0;
}

static int load_monitor(json_t *o, struct journal *j)
{
	int will = 0, was = 0;
	const char *bus;

	if (!o)
		return 0;
	if (json_unpack(o, "{s:s, s:i, s:i}", "bus", &bus, "will", &will, "was", &was) < 0 ||
	        will < 0 || will > UINT8_MAX || was < 0 || was > UINT8_MAX)
		return -EINVAL;
	j->monitor_bus = xstrdup(bus);
	j->monitor_will = (uint8_t)will;
	j->monitor_was = (uint8_t)was;
	return 0;
}

static int load_processors(const json_t *o, char **out)
{
	cleanup_cpulist struct cpulist cpus = {0};
	const char *text = json_string_value(o);

	if (!o)
		return 0;
	if (!text || cpulist_parse(text, &cpus) < 0 || !cpus.n)
		return -EINVAL;
	*out = xstrdup(text);
	return 0;
}

static int load_memory(const json_t *o, struct journal *j)
{
	if (o && (!json_is_integer(o) || json_integer_value(o) < 0))
		return -EINVAL;
	j->memory_bytes = (uint64_t)json_integer_value(o);
	return 0;
}

static int load_all(json_t *all, struct journal *j)
{
	const char *name, *title = NULL, *phase, *nonce, *unit = NULL, *forward = NULL;
	json_int_t pid, pid_start, since;
	int test_drive, keep, channels = 0; /* which an older daemon has not written */

	if (json_unpack(all, "{s:s, s?s, s:s, s:s, s:b, s:b, s?s, s?s, s:I, s:I, s:I, s?i}", "name",
	            &name, "title", &title, "phase", &phase, "nonce", &nonce, "test_drive",
	            &test_drive, "keep", &keep, "unit", &unit, "forward", &forward, "pid", &pid,
	            "pid_start", &pid_start, "since", &since, "usb_channels", &channels) < 0 ||
	        strlen(nonce) >= sizeof(j->nonce) || pid < 0 || pid > INT32_MAX || channels < 0 ||
	        channels > JOURNAL_CHANNELS_MOST)
		return -EINVAL;
	j->name = xstrdup(name);
	j->title = xstrdup(title);
	j->unit = xstrdup(unit);
	j->forward = xstrdup(forward);
	strcpy(j->nonce, nonce);
	j->test_drive = test_drive;
	j->usb_channels = (unsigned)channels;
	j->keep = keep;
	j->pid = (pid_t)pid;
	j->pid_start = (uint64_t)pid_start;
	j->since = (uint64_t)since;
	if (load_pages(json_object_get(all, "pages"), j) < 0 ||
	        load_glass(json_object_get(all, "glass"), j) < 0 ||
	        load_monitor(json_object_get(all, "monitor"), j) < 0 ||
	        load_memory(json_object_get(all, "memory"), j) < 0 ||
	        load_processors(json_object_get(all, "kept_processors"), &j->kept_processors) < 0 ||
	        load_processors(json_object_get(all, "pinned"), &j->pinned) < 0 ||
	        journal_nets_load(all, j) < 0 ||
	        journal_shares_load(json_object_get(all, "shares"), j) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		if (streq(phases[i], phase)) {
			j->phase = (enum journal_phase)i;
			return load_lists(all, j);
		}
	}
	return -EINVAL;
}

int journal_load(const struct root *root, const char *path, struct journal *out, struct err *err)
{
	cleanup_free char *text = root_read(root, path);
	json_t *all = text ? json_loads(text, 0, NULL) : NULL;
	int r;

	*out = (struct journal){0};
	if (!text)
		return err_errno(err, -errno, "%s", path);
	r = all ? load_all(all, out) : -EINVAL;
	json_decref(all);
	if (r == 0)
		return 0;
	journal_finish(out);
	return err_set(err, r, _("%s is not a journal of this program"), path);
}

void journal_usb_finish(struct journal_usb *u)
{
	free(u->sysname);
	free(u->port);
	free(u->label);
	free(u->id);
	free(u->serial);
	*u = (struct journal_usb){0};
}

void journal_usb_remove(struct journal *j, size_t index)
{
	journal_usb_finish(&j->usb[index]);
	memmove(&j->usb[index], &j->usb[index + 1], (--j->n_usb - index) * sizeof(*j->usb));
}

void journal_kept_remove(struct journal *j, size_t index)
{
	free(j->kept[index].port);
	memmove(&j->kept[index], &j->kept[index + 1], (--j->n_kept - index) * sizeof(*j->kept));
}

void journal_rules_finish(struct journal_rule **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		free((*list)[i].name);
		free((*list)[i].serial);
		free((*list)[i].port);
		free((*list)[i].hub);
	}
	free(take_ptr(*list));
	*n = 0;
}

void journal_finish(struct journal *j)
{
	for (size_t i = 0; i < j->n_pci; i++) {
		free(j->pci[i].path);
		free(j->pci[i].name);
		free(j->pci[i].previous);
		free(j->pci[i].reset_was);
		free(j->pci[i].reset_will);
	}
	for (size_t i = 0; i < j->n_disks; i++) {
		free(j->disks[i].name);
		free(j->disks[i].device);
	}
	for (size_t i = 0; i < j->n_inputs; i++) {
		free(j->inputs[i].name);
		free(j->inputs[i].node);
		free(j->inputs[i].input);
		free(j->inputs[i].usb);
	}
	free(j->inputs);
	free(j->glass);
	free(j->monitor_bus);
	for (size_t i = 0; i < j->n_usb; i++)
		journal_usb_finish(&j->usb[i]);
	while (j->n_kept)
		journal_kept_remove(j, j->n_kept - 1);
	journal_rules_finish(&j->rules, &j->n_rules);
	hand_acts_finish(&j->hand, &j->n_hand);
	free(j->pci);
	free(j->groups);
	free(j->disks);
	free(j->usb);
	free(j->kept);
	free(j->name);
	free(j->title);
	free(j->unit);
	free(j->forward);
	free(j->kept_processors);
	free(j->pinned);
	journal_nets_finish(j);
	journal_shares_finish(j);
	*j = (struct journal){0};
}

bool process_has_ended(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

int process_unknown(pid_t pid, struct err *err)
{
	return err_set(err, -EIO, _("it cannot be found out when process %d began (/proc/%d/stat)"),
	        (int)pid, (int)pid);
}

static uint64_t start_time(const struct root *root, pid_t pid, bool dead_too)
{
	cleanup_free char *stat = root_readf(root, "/proc/%d/stat", (int)pid);
	/* The name in field 2 may hold anything; after its last ")" come field 3 (state) and the rest. */
	const char *rest = stat ? strrchr(stat, ')') : NULL;
	cleanup_strv struct strv fields = {0};
	uint64_t start = 0;

	if (!rest || (!dead_too && (starts_with(rest, ") Z") || starts_with(rest, ") X"))))
		return 0;
	strv_split(&fields, rest + 1, " ");
	if (fields.n > 19)
		parse_u64(fields.list[19], 10, UINT64_MAX, &start);
	return start;
}

uint64_t process_start_time(const struct root *root, pid_t pid)
{
	return start_time(root, pid, false);
}

uint64_t process_began(const struct root *root, pid_t pid)
{
	return start_time(root, pid, true);
}
