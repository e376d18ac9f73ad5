# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/faults needs beside the product: a recorder of changes, and apply and undo on a tree of files.

$(BUILD)/tests/faults/%.o: CPPFLAGS += -Itests
$(BUILD)/faults/trace: $(BUILD)/tests/faults/trace.o $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(call link)
$(BUILD)/faults/drive: $(BUILD)/tests/faults/drive.o $(LIBS_setup:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link)

.PHONY: faults-programs
faults-programs: $(BUILD)/faults/trace $(BUILD)/faults/drive $(BUILD)/playthrough-bind
