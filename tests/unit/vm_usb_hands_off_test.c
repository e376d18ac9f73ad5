/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The udev rules that keep the desktop's hands off devices of game VMs: their text, and what real udev makes of it
 * on a small false /sys.
 */
#include "vm/usb/hands_off.h"

#include "base/child.h"

#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define ANY  .vendor = -1, .product = -1
#define SLOT "0000:00:14.0"

#define HEAD                                                                              \
	"# USB devices that belong to game VMs: the desktop leaves them alone.\n"         \
	"# Written by playthroughd, see playthroughd(8); what is changed here is lost.\n" \
	"ACTION==\"remove\", GOTO=\"playthrough_usb_end\"\n"                              \
	"DEVPATH!=\"*/usb[0-9]*/*\", GOTO=\"playthrough_usb_end\"\n"
#define TAIL                                                                       \
	"\n"                                                                       \
	"GOTO=\"playthrough_usb_end\"\n"                                           \
	"LABEL=\"playthrough_usb_hands_off\"\n"                                    \
	"ENV{PLAYTHROUGH_USB}=\"1\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"             \
	"SUBSYSTEM==\"block\", ENV{UDISKS_IGNORE}=\"1\", ENV{UDISKS_AUTO}=\"0\", " \
	"ENV{UDISKS_PRESENTATION_NOPOLICY}=\"1\"\n"                                \
	"SUBSYSTEM==\"input\", ENV{LIBINPUT_IGNORE_DEVICE}=\"1\", "                \
	"TAG-=\"power-switch\"\n"                                                  \
	"SUBSYSTEM==\"sound\", ENV{PULSE_IGNORE}=\"1\", ENV{ACP_IGNORE}=\"1\"\n"   \
	"SUBSYSTEM==\"net\", ENV{NM_UNMANAGED}=\"1\"\n"                            \
	"SUBSYSTEM==\"usb\", ENV{ID_GPHOTO2}=\"\", ENV{ID_MTP_DEVICE}=\"\", "      \
	"ENV{ID_MEDIA_PLAYER}=\"\"\n"                                              \
	"LABEL=\"playthrough_usb_end\"\n"
#define NOT_HUB "ATTRS{bDeviceClass}!=\"09\", GOTO=\"playthrough_usb_hands_off\"\n"
#define AT_SLOT "DEVPATH==\"*/0000:00:14.0/*\", "

static const struct usb nothing = {0};

/* What @w's first VM gets by the one rule; caller frees. */
static char *rules_of(struct usb_hands_off w, struct journal_rule rule)
{
	const struct usb_hands_off_vm vm = {"games", &rule, 1};

	w.vms = &vm;
	w.n_vms = 1;
	w.usb = w.usb ? w.usb : &nothing;
	return usb_hands_off_rules(&w);
}

static void expect(struct usb_hands_off w, struct journal_rule rule, const char *lines)
{
	cleanup_free char *text = rules_of(w, rule);
	cleanup_free char *want =
	        xasprintf("%s\n# VM games: [usb %s]\n%s%s", HEAD, rule.name, lines, TAIL);

	assert_non_null(text);
	assert_string_equal(text, want);
}

static void expect_none(struct journal_rule rule)
{
	assert_null(rules_of((struct usb_hands_off){0}, rule));
}

static void test_by_device(void **state)
{
	const struct usb_hands_off w = {0};

	(void)state;
	expect(w, (struct journal_rule){.name = "wheel", .vendor = 0x46d, .product = 0xc24f},
	        "ATTRS{idVendor}==\"046d\", ATTRS{idProduct}==\"c24f\", " NOT_HUB);
	expect(w,
	        (struct journal_rule){
	                .name = "stick", .vendor = 0x781, .product = 0x5581, .serial = "4C53"},
	        "ATTRS{idVendor}==\"0781\", ATTRS{idProduct}==\"5581\", "
	        "ATTRS{serial}==\"4C53\", " NOT_HUB);
}

