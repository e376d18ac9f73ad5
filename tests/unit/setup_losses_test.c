/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check says of sound, slots, USB controllers and what is unwise; the firmware's menus; the page's width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "host-setup/firmware_menu.h"
#include "machine.h"
#include "setup_pc.h"

/* --- one change of the good PC each --- */

static void nothing(struct pc *pc)
{
	(void)pc;
}

/* LPC bridge, sound, SMBus and network in one group. */
static void board_sound(struct pc *pc)
{
	pc_add(pc, "0000:00:1f.0", "0000:00:1f.0", 0x8086a305, 0x060100, 5, NULL);
	pc_add(pc, "0000:00:1f.3", "0000:00:1f.3", 0x8086a348, 0x040300, 5, "snd_hda_intel");
	pc_add(pc, "0000:00:1f.4", "0000:00:1f.4", 0x8086a323, 0x0c0500, 5, "i801_smbus");
	pc_group(pc);
}

static void board_sound_alone(struct pc *pc)
{
	pc_add(pc, "0000:00:1b.0", "0000:00:1b.0", 0x80861d20, 0x040300, 9, "snd_hda_intel");
	pc_group(pc);
}

static void board_sound_only(struct pc *pc)
{
	board_sound(pc);
	pc_device(pc, PC_AUDIO)->class_code = 0x0c0330;
}

static void no_sound(struct pc *pc)
{
	pc_device(pc, PC_AUDIO)->class_code = 0x0c0330;
}

static void neighbour_on_bus(struct pc *pc)
{
	struct pci_device *d =
	        pc_add(pc, "0000:01:01.0", "0000:00:01.0/01.0", 0x8086100e, 0x020000, 7, "e1000");
	struct net_interface *n = list_append(pc->host.net.list, pc->host.net.n);

	*n = (struct net_interface){
	        .name = xstrdup("eth1"), .has_controller = true, .controller = d->addr, .up = true};
	pc_group(pc);
}

static void shared_slot(struct pc *pc)
{
	pc_device(pc, PC_SATA)->iommu_group = 1;
	pc_group(pc);
}

static void shared_slot_and_empty_port(struct pc *pc)
{
	shared_slot(pc);
	pc_add(pc, "0000:00:1c.0", "0000:00:1c.0", 0x8086a290, 0x060400, 8, "pcieport");
	pc_group(pc);
}

static void shared_slot_and_empty_slot(struct pc *pc)
{
	struct slot *slot;

	shared_slot(pc);
	for (int i = 0; i < 2; i++) {
		slot = list_append(pc->host.slots.list, pc->host.slots.n);
		slot->name = xstrdup(i ? "3" : "1");
		assert_int_equal(
		        pci_addr_parse(i ? "0000:03:00.0" : "0000:01:00.0", &slot->addr), 0);
	}
}

/* The host's own card sits in a slot with a group of its own: the two could change roles. */
static void roomy_boot_card(struct pc *pc)
{
	shared_slot(pc);
	pci_addr_parse("0000:0a:00.0", &pc_device(pc, PC_IGPU)->addr);
}

static struct usb_device *plug(struct pc *pc, const char *sysname, struct pci_addr controller)
{
	struct usb_device *u = list_append(pc->host.usb.list, pc->host.usb.n);

	u->sysname = xstrdup(sysname);
	u->has_controller = true;
	u->controller = controller;
	return u;
}

/* A mouse that can press keys is no keyboard to type on. */
static void mouse_elsewhere(struct pc *pc)
{
	struct pci_device *d = pc_add(
	        pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x1b36000d, 0x0c0330, 6, "xhci_hcd");
	struct usb_device *u = plug(pc, "3-1", d->addr);

	u->keyboard = u->mouse = u->odd_keyboard = true;
	plug(pc, "1-2", pc_device(pc, PC_USB)->addr)->keyboard = true;
	pc_group(pc);
}

static void spare_controller(struct pc *pc)
{
	pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x1b36000d, 0x0c0330, 6, "xhci_hcd");
	plug(pc, "1-2", pc_device(pc, PC_USB)->addr)->keyboard = true;
	pc_group(pc);
}

static void usb_sound(struct pc *pc)
{
	plug(pc, "1-4", pc_device(pc, PC_USB)->addr)->kind = USB_KIND_AUDIO;
}

static void processor_port(struct pc *pc)
{
	shared_slot(pc);
	pc_add(pc, "0000:00:06.0", "0000:00:06.0", 0x80864c09, 0x060400, 8, "pcieport");
	pc_group(pc);
}

