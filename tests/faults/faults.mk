# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/faults needs beside the product: a recorder of changes, apply and undo on a tree of files; what fails in a
# daemon, and a QEMU without a guest.

$(BUILD)/tests/faults/%.o: CPPFLAGS += -Itests
$(BUILD)/faults/trace: $(BUILD)/tests/faults/trace.o $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(call link)
$(BUILD)/faults/drive: $(BUILD)/tests/faults/drive.o $(LIBS_setup:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link)
# The daemon's folder of programs, in which QEMU is the stub.
$(BUILD)/faults/bin/qemu-system-x86_64: $(BUILD)/tests/faults/stub_qemu.o
	@mkdir -p $(@D)
	$(call link)
# Into any daemon, so that neither a sanitizer nor a fortified call is in it.
$(BUILD)/faults/shim.so: $(wildcard tests/faults/shim*.c tests/faults/shim.h)
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -Itests -std=gnu11 -O2 -g $(WARNINGS) -fPIC -shared -o $@ $(filter %.c,$^)

.PHONY: faults-programs
faults-programs: $(BUILD)/faults/trace $(BUILD)/faults/drive $(BUILD)/playthrough-bind $(BUILD)/faults/shim.so \
	$(BUILD)/faults/bin/qemu-system-x86_64
