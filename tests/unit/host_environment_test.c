/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of machine: what tells, and what does not. */
#include "host/environment.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *path, *text, *more_path, *more;
	const char *container, *hypervisor, *source;
} cases[] = {
        {"/proc/1/cgroup", "0::/init.scope\n", NULL, NULL, NULL, NULL, NULL},
        {"/run/systemd/container", "systemd-nspawn\n", NULL, NULL, "systemd-nspawn", NULL,
                "/run/systemd/container"},
        {"/run/systemd/container", "\n", NULL, NULL, NULL, NULL, NULL},
        {"/run/systemd/container", "\x1b[2J evil\n", NULL, NULL, "?", NULL,
                "/run/systemd/container"},
        {"/proc/1/environ", "container=lxc", NULL, NULL, "lxc", NULL, "/proc/1/environ"},
        {"/proc/1/environ", "mycontainer=lxc", NULL, NULL, NULL, NULL, NULL},
        {"/proc/1/environ", "container=", NULL, NULL, NULL, NULL, NULL},
        {"/run/.containerenv", "", NULL, NULL, "podman", NULL, "/run/.containerenv"},
        {"/.dockerenv", "", NULL, NULL, "docker", NULL, "/.dockerenv"},
        {"/.dockerenv", "", "/run/systemd/system/x", "", NULL, NULL, NULL}, /* a leftover */
        {"/proc/1/cgroup", "1:cpu:/\n0::/kubepods.slice/x\n", NULL, NULL, "kubernetes", NULL,
                "/proc/1/cgroup"},
        {"/sys/class/dmi/id/sys_vendor", "QEMU\n", NULL, NULL, NULL, "QEMU",
                "/sys/class/dmi/id/sys_vendor"},
        {"/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n",
                "/sys/class/dmi/id/product_name", "Surface Pro\n", NULL, NULL, NULL},
        {"/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n",
                "/sys/class/dmi/id/product_name", "Virtual Machine\n", NULL, "Hyper-V",
                "/sys/class/dmi/id/product_name"},
        {"/sys/class/dmi/id/sys_vendor", "Google\n", "/sys/class/dmi/id/product_name", "Lulu\n",
                NULL, NULL, NULL}, /* a Chromebook */
        {"/sys/class/dmi/id/sys_vendor", "ASUSTeK COMPUTER INC.\n", NULL, NULL, NULL, NULL, NULL},
        {"/sys/hypervisor/type", "xen\n", "/proc/xen/capabilities", "control_d\n", NULL,
                "Xen, dom0", "/proc/xen/capabilities"},
        {"/sys/hypervisor/type", "xen\n", "/proc/xen/capabilities", "\n", NULL, "xen",
                "/sys/hypervisor/type"},
        {"/proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n", NULL, NULL, NULL,
                "WSL", "/proc/sys/kernel/osrelease"},
        {"/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n", NULL, NULL, NULL, NULL, NULL},
};

static void expect(size_t i, const struct environment_fact *fact, const char *name)
{
	if ((name != NULL) != (fact->name != NULL) || (name && !streq(name, fact->name)))
		fail_msg("case %zu: %s", i, fact->name ? fact->name : "nothing");
	if (name)
		assert_string_equal(fact->source, cases[i].source);
	if (name)
		assert_non_null(fact->value);
}

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct environment e;
		struct machine m;

		machine_open(&m, NULL);
		machine_write(&m, cases[i].path, cases[i].text);
		if (cases[i].more_path)
			machine_write(&m, cases[i].more_path, cases[i].more);
		environment_take(&m.root, &e);
		expect(i, &e.container, cases[i].container);
		expect(i, &e.hypervisor, cases[i].hypervisor);
		assert_int_equal(e.wsl, e.hypervisor.name && streq(e.hypervisor.name, "WSL"));
		environment_finish(&e);
		machine_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
