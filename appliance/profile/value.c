/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/value.h"

#include "base/cpulist.h"
#include "base/i18n.h"
#include "base/net_name.h"
#include "base/usb_port.h"
#include "profile/disk_url.h"
#include "profile/file.h"
#include "profile/forward.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define DIGITS     "0123456789"
#define HEX_DIGITS DIGITS "abcdef"

static void *field(const struct key *key, void *object)
{
	return (char *)object + key->offset;
}

static bool is_format(const struct key *key) /* struct profile_disk keeps this word as text */
{
	return key->form == KEY_FORM_DISK && streq(key->name, "format");
}

bool value_is_string(const struct key *key)
{
	switch (key->type) {
	case KEY_TEXT:
	case KEY_MODEL:
	case KEY_FILE:
	case KEY_DISK_PATH:
	case KEY_DISK_URL:
	case KEY_INPUT_PATH:
	case KEY_RESOLUTION:
	case KEY_PCI_PATH:
	case KEY_PCI_SERIAL:
	case KEY_USB_PORT:
	case KEY_PROCESSORS:
	case KEY_FORWARD:
	case KEY_UNITS:
	case KEY_ASCII:
	case KEY_FEATURES:
	case KEY_LINK:
	case KEY_MAC:
	case KEY_MEDIATED:
		return true;
	case KEY_WORD:
		return is_format(key);
	case KEY_BOOL:
	case KEY_COUNT:
	case KEY_SIZE:
	case KEY_PCI_ADDRESS:
	case KEY_ID:
	case KEY_VIRTUAL_FUNCTION:
		return false;
	}
	return false;
}

void value_clear_id(const struct key *key, void *object)
{
	int none = -1;

	memcpy(field(key, object), &none, sizeof(none));
	memcpy((char *)object + key->second, &none, sizeof(none));
}

static void take_string(const struct key *key, void *object, char *s)
{
	free_ptr(field(key, object));
	memcpy(field(key, object), &s, sizeof(s));
}

static int refuse(const struct key *key, const char *value, struct err *err, const char *why)
{
	return err_set(err, -EINVAL, "%s=%s: %s", key->name, ini_quote(value).s, why);
}

/* --- words and numbers --- */

static int set_word(const struct key *key, void *object, const char *value, struct err *err)
{
	cleanup_strv struct strv known = {0};
	cleanup_free char *all = NULL;

	for (unsigned i = 0; key->words[i]; i++) {
		if (!streq(key->words[i], value)) {
			strv_add(&known, key->words[i]);
			continue;
		}
		if (is_format(key))
			take_string(key, object, xstrdup(value));
		else
			memcpy(field(key, object), &i, sizeof(i));
		return 0;
	}
	refuse(key, value, err, _("no such choice"));
	all = strv_join(&known, ", ");
	err_hint(err, _("write one of %s"), all);
	return -EINVAL;
}

static int set_bool(const struct key *key, void *object, const char *value, struct err *err)
{
	bool yes = streq(value, "yes");

	if (!yes && !streq(value, "no")) {
		refuse(key, value, err, _("neither yes nor no"));
		err_hint(err, _("write %s=yes or %s=no"), key->name, key->name);
		return -EINVAL;
	}
	memcpy(field(key, object), &yes, sizeof(yes));
	return 0;
}

static int set_count(const struct key *key, void *object, const char *value, struct err *err)
{
	uint64_t n;
	unsigned count;
	int r = parse_u64(value, 10, key->max, &n);

	if (r == -EINVAL) {
		refuse(key, value, err, _("not a number"));
		err_hint(err, _("write a number from %llu to %llu"), (unsigned long long)key->min,
		        (unsigned long long)key->max);
		return -EINVAL;
	}
	if (r < 0 || n < key->min) {
		refuse(key, value, err, _("out of range"));
		err_hint(err, _("write a number from %llu to %llu"), (unsigned long long)key->min,
		        (unsigned long long)key->max);
		return -EINVAL;
	}
	count = (unsigned)n;
	memcpy(field(key, object), &count, sizeof(count));
	return 0;
}

