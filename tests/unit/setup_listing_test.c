/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listings of IOMMU groups in the shapes that people paste. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/strv.h"
#include "host-setup/listing.h"

/* What is read, written as "group address id class name driver reset", one function a line. */
static char *written(const char *const *texts)
{
	struct listing listing = {0};
	struct strv cleanup_strv lines = {0};

	for (size_t i = 0; texts[i]; i++)
		listing_parse(&listing, texts[i], i);
	listing_settle(&listing);
	for (size_t i = 0; i < listing.n; i++) {
		const struct listed *d = &listing.list[i];

		strv_addf(&lines, "%d %s %04x:%04x %06x %s%s%s%s", d->group,
		        pci_addr_format(d->addr).s, d->vendor, d->device, d->class_code,
		        d->name ? d->name : "-", d->driver ? " " : "", d->driver ? d->driver : "",
		        d->reset == 1 ? " R" : "");
	}
	listing_finish(&listing);
	return strv_join(&lines, "\n");
}

static const struct {
	const char *name, *text, *expected;
} cases[] = {
        {"indented under headings",
                "IOMMU Group 1:\n"
                "\t00:01.0 PCI bridge [0604]: Acme Port [8086:1901] (rev 07)\n"
                "\t01:00.0 VGA compatible controller [0300]: Acme Fast [GX 1] [10de:1b81] (rev "
                "a1)\n"
                "IOMMU Group 10:\n"
                "\t02:00.0 SATA controller [0106]: Acme [1b21:0612]\n",
                "1 0000:00:01.0 8086:1901 060400 Acme Port\n"
                "1 0000:01:00.0 10de:1b81 030000 Acme Fast [GX 1]\n"
                "10 0000:02:00.0 1b21:0612 010600 Acme"},
        {"all in one line",
                "IOMMU Group 12 01:00.1 Audio device [0403]: Acme [10de:10f0]\n"
                "IOMMU Group 2 00:02.0 Display controller [0380]: Acme [8086:3e98]\n",
                "2 0000:00:02.0 8086:3e98 038000 Acme\n"
                "12 0000:01:00.1 10de:10f0 040300 Acme"},
        {"not indented, blank lines between groups",
                "Group 3\n00:14.0 USB controller [0c03]: A [8086:a36d]\n\n"
                "Group 4\n00:16.0 Communication controller [0780]: A [8086:a360]\n",
                "3 0000:00:14.0 8086:a36d 0c0300 A\n4 0000:00:16.0 8086:a360 078000 A"},
        {"every second line blank",
                "IOMMU Group 3:\n\n00:14.0 USB controller [0c03]: A [8086:a36d]\n\n"
                "00:14.2 RAM memory [0500]: A [8086:a36f]\n",
                "3 0000:00:14.0 8086:a36d 0c0300 A\n3 0000:00:14.2 8086:a36f 050000 A"},
        {"identities first, R for reset",
                "Group 9:\t[10de:1d01] [R] 01:00.0  VGA compatible controller    Fast\n"
                "\t\t[10de:0fb8]     01:00.1  Audio device    Fast Audio\n"
                "USB:\t\t[0b05:1939]\t\t Bus 001 Device 004    Light\n",
                "9 0000:01:00.0 10de:1d01 030000 Fast R\n"
                "9 0000:01:00.1 10de:0fb8 040300 Fast Audio"},
        {"RESET where the indent was",
                "IOMMU group 1\n        00:01.0 PCI bridge [0604]: A [8086:1901]\n"
                "[RESET] 01:00.0 VGA compatible controller [0300]: B [10de:1b81]\n",
                "1 0000:00:01.0 8086:1901 060400 A\n1 0000:01:00.0 10de:1b81 030000 B R"},
        {"the group once more in brackets",
                "IOMMU GROUP 0\n (0) 00:01.0 Host bridge [0600]: A [1022:14da]\n",
                "0 0000:00:01.0 1022:14da 060000 A"},
        {"paths", "/sys/kernel/iommu_groups/7/devices/0000:00:15.1\n",
                "7 0000:00:15.1 0000:0000 000000 -"},
        {"ls", "/sys/kernel/iommu_groups/1/devices:\n0000:00:01.0  0000:01:00.0\n",
                "1 0000:00:01.0 0000:0000 000000 -\n1 0000:01:00.0 0000:0000 000000 -"},
        {"ls -l",
                "/sys/kernel/iommu_groups/1/devices:\n"
                "lrwxrwxrwx 1 root root 0 May  1 12:00 0000:01:00.0 -> "
                "../../../../devices/pci0000:00/0000:01:00.0\n",
                "1 0000:01:00.0 0000:0000 000000 -"},
        {"lspci -nnk",
                "01:00.0 3D controller [0302]: A [10de:1b81]\n"
                "\tSubsystem: Other [3842:6276]\n\tKernel driver in use: nvidia\n",
                "-1 0000:01:00.0 10de:1b81 030200 A nvidia"},
        {"lspci -v",
                "01:00.0 VGA compatible controller: A B\n\tFlags: bus master, IRQ 9, IOMMU group "
                "14\n",
                "14 0000:01:00.0 0000:0000 030000 A B"},
        {"lspci -n", "01:00.0 0300: 10de:1b81 (rev a1)\n", "-1 0000:01:00.0 10de:1b81 030000 -"},
        {"lspci -mm -nn",
                "01:00.0 \"VGA compatible controller [0300]\" \"A [10de]\" \"B [1b81]\" -ra1\n",
                "-1 0000:01:00.0 10de:1b81 030000 -"},
        {"the kernel's words",
                "[    0.28] pci 0000:01:00.0: [10de:1f91] type 00 class 0x030000 PCIe Legacy "
                "Endpoint\n"
                "[    0.40] pci 0000:01:00.0: Adding to iommu group 2\n",
                "2 0000:01:00.0 10de:1f91 030000 -"},
        {"older words of the kernel",
                "pci 0000:01:00.0: [10de:1f91] type 0 class 0x000300\n"
                "iommu: Adding device 0000:01:00.0 to group 2\n",
                "2 0000:01:00.0 10de:1f91 030000 -"},
        {"the kernel's words, broken by a mail program",
                "> [    0.28] pci 0000:01:00.0: [10de:1f91] type 00 class 0x03=\n0000 PCIe\n"
                "> [    0.40] pci 0000:01:00.0:\n> Adding to iommu group 2\n"
                "> [    0.41] pci 0000:01:00.1: Adding to iommu\n> group 3\n",
                "2 0000:01:00.0 10de:1f91 030000 -\n3 0000:01:00.1 0000:0000 000000 -"},
        {"the kernel's words without times",
                "pci 0000:01:00.0: Adding to iommu group 1\npci 0000:01:00.0: Using iommu direct "
                "mapping\n"
                "pci 0000:02:00.0: Adding to iommu group 2\n",
                "1 0000:01:00.0 0000:0000 000000 -\n2 0000:02:00.0 0000:0000 000000 -"},
        {"escaped for Markdown",
                "IOMMU Group 1:  \n01:00.0 3D controller \\[0302\\]: A \\[10de:0001\\]\n",
                "1 0000:01:00.0 10de:0001 030200 A"},
        {"a group within a sentence heads nothing",
                "My card is in IOMMU group 13 and works.\n01:00.0 3D controller [0302]: A "
                "[10de:0001]\n",
                "-1 0000:01:00.0 10de:0001 030200 A"},
        {"a VMD's domain",
                "IOMMU Group 5 10000:e1:00.0 Non-Volatile memory controller [0108]: A "
                "[144d:a808]\n",
                "5 10000:e1:00.0 144d:a808 010800 A"},
        {"other languages",
                "Groupe IOMMU 1 :\n\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "Группа IOMMU 2:\n\t02:00.0 3D controller [0302]: A [10de:0002]\n"
                "IOMMU-Gruppe 3:\n\t03:00.0 3D controller [0302]: A [10de:0003]\n"
                "IOMMU 组 4:\n\t04:00.0 3D controller [0302]: A [10de:0004]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n2 0000:02:00.0 10de:0002 030200 A\n"
                "3 0000:03:00.0 10de:0003 030200 A\n4 0000:04:00.0 10de:0004 030200 A"},
        {"wrapped",
                "IOMMU Group 1:\n    01:00.0 VGA compatible controller [0300]: Acme\nFast "
                "[10de:1b81]\n",
                "1 0000:01:00.0 10de:1b81 030000 Acme"},
        {"quoted, in a fence, as a table",
                "```\n> IOMMU Group 1:\n>   01:00.0 3D controller [0302]: A [10de:0001]\n```\n"
                "| 9 | 09:00.0 | 3D controller [0302] | A [10de:0009] |\n",
                "1 0000:01:00.0 10de:0001 030200 A\n9 0000:09:00.0 10de:0009 030200 A"},
        {"encoded and broken by mail",
                "IOMMU Group 10:\n =C2=A0=C2=A0 01:00.0 3D controller [03=\n02]: Acme Fa=\nst "
                "[10de:0=\n001] (rev 02)=20\n =C2=A0 02:00.0 SATA controller [0106]: A=20\n",
                "10 0000:01:00.0 10de:0001 030200 Acme Fast\n10 0000:02:00.0 0000:0000 010600 A"},
        {"titles",
                "### IOMMU Group 1\n01:00.0 3D controller [0302]: A [10de:0001]\n"
                "# group 2 is what I want\n01:00.1 Audio device [0403]: A [10de:0002]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n1 0000:01:00.1 10de:0002 040300 A"},
        {"lspci behind a listing is not of the last group",
                "IOMMU Group 1:\n\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "02:00.0 SATA controller [0106]: A [1b21:0612]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n-1 0000:02:00.0 1b21:0612 010600 A"},
        {"pvesh's frame",
                "┌──────────┬────────┬──────────────┬────────────┬────────┬─────\n"
                "│ class    │ device │ id           │ iommugroup │ vendor │ device_name\n"
                "╞══════════╪════════╪══════════════╪════════════╪════════╪═════\n"
                "│ 0x030000 │ 0x0001 │ 0000:01:00.0 │         12 │ 0x10de │ Acme Fast\n"
                "├──────────┼────────┼──────────────┼────────────┼────────┼─────\n"
                "│ 0x010802 │ 0x0002 │ 0000:02:00.0 │         -1 │ 0x144d │\n",
                "12 0000:01:00.0 10de:0001 030000 -\n-1 0000:02:00.0 144d:0002 010802 -"},
        {"a table of Markdown, the group behind, two functions in a cell",
                "| BDF | Class | Id | **IOMMU group** | Driver |\n|---|---|---|---|---|\n"
                "| 01:00.0, 01:00.1 | VGA compatible controller | 10de:0001 | Group 7 | nouveau |\n"
                "| 02:00.0 | SATA controller | one cell too few |\n\n"
                "ls /sys | grep group 9\n03:00.0 3D controller [0302]: A [10de:0003]\n",
                "7 0000:01:00.0 10de:0001 030000 - nouveau\n7 0000:01:00.1 0000:0000 000000 -\n"
                "-1 0000:03:00.0 10de:0003 030200 A"},
        {"lspci -vmm",
                "Slot:\t01:00.0\nClass:\tVGA compatible controller [0300]\n"
                "Vendor:\tAcme, Inc. [AMD/ATI] [1002]\nDevice:\tFast [GX 1] [1638]\n"
                "SVendor:\tOther [1025]\nSDevice:\tDevice [1378]\nDriver:\tamdgpu\n"
                "IOMMUGroup:\t5\n\nSlot:\t02:00.0\nClass:\tSATA controller\n\nIOMMUGroup:\t6\n",
                "5 0000:01:00.0 1002:1638 030000 Fast [GX 1] amdgpu\n"
                "-1 0000:02:00.0 0000:0000 010600 -"},
        {"framed headings, bullets",
                "=== IOMMU Group 14 ===\n • 0000:01:00.0 3D controller [0302]: A [10de:0001]\n",
                "14 0000:01:00.0 10de:0001 030200 A"},
        {"the group behind each function",
                "01:00.0 3D controller [0302]: A [10de:0001] (rev a1) (IOMMU group 14)\n"
                "02:00.0 SATA controller [0106]: A [1b21:0612] (IOMMU group 15)\n",
                "14 0000:01:00.0 10de:0001 030200 A\n15 0000:02:00.0 1b21:0612 010600 A"},
        {"blanks that do not break",
                "IOMMU\302\240Group\302\2401:\n\302\240\302\24001:00.0\302\2403D controller "
                "[0302]:\302\240A [10de:0001]\n",
                "1 0000:01:00.0 10de:0001 030200 A"},
        {"before and after: the later one counts",
                "IOMMU Group 1:\n\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "\t02:00.0 SATA controller [0106]: A [1b21:0612]\n"
                "IOMMU Group 2:\n\t03:00.0 USB controller [0c03]: A [1b21:1142]\n"
                "Now with ACS:\n"
                "IOMMU Group 1:\n\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "IOMMU Group 7:\n\t04:00.0 SATA controller [0106]: A [1b21:0612]\n"
                "IOMMU Group 8:\n\t03:00.0 USB controller [0c03]: A [1b21:1142]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n8 0000:03:00.0 1b21:1142 0c0300 A\n"
                "7 0000:04:00.0 1b21:0612 010600 A"},
        {"an excerpt that contradicts a whole listing",
                "Group 1 01:00.0 3D controller [0302]: A [10de:0001]\n"
                "Group 2 02:00.0 SATA controller [0106]: A [1b21:0612]\n"
                "Group 3 03:00.0 USB controller [0c03]: A [1b21:1142]\n"
                "It was\nGroup 9 01:00.0 3D controller [0302]: A [10de:0001]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n2 0000:02:00.0 1b21:0612 010600 A\n"
                "3 0000:03:00.0 1b21:1142 0c0300 A"},
        {"excerpts before whole listings",
                "Was:\nGroup 4:\n\t01:00.0 3D controller [0302]: A [10de:0001]\n\nNow:\n"
                "Group 3:\n\t00:01.0 PCI bridge [0604]: A [8086:1901]\n"
                "\t01:00.0 3D controller [0302]: A [10de:0001]\n\n"
                "Here are both.\nGroup 0:\n\t00:00.0 Host bridge [0600]: A [8086:190f]\n"
                "Group 3:\n\t00:01.0 PCI bridge [0604]: A [8086:1901]\n"
                "Group 4:\n\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "Group 5:\n\t02:00.0 SATA controller [0106]: A [1b21:0612]\n"
                "Group 0:\n\t00:00.0 Host bridge [0600]: A [8086:190f]\n"
                "Group 3:\n\t00:01.0 PCI bridge [0604]: A [8086:1901]\n"
                "\t01:00.0 3D controller [0302]: A [10de:0001]\n"
                "\t02:00.0 SATA controller [0106]: A [1b21:0612]\n",
                "0 0000:00:00.0 8086:190f 060000 A\n3 0000:00:01.0 8086:1901 060400 A\n"
                "3 0000:01:00.0 10de:0001 030200 A\n3 0000:02:00.0 1b21:0612 010600 A"},
        {"an excerpt that agrees",
                "Group 1 01:00.0 3D controller [0302]: A [10de:0001]\n"
                "Group 2 02:00.0 SATA controller [0106]: A [1b21:0612]\n"
                "I want\nGroup 1 01:00.0 3D controller [0302]: A [10de:0001]\n",
                "1 0000:01:00.0 10de:0001 030200 A\n2 0000:02:00.0 1b21:0612 010600 A"},
        {"no listing",
                "At 12:34:56.7 the fan of 01:00.0 died, group of 2.\n00:02.9 x\n1:00.0\n01:20.0 "
                "y\n",
                ""},
};

static void every_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *got = written((const char *[]){cases[i].text, NULL});

		if (!streq(got, cases[i].expected))
			fail_msg("%s:\n%s\nnot\n%s", cases[i].name, got, cases[i].expected);
	}
}

static void several_texts_make_one(void **state)
{
	cleanup_free char *got = written((const char *[]){
	        "/sys/kernel/iommu_groups/1/devices/0000:01:00.0\n",
	        "01:00.0 3D controller [0302]: A [10de:0001]\n\tKernel driver in use: vfio-pci\n",
	        NULL});

	(void)state;
	assert_string_equal(got, "1 0000:01:00.0 10de:0001 030200 A vfio-pci");
}

/* Two PCs, or one before and after: the later listing counts, as a whole. */
static void contradicting_texts(void **state)
{
	const char *const texts[] = {
	        "IOMMU Group 1:\n\t00:01.0 PCI bridge [0604]: Acme Port [8086:1901]\n"
	        "\t01:00.0 VGA compatible controller [0300]: Acme Fast [10de:1b81]\n",
	        "IOMMU Group 4:\n\t01:00.0 VGA compatible controller [0300]: Acme Red "
	        "[1002:744c]\n",
	        NULL};
	cleanup_free char *text = written(texts);

	(void)state;
	assert_string_equal(text, "4 0000:01:00.0 1002:744c 030000 Acme Red");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_shape),
	        cmocka_unit_test(several_texts_make_one),
	        cmocka_unit_test(contradicting_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
