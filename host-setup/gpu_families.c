/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families of cards that others found not to come back. Each fact names where it is written; a card that is not here
 * is judged by what the kernel says of it alone.
 *
 * The ids of AMD's are those for which vendor-reset has a procedure (its README lists the families, src/device-db.h
 * the ids). That the kernel itself does without a reset for some (drivers/pci/quirks.c: quirk_no_bus_reset(),
 * quirk_no_flr(), quirk_no_pm_reset()) shows in reset_method and needs no table.
 */
#include "gpu.h"

#define VENDOR_RESET "https://github.com/gnif/vendor-reset"

static const uint16_t polaris_10[] = {0x67c0, 0x67c1, 0x67c2, 0x67c4, 0x67c7, 0x67c8, 0x67c9,
        0x67ca, 0x67cc, 0x67cf, 0x67d0, 0x67df, 0x6fdf, 0};
static const uint16_t polaris_11[] = {
        0x67e0, 0x67e1, 0x67e3, 0x67e7, 0x67e8, 0x67e9, 0x67eb, 0x67ef, 0x67ff, 0};
static const uint16_t polaris_12[] = {
        0x6980, 0x6981, 0x6985, 0x6986, 0x6987, 0x6995, 0x6997, 0x699f, 0};
static const uint16_t vega_10[] = {0x6860, 0x6861, 0x6862, 0x6863, 0x6864, 0x6867, 0x6868, 0x6869,
        0x686a, 0x686b, 0x686c, 0x686d, 0x686e, 0x686f, 0x687f, 0};
static const uint16_t vega_20[] = {0x66a0, 0x66a1, 0x66a2, 0x66a3, 0x66a4, 0x66a7, 0x66af, 0};
static const uint16_t navi_10[] = {
        0x7310, 0x7312, 0x7318, 0x7319, 0x731a, 0x731b, 0x731e, 0x731f, 0};
static const uint16_t navi_12[] = {0x7360, 0x7362, 0};
static const uint16_t navi_14[] = {0x7340, 0x7341, 0x7347, 0x734f, 0};
static const uint16_t gb202[] = {0x2b85, 0x2b87, 0x2b8c, 0};

static const struct gpu_family families[] = {
        {"AMD Polaris 10", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, polaris_10},
        {"AMD Polaris 11", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, polaris_11},
        {"AMD Polaris 12", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, polaris_12},
        {"AMD Vega 10", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, vega_10},
        {"AMD Vega 20", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, vega_20},
        {"AMD Navi 10", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, navi_10},
        {"AMD Navi 12", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, navi_12},
        {"AMD Navi 14", VENDOR_RESET, GPU_FAULT_RESET, 0x1002, navi_14},
        {"NVIDIA GB202", "https://github.com/tinygrad/tinygrad/pull/18199", GPU_FAULT_FLR, 0x10de,
                gb202},
};

const struct gpu_family *gpu_family_find(const struct pci_device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		for (const uint16_t *id = families[i].devices; *id; id++) {
			if (families[i].vendor == d->vendor && *id == d->device)
				return &families[i];
		}
	}
	return NULL;
}
