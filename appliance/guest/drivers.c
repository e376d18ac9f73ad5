/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of kernel modules that the test guest carries, and when each is loaded.
 *
 * i915, amdgpu, nouveau and the like are left out: they want firmware files, and on such a card
 * the picture is drawn through the framebuffer that the firmware set up.
 */
#include "drivers.h"

#define ANY     0, 0
#define DISPLAY 0x030000, 0xff0000
#define DISK    0x010000, 0xff0000
#define NVME    0x010800, 0xffff00
#define USB     0x0c0300, 0xffff00
#define AUDIO   0x040300, 0xffff00

const struct driver drivers[] = {
        {"qemu_fw_cfg", DRIVER_CORE, ANY, ""},
        {"virtio_pci", DRIVER_CORE, ANY, ""},
        {"virtio_console", DRIVER_CORE, ANY, ""},
        {"evdev", DRIVER_CORE, ANY, ""},
        {"button", DRIVER_CORE, ANY, ""},
        /* No console on the screens: it would only cost two mode sets before ours. */
        {"drm_kms_helper", DRIVER_DEVICE, DISPLAY, "fbdev_emulation=0"},
        {"bochs", DRIVER_DEVICE, DISPLAY, ""},
        {"virtio-gpu", DRIVER_DEVICE, DISPLAY, ""},
        {"qxl", DRIVER_DEVICE, DISPLAY, ""},
        {"cirrus", DRIVER_DEVICE, DISPLAY, ""},
        {"ast", DRIVER_DEVICE, DISPLAY, ""},
        {"virtio_blk", DRIVER_DEVICE, DISK, ""},
        {"virtio_scsi", DRIVER_DEVICE, DISK, ""},
        {"sd_mod", DRIVER_DEVICE, ANY, ""},
        {"usbhid", DRIVER_DEVICE, USB, ""},
        {"hid_generic", DRIVER_DEVICE, USB, ""},
        {"usb_storage", DRIVER_DEVICE, USB, ""},
        {"xhci_pci", DRIVER_DEVICE, USB, ""},
        {"ehci_pci", DRIVER_DEVICE, USB, ""},
        {"ohci_pci", DRIVER_DEVICE, USB, ""},
        {"uhci_hcd", DRIVER_DEVICE, USB, ""},
        {"snd_hda_codec_generic", DRIVER_DEVICE, AUDIO, ""},
        {"snd_hda_codec_hdmi", DRIVER_DEVICE, AUDIO, ""},
        {"snd_hda_intel", DRIVER_DEVICE, AUDIO, ""},
        /* Last, and not waited for: a disk that does not answer would hold up the others a minute. */
        {"ahci", DRIVER_DEVICE, DISK, "async_probe"},
        {"nvme", DRIVER_DEVICE, NVME, "async_probe"},
};

const size_t drivers_count = sizeof drivers / sizeof drivers[0];