static const char size_letters[] = "KMGTP";

static char *format_size(uint64_t size)
{
	unsigned power = 0;

	while (power < 5 && size && size % 1024 == 0) {
		size /= 1024;
		power++;
	}
	return power ? xasprintf("%llu%c", (unsigned long long)size, size_letters[power - 1])
	             : xasprintf("%llu", (unsigned long long)size);
}

/* "4G", "4GiB", "4096M" or bytes. */
static int parse_size(const char *value, uint64_t *out)
{
	size_t digits = strspn(value, DIGITS);
	const char *letter, *rest = value + digits;
	cleanup_free char *number = xstrndup(value, digits);
	unsigned shift = 0;

	if (*rest) {
		letter = strchr(size_letters, *rest);
		if (!letter || (rest[1] && !streq(rest + 1, "iB")))
			return -EINVAL;
		shift = 10 * (unsigned)(letter - size_letters + 1);
	}
	if (!digits)
		return -EINVAL;
	if (parse_u64(number, 10, UINT64_MAX >> shift, out) < 0)
		return -ERANGE;
	*out <<= shift;
	return 0;
}

static int set_size(const struct key *key, void *object, const char *value, struct err *err)
{
	cleanup_free char *min = format_size(key->min), *max = format_size(key->max);
	uint64_t size;
	int r = parse_size(value, &size);

	if (key->words && streq(value, key->words[0])) {
		size = UINT64_MAX;
		memcpy(field(key, object), &size, sizeof(size));
		return 0;
	}
	if (r == -EINVAL) {
		refuse(key, value, err, _("not a size"));
		if (key->words)
			err_hint(err,
			        _("write %s, bytes, or a number with K, M, G or T, such as 4G"),
			        key->words[0]);
		else
			err_hint(err, _("write bytes, or a number with K, M, G or T, such as 4G"));
		return -EINVAL;
	}
	if (r < 0 || size < key->min || size > key->max) {
		refuse(key, value, err, _("out of range"));
		err_hint(err, _("write a size from %s to %s"), min, max);
		return -EINVAL;
	}
	if (key->form == KEY_FORM_PROFILE && size % (1 << 20)) {
		refuse(key, value, err, _("not a whole number of MiB"));
		err_hint(err, _("write it with M or G, such as 2048M"));
		return -EINVAL;
	}
	memcpy(field(key, object), &size, sizeof(size));
	return 0;
}

/* --- text --- */

static int set_text(const struct key *key, void *object, const char *value, struct err *err)
{
	if (strlen(value) > key->max) {
		refuse(key, value, err, _("too long"));
		err_hint(err, _("at most %llu bytes"), (unsigned long long)key->max);
		return -EINVAL;
	}
	take_string(key, object, xstrdup(value));
	return 0;
}

static int set_model(const struct key *key, void *object, const char *value, struct err *err)
{
	size_t n = strlen(value);

	for (size_t i = 0; i < n; i++) {
		if (isalnum((unsigned char)value[i]) || (i && strchr("-_.", value[i])))
			continue;
		refuse(key, value, err, _("not a processor model"));
		err_hint(err,
		        _("write host, max, or a name that qemu-system-x86_64 -cpu help lists, "
		          "without features"));
		return -EINVAL;
	}
	return set_text(key, object, value, err);
}

static bool is_processor_list(const char *value)
{
	cleanup_strv struct strv parts = {0};

	strv_split(&parts, value, ",");
	strv_foreach (part, &parts) {
		cleanup_cpulist struct cpulist range = {0};

		if (cpulist_parse(*part, &range) < 0)
			return false;
	}
	return parts.n > 0;
}

static int set_processors(const struct key *key, void *object, const char *value, struct err *err)
{
	if (!streq(value, "auto") && !streq(value, "no") && !is_processor_list(value)) {
		refuse(key, value, err, _("not a list of processors"));
		err_hint(err, _("write auto, no, or numbers as lscpu -e shows them: 4-7,12-15"));
		return -EINVAL;
	}
	return set_text(key, object, value, err);
}