static void camera_on_one(struct pc *pc)
{
	pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x1b36000d, 0x0c0330, 6, "xhci_hcd");
	plug(pc, "1-5", pc_device(pc, PC_USB)->addr)->kind = USB_KIND_CAMERA;
	pc_group(pc);
}

static void ps2_keyboard(struct pc *pc)
{
	struct input_device *input = list_append(pc->host.inputs.list, pc->host.inputs.n);

	*input = (struct input_device){.sysname = xstrdup("input3"),
	        .name = xstrdup("AT keyboard"),
	        .keyboard = true,
	        .ps2 = true};
	plug(pc, "1-2", pc_device(pc, PC_USB)->addr)->keyboard = true;
}

static void asus_legacy(struct pc *pc)
{
	pc->host.firmware.uefi = false;
	pc->host.firmware.board = xstrdup("ASUSTeK COMPUTER INC. PRIME Z370-A");
}

static const struct loss_case {
	const char *name;
	void (*change)(struct pc *pc);
	const char *id;
	enum check_status status;
	const char *code; /* NULL: none */
	const char *said; /* part of the summary or the fix */
	const char *source, *value;
} cases[] = {
        {"card's sound alone", nothing, "audio.choice", CHECK_PASS, NULL,
                "HDMI or DisplayPort (0000:01:00.1)", "0000:01:00.1/iommu_group",
                "1, with 0000:01:00.0 [0300]"},
        {"board's sound with LPC", board_sound, "audio.choice", CHECK_PASS, NULL,
                "stays with the host: its group 5", "0000:00:1f.3/iommu_group",
                "5, with 0000:00:1f.6 [0200], 0000:00:1f.0 [0601], 0000:00:1f.4 [0c05]"},
        {"the ways: the card", board_sound, "audio.choice", CHECK_PASS, NULL, "(0000:01:00.1)",
                NULL, NULL},
        {"the ways: USB", board_sound, "audio.choice", CHECK_PASS, NULL,
                "USB sound card on 0000:00:14.0, passed as a whole", NULL, NULL},
        {"the ways: SPICE", board_sound, "audio.choice", CHECK_PASS, NULL, "SPICE", NULL, NULL},
        {"board's sound only", board_sound_only, "audio.choice", CHECK_WARN, "PT-SOUND-01",
                "USB sound card", NULL, NULL},
        {"board's sound alone", board_sound_alone, "audio.choice", CHECK_PASS, NULL,
                "could go to a game", NULL, NULL},
        {"no sound", no_sound, "audio.choice", CHECK_SKIP, NULL, "no sound card", NULL, NULL},
        {"better left", nothing, "host.unwise", CHECK_PASS, NULL, "2 devices", "0000:00:17.0",
                "disk controller built into the board: disk sda"},
        {"only network card", nothing, "host.unwise", CHECK_PASS, NULL, "2 devices", "0000:00:1f.6",
                "the only network card"},
        {"bus reset with neighbour", neighbour_on_bus, "host.unwise", CHECK_WARN, "PT-HOST-06",
                "0000:01:01.0", "reset_method", "bus"},
        {"no slot needed", nothing, "host.slots", CHECK_SKIP, NULL, "needs another slot", NULL,
                NULL},
        {"shared, nothing empty", shared_slot, "host.slots", CHECK_WARN, "PT-HOST-07", "Exchange",
                "/sys/bus/pci/slots", "no empty"},
        {"shared, empty port", shared_slot_and_empty_port, "host.slots", CHECK_WARN, "PT-HOST-07",
                "Move the card", "devices/0000:00:1c.0", "group 8 is its own"},
        {"shared, empty slot", shared_slot_and_empty_slot, "host.slots", CHECK_WARN, "PT-HOST-07",
                "Move the card", "slots/3/address", "0000:03:00, empty"},
        {"shared, its own slot", shared_slot_and_empty_slot, "host.slots", CHECK_WARN, "PT-HOST-07",
                "Move the card", "slots/1/address", "0000:01:00, this card"},
        {"a port of the processor", processor_port, "host.slots", CHECK_WARN, "PT-HOST-07",
                "Move the card", "devices/0000:00:06.0", "a port of the processor"},
        {"USB sound that is there", usb_sound, "audio.choice", CHECK_PASS, NULL, "USB sound card",
                "/sys/bus/usb/devices/1-4", "USB sound device, on 0000:00:14.0"},
        {"change of roles", roomy_boot_card, "host.slots", CHECK_WARN, "PT-HOST-07",
                "0000:0a:00.0, whose group is its own, goes to the game",
                "0000:0a:00.0/iommu_group", "2, nothing else"},
        {"mouse with keys", mouse_elsewhere, "usb.controllers", CHECK_PASS, NULL,
                "1 of 2 USB controllers can be given away as a whole, best 0000:02:00.0",
                "0000:00:14.0", "no keyboard would remain"},
        {"spare controller", spare_controller, "usb.controllers", CHECK_PASS, NULL,
                "alone; keyboard 1-2 stays on 0000:00:14.0", NULL, NULL},
        {"the emptier one", camera_on_one, "usb.controllers", CHECK_PASS, NULL,
                "2 of 2 USB controllers can be given away as a whole, best 0000:02:00.0", NULL,
                NULL},
        {"a PS/2 keyboard stays", ps2_keyboard, "usb.controllers", CHECK_PASS, NULL,
                "keyboard input3 stays", NULL, NULL},
        {"the board's menu", asus_legacy, "firmware.uefi", CHECK_WARN, "PT-FW-02",
                "Boot > CSM (Compatibility Support Module) > Launch CSM: Disabled (ASUS)", NULL,
                NULL},
};

