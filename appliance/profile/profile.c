/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/profile.h"

#include "base/i18n.h"
#include "profile/disk_check.h"
#include "profile/file.h"
#include "profile/forward.h"
#include "profile/keys.h"
#include "profile/meaning.h"

#include <errno.h>
#include <stdio.h>

#define PCI_MAX   32u
#define DISK_MAX  8u
#define CDROM_MAX 4u
#define USB_MAX   32u
#define INPUT_MAX 8u

/* Where a section or key (or, with key NULL, a section's head) was read, to tell what is there twice. */
struct seen {
	const struct key_section *section;
	char *name;
	const struct key *key;
	const char *file; /* the caller's */
	int line;
};

struct parser {
	struct profile *profile;
	struct seen *seen;
	size_t n_seen;
};

/* The last place, so that a drop-in is named where it speaks later than the file. */
static const struct seen *find_seen(const struct parser *p, const struct key_section *section,
        const char *name, const struct key *key)
{
	for (size_t i = p->n_seen; i-- > 0;) {
		const struct seen *s = &p->seen[i];

		if (s->section == section && s->key == key && streq(s->name, name))
			return s;
	}
	return NULL;
}

/* Notes the place; an error where this very file has said it before. Drop-ins may say it again. */
static int note(struct parser *p, const struct seen *what, struct err *err)
{
	const struct seen *before = find_seen(p, what->section, what->name, what->key);
	struct seen *s;

	if (before && streq(before->file, what->file)) {
		if (what->key) {
			err_set(err, -EINVAL, _("%s= is there twice, first in line %d"),
			        what->key->name, before->line);
			err_hint(err, _("keep one of the two"));
		} else {
			err_set(err, -EINVAL,
			        _("section [%s%s%s] is there twice, first in line %d"),
			        what->section->name, what->name[0] ? " " : "", what->name,
			        before->line);
			err_hint(err,
			        what->section->form == KEY_FORM_PROFILE
			                ? _("join the two")
			                : _("join the two, or give this one another name: [%s "
			                    "NAME]"),
			        what->section->name);
		}
		return -EINVAL;
	}
	s = list_append(p->seen, p->n_seen);
	*s = *what;
	s->name = xstrdup(what->name);
	return 0;
}

static void parser_finish(struct parser *p)
{
	for (size_t i = 0; i < p->n_seen; i++)
		free(p->seen[i].name);
	free(p->seen);
}

/* --- the structs behind sections --- */

static struct profile_pci *find_pci(
        struct profile *p, const struct key_section *section, const struct ini_line *line)
{
	struct profile_pci *pci;

	for (size_t i = 0; i < p->n_pci; i++)
		if (p->pci[i].kind == section->kind && streq(p->pci[i].name, line->name))
			return &p->pci[i];
	if (p->n_pci == PCI_MAX)
		return NULL;
	pci = list_append(p->pci, p->n_pci);
	pci->name = xstrdup(line->name);
	pci->kind = section->kind;
	pci->line = line->number;
	key_preset(section, pci);
	return pci;
}

/* The section of this name in @list, which is made where there are fewer than @most; NULL: there are too many. */
#define find_named(list, n, most, section, line)                  \
	({                                                        \
		__typeof__(list) found_ = NULL;                   \
		for (size_t i_ = 0; i_ < (n) && !found_; i_++)    \
			if (streq((list)[i_].name, (line)->name)) \
				found_ = &(list)[i_];             \
		if (!found_ && (n) < (most)) {                    \
			found_ = list_append(list, n);            \
			found_->name = xstrdup((line)->name);     \
			found_->line = (line)->number;            \
			key_preset(section, found_);              \
		}                                                 \
		found_;                                           \
	})

