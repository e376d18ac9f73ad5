/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sections, keys and values of a profile are called by people. What a later table has more is called by its own name,
 * and says what it is about in its documentation.
 */
#include "base/i18n.h"
#include "model/safe.h"
#include "screens/screens.h"

#define GIB (1ull << 30)

static const struct {
	const char *section, *words;
} section_words[] = {
        {"vm", N_("The game")},
        {"cpu", N_("Processor")},
        {"memory", N_("Memory")},
        {"boot", N_("Start-up")},
        {"smbios", N_("Maker of the machine")},
        {"display", N_("Emulated screen")},
        {"sound", N_("Emulated sound")},
        {"looking-glass", N_("Looking Glass")},
        {"monitor", N_("Monitor")},
        {"network", N_("Network")},
        {"console", N_("Console")},
        {"gpu", N_("Graphics card")},
        {"audio", N_("Sound")},
        {"usb-controller", N_("USB controller")},
        {"pci", N_("Other PCI device")},
        {"disk", N_("Disk")},
        {"cdrom", N_("Drive for CDs")},
        {"usb", N_("USB device")},
        {"input", N_("Keyboard or mouse of this PC")},
};

/* A section NULL: of any that has the key. */
static const struct {
	const char *section, *key, *words;
} key_words[] = {
        {"vm", "title", N_("Name")},
        {"vm", "guest", N_("System")},
        {"vm", "autostart", N_("Start with this PC")},
        {"vm", "guest-agent", N_("Agent in the guest")},
        {"vm", "watchdog", N_("When the guest hangs")},
        {"vm", "crash", N_("When the guest crashes")},
        {"vm", "restart-on-failure", N_("Restarts when it dies")},
        {"vm", "restart-delay", N_("Seconds before a restart")},
        {"vm", "restart-from-snapshot", N_("Then from its last snapshot")},
        {"cpu", "count", N_("Processors")},
        {"cpu", "features", N_("Features on and off")},
        {"cpu", "model", N_("Model")},
        {"cpu", "pin", N_("Processors that run it")},
        {"cpu", "isolate", N_("Keep its cores free of other work")},
        {"cpu", "hide-hypervisor", N_("Hide the virtual machine from drivers")},
        {"cpu", "accel", N_("Acceleration")},
        {"memory", "hugepages", N_("Huge pages")},
        {"memory", "numa", N_("Memory nodes")},
        {"memory", "size", N_("Size")},
        {"boot", "tpm", N_("Security chip (TPM)")},
        {"boot", "secure-boot", N_("Secure Boot")},
        {"boot", "firmware", N_("Firmware")},
        {"boot", "kernel", N_("Kernel")},
        {"boot", "initrd", N_("Initial RAM disk")},
        {"boot", "cmdline", N_("Kernel command line")},
        {"smbios", "manufacturer", N_("Made by")},
        {"smbios", "product", N_("Product")},
        {"smbios", "version", N_("Version")},
        {"smbios", "serial", N_("Serial number")},
        {"smbios", "sku", N_("Order number")},
        {"smbios", "family", N_("Family")},
        {"display", "type", N_("Card")},
        {"sound", "type", N_("Card")},
        {"sound", "microphone", N_("Microphone")},
        {"looking-glass", "resolution", N_("Largest picture")},
        {"looking-glass", "hdr", N_("High dynamic range")},
        {"looking-glass", "memory", N_("Memory shared with it")},
        {"monitor", "input-while-playing", N_("Monitor's input for the game")},
        {"monitor", "connector", N_("This PC's connector")},
        {"network", "type", N_("Connection")},
        {"network", "forward", N_("Forwarded ports")},
        {"network", "link", N_("Link of this PC")},
        {"network", "vlan", N_("VLAN")},
        {"network", "model", N_("Network card")},
        {"network", "mac", N_("Address (MAC)")},
        {"network", "vhost", N_("Packets by the kernel")},
        {"network", "backend", N_("Carried by")},
        {"console", "clipboard", N_("Share the clipboard")},
        {"console", "usb-channels", N_("USB devices of viewers")},
        {"disk", "device", N_("Disk of this PC")},
        {"disk", "image", N_("Image file")},
        {"disk", "url", N_("Disk on the network")},
        {"disk", "secret-file", N_("File of the server's password")},
        {"disk", "format", N_("Format")},
        {"disk", "backing", N_("Stands on")},
        {"disk", "passphrase-file", N_("File of the passphrase")},
        {"disk", "size", N_("Size")},
        {"disk", "writable", N_("May be written to")},
        {"disk", "bus", N_("Attached by")},
        {"disk", "aio", N_("Read and written by")},
        {"disk", "cache", N_("This PC's cache")},
        {"disk", "discard", N_("Space given up by the guest")},
        {"disk", "io-thread", N_("Thread of its own")},
        {"disk", "queues", N_("Queues")},
        {"cdrom", "file", N_("Image in it at the start")},
        {NULL, "boot", N_("Place in the boot order")},
        {"pci", "guest-volumes", N_("LVM and RAID on its disks are the guest's")},
        {"disk", "guest-volumes", N_("LVM and RAID on it are the guest's")},
        {NULL, "address", N_("Address")},
        {NULL, "id", N_("Maker and model")},
        {NULL, "path", N_("Place on the board")},
        {NULL, "subsystem", N_("Maker of the card")},
        {NULL, "serial", N_("Serial number")},
        {NULL, "romfile", N_("ROM file")},
        {NULL, "rombar", N_("Show its ROM")},
        {NULL, "virtual-function", N_("Virtual function")},
        {NULL, "virtual-function-count", N_("Virtual functions to make")},
        {"gpu", "mediated", N_("Part of the card (vGPU)")},
        {"pci", "mac", N_("Address (MAC)")},
        {"pci", "vlan", N_("VLAN")},
        {"gpu", "primary", N_("First screen")},
        {"gpu", "bar-size", N_("Memory within reach")},
        {"gpu", "reset-method", N_("How it is reset")},
        {"gpu", "hand-over", N_("Used by this PC until the game starts")},
        {"gpu", "hand-over-stop", N_("Services stopped meanwhile")},
        {"input", "device", N_("Device")},
        {"input", "grab-toggle", N_("Keys that switch it over")},
        {"input", "repeat", N_("Held keys repeat")},
        {NULL, "port", N_("Socket")},
        {NULL, "hub", N_("Hub")},
};

