/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/hands_off.h"

#include "base/usb_port.h"
#include "vm/usb/rules.h"

#include <stdio.h>

/* Of 126 characters, which is what a string descriptor has room for (USB 2.0 specification, 9.6.7), as UTF-8. */
#define SERIAL_MAX 378

static const char head[] =
        "# USB devices that belong to game VMs: the desktop leaves them alone.\n"
        "# Written by playthroughd, see playthroughd(8); what is changed here is lost.\n"
        "ACTION==\"remove\", GOTO=\"playthrough_usb_end\"\n"
        "DEVPATH!=\"*/usb[0-9]*/*\", GOTO=\"playthrough_usb_end\"\n";

static const char tail[] =
        "\n"
        "GOTO=\"playthrough_usb_end\"\n"
        "LABEL=\"playthrough_usb_hands_off\"\n"
        "ENV{PLAYTHROUGH_USB}=\"1\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"
        "SUBSYSTEM==\"block\", ENV{UDISKS_IGNORE}=\"1\", ENV{UDISKS_AUTO}=\"0\", "
        "ENV{UDISKS_PRESENTATION_NOPOLICY}=\"1\"\n"
        "SUBSYSTEM==\"input\", ENV{LIBINPUT_IGNORE_DEVICE}=\"1\", TAG-=\"power-switch\"\n"
        "SUBSYSTEM==\"sound\", ENV{PULSE_IGNORE}=\"1\", ENV{ACP_IGNORE}=\"1\"\n"
        "SUBSYSTEM==\"net\", ENV{NM_UNMANAGED}=\"1\"\n"
        "SUBSYSTEM==\"usb\", ENV{ID_GPHOTO2}=\"\", ENV{ID_MTP_DEVICE}=\"\", "
        "ENV{ID_MEDIA_PLAYER}=\"\"\n"
        "LABEL=\"playthrough_usb_end\"\n";

/*
 * Whatever has a meaning in a rule or a pattern becomes "any one character", and so does a space: facts have it for
 * control characters. How many characters bytes beyond ASCII are depends on udevd's locale: any number.
 */
static void put_quoted(FILE *out, const char *s)
{
	bool wide = false;

	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p >= 0x80) {
			if (!wide)
				fputc('*', out);
			wide = true;
			continue;
		}
		wide = false;
		fputc(*p <= ' ' || *p == 0x7f || strchr("\"\\*?[]|", *p) ? '?' : *p, out);
	}
}

/* --- which ports --- */

static const struct usb_hands_off_port *known_port(const struct usb_hands_off *w, const char *port)
{
	for (size_t i = 0; i < w->n_ports; i++) {
		if (streq(w->ports[i].port, port))
			return &w->ports[i];
	}
	return NULL;
}

/* A socket's halves, and what comes behind the nearest one above it that is known. */
struct halves {
	char *usb2, *usb3; /* NULL: none */
	bool told_apart;   /* by speed, since the numbers differ */
};

static void halves_finish(struct halves *h)
{
	free(h->usb2);
	free(h->usb3);
}

/* "6.3" of "6" and ".3" */
static char *chain_behind(const char *chain, const char *rest)
{
	return chain ? xasprintf("%s%s", chain, rest) : NULL;
}

static struct halves halves_of(const struct usb_hands_off *w, const char *port)
{
	const char *chain = strrchr(port, '/') + 1;
	struct halves h = {0};

	for (size_t n = strlen(port); n > (size_t)(chain - port);) {
		cleanup_free char *above = xstrndup(port, n);
		const struct usb_hands_off_port *known = known_port(w, above);
		const char *dot;

		if (known) {
			h.usb2 = chain_behind(known->usb2, port + n);
			h.usb3 = chain_behind(known->usb3, port + n);
			h.told_apart = !h.usb2 || !h.usb3 || !streq(h.usb2, h.usb3);
			return h;
		}
		dot = strrchr(above, '.');
		n = dot > above + (chain - port) ? (size_t)(dot - above) : 0;
	}
	h.told_apart = starts_with(chain, "ss");
	h.usb3 = xstrdup(h.told_apart ? chain + 2 : chain);
	h.usb2 = h.told_apart ? NULL : xstrdup(chain);
	return h;
}

/* --- one rule --- */

static void put_match(FILE *out, const char *attribute, const char *value)
{
	fprintf(out, "ATTRS{%s}==\"", attribute);
	put_quoted(out, value);
	fputs("\", ", out);
}