/* What the section's keys are fields of; made when it is new. Valid until the next new one. */
static void *find_object(
        struct profile *p, const struct key_section *section, const struct ini_line *line)
{
	switch (section->form) {
	case KEY_FORM_PROFILE:
		return p;
	case KEY_FORM_NETWORK:
		return find_named(p->nets, p->n_nets, PROFILE_NETS_MOST, section, line);
	case KEY_FORM_PCI:
		return find_pci(p, section, line);
	case KEY_FORM_DISK:
		return find_named(p->disks, p->n_disks, DISK_MAX, section, line);
	case KEY_FORM_CDROM:
		return find_named(p->cdroms, p->n_cdroms, CDROM_MAX, section, line);
	case KEY_FORM_USB:
		return find_named(p->usb, p->n_usb, USB_MAX, section, line);
	case KEY_FORM_INPUT:
		return find_named(p->inputs, p->n_inputs, INPUT_MAX, section, line);
	}
	return NULL;
}

static int check_section_name(
        const struct key_section *section, const struct ini_line *line, struct err *err)
{
	if (section->form == KEY_FORM_PROFILE && line->name[0]) {
		err_set(err, -EINVAL, _("[%s %s]: this section has no name"), section->name,
		        line->name);
		err_hint(err, _("write [%s]"), section->name);
		return -EINVAL;
	}
	if (section->named && !line->name[0]) {
		err_set(err, -EINVAL, _("[%s] has no name"), section->name);
		err_hint(err, _("give it one, such as [%s %s]"), section->name,
		        section->form == KEY_FORM_DISK    ? "games"
		        : section->form == KEY_FORM_CDROM ? "installer"
		        : section->form == KEY_FORM_INPUT ? "keyboard"
		                                          : "headset");
		return -EINVAL;
	}
	return 0;
}

struct position {
	const char *file;
	const struct key_section *section;
	const char *name;
	void *object;
};

static void note_file(struct profile_usb *usb, const char *file)
{
	free(usb->file);
	usb->file = xstrdup(file);
}

static int read_section(
        struct parser *p, const struct ini_line *line, struct position *at, struct err *err)
{
	at->section = key_section_find(line->section, err);
	if (!at->section || check_section_name(at->section, line, err) < 0)
		return -EINVAL;
	at->name = line->name;
	if (note(p, &(struct seen){at->section, line->name, NULL, at->file, line->number}, err) < 0)
		return -EINVAL;
	at->object = find_object(p->profile, at->section, line);
	if (!at->object) {
		err_set(err, -EINVAL, _("too many sections of this kind"));
		err_hint(err,
		        _("a profile holds at most %u PCI functions, %u disks, %u drives for CDs, "
		          "%u USB devices, %u network cards, and %u keyboards and mice"),
		        PCI_MAX, DISK_MAX, CDROM_MAX, USB_MAX, PROFILE_NETS_MOST, INPUT_MAX);
		return -EINVAL;
	}
	if (at->section->form == KEY_FORM_USB)
		note_file(at->object, at->file);
	return 0;
}

/* With what this file said on lines before; NULL: nothing. What another file said is replaced. Caller frees. */
static char *join_repeated(const struct parser *p, const struct ini_line *line,
        const struct position *at, const struct key *key)
{
	const struct seen *before = find_seen(p, at->section, at->name, key);
	cleanup_free char *value = key_format(key, at->object);

	return before && value && streq(before->file, at->file)
	               ? xasprintf("%s %s", value, line->value)
	               : NULL;
}

static int read_key(
        struct parser *p, const struct ini_line *line, const struct position *at, struct err *err)
{
	const struct key *key = key_find(at->section, line->key, err);
	cleanup_free char *joined = NULL;

	if (!key)
		return -EINVAL;
	joined = key->repeats ? join_repeated(p, line, at, key) : NULL;
	if (joined)
		return key_set(key, at->object, joined, err);
	if (note(p, &(struct seen){at->section, (char *)at->name, key, at->file, line->number},
	            err) < 0)
		return -EINVAL;
	return key_set(key, at->object, line->value, err);
}

static int read_text(
        struct parser *p, const char *text, size_t size, const char *file, struct err *err)
{
	cleanup(ini_finish) struct ini ini = {0};
	struct position at = {.file = file};
	int r = ini_read(text, size, file, &ini, err);

	for (size_t i = 0; r == 0 && i < ini.n; i++) {
		const struct ini_line *line = &ini.lines[i];

		if (line->kind == INI_SECTION)
			r = read_section(p, line, &at, err);
		else if (line->kind == INI_KEY)
			r = read_key(p, line, &at, err);
		if (r < 0)
			err_prefix(err, "%s:%d", file, line->number);
	}
	return r;
}

