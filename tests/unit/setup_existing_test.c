/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made configuration: every shape is recognised, and each is adopted, left or warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "machine.h"
#include "setup_pc.h"

static const struct existing_setting *only(const struct existing *e, enum existing_kind kind)
{
	assert_int_equal(e->n, 1);
	assert_int_equal(e->list[0].kind, kind);
	return &e->list[0];
}

static void test_arguments(void **state)
{
	static const struct {
		const char *cmdline;
		enum existing_kind kind;
		size_t ids;
	} cases[] = {
	        {"quiet vfio-pci.ids=10de:1e84,10de:10f8", EXISTING_IDS, 2},
	        {"vfio_pci.ids=10de:1e84", EXISTING_IDS, 1},
	        {"\"vfio-pci.ids=10de:1e84\" ro", EXISTING_IDS, 1},
	        {"\r\v vfio-pci.ids=10de:1e84\f\r", EXISTING_IDS, 1},
	        {"vfio-pci.ids=,x,10de", EXISTING_IDS, 0},
	        {"pci-stub.ids=10de:1e84", EXISTING_STUB, 1},
	        {"xen-pciback.hide=(01:00.0)", EXISTING_XEN, 0},
	        {"pcie_acs_override=downstream,multifunction", EXISTING_ACS, 0},
	        {"modprobe.blacklist=nouveau,pcspkr", EXISTING_BLACKLIST, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct existing e = {0};

		existing_read_cmdline(&e, cases[i].cmdline, "/proc/cmdline");
		assert_int_equal(only(&e, cases[i].kind)->n_ids, cases[i].ids);
		existing_finish(&e);
		existing_read_cmdline(&e, "root=x -- vfio-pci.ids=10de:1e84", "/proc/cmdline");
		existing_read_cmdline(&e, "vfio-pci.ids vfio-pci.idsx=10de:1e84", "/proc/cmdline");
		assert_int_equal(e.n, 0);
	}
}

static void test_modprobe(void **state)
{
	static const struct {
		const char *text;
		enum existing_kind kind;
		const char *source, *module;
	} cases[] = {
	        {"\noptions vfio-pci ids=10de:1e84 disable_vga=1\n", EXISTING_IDS, "f:2", NULL},
	        {"options vfio_pci \\\n  ids=10de:1e84", EXISTING_IDS, "f:1", NULL},
	        {"softdep nouveau pre: vfio-pci", EXISTING_SOFTDEP, "f:1", "nouveau"},
	        {"softdep nvidia post: a pre: b vfio_pci", EXISTING_SOFTDEP, "f:1", "nvidia"},
	        {"# blacklist nvidia\nblacklist nouveau\n", EXISTING_BLACKLIST, "f:2", "nouveau"},
	        {"install vfio-pci /bin/x.sh", EXISTING_INSTALL, "f:1", "vfio-pci"},
	        {"install nvidia /bin/false", EXISTING_INSTALL, "f:1", "nvidia"},
	        {"options pci-stub ids=10de:1e84", EXISTING_STUB, "f:1", NULL},
	};
	struct existing e = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct existing_setting *s;

		existing_read_modprobe(&e, cases[i].text, "f");
		s = only(&e, cases[i].kind);
		assert_string_equal(s->source, cases[i].source);
		if (cases[i].module)
			assert_string_equal(s->module, cases[i].module);
		existing_finish(&e);
	}
	existing_read_modprobe(&e,
	        "options vfio-pci disable_vga=1\nsoftdep nouveau post: vfio-pci\n"
	        "blacklist pcspkr\noptions\n\\\n\\",
	        "f");
	assert_int_equal(e.n, 0);
}

