/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware_menu.h"

#include "base/i18n.h"

enum { INTEL, AMD, SIDES };

struct maker {
	const char *name;
	const char
	        *begins[2]; /* how board_vendor and board_name (or those of the PC) begin in DMI */
	const char *menu[FIRMWARE_SETTINGS][SIDES]; /* NULL: not known */
};

/*
 * Menus are written as the makers write them, so that they can be found on the screen; they are not translated.
 *
 * Read were the two manuals that are named, and else lists of settings that owners publish with their boards. They
 * differ between generations: this says where to look first, no more.
 *   Intel NUC   owners of NUC12: Security > Security Features
 *   ASUS        ROG MAXIMUS XII FORMULA BIOS Manual, sections 6.2, 6.3, 6.8; owners of Z370, Z390 and X570 boards
 *   Gigabyte    owners of Z590, Z690, B760, X570 and B650M boards
 *   MSI         owners of Z390, Z490 and X570 boards
 *   ASRock      owners of the Z390 Phantom Gaming-ITX/ac, and of boards with AMD CBS
 *   Lenovo      owners of ThinkPads (Security > Virtualization) and desktops (Advanced > CPU Setup)
 *   Dell        owners of OptiPlex 7050 and Latitude: Virtualization Support
 *   HP          owners of EliteDesk; the names that HP's BIOS Configuration Utility knows
 *   Supermicro  X11DDW-L manual, chapter 4 (VT-d, Interrupt Remapping); owners of X10 and X11 boards
 * Acer's menus differ too much from model to model for a sentence that is right.
 */