/* --- what a whole profile must be --- */

/* "FILE:LINE: [disk games] " for an error about a section as a whole. */
static int section_error(const struct parser *p, const struct key_section *section,
        const char *name, struct err *err)
{
	const struct seen *s = find_seen(p, section, name, NULL);

	err_prefix(err, "%s:%d: [%s%s%s]", s ? s->file : p->profile->file, s ? s->line : 1,
	        section->name, name[0] ? " " : "", name);
	return -EINVAL;
}

static int check_pci(const struct parser *p, const struct profile_pci *pci, struct err *err)
{
	const struct key_section *section = key_section_of_pci(pci->kind);

	for (const struct key *k = key_table; k->name; k++) {
		if (!key_belongs(k, section) || !k->required || find_seen(p, section, pci->name, k))
			continue;
		err_set(err, -EINVAL, _("%s= is missing"), k->name);
		err_hint(err, _("write address= (lspci -D) and id= (lspci -n): an address alone "
		                "can come to "
		                "mean another device"));
		return section_error(p, section, pci->name, err);
	}
	return profile_share_check(pci, err) < 0 ? section_error(p, section, pci->name, err) : 0;
}

static int check_disk(const struct parser *p, struct profile_disk *disk, struct err *err)
{
	int r = profile_disk_check(disk, err);

	if (r == 0 && !disk->device && !disk->format)
		disk->format = xstrdup("raw");
	return r < 0 ? section_error(p, key_section_find("disk", NULL), disk->name, err) : 0;
}

static int check_usb(const struct parser *p, const struct profile_usb *usb, struct err *err)
{
	if (usb->vendor >= 0 || usb->port || usb->hub)
		return 0;
	err_set(err, -EINVAL, _("none of id=, port= and hub= is there"));
	err_hint(err, _("without one, every device would match; playthrough usb list shows them"));
	return section_error(p, key_section_find("usb", NULL), usb->name, err);
}

static int check_input(const struct parser *p, const struct profile_input *input, struct err *err)
{
	if (input->device)
		return 0;
	err_set(err, -EINVAL, _("device= is missing"));
	err_hint(err, _("ls -l /dev/input/by-id shows the links of keyboards and mice"));
	return section_error(p, key_section_find("input", NULL), input->name, err);
}

static int check_boot(const struct parser *p, struct err *err)
{
	const struct profile *profile = p->profile;

	if (profile->kernel || (!profile->initrd && !profile->cmdline))
		return 0;
	err_set(err, -EINVAL, _("%s= is there without kernel="),
	        profile->initrd ? "initrd" : "cmdline");
	err_hint(err, _("add kernel=, or remove it"));
	return section_error(p, key_section_find("boot", NULL), "", err);
}

/* Of what is written of the network, what does not go with its type; NULL: all does. */
static const char *wrong_in_network(const struct profile_net *net)
{
	enum profile_network type = net->type;
	bool bridged = type == PROFILE_NETWORK_BRIDGE || type == PROFILE_NETWORK_OVS;

	if (net->forward && type != PROFILE_NETWORK_USER)
		return "forward";
	if (net->link && !bridged && type != PROFILE_NETWORK_MACVTAP)
		return "link";
	if (net->vlan && (!bridged || !net->link))
		return "vlan";
	if (net->backend != PROFILE_BACKEND_AUTO && type != PROFILE_NETWORK_USER)
		return "backend";
	return NULL;
}

static void hint_network(const char *key, enum profile_network type, struct err *err)
{
	if (streq(key, "vlan"))
		err_hint(err, _("name the link of that VLAN in link= of type=macvtap, such as "
		                "eth0.20, or a bridge with type=bridge or ovs and link="));
	else if (streq(key, "link"))
		err_hint(err, _("remove it, or write type=bridge, ovs or macvtap"));
	else if (streq(key, "backend"))
		err_hint(err, _("remove it, or write type=user"));
	else if (type == PROFILE_NETWORK_NONE)
		err_hint(err, _("remove it, or write type=user: a VM without a network cannot be "
		                "reached"));
	else
		err_hint(err, _("remove it, or write type=user: the guest has an address of its "
		                "own there, and is reached by that"));
}