static void test_by_port(void **state)
{
	const struct usb_hands_off_port ports[] = {{SLOT "/2", "2", "6"}, {SLOT "/3", "3", "3"},
	        {SLOT "/4", "4", NULL}, {SLOT "/ss9", NULL, "9"}};
	const struct usb_hands_off w = {.ports = ports, .n_ports = 4};
	struct journal_rule rule = {.name = "desk", ANY, .port = SLOT "/2.3"};

	(void)state;
	/* Nothing is known of the halves: one number for both. */
	expect((struct usb_hands_off){0}, rule, AT_SLOT "ATTRS{devpath}==\"2.3\", " NOT_HUB);
	expect(w, rule,
	        AT_SLOT "ATTRS{devpath}==\"2.3\", ATTRS{speed}!=\"*000\", " NOT_HUB AT_SLOT
	                "ATTRS{devpath}==\"6.3\", ATTRS{speed}==\"*000\", " NOT_HUB);
	rule.port = SLOT "/3.1.4";
	expect(w, rule, AT_SLOT "ATTRS{devpath}==\"3.1.4\", " NOT_HUB);
	rule.port = SLOT "/4";
	expect(w, rule, AT_SLOT "ATTRS{devpath}==\"4\", ATTRS{speed}!=\"*000\", " NOT_HUB);
	rule.port = SLOT "/ss9.1";
	expect(w, rule, AT_SLOT "ATTRS{devpath}==\"9.1\", ATTRS{speed}==\"*000\", " NOT_HUB);
	rule.port = SLOT "/ss5";
	expect(w, rule, AT_SLOT "ATTRS{devpath}==\"5\", ATTRS{speed}==\"*000\", " NOT_HUB);
	rule.vendor = 0x46d;
	rule.port = "vhci_hcd.0/1";
	expect(w, rule,
	        "DEVPATH==\"*/vhci_hcd.0/*\", ATTRS{devpath}==\"1\", "
	        "ATTRS{idVendor}==\"046d\", " NOT_HUB);
}

static void test_by_hub(void **state)
{
	const struct usb_hands_off_port port = {SLOT "/2", "2", "6"};
	const struct usb_hands_off w = {.ports = &port, .n_ports = 1};
	struct journal_rule rule = {.name = "hub", ANY, .hub = SLOT "/2"};

	(void)state;
	expect(w, rule,
	        AT_SLOT "ATTRS{devpath}==\"2.*\", ATTRS{speed}!=\"*000\", " NOT_HUB AT_SLOT
	                "ATTRS{devpath}==\"6.*\", ATTRS{speed}==\"*000\", " NOT_HUB);
	rule.port = SLOT "/2.1";
	expect((struct usb_hands_off){0}, rule, AT_SLOT "ATTRS{devpath}==\"2.1\", " NOT_HUB);
	rule.port = SLOT "/3"; /* is not behind that hub, whatever is in it */
	expect_none(rule);
}

static void test_nothing_to_match(void **state)
{
	const struct usb_hands_off none = {.usb = &nothing};
	char serial[400];

	(void)state;
	memset(serial, 'A', sizeof(serial));
	serial[sizeof(serial) - 1] = '\0';
	assert_null(usb_hands_off_rules(&none));
	expect_none((struct journal_rule){.name = "x", ANY});
	expect_none((struct journal_rule){.name = "x", .vendor = -1, .product = 1});
	expect_none((struct journal_rule){.name = "x", ANY, .serial = ""});
	expect_none((struct journal_rule){.name = "x", ANY, .serial = serial});
	expect_none((struct journal_rule){.name = "x", ANY, .port = "/2"});
	expect_none((struct journal_rule){.name = "x", ANY, .port = SLOT});
	expect_none((struct journal_rule){.name = "x", ANY, .hub = SLOT "/2\", RUN+=\"/x"});
}

#define BREAKOUT "\", RUN+=\"/bin/sh -c reboot\"\nRUN+=\"x\""

static const char breakout_lines[] =
        "ATTRS{serial}==\"?,?RUN+=?/bin/sh?-c?reboot??RUN+=?x?\", " NOT_HUB;