/* Where each is found; an argument that runs and is configured counts once. */
static void test_files(void **state)
{
	struct existing e;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	existing_take(&m.root, &e);
	assert_int_equal(e.n, 0);
	existing_finish(&e);
	machine_write(&m, "/proc/cmdline", "root=x vfio-pci.ids=10de:1e84\n");
	machine_write(&m, "/etc/default/grub",
	        "GRUB_CMDLINE_LINUX=\"vfio-pci.ids=10de:1e84\"\n"
	        "GRUB_CMDLINE_LINUX_DEFAULT=\"pci-stub.ids=10de:1e84\"\n");
	machine_write(&m, "/etc/modprobe.d/vfio.conf", "softdep nouveau pre: vfio-pci\n");
	machine_write(&m, "/etc/modprobe.d/vfio.conf.old", "blacklist nouveau\n");
	machine_write(&m, "/etc/modprobe.d/playthrough-vfio.conf", "softdep i915 pre: vfio-pci\n");
	machine_write(&m, "/etc/driverctl.d/0000:01:00.0", "vfio-pci\n");
	machine_write(&m, "/etc/driverctl.d/README", "vfio-pci\n");
	machine_write(&m, "/etc/initramfs-tools/modules", "# vfio\n\nvfio_pci\nvfio\n");
	machine_write(&m, "/etc/initramfs-tools/scripts/init-top/bind-vfio", "#!/bin/sh\n");
	machine_write(&m, "/etc/libvirt/hooks/qemu", "virsh nodedev-detach pci_0000_01_00_0\n");
	machine_write(&m, "/etc/libvirt/hooks/network", "true\n");
	existing_take(&m.root, &e);
	assert_int_equal(e.n, 7);
	assert_string_equal(e.list[0].source, "/proc/cmdline");
	assert_string_equal(e.list[0].configured, "/etc/default/grub:1");
	assert_string_equal(e.list[1].source, "/etc/default/grub:2");
	assert_string_equal(e.list[4].source, "/etc/initramfs-tools/modules:3");
	assert_int_equal(e.unread.n, 0);
	existing_finish(&e);
	/* a value that only a shell knows is said to be so, not passed over */
	machine_write(&m, "/etc/default/grub", "GRUB_CMDLINE_LINUX=\"$(cat /etc/args)\"\n");
	existing_take(&m.root, &e);
	assert_int_equal(e.unread.n, 1);
	assert_string_equal(e.unread.list[0],
	        "GRUB_CMDLINE_LINUX (/etc/default/grub:1): it holds the output of a command");
	existing_finish(&e);
	machine_close(&m);
}