/* Where @key of the card was written. */
static int network_error(
        const struct parser *p, const struct profile_net *net, const char *key, struct err *err)
{
	const struct key_section *section = key_section_find("network", NULL);
	const struct seen *s = find_seen(p, section, net->name, key_find(section, key, NULL));

	err_prefix(err, "%s:%d: [network%s%s]", s ? s->file : p->profile->file, s ? s->line : 1,
	        *net->name ? " " : "", net->name);
	return -EINVAL;
}

/* QEMU would take both, and their packets would go astray. */
static int check_mac(const struct parser *p, const struct profile_net *net, struct err *err)
{
	for (const struct profile_net *other = p->profile->nets; net->mac && other < net; other++) {
		if (!other->mac || !streq(other->mac, net->mac))
			continue;
		err_set(err, -EINVAL, _("mac=%s is another network card's already"), net->mac);
		err_hint(err, _("write another one, or leave it out: it gets one of its own"));
		return network_error(p, net, "mac", err);
	}
	return 0;
}

static int check_network(const struct parser *p, const struct profile_net *net, struct err *err)
{
	const struct key_section *section = key_section_find("network", NULL);
	enum profile_network type = net->type;
	const char *word = key_find(section, "type", NULL)->words[type];
	const char *key = wrong_in_network(net);

	if (key) {
		err_set(err, -EINVAL, _("%s= is there with type=%s"), key, word);
		hint_network(key, type, err);
	} else if ((type == PROFILE_NETWORK_OVS || type == PROFILE_NETWORK_MACVTAP) && !net->link) {
		key = "type";
		err_set(err, -EINVAL, _("type=%s is there without link="), word);
		err_hint(
		        err, type == PROFILE_NETWORK_OVS
		                     ? _("name the bridge: link=br0; ovs-vsctl list-br shows them")
		                     : _("name the network card: link=enp3s0; ip link shows them"));
	} else {
		return check_mac(p, net, err);
	}
	return network_error(p, net, key, err);
}

/* A port of this PC leads to one card. */
static int check_forwards(const struct parser *p, struct err *err)
{
	const struct profile_net *last = p->profile->nets;
	cleanup(forwards_finish) struct forwards all = {0};
	cleanup_free char *text = profile_forwards(p->profile);

	if (forwards_parse(text, &all, err) == 0)
		return 0;
	for (size_t i = 0; i < p->profile->n_nets; i++)
		if (p->profile->nets[i].forward)
			last = &p->profile->nets[i];
	return network_error(p, last, "forward", err);
}

static int check_all(const struct parser *p, struct err *err)
{
	struct profile *profile = p->profile;
	int r = check_boot(p, err);

	for (size_t i = 0; r == 0 && i < profile->n_nets; i++)
		r = check_network(p, &profile->nets[i], err);
	if (r == 0)
		r = check_forwards(p, err);
	for (size_t i = 0; r == 0 && i < profile->n_pci; i++)
		r = check_pci(p, &profile->pci[i], err);
	for (size_t i = 0; r == 0 && i < profile->n_disks; i++)
		r = check_disk(p, &profile->disks[i], err);
	for (size_t i = 0; r == 0 && i < profile->n_usb; i++)
		r = check_usb(p, &profile->usb[i], err);
	for (size_t i = 0; r == 0 && i < profile->n_inputs; i++)
		r = check_input(p, &profile->inputs[i], err);
	if (r == 0 && !profile->title)
		profile->title = xstrdup(profile->name);
	return r;
}

/* --- files --- */

static int take_name(const char *file, char **out, struct err *err)
{
	static const char ending[] = ".profile";
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	cleanup_free char *name = NULL;

	if (!ends_with(base, ending)) {
		err_set(err, -EINVAL, _("%s: the file's name does not end with %s"), file, ending);
		err_hint(err, _("name it after the VM, such as games%s"), ending);
		return -EINVAL;
	}
	name = xstrndup(base, strlen(base) - strlen(ending));
	if (profile_check_name(name, err) < 0)
		return err_prefix(err, "%s", file);
	*out = take_ptr(name);
	return 0;
}