/* Whatever a device or a profile is called, it stays one value of one line. */
static void test_hostile_text(void **state)
{
	static const struct {
		const char *serial, *pattern;
	} cases[] = {
	        {"a*b?c[d]e|f", "a?b?c?d?e?f"},
	        {"A\\", "A?"},
	        {"tab\there", "tab?here"},
	        {" two  spaces ", "?two??spaces?"},
	        {"\xd0\x98\xd0\x98-1", "*-1"},
	        {"\xff\x01\x7f", "*??"},
	        {"$attr{x} %k", "$attr{x}?%k"},
	};
	const struct usb_hands_off w = {0};
	struct journal_rule rule = {.name = "x", ANY, .serial = BREAKOUT};
	char *text;

	(void)state;
	expect(w, rule, breakout_lines);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *lines =
		        xasprintf("ATTRS{serial}==\"%s\", %s", cases[i].pattern, NOT_HUB);

		rule.serial = (char *)cases[i].serial;
		expect(w, rule, lines);
	}
	rule = (struct journal_rule){.name = "x\nRUN+=\"y\"\\", ANY, .port = "a\"\n*b/1"};
	text = rules_of(w, rule);
	assert_non_null(strstr(text, "\n# VM games: [usb x?RUN+=?y??]\n"
	                             "DEVPATH==\"*/a???b/*\", ATTRS{devpath}==\"1\", "));
	free(text);
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

/* No byte opens a line or a value, wherever it stands. */
static void test_every_byte(void **state)
{
	const struct usb_hands_off w = {0};
	char name[] = "a_b", serial[] = "_a_", port[] = "p_q/1";
	struct journal_rule rule = {.name = name, ANY, .serial = serial, .port = port};
	cleanup_free char *plain = rules_of(w, rule);

	(void)state;
	for (int c = 1; c < 256; c++) {
		cleanup_free char *text = NULL;

		name[1] = serial[0] = serial[2] = port[1] = (char)c;
		text = rules_of(w, rule);
		assert_non_null(text);
		assert_int_equal(count(text, '\n'), count(plain, '\n'));
		assert_int_equal(count(text, '"'), count(plain, '"'));
		assert_int_equal(count(text, '\\'), 0);
		assert_int_equal(count(text, '['), count(plain, '['));
		assert_int_equal(count(text, '|'), 0);
	}
}

/* --- keyboards --- */

static struct usb_device keyboard(const char *sysname, const char *port, uint16_t vendor)
{
	return (struct usb_device){.sysname = (char *)sysname,
	        .port = (char *)port,
	        .vendor = vendor,
	        .product = 0xc31c,
	        .keyboard = true};
}

static void test_last_keyboard_stays(void **state)
{
	char *usbfs[] = {"usbfs", NULL};
	struct usb_device list[] = {
	        keyboard("1-2", SLOT "/2", 0x46d), keyboard("1-3", SLOT "/3", 0x4d9)};
	struct usb usb = {list, 1};
	struct journal_rule rules[] = {
	        {.name = "one", .vendor = 0x46d, .product = -1}, {ANY, .port = SLOT "/3"}};
	struct usb_hands_off_vm vm = {"games", rules, 1};
	struct usb_hands_off w = {.vms = &vm, .n_vms = 1, .usb = &usb};
	char *text = usb_hands_off_rules(&w);

	(void)state;
	assert_non_null(
	        strstr(text, "\nSUBSYSTEMS==\"usb\", KERNELS==\"1-2\", ATTRS{idVendor}==\"046d\", "
	                     "ATTRS{idProduct}==\"c31c\", GOTO=\"playthrough_usb_end\"\n"
	                     "\n# VM games: [usb one]\n"));
	assert_false(usb_hands_off_has(&w, &list[0]));
	free(text);
	usb.n = 2; /* a second one is plugged in, and left to the host */
	text = usb_hands_off_rules(&w);
	assert_null(strstr(text, "KERNELS"));
	assert_true(usb_hands_off_has(&w, &list[0]));
	assert_false(usb_hands_off_has(&w, &list[1]));
	free(text);
	list[1].odd_keyboard = true; /* nobody types on that one */
	assert_false(usb_hands_off_has(&w, &list[0]));
	list[1].odd_keyboard = false;
	list[1].drivers = (struct strv){usbfs, 1}; /* a VM has it, without a rule */
	assert_false(usb_hands_off_has(&w, &list[0]));
	list[1].drivers = (struct strv){0};
	vm.n = 2; /* both are assigned: both stay */
	text = usb_hands_off_rules(&w);
	assert_non_null(strstr(text, "KERNELS==\"1-2\""));
	assert_non_null(strstr(text, "KERNELS==\"1-3\""));
	assert_false(usb_hands_off_has(&w, &list[0]));
	assert_false(usb_hands_off_has(&w, &list[1]));
	free(text);
	w.other_keyboard = true; /* of a laptop */
	text = usb_hands_off_rules(&w);
	assert_null(strstr(text, "KERNELS"));
	assert_true(usb_hands_off_has(&w, &list[0]));
	free(text);
}

