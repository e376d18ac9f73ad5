# SPDX-License-Identifier: GPL-2.0-or-later
# Playthrough. `make run` and `make test` are all that most people need; `make help` lists the rest.

BUILD      ?= build
PREFIX     ?= /usr
SBINDIR    ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/lib/playthrough
DATADIR    ?= $(PREFIX)/share/playthrough
LOCALEDIR  ?= $(PREFIX)/share/locale
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
CC         ?= gcc
OPT        ?= -O2 -g
PYTHON     := /usr/bin/python3

# One list of Debian packages for each purpose; `make deps` installs those that are missing.
DEPS_BUILD := gcc libc6-dev pkg-config libpci-dev libudev-dev libusb-1.0-0-dev libsystemd-dev libjansson-dev libdrm-dev \
	zlib1g-dev libxml2-dev gettext console-setup-linux kmod xz-utils libsdl2-dev libsdl2-ttf-dev libpng-dev libx11-dev \
	libspice-server-dev libxkbcommon-dev libssl-dev libmicrohttpd-dev libgnutls28-dev libqrencode-dev libarchive-dev libnewt-dev
DEPS_RUN   := qemu-system-x86 qemu-utils pci.ids fonts-inter fonts-dejavu-core xkb-data spice-html5 fio
DEPS_TEST  := clang clang-format libclang-rt-14-dev libcmocka-dev libumockdev-dev python3-pytest python3-pytest-xdist python3-pil cpio mmdebstrap mtools \
	dbus-daemon e2fsprogs fdisk qemu-utils ovmf mandoc shellcheck udev umockdev xvfb xdotool sway wtype \
	python3-gi gir1.2-spiceclientglib-2.0 openssh-client openssl libsasl2-modules iproute2 passt ansible-core openvswitch-switch swtpm swtpm-tools chromium zbar-tools \
	libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu python3-jsonschema python3-yaml rsync \
	qemu-block-extra tgt nfs-ganesha nfs-ganesha-vfs rpcbind
DEPS_STATIC := clang-tidy cppcheck
DEPS_DEB   := debhelper lintian dpkg-dev fakeroot
DEPS_IMAGE := mmdebstrap dosfstools e2fsprogs fdisk mtools uidmap
# What others use, to be measured beside.
DEPS_BENCH := virt-manager pciutils libvirt-daemon-system

PKGS     := libpci libudev libusb-1.0 libsystemd jansson
PKGS_GUI := sdl2 SDL2_ttf x11 libpng libqrencode
PKGS_BACKUP := libarchive libcrypto
PKGS_MOVE := libxml-2.0 libcrypto
PKGS_CONSOLE := spice-server xkbcommon libcrypto libmicrohttpd gnutls
WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
HARDEN   := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
# make SANITIZE=1 builds everything with ASan and UBSan, in a build folder of its own.
ifdef SANITIZE
BUILD  := build-sanitize
HARDEN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDSAN  := -fsanitize=address,undefined
endif

# Libraries are found late (recursive =), so that `make deps` works on a machine that has none yet.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -lm
GUI_CFLAGS = $(shell pkg-config --cflags $(PKGS_GUI))
GUI_LIBS   = $(shell pkg-config --libs $(PKGS_GUI)) -lm
BACKUP_CFLAGS = $(shell pkg-config --cflags $(PKGS_BACKUP))
FIRST_LIBS    = $(shell pkg-config --libs libnewt)
BACKUP_LIBS   = $(shell pkg-config --libs $(PKGS_BACKUP))
MOVE_CFLAGS = $(shell pkg-config --cflags $(PKGS_MOVE))
MOVE_LIBS   = $(shell pkg-config --libs $(PKGS_MOVE))
CONSOLE_CFLAGS = $(shell pkg-config --cflags $(PKGS_CONSOLE))
CONSOLE_LIBS   = $(shell pkg-config --libs $(PKGS_CONSOLE))
# The package's, which its changelog says.
VERSION    := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' appliance/packaging/debian/changelog)
CPPFLAGS  += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iappliance \
	-DSBINDIR='"$(SBINDIR)"' -DLIBEXECDIR='"$(LIBEXECDIR)"' -DDATADIR='"$(DATADIR)"' -DLOCALEDIR='"$(LOCALEDIR)"' \
	-DPLAYTHROUGH_VERSION='"$(VERSION)"'