static int begin(struct profile *out, const char *file, struct err *err)
{
	*out = (struct profile){0};
	if (take_name(file, &out->name, err) < 0)
		return -EINVAL;
	out->file = xstrdup(file);
	for (const struct key_section *s = key_sections; s->name; s++)
		if (s->form == KEY_FORM_PROFILE)
			key_preset(s, out);
	list_append(out->nets, out->n_nets)->name = xstrdup("");
	key_preset(key_section_find("network", NULL), out->nets);
	return 0;
}

int profile_parse(const char *text, const char *file, struct profile *out, struct err *err)
{
	cleanup(parser_finish) struct parser p = {.profile = out};
	int r = begin(out, file, err);

	if (r == 0)
		r = read_text(&p, text, strlen(text), file, err);
	if (r == 0)
		r = check_all(&p, err);
	if (r < 0)
		profile_finish(out);
	return r;
}

/* What is to be read in place of a file; NULL: the file itself. */
static const struct profile_text *replacement(
        const struct profile_text *instead, size_t n, const char *file)
{
	for (size_t i = 0; i < n; i++)
		if (streq(instead[i].file, file))
			return &instead[i];
	return NULL;
}

static int load_file(
        struct parser *p, const char *file, const struct profile_text *instead, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t size = 0;

	if (instead)
		return instead->text ? read_text(p, instead->text, strlen(instead->text), file, err)
		                     : 0;
	text = profile_read(file, &size, err);
	if (!text)
		return err && err->number ? err->number : -EINVAL;
	return read_text(p, text, size, file, err);
}

int profile_load_files(const struct strv *files, const struct profile_text *instead, size_t n,
        struct profile *out, struct err *err)
{
	cleanup(parser_finish) struct parser p = {.profile = out};
	int r = begin(out, files->list[0], err);

	for (size_t i = 0; r == 0 && i < files->n; i++)
		r = load_file(&p, files->list[i], replacement(instead, n, files->list[i]), err);
	if (r == 0)
		r = check_all(&p, err);
	if (r < 0)
		profile_finish(out);
	return r;
}

int profile_load(const char *file, struct profile *out, struct err *err)
{
	cleanup_strv struct strv files = {0};
	int r = profile_files_of(file, &files, err);

	*out = (struct profile){0};
	return r < 0 ? r : profile_load_files(&files, NULL, 0, out, err);
}

static void finish_lists(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_nets; i++) {
		key_finish(key_section_find("network", NULL), &profile->nets[i]);
		free(profile->nets[i].name);
	}
	for (size_t i = 0; i < profile->n_pci; i++) {
		key_finish(key_section_of_pci(profile->pci[i].kind), &profile->pci[i]);
		free(profile->pci[i].name);
	}
	for (size_t i = 0; i < profile->n_disks; i++) {
		key_finish(key_section_find("disk", NULL), &profile->disks[i]);
		free(profile->disks[i].name);
	}
	for (size_t i = 0; i < profile->n_cdroms; i++) {
		key_finish(key_section_find("cdrom", NULL), &profile->cdroms[i]);
		free(profile->cdroms[i].name);
	}
	for (size_t i = 0; i < profile->n_usb; i++) {
		key_finish(key_section_find("usb", NULL), &profile->usb[i]);
		free(profile->usb[i].name);
		free(profile->usb[i].file);
	}
	for (size_t i = 0; i < profile->n_inputs; i++) {
		key_finish(key_section_find("input", NULL), &profile->inputs[i]);
		free(profile->inputs[i].name);
	}
	free(profile->nets);
	free(profile->pci);
	free(profile->disks);
	free(profile->cdroms);
	free(profile->usb);
	free(profile->inputs);
}

void profile_finish(struct profile *profile)
{
	finish_lists(profile);
	for (const struct key_section *s = key_sections; s->name; s++)
		if (s->form == KEY_FORM_PROFILE)
			key_finish(s, profile);
	free(profile->name);
	free(profile->file);
	*profile = (struct profile){0};
}