/* --- what udev makes of it --- */

/*
 * `udevadm test` reads the rules of /run and the devices of /sys, so it runs in namespaces of its own where these
 * and /dev are ours: a keyboard in 1-2; a hub in 1-3 and a stick behind it; the hub's SuperSpeed half in 2-7, and a
 * network card with sound behind that; a disk that is no USB device. $1: folder of rules, $2: the stick's serial.
 */
static const char world[] =
        "set -e\n"
        "mount -t tmpfs none /sys; mount -t tmpfs none /run\n"
        "touch /run/null; mount --bind /dev/null /run/null\n"
        "mount -t tmpfs none /dev; touch /dev/null; mount --bind /run/null /dev/null\n"
        "mkdir -p /run/udev/rules.d\n"
        "for f in /usr/lib/udev/rules.d/* /lib/udev/rules.d/* /etc/udev/rules.d/*; do\n"
        "  : >\"/run/udev/rules.d/${f##*/}\"\n"
        "done\n"
        "cp \"$1\"/*.rules /run/udev/rules.d\n"
        "P=/sys/devices/pci0000:00/0000:00:14.0\n"
        "dev() {\n"
        "  mkdir -p $P/$1 /sys/$2; printf \"$3\" >$P/$1/uevent; ln -s /sys/$2 $P/$1/subsystem\n"
        "}\n"
        "usb() {\n"
        "  dev $1 bus/usb 'DEVTYPE=usb_device\\n'; echo $2 >$P/$1/devpath; echo $3 >$P/$1/speed\n"
        "  echo $4 >$P/$1/bDeviceClass; echo $5 >$P/$1/idVendor; echo $6 >$P/$1/idProduct\n"
        "  printf '%s\\n' \"$7\" >$P/$1/serial\n"
        "}\n"
        "usb usb1 0 480 09 1d6b 0002 0000:00:14.0\n"
        "usb usb1/1-2 2 1.5 00 046d c31c KB\n"
        "dev usb1/1-2/1-2:1.0/input/input5/event5 class/input "
        "'MAJOR=13\\nMINOR=69\\nDEVNAME=input/event5\\n'\n"
        "usb usb1/1-3 3 480 09 05e3 0610 HUB\n"
        "usb usb1/1-3/1-3.1 3.1 480 00 0781 5581 \"$2\"\n"
        "dev usb1/1-3/1-3.1/host0/block/sdq class/block "
        "'MAJOR=65\\nMINOR=0\\nDEVNAME=sdq\\nDEVTYPE=disk\\n'\n"
        "dev usb1/1-3/1-3.1/host0/block/sdq/sdq1 class/block "
        "'MAJOR=65\\nMINOR=1\\nDEVNAME=sdq1\\nDEVTYPE=partition\\n'\n"
        "usb usb2 0 5000 09 1d6b 0003 0000:00:14.0\n"
        "usb usb2/2-7 7 5000 09 05e3 0626 HUB\n"
        "usb usb2/2-7/2-7.1 7.1 5000 00 0b95 1790 NET\n"
        "dev usb2/2-7/2-7.1/net/eth9 class/net 'INTERFACE=eth9\\nIFINDEX=9\\n'\n"
        "dev usb2/2-7/2-7.1/sound/card9 class/sound ''\n"
        "P=/sys/devices/pci0000:00/0000:00:17.0\n"
        "dev block/sdr class/block 'MAJOR=65\\nMINOR=16\\nDEVNAME=sdr\\nDEVTYPE=disk\\n'\n"
        "export SYSTEMD_DEVICE_VERIFY_SYSFS=0\n"
        "for d in usb1/1-2 usb1/1-2/1-2:1.0/input/input5/event5 usb1/1-3 usb1/1-3/1-3.1 "
        "usb1/1-3/1-3.1/host0/block/sdq/sdq1 usb2/2-7 usb2/2-7/2-7.1/net/eth9 "
        "usb2/2-7/2-7.1/sound/card9 ../0000:00:17.0/block/sdr; do\n"
        "  p=$(realpath /sys/devices/pci0000:00/0000:00:14.0/$d)\n"
        "  t=$(udevadm test --action=add $p 2>&1)\n"
        "  echo \"$t\" | grep -E '72-playthrough-usb.rules:' || true\n"
        "  echo ${d##*/} $(echo \"$t\" | sed -n 's/^ "
        "*\\(\\(ACP\\|ID_M\\|LIBINPUT\\|NM\\|PLAY\\|PULSE\\|"
        "UDISKS\\|CURRENT_TAGS\\)[A-Z_]*=.*\\)/\\1/p' | sort)\n"
        "done\n";

