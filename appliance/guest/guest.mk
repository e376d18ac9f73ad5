# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test guest: a kernel and a first root with one static program of ours. Included by the top
# Makefile; uses BUILD and CC. Targets: guest (the images), guest-units (its unit tests, built).

GUEST_DIR := appliance/guest
GUEST_OUT := $(BUILD)/guest
GUEST_FONT ?= /usr/share/consolefonts/Uni2-Terminus16.psf.gz

GUEST_WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
GUEST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(GUEST_WARNINGS) -g -Iappliance -I$(GUEST_DIR)
# The image is small and knows no shared libraries; it is never built with a sanitizer.
GUEST_STATIC := -Os -ffunction-sections -fdata-sections -fno-pie
GUEST_DRM := $(shell pkg-config --cflags libdrm 2>/dev/null || echo -I/usr/include/libdrm)

# font lies in base, since the front end has one for want of a better, too.
# What is pure, and so can be tested here and used by mkguest.
GUEST_PURE := drivers font hypervisor json moddep picture plan processors
GUEST_INIT := $(GUEST_PURE) disk display dma drm guest hda interrupts loader main memory pci power present \
	probe report rom screen summary task usb usbhost util xhci

GUEST_INIT_OBJECTS := $(GUEST_INIT:%=$(GUEST_OUT)/init/%.o)
GUEST_TOOL_OBJECTS := $(addprefix $(GUEST_OUT)/tool/,mkguest.o drivers.o font.o moddep.o)

.PHONY: guest guest-units
guest: $(GUEST_OUT)/vmlinuz $(GUEST_OUT)/initrd.img

# Says which kernel: "ROOT VERSION". Fetched once, then found again.
$(GUEST_OUT)/kernel: appliance/packaging/fetch-kernel
	@mkdir -p $(@D)
	appliance/packaging/fetch-kernel > $@.new
	mv $@.new $@

$(GUEST_OUT)/vmlinuz: $(GUEST_OUT)/kernel
	read -r root version < $< && cp "$$root/boot/vmlinuz-$$version" $@.new
	chmod 644 $@.new
	mv $@.new $@

$(GUEST_OUT)/initrd.img: $(GUEST_OUT)/mkguest $(GUEST_OUT)/guest-init $(GUEST_OUT)/kernel
	read -r root version < $(GUEST_OUT)/kernel && $(GUEST_OUT)/mkguest \
		--modules "$$root/lib/modules/$$version" --init $(GUEST_OUT)/guest-init \
		--font $(GUEST_FONT) --output $@

$(GUEST_OUT)/guest-init: $(GUEST_INIT_OBJECTS)
	$(CC) -static -Wl,--gc-sections -s -o $@ $^ -lz

$(GUEST_OUT)/mkguest: $(GUEST_TOOL_OBJECTS) $(BUILD)/appliance/base/cpio.o
	$(CC) $(LDSAN) -o $@ $^ -lz

$(GUEST_OUT)/init/%.o: $(GUEST_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) $(GUEST_STATIC) $(GUEST_DRM) -MMD -MP -c -o $@ $<
$(GUEST_OUT)/init/%.o: appliance/base/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) $(GUEST_STATIC) $(GUEST_DRM) -MMD -MP -c -o $@ $<

$(GUEST_OUT)/tool/%.o: $(GUEST_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -O2 -MMD -MP -c -o $@ $<
$(GUEST_OUT)/tool/%.o: appliance/base/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -O2 -MMD -MP -c -o $@ $<

# Unit tests: tests/unit/guest_X_test.c, with the pure modules under the caller's sanitizers.
GUEST_UNITS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/guest_*_test.c))
GUEST_UNIT_MODULES := $(GUEST_PURE) interrupts memory pci probe report task util
GUEST_UNIT_OBJECTS := $(GUEST_UNIT_MODULES:%=$(GUEST_OUT)/unit/%.o)

guest-units: $(GUEST_UNITS)

$(GUEST_OUT)/unit/%.o: $(GUEST_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -O1 $(HARDEN) -MMD -MP -c -o $@ $<
$(GUEST_OUT)/unit/%.o: appliance/base/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -O1 $(HARDEN) -MMD -MP -c -o $@ $<

$(GUEST_UNITS): $(BUILD)/unit/%: tests/unit/%.c $(GUEST_UNIT_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -O1 $(HARDEN) -MMD -MP $(LDFLAGS) -o $@ $< $(GUEST_UNIT_OBJECTS) -lcmocka -lz

.SECONDARY: $(GUEST_UNIT_OBJECTS)
