/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "way_in.h"

#include "base/i18n.h"

#define DISPLAY "display "
#define SERIAL  "serial "

static bool is_given(const struct host *host, const struct strv *given, struct pci_addr addr)
{
	const struct pci_device *d = pci_find(&host->pci, addr);

	return d && strv_has(given, d->path);
}

/* A network that stays with the host; one without a PCI function, by USB for instance, does. */
static bool has_network(const struct host *host, const struct strv *given)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *n = &host->net.list[i];

		if ((n->up || n->default_route) &&
		        !(n->has_controller && is_given(host, given, n->controller)))
			return true;
	}
	return false;
}

static bool shows(const struct display_card *card)
{
	return card->connected.n || card->console;
}

static const struct display_card *find_card(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (card->has_controller && pci_addr_equal(card->controller, d->addr))
			return card;
	}
	return NULL;
}

/* A frame buffer that is nobody's PCI function (the firmware's own) with the console on it. */
static bool has_firmware_console(const struct host *host)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		if (!host->displays.list[i].has_controller && host->displays.list[i].console)
			return true;
	}
	return false;
}

static void find_displays(const struct host *host, const struct strv *given, struct strv *out)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		const struct display_card *card = find_card(host, d);

		if (!pci_is_gpu(d) || strv_has(given, d->path))
			continue;
		if (d->boot_vga == 1 || (card && shows(card)))
			strv_addf(out, DISPLAY "%s", d->path);
	}
}

void way_in_find(const struct host *host, const struct facts *facts, const struct strv *given,
        struct strv *out)
{
	find_displays(host, given, out);
	if (facts->ssh && has_network(host, given))
		strv_add(out, "ssh");
	strv_foreach (name, &facts->serial)
		strv_addf(out, SERIAL "%s", *name);
}

static bool display_is_there(const struct host *host, const struct strv *given, const char *path)
{
	const struct pci_device *d = pci_find_path(&host->pci, path);
	const struct display_card *card = d ? find_card(host, d) : NULL;

	if (!d || !pci_is_gpu(d) || strv_has(given, path))
		return false;
	return card ? shows(card) : d->boot_vga == 1 && has_firmware_console(host);
}

bool way_in_there(const struct host *host, const struct facts *facts, const struct strv *given,
        const char *way)
{
	if (starts_with(way, DISPLAY))
		return display_is_there(host, given, way + strlen(DISPLAY));
	if (starts_with(way, SERIAL))
		return strv_has(&facts->serial, way + strlen(SERIAL));
	return streq(way, "ssh") && facts->ssh && has_network(host, given);
}

bool way_in_is_screen(const char *way)
{
	return starts_with(way, DISPLAY);
}

char *way_in_words(const char *way)
{
	if (starts_with(way, DISPLAY))
		return xasprintf(_("the screen on the graphics card at %s"), way + strlen(DISPLAY));
	if (starts_with(way, SERIAL))
		return xasprintf(_("the serial console %s"), way + strlen(SERIAL));
	return xstrdup(way);
}