static const struct maker makers[] = {
        {"Intel NUC", {"Intel Corporation NUC", "ASUSTeK COMPUTER INC. NUC"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Security > Security Features > Intel Virtualization "
                                 "Technology: Enabled",
                                        NULL},
                        [FIRMWARE_IOMMU] = {"Security > Security Features > Intel VT for Directed "
                                            "I/O (VT-d): Enabled",
                                NULL},
                }},
        {"ASUS", {"ASUSTeK"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Advanced > CPU Configuration > Intel (VMX) Virtualization "
                                 "Technology: Enabled",
                                        "Advanced > CPU Configuration > SVM Mode: Enabled"},
                        [FIRMWARE_IOMMU] =
                                {"Advanced > System Agent (SA) Configuration > VT-d: Enabled",
                                        "Advanced > AMD CBS > NBIO Common Options > IOMMU: "
                                        "Enabled"},
                        [FIRMWARE_ABOVE_4G] = {"Advanced > PCI Subsystem Settings (before the 400 "
                                               "series: System Agent (SA) Configuration) > Above "
                                               "4G Decoding: Enabled",
                                "Advanced > PCI Subsystem Settings > Above 4G Decoding: Enabled"},
                        [FIRMWARE_PRIMARY_DISPLAY] =
                                {"Advanced > System Agent (SA) Configuration > Graphics "
                                 "Configuration > Primary Display: CPU Graphics, and iGPU "
                                 "Multi-Monitor: Enabled",
                                        "Advanced > NB Configuration > Primary Video Device: IGFX "
                                        "Video, and IGFX Multi-Monitor: Enabled"},
                        [FIRMWARE_CSM] = {"Boot > CSM (Compatibility Support Module) > Launch "
                                          "CSM: Disabled",
                                "Boot > CSM (Compatibility Support Module) > Launch CSM: "
                                "Disabled"},
                }},
        {"Gigabyte", {"Gigabyte", "GIGABYTE"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Tweaker > Advanced CPU Settings > Intel Virtualization "
                                 "Technology: Enabled",
                                        "Tweaker > Advanced CPU Settings > SVM Mode: Enabled"},
                        [FIRMWARE_IOMMU] = {"Settings > Miscellaneous > VT-d: Enabled",
                                "Settings > Miscellaneous > IOMMU: Enabled, and where it is "
                                "there Settings > AMD CBS > NBIO Common Options > IOMMU: Enabled"},
                        [FIRMWARE_ABOVE_4G] = {"Settings > IO Ports > Above 4G Decoding: Enabled",
                                "Settings > IO Ports > Above 4G Decoding: Enabled"},
                        [FIRMWARE_PRIMARY_DISPLAY] =
                                {"Settings > IO Ports > Initial Display Output: IGFX, and "
                                 "Internal Graphics: Enabled",
                                        "Settings > IO Ports > Initial Display Output: IGD Video, "
                                        "and Integrated Graphics: Forces"},
                        [FIRMWARE_CSM] = {"Boot > CSM Support: Disabled",
                                "Boot > CSM Support: Disabled"},
                }},
        {"MSI", {"Micro-Star", "MSI"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"OC > CPU Features > Intel Virtualization Tech: Enabled",
                                        "OC > CPU Features > SVM Mode: Enabled"},
                        [FIRMWARE_IOMMU] = {"OC > CPU Features > Intel VT-D Tech: Enabled",
                                "OC > CPU Features > IOMMU: Enabled, or Settings > Advanced > AMD "
                                "CBS > NBIO Common Options > IOMMU: Enabled"},
                        [FIRMWARE_ABOVE_4G] =
                                {"Settings > Advanced > PCI Subsystem Settings > Above 4G "
                                 "memory/Crypto Currency mining: Enabled",
                                        "Settings > Advanced > PCI Subsystem Settings > Above 4G "
                                        "memory/Crypto Currency mining: Enabled"},
                        [FIRMWARE_PRIMARY_DISPLAY] =
                                {"Settings > Advanced > Integrated Graphics Configuration > "
                                 "Initiate Graphic Adapter: IGD, and IGD Multi-Monitor: Enabled",
                                        "Settings > Advanced > Integrated Graphics Configuration "
                                        "> Initiate Graphic Adapter: IGD"},
                        [FIRMWARE_CSM] = {"Settings > Advanced > BIOS CSM/UEFI Mode: UEFI",
                                "Settings > Advanced > BIOS CSM/UEFI Mode: UEFI"},
                }},
        {"ASRock", {"ASRock"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Advanced > CPU Configuration > Intel Virtualization "
                                 "Technology: Enabled",
                                        "Advanced > CPU Configuration > SVM Mode: Enabled"},
                        [FIRMWARE_IOMMU] = {"Advanced > Chipset Configuration > VT-d: Enabled",
                                "Advanced > AMD CBS > NBIO Common Options > IOMMU: "
                                "Enabled"},
                        [FIRMWARE_ABOVE_4G] =
                                {"Advanced > Chipset Configuration > Above 4G Decoding: Enabled",
                                        NULL},
                        [FIRMWARE_PRIMARY_DISPLAY] =
                                {"Advanced > Chipset Configuration > Primary Graphics Adapter: "
                                 "Onboard, and IGPU Multi-Monitor: Enabled",
                                        NULL},
                        [FIRMWARE_CSM] = {"Boot > CSM (Compatibility Support Module) > CSM: "
                                          "Disabled",
                                "Boot > CSM (Compatibility Support Module) > CSM: Disabled"},
                }},
        {"Lenovo", {"LENOVO"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"ThinkPad: Security > Virtualization > Intel Virtualization "
                                 "Technology: Enabled; desktops: Advanced > CPU Setup > Intel "
                                 "Virtualization Technology: Enabled",
                                        NULL},
                        [FIRMWARE_IOMMU] =
                                {"ThinkPad: Security > Virtualization > Intel VT-d Feature: "
                                 "Enabled; desktops: Advanced > CPU Setup > VT-d: Enabled",
                                        NULL},
                }},
        {"Dell", {"Dell"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Virtualization Support > Virtualization: Enable Intel "
                                 "Virtualization Technology",
                                        NULL},
                        [FIRMWARE_IOMMU] = {"Virtualization Support > VT for Direct I/O: Enable "
                                            "VT for Direct I/O",
                                NULL},
                }},
        {"HP", {"HP ", "Hewlett-Packard "},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Advanced > System Options (older: Security > System Security) "
                                 "> Virtualization Technology (VTx)",
                                        "Advanced > System Options > SVM CPU Virtualization"},
                        [FIRMWARE_IOMMU] =
                                {"Advanced > System Options (older: Security > System Security) "
                                 "> Virtualization Technology for Directed I/O (VTd)",
                                        NULL},
                }},
        {"Supermicro", {"Supermicro", "Super Micro"},
                {
                        [FIRMWARE_VIRTUALIZATION] =
                                {"Advanced > CPU Configuration > Intel Virtualization "
                                 "Technology: Enable",
                                        NULL},
                        [FIRMWARE_IOMMU] = {"Advanced > Chipset Configuration > North Bridge > "
                                            "IIO Configuration > Intel VT for Directed I/O "
                                            "(VT-d): Enable, and Interrupt Remapping: Enable",
                                NULL},
                }},
};

