/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boards.h"

#include "base/i18n.h"
#include "base/util.h"

#include <string.h>
#include <strings.h>

/* What was published, no more: one listing or log each, of one firmware version. */
const struct known_board boards[] = {
        {"ASRock", "Fatal1ty Z170 Gaming-ITX/ac",
                N_("a graphics card shares its group with the port above it alone; the board's "
                   "sound shares one with LPC and SMBus and stays with the host"),
                "github.com/64kramsystem/vga-passthrough"},
        {"ASRock", "H97M Anniversary",
                N_("a graphics card shares its group with the port above it alone; a whole guide "
                   "was written on it"),
                "github.com/clayfreeman/gpu-passthrough"},
        {"ASRock", "X399 Taichi",
                N_("the four long slots have a group each; the short one shares its group with "
                   "USB, SATA and network of the board"),
                "github.com/TehCorwiz/Threadripper-VFIO-GPU-Passthrough"},
        {"ASRock", "X570 Steel Legend",
                N_("two graphics cards and a USB card have groups of their own; the chipset's USB "
                   "controllers share theirs, and a Vega did not survive its reset"),
                "github.com/aaronanderson/LinuxVMWindowsSteamVR"},
        {"ASRock", "EP2C602",
                N_("three graphics cards go to three games at once, while the host keeps the "
                   "board's own graphics"),
                "github.com/J4nsen/4gamers1pc"},
        {"ASUSTeK", "P6T DELUXE V2",
                N_("not for passthrough: its firmware shows no VT-d, and an erratum of the X58 "
                   "chipset makes the kernel switch interrupt remapping off"),
                "github.com/linuxhw/Dmesg"},
        {"ASUSTeK", "PRIME B350-PLUS",
                N_("the first slot has a group of its own; the second shares one with SATA, USB "
                   "and network; which card shows the firmware's screen cannot be chosen"),
                "github.com/eduxstad/vfio-config"},
        {"ASUSTeK", "PRIME Z390-A",
                N_("seen with VT-d switched off in the firmware setup: look for it there"),
                "github.com/linuxhw/Dmesg"},
        {"ASUSTeK", "ROG STRIX X670E-I GAMING WIFI",
                N_("the slot has a group of its own, beside the processor's graphics for the host; "
                   "what hangs on the chipset shares groups"),
                "github.com/mathewlear/ASUS-X670E-I-IOMMU-GROUPS"},
        {"ASUSTeK", "SABERTOOTH 990FX R2.0",
                N_("seen with the IOMMU switched off in the firmware setup; the GART IOMMU of "
                   "which "
                   "the kernel then speaks is none"),
                "github.com/linuxhw/Dmesg"},
        {"Dell", "Dell Pro Max 16 MC16250",
                N_("the discrete graphics chip, which has no screen of its own, is alone in its "
                   "group"),
                "linux-usb mailing list, 31 October 2025"},
        {"Gigabyte", "B550 AORUS PRO",
                N_("the first slot has a group of its own; the other slots share the chipset's "
                   "with network, SATA and USB"),
                "github.com/MapManagement/gpu-passthrough"},
        {"Gigabyte", "X570 AORUS PRO WIFI",
                N_("two graphics cards, the NVMe disk and the processor's USB controller have "
                   "groups of their own"),
                "github.com/joe-p/vfio-headless"},
        {"HP", "HP Spectre x360 Convertible 15-df1xxx",
                N_("the discrete graphics chip shares its group with the port above it alone, and "
                   "the screen hangs on the processor's graphics"),
                "linux-pci mailing list, 8 April 2025"},
        {"Intel", "NUC8i7HVK",
                N_("the Radeon shares its group with a USB controller and the card reader, and no "
                   "other graphics show"),
                "linux-pm mailing list, 17 May 2024"},
        {"MSI", "B450M MORTAR",
                N_("the graphics card has a group of its own; USB, SATA and network of the chipset "
                   "share one"),
                "github.com/64kramsystem/vga-passthrough"},
        {"MSI", "B450M MORTAR MAX",
                N_("the first slot has a group of its own; the second shares one with SATA, USB "
                   "and network"),
                "github.com/64kramsystem/vga-passthrough"},
        {"MSI", "MAG B550M MORTAR",
                N_("the first slot has a group of its own, and so have the processor's USB "
                   "controller and the board's sound; the second slot shares the chipset's"),
                "github.com/64kramsystem/vga-passthrough"},
        {"MSI", "MPG X670E CARBON WIFI",
                N_("two graphics cards and a USB card are used; its groups were published with the "
                   "ACS override patch, so look at yours without it"),
                "github.com/OzzyHelix/virtio-guide"},
        {"MSI", "Z270 SLI PLUS",
                N_("a graphics card shares its group with the port above it alone, and two USB "
                   "controllers have groups of their own"),
                "github.com/leo5051/win10-vfio"},
        {"Suma", "N50",
                N_("the graphics card shares one group with the NVMe disk, the network and USB4"),
                "linux-usb mailing list, 19 September 2025"},
        {"Supermicro", "X9DRi-LN4+/X9DR3-LN4+",
                N_("a graphics card has a group of its own, and the board's own graphics keep the "
                   "host's screen"),
                "linux-pci mailing list, 2 July 2025"},
};
const size_t n_boards = ARRAY_SIZE(boards);

/* The length of "VENDOR NAME (MS-7B89)" without what stands in brackets at its end. */
static size_t length_of_name(const char *text)
{
	const char *bracket = strstr(text, " (MS-");

	return bracket ? (size_t)(bracket - text) : strlen(text);
}

/* How much of @text is the vendor's name, as a word; 0: it is another vendor's. */
static size_t length_of_vendor(const char *vendor, const char *text)
{
	static const char other_msi[] = "Micro-Star"; /* newer boards write the name out */
	size_t n;

	if (streq(vendor, "MSI") && strncasecmp(text, other_msi, strlen(other_msi)) == 0)
		vendor = other_msi;
	n = strlen(vendor);
	return strncasecmp(text, vendor, n) == 0 && text[n] && strchr(" ,(", text[n]) ? n : 0;
}

/* "ASUSTeK COMPUTER INC. PRIME Z390-A" begins with the vendor and ends with words of its own that are the name. */
static bool matches(const struct known_board *board, const char *text)
{
	size_t n = length_of_name(text), name = strlen(board->name);
	size_t vendor = length_of_vendor(board->vendor, text);

	return vendor && n > vendor + name && text[n - name - 1] == ' ' &&
	       strncasecmp(text + n - name, board->name, name) == 0;
}

const struct known_board *boards_find(const char *board, const char *product)
{
	const char *const texts[] = {board, product};

	for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
		for (size_t i = 0; texts[t] && i < n_boards; i++) {
			if (matches(&boards[i], texts[t]))
				return &boards[i];
		}
	}
	return NULL;
}