static bool has_dot_dot(const char *path)
{
	return strstr(path, "/../") || ends_with(path, "/..");
}

static int set_file(const struct key *key, void *object, const char *value, struct err *err)
{
	if (value[0] != '/' || has_dot_dot(value) || ends_with(value, "/")) {
		refuse(key, value, err, _("not the absolute path of a file"));
		err_hint(err, _("write the whole path from / on, without .."));
		return -EINVAL;
	}
	if (strlen(value) > 1000) {
		refuse(key, value, err, _("too long"));
		err_hint(err, _("at most %u bytes"), 1000u);
		return -EINVAL;
	}
	take_string(key, object, xstrdup(value));
	return 0;
}

static int set_disk_path(const struct key *key, void *object, const char *value, struct err *err)
{
	static const char *const folders[] = {"/dev/disk/by-id/", "/dev/disk/by-partuuid/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *name = value + strlen(folders[i]);

		if (starts_with(value, folders[i]) && *name && !strchr(name, '/'))
			return set_file(key, object, value, err);
	}
	refuse(key, value, err, _("not a disk's link in /dev/disk/by-id or by-partuuid"));
	err_hint(err, _("names such as /dev/sda change between boots; playthrough disk list shows "
	                "the links"));
	return -EINVAL;
}

static int set_disk_url(const struct key *key, void *object, const char *value, struct err *err)
{
	struct disk_url url;
	int r = disk_url_parse(value, &url, err);

	if (r < 0)
		return r;
	disk_url_finish(&url);
	return set_text(key, object, value, err);
}

static int set_resolution(const struct key *key, void *object, const char *value, struct err *err)
{
	size_t width = strspn(value, DIGITS), height;
	cleanup_free char *number = xstrndup(value, width);
	uint64_t pixels;

	height = value[width] == 'x' ? strspn(value + width + 1, DIGITS) : 0;
	if (height && !value[width + 1 + height] && parse_u64(number, 10, 16384, &pixels) == 0 &&
	        pixels >= 320 && parse_u64(value + width + 1, 10, 16384, &pixels) == 0 &&
	        pixels >= 200) {
		take_string(key, object, xstrdup(value));
		return 0;
	}
	refuse(key, value, err, _("not a resolution"));
	err_hint(err, _("write width and height in pixels, at most 16384: 2560x1440"));
	return -EINVAL;
}

static int set_input_path(const struct key *key, void *object, const char *value, struct err *err)
{
	static const char *const folders[] = {"/dev/input/by-id/", "/dev/input/by-path/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *name = value + strlen(folders[i]);

		if (starts_with(value, folders[i]) && *name && !strchr(name, '/'))
			return set_file(key, object, value, err);
	}
	refuse(key, value, err, _("not a link in /dev/input/by-id or /dev/input/by-path"));
	err_hint(err, _("names such as /dev/input/event3 change between boots; ls -l "
	                "/dev/input/by-id shows the links"));
	return -EINVAL;
}

/* --- names of hardware --- */

static int set_pci_address(const struct key *key, void *object, const char *value, struct err *err)
{
	struct pci_addr addr;

	if (pci_addr_parse(value, &addr) < 0) {
		refuse(key, value, err, _("not a PCI address"));
		err_hint(err, _("write domain:bus:device.function as lspci -D shows it, such as "
		                "0000:01:00.0"));
		return -EINVAL;
	}
	memcpy(field(key, object), &addr, sizeof(addr));
	return 0;
}

/* "1f.7" -> whether it is a slot and function, two hex digits and one octal. */
static bool is_slot(const char *s, size_t n)
{
	return n == 4 && (s[0] == '0' || s[0] == '1') && strchr(HEX_DIGITS, s[1]) && s[2] == '.' &&
	       s[3] >= '0' && s[3] <= '7';
}