/* Beside the good PC of setup_pc.h, whose card at 01:00 could go to a game. */
static const struct {
	const char *name;
	const char *cmdline, *modprobe;
	const char *driverctl; /* driver of 01:00.0 */
	enum check_status status;
	const char *code, *words;
} judged[] = {
        {"nothing", "quiet", "", NULL, CHECK_SKIP, NULL, "nothing was configured"},
        {"the same card", "vfio-pci.ids=10de:1e84,10de:10f8", "", NULL, CHECK_PASS, NULL,
                "adopted"},
        {"the same, with subsystem", "vfio-pci.ids=10de:1e84:ffffffff:ffffffff", "", NULL,
                CHECK_PASS, NULL, "adopted"},
        {"in modprobe.d", "quiet", "options vfio-pci ids=10de:1e84\n", NULL, CHECK_PASS, NULL,
                "f:1"},
        {"a card that is not here", "vfio-pci.ids=1002:67df", "", NULL, CHECK_PASS, NULL,
                "left as it is"},
        {"the host's screen", "vfio-pci.ids=8086:3e92", "", NULL, CHECK_WARN, "PT-CONFIG-01",
                "0000:00:02.0"},
        {"all of a vendor", "vfio-pci.ids=8086:ffffffff", "", NULL, CHECK_WARN, "PT-CONFIG-01",
                "the host would lose it"},
        {"pci-stub", "pci-stub.ids=10de:1e84", "", NULL, CHECK_PASS, NULL, "adopted"},
        {"ACS override", "pcie_acs_override=downstream", "", NULL, CHECK_WARN, "PT-CONFIG-04",
                "each other's memory"},
        {"driverctl, the same", "quiet", "", "vfio-pci", CHECK_PASS, NULL, "adopted"},
        {"driverctl, against it", "quiet", "", "nouveau", CHECK_WARN, "PT-CONFIG-02",
                "0000:01:00.0 to nouveau"},
        {"softdep", "quiet", "softdep nouveau pre: vfio-pci\n", NULL, CHECK_PASS, NULL, "adopted"},
        {"blacklist", "quiet", "blacklist nouveau\n", NULL, CHECK_PASS, NULL, "left"},
        {"a command for vfio-pci", "quiet", "install vfio-pci /x.sh\n", NULL, CHECK_WARN,
                "PT-CONFIG-03", "not known"},
        {"a command for a driver", "quiet", "install nvidia /bin/false\n", NULL, CHECK_PASS, NULL,
                "left"},
};

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		const struct check_result *r;
		struct check_report report;
		struct existing *e;
		struct pc pc;

		pc_init(&pc);
		e = &pc.facts.existing;
		existing_read_cmdline(e, judged[i].cmdline, "/proc/cmdline");
		existing_read_modprobe(e, judged[i].modprobe, "f");
		if (judged[i].driverctl) {
			struct existing_setting *s = list_append(e->list, e->n);

			s->kind = EXISTING_DRIVERCTL;
			s->source = xstrdup("/etc/driverctl.d/0000:01:00.0");
			s->text = xstrdup(judged[i].driverctl);
			s->module = xstrdup(judged[i].driverctl);
			s->addr = pc_device(&pc, PC_GPU)->addr;
		}
		check_run_with(&pc.host, &pc.facts, &report);
		r = check_find(&report, "host.existing");
		if (r->status != judged[i].status || !strstr(r->summary, judged[i].words) ||
		        !judged[i].code != !r->code || (r->code && !streq(r->code, judged[i].code)))
			fail_msg("%s: %s %s: %s", judged[i].name, check_status_name(r->status),
			        r->code ? r->code : "-", r->summary);
		assert_int_equal(r->status == CHECK_WARN, r->fix != NULL);
		check_report_finish(&report);
		pc_finish(&pc);
	}
}

/* A second card of the same kind that stays with the host: ids= cannot tell them apart. */
static void test_equal_cards(void **state)
{
	struct existing e = {0};
	struct pci_addr planned;
	char *words = NULL;
	enum code code;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	planned = pc_device(&pc, PC_GPU)->addr;
	pc_add(&pc, "0000:02:00.0", "0000:00:01.1/00.0", 0x10de1e84, 0x030000, 7, "nouveau");
	existing_read_cmdline(&e, "vfio-pci.ids=10de:1e84", "/proc/cmdline");
	assert_int_equal(existing_judge(&e.list[0], &pc.host, &planned, 1, &words, &code),
	        EXISTING_DOUBTFUL);
	assert_non_null(strstr(words, "0000:02:00.0, which belongs to nouveau now"));
	free(words);
	/* and when it is the host's screen, that is a conflict */
	pc_device(&pc, PC_IGPU)->boot_vga = 0;
	pc.host.pci.list[pc.host.pci.n - 1].boot_vga = 1;
	assert_int_equal(existing_judge(&e.list[0], &pc.host, &planned, 1, &words, &code),
	        EXISTING_CONFLICT);
	assert_int_equal(code, CODE_CONFIG_IDS);
	free(words);
	/* both go to games */
	pc.host.pci.list[pc.host.pci.n - 1].boot_vga = 0;
	pc_set(&pc.host.pci.list[pc.host.pci.n - 1].driver, "vfio-pci");
	assert_int_equal(
	        existing_judge(&e.list[0], &pc.host, &planned, 1, &words, &code), EXISTING_ADOPTED);
	free(words);
	existing_finish(&e);
	pc_finish(&pc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_arguments),
	        cmocka_unit_test(test_modprobe),
	        cmocka_unit_test(test_files),
	        cmocka_unit_test(test_verdicts),
	        cmocka_unit_test(test_equal_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
