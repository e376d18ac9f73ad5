/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands about USB devices share. JSON is that of UsbList and UsbPorts (vm/usb/json.h). */
#ifndef CLI_USB_H
#define CLI_USB_H

#include "base/err.h"
#include "base/page.h"

#include <jansson.h>

/* "game controller", translated; "-" for a kind that a newer daemon has. */
const char *usb_kind_words(const char *kind);
/* "480 Mbit/s", "10 Gbit/s"; "-" where it is not known. Caller frees. */
char *usb_speed_words(const json_t *speed_mbps);
/* "a socket one reaches", translated; NULL where firmware says nothing. */
const char *usb_connect_words(const char *connect);
/* "sound" for "01/02/00", translated; NULL: a class without a name here. */
const char *usb_class_words(const char *class);
/* "in", "isochronous", translated. */
const char *usb_transfer_words(const char *word);
/* The texts of an array, one sentence each, "; " between; harmless, "" where there is none. Caller frees. */
char *usb_join_words(const json_t *array);

/*
 * The tree by controller and socket. @ports is UsbPorts's document, or NULL where the daemon has none. @all: empty
 * sockets too, but for those that lead nowhere.
 */
void usb_tree_print(const struct page *page, const json_t *devices, const json_t *ports, bool all);

/*
 * What a device says of itself, as libusb reads it without opening the device: {"usb", "configurations", "power_ma",
 * "self_powered", "remote_wakeup", "interfaces": [{"number", "alternate", "class", "endpoints": [{"address",
 * "direction", "type", "max_packet", "interval"}]}]}. NULL with @err. Caller unrefs.
 */
json_t *usb_descriptors_json(unsigned busnum, unsigned devnum, struct err *err);

/* All about one device; @socket may be NULL, @descriptors too: then @err tells why. */
void usb_page_print(const struct page *page, const json_t *device, const json_t *socket,
        const json_t *descriptors, const struct err *err);

#endif