const char *words_of_guest(const char *guest)
{
	if (streq(guest, "linux"))
		return "Linux";
	if (streq(guest, "windows-10"))
		return "Windows 10";
	if (streq(guest, "windows-11"))
		return "Windows 11";
	return streq(guest, "other") ? _("Another system") : guest;
}

char *words_of_section(const char *section)
{
	size_t n = strcspn(section, " ");
	cleanup_free char *word = xstrndup(section, n),
	                  *name = model_safe_text(section + n, MODEL_TEXT_MOST);
	const char *words = word;

	for (size_t i = 0; i < ARRAY_SIZE(section_words); i++)
		if (streq(word, section_words[i].section))
			words = _(section_words[i].words);
	return xasprintf("%s%s", words, name);
}

const char *words_of_key(const char *section, const char *key)
{
	cleanup_free char *word = xstrndup(section, strcspn(section, " "));

	for (size_t i = 0; i < ARRAY_SIZE(key_words); i++)
		if (streq(key, key_words[i].key) &&
		        (!key_words[i].section || streq(word, key_words[i].section)))
			return _(key_words[i].words);
	return key;
}

/* "16 GiB" of 16G; NULL where it is not written so. Caller frees. */
static char *words_of_size(const char *value)
{
	static const char letters[] = "KMGT";
	size_t digits = strspn(value, "0123456789");
	const char *letter = value[digits] ? strchr(letters, value[digits]) : NULL;
	const char *const words[] = {
	        N_("%.*s KiB"), N_("%.*s MiB"), N_("%.*s GiB"), N_("%.*s TiB")};

	if (!digits || digits > 9 || !letter ||
	        (value[digits + 1] && !streq(value + digits + 1, "iB")))
		return NULL;
	return xasprintf(_(words[letter - letters]), (int)digits, value);
}