static bool has_evidence(const struct check_result *r, const char *source, const char *value)
{
	for (size_t i = 0; i < r->n_evidence; i++) {
		if (strstr(r->evidence[i].source, source) && strstr(r->evidence[i].value, value))
			return true;
	}
	return false;
}

static void run_case(const struct loss_case *c)
{
	const struct check_result *r;
	struct check_report report;
	struct pc pc;
	bool said;

	pc_init(&pc);
	c->change(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	r = check_find(&report, c->id);
	assert_non_null(r);
	said = strstr(r->summary, c->said) || (r->fix && strstr(r->fix, c->said));
	if (!said || r->status != c->status || !r->code != !c->code ||
	        (c->code && !streq(r->code, c->code)) ||
	        (c->source && !has_evidence(r, c->source, c->value))) {
		print_error("%s: %s: %s -> %s\n", r->id, check_status_name(r->status), r->summary,
		        r->fix ? r->fix : "-");
		for (size_t i = 0; i < r->n_evidence; i++)
			print_error("  %s: %s\n", r->evidence[i].source, r->evidence[i].value);
		fail_msg("%s", c->name);
	}
	check_report_finish(&report);
	pc_finish(&pc);
}

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(&cases[i]);
}

/* --- JSON --- */

static void groups_tell_their_losses(void **state)
{
	struct check_report report;
	cleanup_free char *text = NULL;
	json_t *document;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	board_sound(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	document = check_json(&pc.host, &report);
	text = json_dumps(json_object_get(json_array_get(json_object_get(document, "groups"), 5),
	                          "host_loses"),
	        JSON_COMPACT);
	assert_string_equal(text,
	        "[\"the chips behind 0000:00:1f.0 (LPC or eSPI: firmware, clock, fans, PS/2, "
	        "TPM)\",\"network eno1 (default route, the only network card)\",\"the SMBus "
	        "0000:00:1f.4 (sensors, memory modules)\"]");
	json_decref(document);
	check_report_finish(&report);
	pc_finish(&pc);
}

/* --- the firmware's menus --- */

static const struct {
	const char *board, *product;
	enum cpu_vendor vendor;
	enum firmware_setting setting;
	const char *menu;
	bool known;
} menus[] = {
        {"ASUSTeK COMPUTER INC. PRIME Z370-A", NULL, CPU_INTEL, FIRMWARE_IOMMU,
                "Advanced > System Agent (SA) Configuration > VT-d: Enabled (ASUS)", true},
        {"ASUSTeK COMPUTER INC. PRO WS X570-ACE", NULL, CPU_AMD, FIRMWARE_VIRTUALIZATION,
                "Advanced > CPU Configuration > SVM Mode: Enabled (ASUS)", true},
        {"Micro-Star International Co., Ltd. MPG Z390", NULL, CPU_INTEL, FIRMWARE_IOMMU,
                "OC > CPU Features > Intel VT-D Tech: Enabled (MSI)", true},
        {"Gigabyte Technology Co., Ltd. B650M K", NULL, CPU_AMD, FIRMWARE_ABOVE_4G,
                "Settings > IO Ports > Above 4G Decoding: Enabled (Gigabyte)", true},
        {"Intel Corporation NUC10i7FNB", NULL, CPU_INTEL, FIRMWARE_IOMMU,
                "Security > Security Features > Intel VT for Directed I/O (VT-d): Enabled (Intel "
                "NUC)",
                true},
        {NULL, "Dell Inc. OptiPlex 7050", CPU_INTEL, FIRMWARE_IOMMU,
                "Virtualization Support > VT for Direct I/O: Enable VT for Direct I/O (Dell)",
                true},
        {"Super Micro Computer, Inc. X10SLH", NULL, CPU_INTEL, FIRMWARE_IOMMU, "(Supermicro)",
                true},
        {"HPE ProLiant", NULL, CPU_INTEL, FIRMWARE_IOMMU, "VT-d (Intel VT for Directed I/O)",
                false},
        {"Intel Corporation S1200", NULL, CPU_INTEL, FIRMWARE_IOMMU, "mostly under", false},
        {"ASUSTeK COMPUTER INC. X", NULL, CPU_OTHER, FIRMWARE_IOMMU, "mostly under", false},
        {"Acer Nitro", "Acer", CPU_AMD, FIRMWARE_VIRTUALIZATION, "SVM Mode (AMD-V)", false},
        {NULL, NULL, CPU_AMD, FIRMWARE_IOMMU, "IOMMU (AMD-Vi)", false},
};

static void names_menus(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(menus); i++) {
		struct host host = {.cpu.vendor = menus[i].vendor};
		cleanup_free char *menu = NULL;

		host.firmware.board = (char *)menus[i].board;
		host.firmware.product = (char *)menus[i].product;
		menu = firmware_menu(&host, menus[i].setting);
		if (!strstr(menu, menus[i].menu))
			fail_msg("case %zu: %s", i, menu);
		assert_int_equal(firmware_menu_is_known(&host, menus[i].setting), menus[i].known);
	}
}