/* Splits "ADDRESS/REST"; the address must be in its normal form, since the whole is compared as text. */
static const char *after_address(const char *value)
{
	const char *slash = strchr(value, '/');
	size_t n = slash ? (size_t)(slash - value) : strlen(value);
	struct pci_addr addr;
	char text[24];

	if (n >= sizeof(text))
		return NULL;
	memcpy(text, value, n);
	text[n] = '\0';
	if (pci_addr_parse(text, &addr) < 0 || !streq(pci_addr_format(addr).s, text))
		return NULL;
	return value + n;
}

static bool is_pci_path(const char *value)
{
	const char *rest = after_address(value);

	while (rest && *rest == '/') {
		size_t n = strcspn(rest + 1, "/");

		if (!is_slot(rest + 1, n))
			return false;
		rest += 1 + n;
	}
	return rest && !*rest;
}

static int set_pci_path(const struct key *key, void *object, const char *value, struct err *err)
{
	if (strlen(value) > 120 || !is_pci_path(value)) {
		refuse(key, value, err, _("not the path of a PCI function"));
		err_hint(err, _("write the address on the root bus and the slots below it in small "
		                "letters, such as 0000:00:01.0/00.0"));
		return -EINVAL;
	}
	take_string(key, object, xstrdup(value));
	return 0;
}

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