/* What the setting is called by most; %s-free, translated where it is shown. */
static const char *const general[FIRMWARE_SETTINGS][SIDES] = {
        [FIRMWARE_VIRTUALIZATION] =
                {N_("Intel Virtualization Technology (VT-x), mostly under Advanced or CPU "
                    "Configuration: Enabled"),
                        N_("SVM Mode (AMD-V), mostly under Advanced or CPU Configuration: "
                           "Enabled")},
        [FIRMWARE_IOMMU] = {N_("VT-d (Intel VT for Directed I/O), mostly under Advanced, Chipset "
                               "or System Agent: Enabled"),
                N_("IOMMU (AMD-Vi), mostly under Advanced, AMD CBS or NBIO: Enabled, not Auto")},
        [FIRMWARE_ABOVE_4G] = {N_("Above 4G Decoding, mostly under Advanced or PCI: Enabled"),
                N_("Above 4G Decoding, mostly under Advanced or PCI: Enabled")},
        [FIRMWARE_PRIMARY_DISPLAY] =
                {N_("Primary Display or Initial Display Output: the processor's graphics (IGD, "
                    "IGFX or Onboard)"),
                        N_("Primary Display or Initial Display Output: the processor's graphics "
                           "(IGD, IGFX or Onboard)")},
        [FIRMWARE_CSM] = {N_("CSM (Compatibility Support Module), mostly under Boot: Disabled"),
                N_("CSM (Compatibility Support Module), mostly under Boot: Disabled")},
};

static bool is_maker(const struct maker *maker, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(maker->begins); i++) {
		if (maker->begins[i] && text && starts_with(text, maker->begins[i]))
			return true;
	}
	return false;
}

/* The board's maker says more than the maker of the PC around it. */
static const struct maker *find_maker(const struct host *host)
{
	const char *texts[] = {host->firmware.board, host->firmware.product};

	for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
		for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
			if (is_maker(&makers[i], texts[t]))
				return &makers[i];
		}
	}
	return NULL;
}

const char *firmware_maker(const struct host *host)
{
	const struct maker *maker = find_maker(host);

	return maker ? maker->name : NULL;
}

static const char *menu_of(const struct host *host, enum firmware_setting setting)
{
	const struct maker *maker = find_maker(host);

	if (!maker || host->cpu.vendor == CPU_OTHER)
		return NULL;
	return maker->menu[setting][host->cpu.vendor == CPU_AMD ? AMD : INTEL];
}

bool firmware_menu_is_known(const struct host *host, enum firmware_setting setting)
{
	return menu_of(host, setting) != NULL;
}

char *firmware_menu(const struct host *host, enum firmware_setting setting)
{
	const char *menu = menu_of(host, setting);

	/* Models differ, and so do versions: the maker's name says for whom it was written. */
	if (menu)
		return xasprintf("%s (%s)", menu, firmware_maker(host));
	return xstrdup(_(general[setting][host->cpu.vendor == CPU_AMD ? AMD : INTEL]));
}