/* Whatever the board and the processor: a sentence for every setting. */
static void never_without_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(menus); i++) {
		for (int setting = 0; setting < FIRMWARE_SETTINGS; setting++) {
			struct host host = {.cpu.vendor = menus[i].vendor};
			cleanup_free char *menu = NULL;

			host.firmware.board = (char *)menus[i].board;
			menu = firmware_menu(&host, (enum firmware_setting)setting);
			assert_true(menu && *menu && !ends_with(menu, "."));
		}
	}
}

/* --- the page --- */

static char *print_machine(const char *name, const char *columns)
{
	struct check_report report;
	struct facts facts;
	struct machine m;
	struct host host;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	machine_open(&m, name);
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	facts_take(&m.root, &facts);
	check_run_with(&host, &facts, &report);
	setenv("COLUMNS", columns, 1);
	check_print(&host, &report, false, f);
	unsetenv("COLUMNS");
	fclose(f);
	check_report_finish(&report);
	facts_finish(&facts);
	host_finish(&host);
	machine_close(&m);
	return text;
}

/* No line is wider than asked for, unless it is one word: a path stays whole. */
static void expect_width(const char *text, size_t width)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n"), blanks = strspn(line, " ");

		if (utf8_columns(line, n) > width && memchr(line + blanks, ' ', n - blanks))
			fail_msg("%zu columns: %.*s", n, (int)n, line);
		assert_true(n == 0 || line[n - 1] != ' ');
		line += n + (line[n] == '\n');
	}
}

static void fits_the_terminal(void **state)
{
	static const char *const names[] = {
	        "intel-desktop", "amd-bad-board", "no-iommu", "virtual", "garbage", "z390-sound"};
	static const struct {
		const char *columns;
		size_t width;
	} widths[] = {{"60", 60}, {"80", 80}, {"120", 120}, {"5", 40}, {"9999", 120}, {"x", 96}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(widths); k++) {
			cleanup_free char *text = print_machine(names[i], widths[k].columns);

			expect_width(text, widths[k].width);
		}
	}
}

static void says_what_goes_together(void **state)
{
	cleanup_free char *text = print_machine("z390-sound", "120");
	cleanup_free char *acts = print_machine("no-iommu", "120");

	(void)state;
	assert_non_null(strstr(text, "\n          the host would lose: disk nvme0n1 (root file "
	                             "system: LVM vg0-root; mounted on /boot/efi)\n"));
	assert_non_null(strstr(text, "\n  Only bridges, which stay with the host: 0, 5, 6, 7\n"));
	assert_true(starts_with(acts, "Not yet: 2 things for you to change, 1 of them in the "
	                              "firmware setup.\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	        cmocka_unit_test(groups_tell_their_losses),
	        cmocka_unit_test(names_menus),
	        cmocka_unit_test(never_without_a_sentence),
	        cmocka_unit_test(fits_the_terminal),
	        cmocka_unit_test(says_what_goes_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