char *words_of_value(const char *key, const char *value)
{
	char *size = streq(key, "size") ? words_of_size(value) : NULL;

	if (size)
		return size;
	if (streq(value, "yes"))
		return xstrdup(_("yes"));
	if (streq(value, "no"))
		return xstrdup(_("no"));
	return model_safe_text(
	        streq(key, "guest") ? words_of_guest(value) : value, MODEL_TEXT_MOST);
}

char *words_of_memory(uint64_t bytes)
{
	if (bytes >= GIB && bytes % GIB == 0)
		return xasprintf(_("%llu GiB"), (unsigned long long)(bytes / GIB));
	return bytes >= 10 * GIB
	               ? xasprintf(_("%llu GiB"), (unsigned long long)((bytes + GIB / 2) / GIB))
	               : xasprintf(_("%llu MiB"), (unsigned long long)(bytes >> 20));
}

char *words_of_disk_size(uint64_t bytes)
{
	const uint64_t gb = 1000ull * 1000 * 1000;

	if (bytes >= 1000 * gb)
		return xasprintf(_("%.1f TB"), (double)bytes / 1e12);
	return xasprintf(_("%llu GB"), (unsigned long long)((bytes + gb / 2) / gb));
}

char *words_of_sentences(const struct strv *sentences)
{
	cleanup_strv struct strv all = {0};

	strv_foreach (s, sentences) {
		cleanup_free char *words = words_of_refusal(*s, "");

		if (*words)
			strv_add(&all, words);
	}
	return strv_join(&all, " ");
}

char *words_of_disk(const struct offer *disk)
{
	cleanup_free char *size = words_of_disk_size(disk->size);

	if (!disk->size)
		return *disk->serial
		               ? xasprintf(_("%s, serial number %s"), disk->name, disk->serial)
		               : xstrdup(disk->name);
	return *disk->serial
	               ? xasprintf(_("%s, %s, serial number %s"), disk->name, size, disk->serial)
	               : xasprintf("%s, %s", disk->name, size);
}

char *words_of_disk_risk(const struct offer *disk)
{
	cleanup_free char *what = words_of_disk(disk), *all = strv_join(&disk->with, ", ");
	cleanup_free char *now = disk->with.n ? xasprintf(_("On it now: %s."), all) : NULL;

	/* The list at the end may be cut off. */
	return xasprintf("%s. %s%s%s", what,
	        _("The game may write anywhere on it: what is on it now may be lost for good. "
	          "Compare the serial number before you go on."),
	        now ? " " : "", now ? now : "");
}

color color_of_verdict(enum offer_verdict verdict, const struct theme *theme)
{
	switch (verdict) {
	case OFFER_PASS:
		return theme->good;
	case OFFER_WARN:
	case OFFER_UNKNOWN:
		return theme->warn;
	case OFFER_FAIL:
		break;
	}
	return theme->bad;
}

const char *words_of_offer(enum offer_kind kind, enum offer_verdict verdict)
{
	switch (verdict) {
	case OFFER_PASS:
		return kind == OFFER_DISK ? _("Nothing on this PC uses it")
		                          : _("Can go to the game");
	case OFFER_WARN:
		return _("Can go to the game, but mind this");
	case OFFER_UNKNOWN:
		return _("It is not known whether it can go to the game");
	case OFFER_FAIL:
		break;
	}
	return _("Cannot go to the game");
}