/* What other rules do before ours. */
static const char before[] = "SUBSYSTEM==\"usb\", ENV{ID_MTP_DEVICE}=\"1\"\n"
                             "SUBSYSTEM==\"input\", TAG+=\"power-switch\"\n";

static int setup_udev(void **state)
{
	char *folder = xstrdup("/tmp/playthrough-hands-XXXXXX");

	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int teardown_udev(void **state)
{
	cleanup_free char *folder = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", folder);

	return system(command);
}

static void put(const char *folder, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A line for each device: its name and the properties that these rules are about. Caller frees. */
static char *ask_udev(const char *folder, const char *rules, const char *serial)
{
	cleanup_free char *script = xasprintf("%s/world", folder);
	char *const trial[] = {"unshare", "-rm", "mount", "-t", "tmpfs", "none", "/sys", NULL};
	char *const argv[] = {"unshare", "-rm", "sh", script, (char *)folder, (char *)serial, NULL};
	struct child_result said = {0};

	if (access("/usr/bin/udevadm", X_OK) < 0 || child_check(trial, NULL, 5000, NULL) < 0)
		skip(); /* no udev here, or nobody but root may have a namespace */
	put(folder, "world", world);
	put(folder, "69-before.rules", before);
	put(folder, "72-playthrough-usb.rules", rules);
	assert_int_equal(child_run(argv, NULL, 30000, &said, NULL), 0);
	if (said.status)
		print_error("%s\n", said.output);
	assert_int_equal(said.status, 0);
	return said.output;
}

#define MARK "ID_MM_DEVICE_IGNORE=1 "
#define FREE_KEYBOARD           \
	"1-2 ID_MTP_DEVICE=1\n" \
	"event5 CURRENT_TAGS=:power-switch:\n"
#define FREE_STICK                \
	"1-3 ID_MTP_DEVICE=1\n"   \
	"1-3.1 ID_MTP_DEVICE=1\n" \
	"sdq1\n"
#define FREE_CARD               \
	"2-7 ID_MTP_DEVICE=1\n" \
	"eth9\n"                \
	"card9\n"
#define MY_STICK                            \
	"1-3 ID_MTP_DEVICE=1\n"             \
	"1-3.1 " MARK "PLAYTHROUGH_USB=1\n" \
	"sdq1 " MARK                        \
	"PLAYTHROUGH_USB=1 UDISKS_AUTO=0 UDISKS_IGNORE=1 UDISKS_PRESENTATION_NOPOLICY=1\n"
#define MY_CARD                                           \
	"2-7 ID_MTP_DEVICE=1\n"                           \
	"eth9 " MARK "NM_UNMANAGED=1 PLAYTHROUGH_USB=1\n" \
	"card9 ACP_IGNORE=1 " MARK "PLAYTHROUGH_USB=1 PULSE_IGNORE=1\n"

static void expect_udev(void **state, struct usb_hands_off w, struct journal_rule rule,
        const char *serial, const char *want)
{
	cleanup_free char *rules = rules_of(w, rule), *said = ask_udev(*state, rules, serial);

	assert_string_equal(said, want);
}

static void test_udev_by_device(void **state)
{
	struct usb_device list[] = {keyboard("1-2", SLOT "/2", 0x46d), keyboard("1-9", "", 1)};
	const struct usb usb = {list, 1}, two = {list, 2};
	struct journal_rule rule = {.name = "x", .vendor = 0x46d, .product = 0xc31c};

	expect_udev(state, (struct usb_hands_off){.usb = &two}, rule, "S",
	        "1-2 " MARK "PLAYTHROUGH_USB=1\n"
	        "event5 " MARK "LIBINPUT_IGNORE_DEVICE=1 PLAYTHROUGH_USB=1\n" FREE_STICK FREE_CARD
	        "sdr\n");
	/* the last keyboard */
	expect_udev(state, (struct usb_hands_off){.usb = &usb}, rule, "S",
	        FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
	/* a hub, and so what is behind it */
	rule.vendor = 0x5e3;
	rule.product = 0x610;
	expect_udev(state, (struct usb_hands_off){0}, rule, "S",
	        FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
}

static void test_udev_by_port(void **state)
{
	const struct usb_hands_off_port port = {SLOT "/3", "3", "7"};
	const struct usb_hands_off apart = {.ports = &port, .n_ports = 1};
	struct journal_rule rule = {.name = "x", ANY, .port = SLOT "/3.1"};

	expect_udev(state, apart, rule, "S", FREE_KEYBOARD MY_STICK MY_CARD "sdr\n");
	expect_udev(state, (struct usb_hands_off){0}, rule, "S",
	        FREE_KEYBOARD MY_STICK FREE_CARD "sdr\n");
	rule.port = "0000:00:15.0/3.1"; /* the same port of another controller */
	expect_udev(state, apart, rule, "S", FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
	rule.port = SLOT "/3"; /* a hub is in it */
	expect_udev(state, apart, rule, "S", FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
	rule = (struct journal_rule){.name = "x", ANY, .hub = SLOT "/3"};
	expect_udev(state, apart, rule, "S", FREE_KEYBOARD MY_STICK MY_CARD "sdr\n");
}

/* The serial number matches itself; what is written in it is neither a rule nor a pattern. */
static void test_udev_hostile_serial(void **state)
{
	static const char *const serials[] = {
	        BREAKOUT, "*", "a|b", "[!x]", "\\", "\xd0\x98-1", "$kernel%k"};
	struct journal_rule rule = {.name = "x\" \\", ANY};

	for (size_t i = 0; i < ARRAY_SIZE(serials); i++) {
		rule.serial = (char *)serials[i];
		/* sysfs shows one line: facts stop there too */
		expect_udev(state, (struct usb_hands_off){0}, rule, i ? serials[i] : "other",
		        i ? FREE_KEYBOARD MY_STICK FREE_CARD "sdr\n"
		          : FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
	}
	rule.serial = "[A-Z]";
	expect_udev(state, (struct usb_hands_off){0}, rule, "Q",
	        FREE_KEYBOARD FREE_STICK FREE_CARD "sdr\n");
}

/* What stands above would not notice a broken file if udev did not tell. */
static void test_udev_tells_of_errors(void **state)
{
	cleanup_free char *said = ask_udev(*state, "ATTRS{serial}==\"a\"\", GOTO=\"x\"\n", "S");

	assert_non_null(strstr(said, "72-playthrough-usb.rules:1"));
}

#define WITH_UDEV(test) cmocka_unit_test_setup_teardown(test, setup_udev, teardown_udev)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_by_device),
	        cmocka_unit_test(test_by_port),
	        cmocka_unit_test(test_by_hub),
	        cmocka_unit_test(test_nothing_to_match),
	        cmocka_unit_test(test_hostile_text),
	        cmocka_unit_test(test_every_byte),
	        cmocka_unit_test(test_last_keyboard_stays),
	        WITH_UDEV(test_udev_by_device),
	        WITH_UDEV(test_udev_by_port),
	        WITH_UDEV(test_udev_hostile_serial),
	        WITH_UDEV(test_udev_tells_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