CFLAGS     = -std=gnu11 $(OPT) $(WARNINGS) $(HARDEN)
LDFLAGS   += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDSAN)

PROGRAMS := playthrough playthroughd playthrough-launch playthrough-opens playthrough-acts playthrough-chord playthrough-image playthrough-setup playthrough-setupd playthrough-gui playthrough-install playthrough-first-boot \
	playthrough-console

all: $(PROGRAMS:%=$(BUILD)/%) $(BUILD)/playthrough-bind guest translations web

# The page that the console gives to browsers: data, read where it is installed or built.
WEB := $(wildcard appliance/console/web/*)
web: $(WEB:appliance/console/%=$(BUILD)/%)
$(BUILD)/web/%: appliance/console/web/%
	@mkdir -p $(@D)
	cp $< $@

# --- objects and archives: one archive a folder, so that a wrong edge between folders fails at link ---

objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
archive = $(BUILD)/lib$(1).a

SRC_base    := $(wildcard appliance/base/*.c)
SRC_host    := $(wildcard appliance/host/*.c)
SRC_profile := $(wildcard appliance/profile/*.c)
SRC_bus     := $(wildcard appliance/bus/*.c)
SRC_image   := $(filter-out appliance/image/main.c,$(wildcard appliance/image/*.c))
SRC_backup  := $(wildcard appliance/backup/*.c)
SRC_move    := $(wildcard appliance/move/*.c)
SRC_chord   := $(filter-out appliance/chord/main.c,$(wildcard appliance/chord/*.c))
SRC_console := $(filter-out appliance/console/main.c,$(wildcard appliance/console/*.c))
SRC_qualify := $(wildcard appliance/qualify/*.c)
SRC_vm      := $(filter-out %/launcher.c,$(wildcard appliance/vm/*.c appliance/vm/acts/*.c appliance/vm/usb/*.c))
SRC_plan    := $(wildcard appliance/vm/plan/*.c)
SRC_daemon  := $(wildcard appliance/daemon*.c)
SRC_cli     := $(filter-out appliance/cli.c,$(wildcard appliance/cli*.c))
SRC_setup   := $(filter-out host-setup/main.c,$(wildcard host-setup/*.c))
SRC_service := $(filter-out host-setup/service/main.c,$(wildcard host-setup/service/*.c))
SRC_first   := $(filter-out host-setup/first/main.c,$(wildcard host-setup/first/*.c))
SRC_install := $(filter-out host-setup/install/main.c,$(wildcard host-setup/install/*.c))
# The front end: its model knows no window, its drawing no model.
SRC_guimodel := $(wildcard gui/model/*.c)
SRC_guidraw  := $(wildcard gui/draw/*.c)
SRC_guiinput := $(wildcard gui/input/*.c)
SRC_gui      := $(filter-out gui/main.c,$(wildcard gui/*.c gui/ui/*.c gui/screens/*.c))

define ARCHIVE
$(BUILD)/lib$(1).a: $(patsubst %.c,$(BUILD)/%.o,$(SRC_$(1)))
	@rm -f $$@
	$$(if $$^,ar qcsD $$@ $$^,ar qcsD $$@)
endef
$(foreach a,base host profile backup move bus image chord console qualify plan vm cli setup service install first guimodel guidraw guiinput gui,$(eval $(call ARCHIVE,$(a))))

$(BUILD)/%.o: %.c | $(BUILD)/config
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gui/%.o $(BUILD)/tests/unit/gui_%.o $(BUILD)/tests/fuzz/gui_%.o: CPPFLAGS += -Igui
$(BUILD)/gui/%.o $(BUILD)/tests/unit/gui_%.o: CFLAGS += $(GUI_CFLAGS)
# Where there is no font at all: the test guest's.
$(BUILD)/gui/draw/builtin_font.o: CPPFLAGS += -DBUILTIN_FONT='"$(BUILD)/gui/draw/builtin.psf"'
$(BUILD)/gui/draw/builtin_font.o: $(BUILD)/gui/draw/builtin.psf
# The console's, which reads no files of fonts.
$(BUILD)/appliance/console/builtin_font.o: CPPFLAGS += -DBUILTIN_FONT='"$(BUILD)/gui/draw/builtin.psf"'
$(BUILD)/appliance/console/builtin_font.o: $(BUILD)/gui/draw/builtin.psf
$(BUILD)/appliance/console/%.o $(BUILD)/tests/unit/console_%.o $(BUILD)/tests/fuzz/console_%.o: CFLAGS += $(CONSOLE_CFLAGS)
$(BUILD)/appliance/backup/%.o $(BUILD)/tests/unit/backup_%.o $(BUILD)/tests/fuzz/backup_%.o: CFLAGS += $(BACKUP_CFLAGS)
$(BUILD)/appliance/move/%.o $(BUILD)/tests/unit/move_%.o $(BUILD)/tests/fuzz/move_%.o: CFLAGS += $(MOVE_CFLAGS)
$(BUILD)/gui/draw/builtin.psf:
	@mkdir -p $(@D)
	zcat $(GUEST_FONT) > $@
# Tests say which folder they look into: "host-setup/plan.h".
$(BUILD)/tests/%.o: CPPFLAGS += -I.

# Whoever changes the compiler or its flags gets everything built anew.
$(BUILD)/config: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(OPT) $(HARDEN) $(PREFIX) $(VERSION)' | cmp -s - $@ || echo '$(CC) $(OPT) $(HARDEN) $(PREFIX) $(VERSION)' > $@

# Each program sees only the folders below it, in the direction of knowledge.
LIBS_base    := base
LIBS_host    := host base
LIBS_profile := profile base
LIBS_bus     := bus base
LIBS_chord   := chord base
LIBS_image   := image base
LIBS_console := console bus base
LIBS_vm      := vm plan image host profile bus base
LIBS_qualify := qualify host base
LIBS_backup  := backup profile base
LIBS_move    := move profile base
LIBS_cli     := cli move plan qualify backup host bus profile base
LIBS_setup   := setup host profile base
LIBS_service := service bus base
LIBS_install := install bus host base
LIBS_first   := first base
LIBS_gui     := gui guiinput guidraw guimodel profile bus base

link = $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) $(1)

$(BUILD)/playthroughd: $(SRC_daemon:%.c=$(BUILD)/%.o) $(LIBS_vm:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough: $(BUILD)/appliance/cli.o $(LIBS_cli:%=$(BUILD)/lib%.a)
	$(call link,$(BACKUP_LIBS) $(MOVE_LIBS))
$(BUILD)/playthrough-launch: $(BUILD)/appliance/vm/acts/launcher.o
	$(call link)
$(BUILD)/playthrough-opens: $(BUILD)/appliance/opens.o $(LIBS_host:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-acts: $(BUILD)/appliance/acts.o $(LIBS_vm:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-chord: $(BUILD)/appliance/chord/main.o $(LIBS_chord:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-image: $(BUILD)/appliance/image/main.o $(LIBS_image:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-console: $(BUILD)/appliance/console/main.o $(LIBS_console:%=$(BUILD)/lib%.a)
	$(call link,$(CONSOLE_LIBS) -lpthread)
$(BUILD)/playthrough-setup: $(BUILD)/host-setup/main.o $(LIBS_setup:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-setupd: $(BUILD)/host-setup/service/main.o $(LIBS_service:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-install: $(BUILD)/host-setup/install/main.o $(LIBS_install:%=$(BUILD)/lib%.a)
	$(call link)
$(BUILD)/playthrough-first-boot: $(BUILD)/host-setup/first/main.o $(LIBS_first:%=$(BUILD)/lib%.a)
	$(call link,$(FIRST_LIBS))
$(BUILD)/playthrough-gui: $(BUILD)/gui/main.o $(LIBS_gui:%=$(BUILD)/lib%.a)
	$(call link,$(GUI_LIBS))
# Runs in the initramfs before anything else of the host: static, libc only.
$(BUILD)/playthrough-bind: $(wildcard host-setup/early/*.c host-setup/early/*.h)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=gnu11 -Os $(WARNINGS) -static -o $@ $(filter %.c,$^)
	strip $@

include appliance/guest/guest.mk
include tests/lab/lab.mk
include tests/faults/faults.mk
-include $(shell find $(BUILD) -path $(BUILD)/deb -prune -o -name '*.d' -print 2>/dev/null)

# --- translations ---

LANGUAGES := $(patsubst po/%.po,%,$(wildcard po/*.po))
translations: $(LANGUAGES:%=$(BUILD)/locale/%/LC_MESSAGES/playthrough.mo)
$(BUILD)/locale/%/LC_MESSAGES/playthrough.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<
# Renews the catalogues from the sources; run after changing sentences. A new language begins with
# make po && msginit --no-translator -l LANGUAGE -i build/playthrough.pot -o po/LANGUAGE.po
po:
	@mkdir -p $(BUILD)
	xgettext --from-code=UTF-8 -k_ -kN_ --no-location --sort-output --package-name=playthrough -o $(BUILD)/playthrough.pot \
		$$(git ls-files '*.[ch]')
	sed -i '/^"POT-Creation-Date:/d' $(BUILD)/playthrough.pot
	for l in $(LANGUAGES); do \
		msgmerge -q --no-fuzzy-matching --no-location --sort-output -U --backup=none po/$$l.po $(BUILD)/playthrough.pot || exit; done

# --- tests ---

# tests/unit/FOLDER_MODULE_test.c links the archives that FOLDER may know, and cmocka.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))
unit-libs = $(foreach l,$(LIBS_$(firstword $(subst _, ,$(1)))),$(BUILD)/lib$(l).a)
.SECONDEXPANSION:
$(filter-out $(BUILD)/unit/guest_%,$(UNIT)): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $$(call unit-libs,$$*)
	@mkdir -p $(@D)
	$(call link,-lcmocka $(UNIT_LIBS) $(if $(filter gui_%,$*),$(GUI_LIBS)) $(if $(filter console_%,$*),$(CONSOLE_LIBS)) $(if $(filter backup_% cli_%,$*),$(BACKUP_LIBS)) $(if $(filter move_% cli_%,$*),$(MOVE_LIBS)))
# This one has its udev played, too.
$(BUILD)/unit/vm_usb_monitor_test: UNIT_LIBS = $(shell pkg-config --libs umockdev-1.0)
$(BUILD)/tests/unit/vm_usb_monitor_test.o: CPPFLAGS += $(shell pkg-config --cflags umockdev-1.0)

# The rest of a VM's life is played.
$(BUILD)/unit/vm_vm_pages_test: UNIT_LIBS = $(foreach f,vm_claim vm_start_fail vm_pages_returned,-Wl,--wrap=$(f))
# Its kernel is played.
$(BUILD)/unit/gui_console_test: UNIT_LIBS = -Wl,--wrap=ioctl,--wrap=open64
$(BUILD)/unit/vm_acts_input_test: UNIT_LIBS = -Wl,--wrap=ioctl,--wrap=fstat64,--wrap=fchownat
$(BUILD)/unit/vm_acts_glass_test: UNIT_LIBS = -Wl,--wrap=chmod,--wrap=fstat64,--wrap=fchownat
$(BUILD)/unit/vm_vm_autostart_test: UNIT_LIBS = -Wl,--wrap=sd_event_now,--wrap=vms_start
$(BUILD)/unit/vm_acts_net_test: UNIT_LIBS = -Wl,--wrap=netlink_remove
$(BUILD)/unit/vm_vm_monitor_test: UNIT_LIBS = -Wl,--wrap=act_monitor_get,--wrap=act_monitor_set
$(BUILD)/unit/vm_vm_input_test: UNIT_LIBS = $(foreach f,vm_journal act_input_give act_glass_give act_glass_return sd_seat_get_active sd_session_get_class,-Wl,--wrap=$(f))
# The kernel, where a false sysfs is written to.
$(BUILD)/unit/cli_rom_test $(BUILD)/unit/vm_acts_bar_test $(BUILD)/unit/vm_acts_reset_test $(BUILD)/unit/vm_acts_share_test: UNIT_LIBS = -Wl,--wrap=root_poke
# What is allocated is counted.
$(BUILD)/unit/gui_scale_test: UNIT_LIBS = $(foreach f,malloc calloc reallocarray strdup strndup vasprintf __vasprintf_chk,-Wl,--wrap=$(f))

# A recorded machine as a folder, for --root: build/machine-unpack NAME.
$(BUILD)/machine-unpack: $(BUILD)/tests/unit/machine_unpack.o $(BUILD)/libbase.a
	$(call link)

# The first process of a PC with virtual functions, of tests/guest/test_shares.py.
$(BUILD)/share-pc: $(BUILD)/tests/guest/share_pc.o $(LIBS_vm:%=$(BUILD)/lib%.a)
	$(call link)

# How long one may take; with sanitizers on a busy machine it is slow.
UNIT_SECONDS := $(if $(SANITIZE),600,180)
unit: $(UNIT) all
	@printf '%s\n' $(UNIT) | xargs -P 4 -I{} sh -c 'timeout $(UNIT_SECONDS) {} >{}.log 2>&1 || { cat {}.log; echo "FAILED: {}"; exit 255; }'
	@cat $(UNIT:%=%.log) | awk '/\[  PASSED  \]/ {n += $$4} END {print n " passed, 0 failed (unit)"}'

# tests/fuzz/NAME_fuzz.c (libFuzzer): make fuzz, or make fuzz FUZZ="dmar ivrs" FUZZ_SECONDS=600 for some. The seeds in
# tests/fuzz/corpus/NAME are copied; what is found beside them stays in the build folder.
FUZZ         ?= $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS   := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
fuzz:
	+@$(MAKE) -s BUILD=build-fuzz CC=clang OPT='-O1 -g' HARDEN='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link' \
		LDSAN='$(FUZZ_FLAGS) -fsanitize=fuzzer' $(FUZZ:%=build-fuzz/fuzz/%)
	tests/fuzz/run build-fuzz/fuzz $(FUZZ_SECONDS) $(FUZZ)
# For a night.
fuzz-long:
	+@$(MAKE) fuzz FUZZ_SECONDS=600
$(BUILD)/fuzz/gui_%: $(BUILD)/tests/fuzz/gui_%_fuzz.o $(foreach l,guimodel guidraw profile bus base,$(BUILD)/lib$(l).a)
	@mkdir -p $(@D)
	$(call link,-lpng)
$(BUILD)/fuzz/console $(BUILD)/fuzz/console_web $(BUILD)/fuzz/console_settings: $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.o $(foreach l,console bus base,$(BUILD)/lib$(l).a)
	@mkdir -p $(@D)
	$(call link,$(CONSOLE_LIBS))
# The console's server, and a viewer's end of it.
$(BUILD)/fuzz/console_%: $(BUILD)/tests/fuzz/console_%_fuzz.o $(foreach l,console bus base,$(BUILD)/lib$(l).a)
	@mkdir -p $(@D)
	$(call link,$(CONSOLE_LIBS) -lcrypto -lpthread)
$(BUILD)/fuzz/backup_%: $(BUILD)/tests/fuzz/backup_%_fuzz.o $(LIBS_backup:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link,$(BACKUP_LIBS))
$(BUILD)/fuzz/acts $(BUILD)/fuzz/guest_agent: $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.o $(LIBS_vm:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link)
$(BUILD)/fuzz/fio: $(BUILD)/tests/fuzz/fio_fuzz.o $(LIBS_qualify:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link)
$(BUILD)/fuzz/import_%: $(BUILD)/tests/fuzz/import_%_fuzz.o $(LIBS_move:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link,$(MOVE_LIBS))
# Archives: each takes from them what it needs.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/libchord.a $(BUILD)/libimage.a $(BUILD)/libbus.a $(LIBS_setup:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(call link)

check: lint unit cases faults-programs
	$(PYTHON) -m pytest -q -p no:cacheprovider -n 2 --dist loadfile tests/cli
	$(PYTHON) -m pytest -q -p no:cacheprovider tests/faults -m quick
	$(PYTHON) -m pytest -q -p no:cacheprovider tests/lab/test_usbredir.py

# Whatever the daemon asks of this PC fails once: an hour on 2 cores. make check has a sample.
faults: deps deps-test
	+@$(MAKE) -s all faults-programs
	$(PYTHON) -m pytest -q -p no:cacheprovider -m matrix tests/faults/test_daemon_faults.py tests/faults/test_daemon_troubles.py

# A folder of public kernel logs and listings with the expected answer in their heads; not part of this repository.
CASES ?= ../shared/cases
cases: $(BUILD)/playthrough-setup
	tests/cases/run.py $(CASES) $(BUILD)

# Which lines the unit and golden tests run, folder by folder: make coverage COVERAGE=appliance/host for its files, too.
COVERAGE ?=
COVERED  := BUILD=build-coverage OPT='-O0 -g --coverage -Wno-error=maybe-uninitialized' HARDEN=-fPIE LDSAN=--coverage
coverage:
	find build-coverage -name '*.gcda' -delete 2>/dev/null || true
	+@$(MAKE) -s $(COVERED) unit
	tests/lint/coverage build-coverage $(COVERAGE)

# What three analysers find in the sources; what they get wrong is explained there.
static: deps
	@appliance/packaging/install-missing "static analysis" $(DEPS_STATIC)
	+@$(MAKE) -s $(BUILD)/gui/draw/builtin.psf
	tests/lint/static $(BUILD)

lint:
	clang-format --dry-run --Werror $$(git ls-files '*.[ch]')
	tests/lint/include-direction
	tests/lint/codes
	tests/lint/translations
	shellcheck $$(git ls-files | xargs grep -lE '^#!/bin/(ba)?sh|^#!/usr/bin/env bash' --)
	mandoc -T lint -W warning $$(git ls-files '*.[1578]')

test: deps deps-test
	tests/run

# Also what make test has no time for.
test-all: deps deps-test
	tests/run --all

# Every screen of the front end in both languages, from models in files: build/screenshots/*.png.
screenshots: $(BUILD)/playthrough-gui translations
	tests/gui/screenshots $(BUILD)

# USB hot-plug is measured in an emulated PC, which takes most of the time: make bench USB_PLUGS=20
USB_PLUGS ?= 200
bench: deps deps-test
	@appliance/packaging/install-missing "measuring beside others" $(DEPS_BENCH)
	+@$(MAKE) -s all $(BUILD)/machine-unpack
	$(PYTHON) -B tests/bench/bench.py $(BUILD)
	$(PYTHON) -B tests/bench/start_bench.py $(BUILD)
	$(PYTHON) -B tests/bench/console_bench.py $(BUILD)
	$(PYTHON) -B tests/bench/image_bench.py $(BUILD)
	$(PYTHON) -B tests/bench/disk_bench.py $(BUILD)
	USB_PLUGS=$(USB_PLUGS) $(PYTHON) -B tests/bench/usb_bench.py $(BUILD)

# --- what a person types ---

need = $(shell for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)
deps:
	@appliance/packaging/install-missing "building and running" $(DEPS_BUILD) $(DEPS_RUN)
deps-test:
	@appliance/packaging/install-missing "testing" $(DEPS_TEST)

run: deps
	+@appliance/packaging/run

clean:
	rm -rf build build-sanitize build-fuzz build-coverage

SBIN := playthroughd playthrough-setup
# The units of the health service are inert without our token on the kernel command line: they are simply there, with
# no switch that undo would have to find.
install: all
	install -Dm755 -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/playthrough $(BUILD)/playthrough-gui
	install -Dm755 -t $(DESTDIR)$(PREFIX)/sbin $(BUILD)/playthrough-setup $(BUILD)/playthrough-install
	install -Dm755 -t $(DESTDIR)$(LIBEXECDIR) $(BUILD)/playthroughd $(BUILD)/playthrough-launch $(BUILD)/playthrough-opens $(BUILD)/playthrough-acts $(BUILD)/playthrough-chord \
		$(BUILD)/playthrough-image \
		$(BUILD)/playthrough-console \
		$(BUILD)/playthrough-bind \
		$(BUILD)/playthrough-setupd $(BUILD)/playthrough-first-boot appliance/packaging/keep-start \
		appliance/packaging/start-good appliance/packaging/stop-guests appliance/packaging/sleep-guests
	install -Dm755 -t $(DESTDIR)$(PREFIX)/lib/kernel/install.d appliance/packaging/20-playthrough-counted.install
	install -Dm644 -t $(DESTDIR)$(DATADIR)/install appliance/packaging/install.repart.d/*.conf
	install -Dm644 -t $(DESTDIR)$(DATADIR)/guest $(BUILD)/guest/vmlinuz $(BUILD)/guest/initrd.img
	install -Dm644 -t $(DESTDIR)$(DATADIR)/profiles profiles/*.profile profiles/*.profile.example profiles/README.md
	install -Dm644 -t $(DESTDIR)$(DATADIR)/web $(WEB)
	install -Dm755 -t $(DESTDIR)$(DATADIR)/boot $(filter-out %.hook,$(wildcard host-setup/boot/*))
	install -Dm644 -t $(DESTDIR)$(DATADIR)/boot $(wildcard host-setup/boot/*.hook)
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/dbus-1/system.d appliance/bus/org.playthrough.Appliance1.conf \
		host-setup/service/org.playthrough.Setup1.conf
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/dbus-1/system-services appliance/bus/org.playthrough.Appliance1.service \
		host-setup/service/org.playthrough.Setup1.service
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/polkit-1/actions appliance/bus/org.playthrough.policy
	install -Dm644 -t $(DESTDIR)$(UNITDIR) $(wildcard $(foreach k,service socket slice timer,appliance/packaging/*.$(k)))
	install -Dm644 appliance/packaging/playthrough.rules $(DESTDIR)$(PREFIX)/share/polkit-1/rules.d/50-playthrough.rules
	install -Dm644 -t $(DESTDIR)$(DATADIR) appliance/packaging/gui-failed.issue appliance/packaging/ansible-check.yml
	install -Dm644 appliance/packaging/sysusers.conf $(DESTDIR)$(SYSUSERSDIR)/playthrough.conf
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/applications appliance/packaging/org.playthrough.Gui.desktop
	install -d $(foreach t,multi-user sysinit sleep,$(DESTDIR)$(UNITDIR)/$(t).target.wants)
	ln -sf ../playthrough-health.service $(DESTDIR)$(UNITDIR)/multi-user.target.wants/
	ln -sf ../playthrough-giveup.timer $(DESTDIR)$(UNITDIR)/sysinit.target.wants/
	ln -sf ../playthrough-sleep.service $(DESTDIR)$(UNITDIR)/sleep.target.wants/
	for m in $(wildcard appliance/*.[1578] appliance/console/*.[1578] gui/*.[1578] host-setup/*.[1578] host-setup/install/*.[1578]); do \
		install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man$${m##*.} $$m; done
	for l in $(LANGUAGES); do install -Dm644 -t $(DESTDIR)$(LOCALEDIR)/$$l/LC_MESSAGES $(BUILD)/locale/$$l/LC_MESSAGES/playthrough.mo; done

# Every file of the kind that install puts there, and the folders that are ours alone.
uninstall:
	rm -rf $(BUILD)/uninstall
	@$(MAKE) -s install DESTDIR=$(BUILD)/uninstall
	cd $(BUILD)/uninstall && find . ! -type d -printf '%P\n' | while read -r f; do rm -f "$(DESTDIR)/$$f"; done
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(DATADIR)/* $(DESTDIR)$(DATADIR) $(DESTDIR)$(LIBEXECDIR)
	rm -rf $(BUILD)/uninstall

# Debian packages of what git knows here, with the changes that are not committed: build/deb/*.deb
deb: deps
	@appliance/packaging/install-missing "making packages" $(DEPS_DEB)
	rm -rf $(BUILD)/deb
	mkdir -p $(BUILD)/deb/playthrough
	git ls-files -z | tar --null -T - -c | tar -x -C $(BUILD)/deb/playthrough
	cp -r appliance/packaging/debian $(BUILD)/deb/playthrough/debian
	cd $(BUILD)/deb/playthrough && dpkg-buildpackage -us -uc -b -rfakeroot
	lintian --fail-on error,warning --allow-root $(BUILD)/deb/*.changes

# A disk image that boots into the front end, and installs itself: build/playthrough.img, see playthrough-install(8).
image: deb
	@appliance/packaging/install-missing "making the image" $(DEPS_IMAGE)
	rm -rf $(BUILD)/image
	mkdir -p $(BUILD)/image
	find $(BUILD)/deb -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp -t $(BUILD)/image {} +
	appliance/packaging/image/build $(BUILD)/image $(BUILD)/playthrough.img

help:
	@echo 'make run        install what is missing, build, check this PC and run the demo game VM'
	@echo 'make test       all tests, the emulated PCs too; ends with "N passed, N failed, N skipped"'
	@echo 'make test-all   also the test of the lab itself; see tests/README.md'
	@echo 'make check      the quick ones: format, unit, golden files (no root, under a minute)'
	@echo 'make fuzz       the fuzzers of tests/fuzz, a minute each; FUZZ="dmar ivrs" for some'
	@echo 'make faults     every allocation and every system call of the daemon fails once'
	@echo 'make coverage   which lines the unit and golden tests run, folder by folder'
	@echo 'make static     gcc, clang and cppcheck look for faults in the sources'
	@echo 'make screenshots  every screen of the front end, into build/screenshots'
	@echo 'make lab        an emulated PC to try Playthrough on, in windows or on VNC'
	@echo 'make bench      measures us beside others, writes build/bench.json'
	@echo 'make deps       install the Debian packages for building and running'
	@echo 'make install    DESTDIR= and PREFIX= are respected; make uninstall takes the same files away'
	@echo 'make deb        Debian packages, into build/deb'
	@echo 'make image      a disk image that boots into the front end and installs itself: build/playthrough.img'

FORCE:
.PHONY: all web unit cases faults fuzz fuzz-long static coverage check lint test test-all bench screenshots deps deps-test run clean install uninstall deb image help translations po guest FORCE