static char *lower_case(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

static int set_pci_serial(const struct key *key, void *object, const char *value, struct err *err)
{
	if (strlen(value) != 16 || !is_hex(value, 16)) {
		refuse(key, value, err, _("not a PCI Express serial number"));
		err_hint(err, _("write its 16 hex digits without separators"));
		return -EINVAL;
	}
	take_string(key, object, lower_case(value));
	return 0;
}

static int set_id(const struct key *key, void *object, const char *value, struct err *err)
{
	int ids[2];

	if (strlen(value) != 9 || value[4] != ':' || !is_hex(value, 4) || !is_hex(value + 5, 4)) {
		refuse(key, value, err, _("not a pair of ids"));
		err_hint(err, _("write four hex digits, a colon, and four hex digits, such as %s"),
		        key->form == KEY_FORM_USB ? "046d:c52b" : "10de:1b81");
		return -EINVAL;
	}
	ids[0] = (int)strtoul(value, NULL, 16);
	ids[1] = (int)strtoul(value + 5, NULL, 16);
	memcpy(field(key, object), &ids[0], sizeof(int));
	memcpy((char *)object + key->second, &ids[1], sizeof(int));
	return 0;
}

static int set_usb_port(const struct key *key, void *object, const char *value, struct err *err)
{
	const char *rest = after_address(value);

	if (!rest || *rest != '/' || !usb_port_is_chain(rest + 1)) {
		refuse(key, value, err, _("not a USB port"));
		err_hint(
		        err, _("write the controller's PCI address and the chain of ports, such as "
		               "0000:00:14.0/2.3; playthrough usb list shows them"));
		return -EINVAL;
	}
	take_string(key, object, xstrdup(value));
	return 0;
}

static int set_forward(const struct key *key, void *object, const char *value, struct err *err)
{
	struct forwards forwards;
	int r = forwards_parse(value, &forwards, err);

	if (r < 0)
		return r;
	forwards_finish(&forwards);
	return set_text(key, object, value, err);
}

static bool is_service(const char *name)
{
	static const char letters[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ":_.@\\-";

	return isalnum((unsigned char)name[0]) && ends_with(name, ".service") &&
	       !name[strspn(name, letters)];
}

/* Ours would end with the game, or the game with them. */
static bool is_ours(const char *name)
{
	return streq(name, "playthroughd.service") || starts_with(name, "playthrough-vm-");
}

static int set_units(const struct key *key, void *object, const char *value, struct err *err)
{
	cleanup_strv struct strv names = {0};

	strv_split(&names, value, " ");
	for (size_t i = 0; i < names.n; i++) {
		if (is_service(names.list[i]) && !is_ours(names.list[i]))
			continue;
		refuse(key, value, err, _("not a service that can be stopped for a game"));
		err_hint(err,
		        _("write names as systemctl list-units --type=service shows them, with "
		          "spaces between: gdm.service"));
		return -EINVAL;
	}
	return set_text(key, object, value, err);
}

/* What firmware shows as it is has no letters of any other alphabet. */
static int set_ascii(const struct key *key, void *object, const char *value, struct err *err)
{
	for (const char *c = value; *c; c++) {
		if (*c >= ' ' && *c <= '~')
			continue;
		refuse(key, value, err, _("not plain text"));
		err_hint(err, _("write Latin letters without accents, digits and signs of ASCII"));
		return -EINVAL;
	}
	return set_text(key, object, value, err);
}

/* "+avx2" or "-hle" */
static bool is_feature(const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz" DIGITS "_.-";

	return (word[0] == '+' || word[0] == '-') && isalnum((unsigned char)word[1]) &&
	       !word[1 + strspn(word + 1, letters)];
}

static int set_features(const struct key *key, void *object, const char *value, struct err *err)
{
	cleanup_strv struct strv words = {0};
	bool good = *value && !strstr(value, ",,") && !ends_with(value, ",") && value[0] != ',';

	strv_split(&words, value, ",");
	strv_foreach (word, &words)
		good = good && is_feature(*word);
	if (good)
		return set_text(key, object, value, err);
	refuse(key, value, err, _("not a list of processor features"));
	err_hint(err,
	        _("write + or - before each name that qemu-system-x86_64 -cpu help lists, with "
	          "commas between: +invtsc,-hypervisor"));
	return -EINVAL;
}

static int set_link(const struct key *key, void *object, const char *value, struct err *err)
{
	if (net_link_check(value) < 0) {
		refuse(key, value, err, _("not a name of a network link"));
		err_hint(err, _("write a name as ip link shows it, such as br0 or enp3s0"));
		return -EINVAL;
	}
	take_string(key, object, xstrdup(value));
	return 0;
}

static int set_mac(const struct key *key, void *object, const char *value, struct err *err)
{
	char *text = net_mac_parse(value);

	if (!text) {
		refuse(key, value, err, _("not the address of one network card"));
		err_hint(err,
		        _("write six pairs of hex digits with colons between, the first pair even, "
		          "such as 52:54:00:12:34:56"));
		return -EINVAL;
	}
	take_string(key, object, text);
	return 0;
}

static int set_virtual_function(
        const struct key *key, void *object, const char *value, struct err *err)
{
	int number = PROFILE_VIRTUAL_NO;
	uint64_t n;

	if (streq(value, "auto")) {
		number = PROFILE_VIRTUAL_AUTO;
	} else if (parse_u64(value, 10, PROFILE_VIRTUAL_MOST - 1, &n) == 0) {
		number = PROFILE_VIRTUAL(n);
	} else if (!streq(value, "no")) {
		refuse(key, value, err, _("no such choice"));
		err_hint(err, _("write no, auto, or a number from 0 to %d"),
		        PROFILE_VIRTUAL_MOST - 1);
		return -EINVAL;
	}
	memcpy(field(key, object), &number, sizeof(number));
	return 0;
}

/* It is the name of a folder. */
static int set_mediated(const struct key *key, void *object, const char *value, struct err *err)
{
	for (const char *c = value; *c; c++) {
		if (isalnum((unsigned char)*c) || (c > value && strchr("-_.+", *c)))
			continue;
		refuse(key, value, err, _("not a kind of mediated device"));
		err_hint(err, _("write one of the names in "
		                "/sys/bus/pci/devices/ADDRESS/mdev_supported_types"));
		return -EINVAL;
	}
	return set_text(key, object, value, err);
}

int key_set(const struct key *key, void *object, const char *value, struct err *err)
{
	switch (key->type) {
	case KEY_TEXT:
		return set_text(key, object, value, err);
	case KEY_MODEL:
		return set_model(key, object, value, err);
	case KEY_WORD:
		return set_word(key, object, value, err);
	case KEY_BOOL:
		return set_bool(key, object, value, err);
	case KEY_COUNT:
		return set_count(key, object, value, err);
	case KEY_SIZE:
		return set_size(key, object, value, err);
	case KEY_FILE:
		return set_file(key, object, value, err);
	case KEY_DISK_PATH:
		return set_disk_path(key, object, value, err);
	case KEY_DISK_URL:
		return set_disk_url(key, object, value, err);
	case KEY_RESOLUTION:
		return set_resolution(key, object, value, err);
	case KEY_INPUT_PATH:
		return set_input_path(key, object, value, err);
	case KEY_PCI_ADDRESS:
		return set_pci_address(key, object, value, err);
	case KEY_PCI_PATH:
		return set_pci_path(key, object, value, err);
	case KEY_PCI_SERIAL:
		return set_pci_serial(key, object, value, err);
	case KEY_ID:
		return set_id(key, object, value, err);
	case KEY_USB_PORT:
		return set_usb_port(key, object, value, err);
	case KEY_PROCESSORS:
		return set_processors(key, object, value, err);
	case KEY_FORWARD:
		return set_forward(key, object, value, err);
	case KEY_UNITS:
		return set_units(key, object, value, err);
	case KEY_ASCII:
		return set_ascii(key, object, value, err);
	case KEY_FEATURES:
		return set_features(key, object, value, err);
	case KEY_LINK:
		return set_link(key, object, value, err);
	case KEY_MAC:
		return set_mac(key, object, value, err);
	case KEY_VIRTUAL_FUNCTION:
		return set_virtual_function(key, object, value, err);
	case KEY_MEDIATED:
		return set_mediated(key, object, value, err);
	}
	return err_set(err, -EINVAL, "%s=: no such type", key->name);
}

/* --- back to text --- */

static char *format_id(const struct key *key, const void *object)
{
	int ids[2];

	memcpy(&ids[0], (const char *)object + key->offset, sizeof(int));
	memcpy(&ids[1], (const char *)object + key->second, sizeof(int));
	return ids[0] < 0 ? NULL : xasprintf("%04x:%04x", (unsigned)ids[0], (unsigned)ids[1]);
}

static char *format_number(const struct key *key, const void *at)
{
	uint64_t size;
	unsigned n;

	if (key->type == KEY_SIZE) {
		memcpy(&size, at, sizeof(size));
		if (key->words && size == UINT64_MAX)
			return xstrdup(key->words[0]);
		if (size && key->form == KEY_FORM_DISK) /* as sysfs and lsblk -b tell it */
			return xasprintf("%llu", (unsigned long long)size);
		return size ? format_size(size) : NULL;
	}
	memcpy(&n, at, sizeof(n));
	return key->type == KEY_WORD ? xstrdup(key->words[n]) : xasprintf("%u", n);
}

static char *format_virtual_function(const void *at)
{
	int number;

	memcpy(&number, at, sizeof(number));
	if (number > 0)
		return xasprintf("%d", number - PROFILE_VIRTUAL(0));
	return xstrdup(number == PROFILE_VIRTUAL_AUTO ? "auto" : "no");
}

char *key_format(const struct key *key, const void *object)
{
	const char *at = (const char *)object + key->offset;
	struct pci_addr addr;
	char *s;
	bool yes;

	if (value_is_string(key)) {
		memcpy(&s, at, sizeof(s));
		return xstrdup(s);
	}
	if (key->type == KEY_ID)
		return format_id(key, object);
	if (key->type == KEY_VIRTUAL_FUNCTION)
		return format_virtual_function(at);
	if (key->type == KEY_PCI_ADDRESS) {
		memcpy(&addr, at, sizeof(addr));
		return xstrdup(pci_addr_format(addr).s);
	}
	if (key->type == KEY_BOOL) {
		memcpy(&yes, at, sizeof(yes));
		return xstrdup(yes ? "yes" : "no");
	}
	return format_number(key, at);
}