/* All keys that look at a parent look at the same one: the device. */
static void put_line(FILE *out, const struct journal_rule *rule, const char *chain,
        const char *behind, const char *speed)
{
	const char *port = rule->port ? rule->port : rule->hub;

	if (chain) {
		cleanup_free char *controller = xstrndup(port, (size_t)(strrchr(port, '/') - port));

		fputs("DEVPATH==\"*/", out);
		put_quoted(out, controller);
		fprintf(out, "/*\", ATTRS{devpath}==\"%s%s\", %s", chain, behind, speed);
	}
	if (rule->vendor >= 0)
		fprintf(out, "ATTRS{idVendor}==\"%04x\", ", (unsigned)rule->vendor);
	if (rule->product >= 0)
		fprintf(out, "ATTRS{idProduct}==\"%04x\", ", (unsigned)rule->product);
	if (rule->serial)
		put_match(out, "serial", rule->serial);
	fputs("ATTRS{bDeviceClass}!=\"09\", GOTO=\"playthrough_usb_hands_off\"\n", out);
}

static void put_lines(FILE *out, const struct usb_hands_off *w, const struct journal_rule *rule)
{
	const char *port = rule->port ? rule->port : rule->hub;
	const char *behind = rule->port ? "" : ".*";
	cleanup(halves_finish) struct halves h = {0};

	if (!port) {
		put_line(out, rule, NULL, "", "");
		return;
	}
	h = halves_of(w, port);
	if (!h.told_apart) {
		put_line(out, rule, h.usb2, behind, "");
		return;
	}
	if (h.usb2)
		put_line(out, rule, h.usb2, behind, "ATTRS{speed}!=\"*000\", ");
	if (h.usb3)
		put_line(out, rule, h.usb3, behind, "ATTRS{speed}==\"*000\", ");
}

/* Of a port, the last of @port's parts is a chain of ports and nothing else. */
static bool is_port(const char *port)
{
	const char *slash = strrchr(port, '/');

	return slash && slash > port && usb_port_is_chain(slash + 1);
}

/* Whether there can be a device that @rule means, as usb_rule_rank() has it. */
static bool is_possible(const struct journal_rule *rule)
{
	if (rule->vendor < 0 && !rule->serial && !rule->port && !rule->hub)
		return false;
	if (rule->serial && (!rule->serial[0] || strlen(rule->serial) > SERIAL_MAX))
		return false;
	if ((rule->port && !is_port(rule->port)) || (rule->hub && !is_port(rule->hub)))
		return false;
	return !rule->port || !rule->hub || usb_port_is_behind(rule->port, rule->hub);
}

/* --- keyboards --- */

static bool is_assigned(const struct usb_hands_off *w, const struct usb_device *d)
{
	for (size_t i = 0; i < w->n_vms; i++) {
		for (size_t k = 0; k < w->vms[i].n; k++) {
			if (usb_rule_rank(&w->vms[i].rules[k], d))
				return true;
		}
	}
	return false;
}

/* Whether a keyboard is plugged in that no rule takes from the host, nor a program: a VM may have it without a rule. */
static bool has_keyboard_left(const struct usb_hands_off *w)
{
	for (size_t i = 0; i < w->usb->n; i++) {
		const struct usb_device *d = &w->usb->list[i];

		if (d->keyboard && !d->odd_keyboard && !strv_has(&d->drivers, "usbfs") &&
		        !is_assigned(w, d))
			return true;
	}
	return w->other_keyboard;
}

bool usb_hands_off_has(const struct usb_hands_off *w, const struct usb_device *d)
{
	return is_assigned(w, d) && (!d->keyboard || has_keyboard_left(w));
}

static void put_exceptions(FILE *out, const struct usb_hands_off *w)
{
	if (has_keyboard_left(w))
		return;
	for (size_t i = 0; i < w->usb->n; i++) {
		const struct usb_device *d = &w->usb->list[i];

		if (!d->keyboard || !is_assigned(w, d))
			continue;
		fputs("\n# The last keyboards of this PC stay usable.\n"
		      "SUBSYSTEMS==\"usb\", KERNELS==\"",
		        out);
		put_quoted(out, d->sysname);
		fprintf(out,
		        "\", ATTRS{idVendor}==\"%04x\", ATTRS{idProduct}==\"%04x\", "
		        "GOTO=\"playthrough_usb_end\"\n",
		        d->vendor, d->product);
	}
}

static size_t put_rules(FILE *out, const struct usb_hands_off *w, const struct usb_hands_off_vm *vm)
{
	size_t n = 0;

	for (size_t i = 0; i < vm->n; i++) {
		if (!is_possible(&vm->rules[i]))
			continue;
		fputs("\n# VM ", out);
		put_quoted(out, vm->name);
		fputs(": [usb ", out);
		put_quoted(out, vm->rules[i].name ? vm->rules[i].name : "");
		fputs("]\n", out);
		put_lines(out, w, &vm->rules[i]);
		n++;
	}
	return n;
}

char *usb_hands_off_rules(const struct usb_hands_off *w)
{
	char *text = NULL;
	size_t size, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs(head, out);
	put_exceptions(out, w);
	for (size_t i = 0; i < w->n_vms; i++)
		n += put_rules(out, w, &w->vms[i]);
	fputs(tail, out);
	if (fclose(out) != 0)
		abort();
	if (!n)
		free(take_ptr(text));
	return text;
}
