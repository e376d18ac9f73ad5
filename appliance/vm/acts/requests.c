/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of each request, as wire.h wants them: who adds one to a struct adds it here. */
#include "vm/acts/requests.h"

#include "vm/acts/requests_do.h"

/* --- parts --- */

static const struct wire_field addr_fields[] = {
        WIRE_OF_UNSIGNED(struct pci_addr, domain),
        WIRE_OF_UNSIGNED(struct pci_addr, bus),
        WIRE_OF_ENUM(struct pci_addr, device, 31),
        WIRE_OF_ENUM(struct pci_addr, function, 7),
};
static const struct wire_struct addr = WIRE_TABLE(struct pci_addr, addr_fields);

static const struct wire_field function_fields[] = {
        WIRE_OF_STRUCT(struct act_function, addr, addr),
        WIRE_OF_UNSIGNED(struct act_function, vendor),
        WIRE_OF_UNSIGNED(struct act_function, device),
        WIRE_OF_UNSIGNED(struct act_function, subsystem_vendor),
        WIRE_OF_UNSIGNED(struct act_function, subsystem_device),
        WIRE_OF_MAYBE(struct act_function, path, WIRE_WAY),
        WIRE_OF_SIGNED(struct act_function, group),
};
static const struct wire_struct function = WIRE_TABLE(struct act_function, function_fields);

/* A list of numbers: each is a struct of one. */
static const struct wire_field number_fields[] = {
        {.kind = WIRE_UNSIGNED, .size = sizeof(unsigned), .most = CPULIST_MOST},
};
static const struct wire_struct number = WIRE_TABLE(unsigned, number_fields);
static const struct wire_field cpus_fields[] = {WIRE_OF_LIST(struct cpulist, list, n, number)};
static const struct wire_struct cpus = WIRE_TABLE(struct cpulist, cpus_fields);

/* --- PCI functions, groups --- */

static const struct wire_field claim_fields[] = {
        WIRE_OF_STRUCT(struct act_claim, function, function),
        WIRE_OF_SIGNED(struct act_claim, bar),
        WIRE_OF_UNSIGNED(struct act_claim, bar_will),
        WIRE_OF_MAYBE(struct act_claim, reset, WIRE_WORDS),
};
static const struct wire_struct claim = WIRE_TABLE(struct act_claim, claim_fields);

static const struct wire_field give_back_fields[] = {
        WIRE_OF_STRUCT(struct act_give_back, function, function),
        WIRE_OF_MAYBE(struct act_give_back, previous, WIRE_NAME),
        WIRE_OF_BOOL(struct act_give_back, home),
        WIRE_OF_BOOL(struct act_give_back, handed),
        WIRE_OF_SIGNED(struct act_give_back, bar),
        WIRE_OF_UNSIGNED(struct act_give_back, bar_was),
        WIRE_OF_MAYBE(struct act_give_back, reset, WIRE_WORDS),
};
static const struct wire_struct give_back = WIRE_TABLE(struct act_give_back, give_back_fields);

static const struct wire_field group_fields[] = {
        WIRE_OF_SIGNED(struct act_group, group),
        WIRE_OF_UNSIGNED(struct act_group, uid),
};
static const struct wire_struct group = WIRE_TABLE(struct act_group, group_fields);

static const struct wire_field hand_fields[] = {
        WIRE_OF_ENUM(struct hand_act, kind, HAND_BUFFER),
        WIRE_OF_TEXT(struct hand_act, what, WIRE_WAY),
};
static const struct wire_struct hand = WIRE_TABLE(struct hand_act, hand_fields);

/* --- disks and files --- */

static const struct wire_field disk_fields[] = {
        WIRE_OF_TEXT(struct act_disk, device, WIRE_PATH),
        WIRE_OF_MAYBE(struct act_disk, serial, WIRE_WORDS),
        WIRE_OF_UNSIGNED(struct act_disk, size),
        WIRE_OF_BOOL(struct act_disk, writable),
        WIRE_OF_BOOL(struct act_disk, guest_volumes),
};
static const struct wire_struct disk = WIRE_TABLE(struct act_disk, disk_fields);

static const struct wire_field image_fields[] = {
        WIRE_OF_TEXT(struct act_image, path, WIRE_PATH),
        WIRE_OF_MAYBE(struct act_image, from, WIRE_PATH),
        WIRE_OF_BOOL(struct act_image, writable),
        WIRE_OF_BOOL(struct act_image, alone),
};
static const struct wire_struct image = WIRE_TABLE(struct act_image, image_fields);

static const struct wire_field file_fields[] = {
        WIRE_OF_TEXT(struct act_file, path, WIRE_PATH),
};
static const struct wire_struct file = WIRE_TABLE(struct act_file, file_fields);

/* Its descriptors go beside it: what is sent of them is whether they are there. */
static const struct wire_field backing_fields[] = {
        WIRE_OF_TEXT(struct image_backing, path, WIRE_EITHER), /* as a header is to name it, too */
        WIRE_OF_MAYBE(struct image_backing, format, WIRE_WORDS),
};
static const struct wire_struct backing = WIRE_TABLE(struct image_backing, backing_fields);
static const struct wire_field work_fields[] = {
        WIRE_OF_ENUM(struct image_request, verb, IMAGE_DISCARD),
        WIRE_OF_MAYBE(struct image_request, file, WIRE_PATH),
        WIRE_OF_MAYBE(struct image_request, format, WIRE_WORDS),
        WIRE_OF_ARRAY(struct image_request, backing, n_backing, backing),
        WIRE_OF_MAYBE(struct image_request, target, WIRE_PATH),
        WIRE_OF_MAYBE(struct image_request, target_format, WIRE_WORDS),
        WIRE_OF_UNSIGNED(struct image_request, size),
        WIRE_OF_BOOL(struct image_request, shrink),
        WIRE_OF_BOOL(struct image_request, encrypt),
        WIRE_OF_MAYBE(struct image_request, repair, WIRE_WORDS),
        WIRE_OF_MAYBE(struct image_request, tag, WIRE_WORDS),
        WIRE_OF_SIGNED(struct image_request, secret),
        WIRE_OF_MAYBE(struct image_request, secret_file, WIRE_PATH),
        WIRE_OF_MAYBE(struct image_request, hidden, WIRE_NAME),
        WIRE_OF_SIGNED(struct image_request, fd),
};
static const struct wire_struct work = WIRE_TABLE(struct image_request, work_fields);

static const struct wire_field glass_fields[] = {
        WIRE_OF_TEXT(struct act_glass, path, WIRE_PATH),
        WIRE_OF_UNSIGNED(struct act_glass, bytes),
        WIRE_OF_UNSIGNED(struct act_glass, uid),
        WIRE_OF_UNSIGNED(struct act_glass, gid),
        WIRE_OF_UNSIGNED(struct act_glass, mode),
};
static const struct wire_struct glass = WIRE_TABLE(struct act_glass, glass_fields);

/* --- input, monitors, USB --- */

static const struct wire_field input_fields[] = {
        WIRE_OF_TEXT(struct act_input, node, WIRE_NAME),
        WIRE_OF_TEXT(struct act_input, input, WIRE_NAME),
};
static const struct wire_struct input = WIRE_TABLE(struct act_input, input_fields);
static const struct wire_field inputs_fields[] = {
        WIRE_OF_LIST(struct act_inputs, list, n, input),
        WIRE_OF_UNSIGNED(struct act_inputs, uid),
};
static const struct wire_struct inputs = WIRE_TABLE(struct act_inputs, inputs_fields);

static const struct wire_field chord_fields[] = {
        WIRE_OF_CHARS(struct chord_node, name),
        WIRE_OF_CHARS(struct chord_node, input),
        WIRE_OF_UNSIGNED(struct chord_node, busnum),
};
static const struct wire_struct chord = WIRE_TABLE(struct chord_node, chord_fields);

static const struct wire_field monitor_fields[] = {
        WIRE_OF_TEXT(struct act_monitor, bus, WIRE_NAME),
        WIRE_OF_UNSIGNED(struct act_monitor, input),
};
static const struct wire_struct monitor = WIRE_TABLE(struct act_monitor, monitor_fields);

static const struct wire_field usb_fields[] = {
        WIRE_OF_TEXT(struct act_usb, sysname, WIRE_NAME),
        WIRE_OF_UNSIGNED(struct act_usb, busnum),
        WIRE_OF_UNSIGNED(struct act_usb, devnum),
        WIRE_OF_UNSIGNED(struct act_usb, vendor),
        WIRE_OF_UNSIGNED(struct act_usb, product),
        WIRE_OF_UNSIGNED(struct act_usb, instance),
        WIRE_OF_BOOL(struct act_usb, keeps_driver),
};
static const struct wire_struct usb = WIRE_TABLE(struct act_usb, usb_fields);

static const struct wire_field rule_fields[] = {
        WIRE_OF_MAYBE(struct journal_rule, name, WIRE_WORDS),
        WIRE_OF_SIGNED(struct journal_rule, vendor),
        WIRE_OF_SIGNED(struct journal_rule, product),
        WIRE_OF_MAYBE(struct journal_rule, serial, WIRE_WORDS),
        WIRE_OF_MAYBE(struct journal_rule, port, WIRE_WORDS),
        WIRE_OF_MAYBE(struct journal_rule, hub, WIRE_WORDS),
};
static const struct wire_struct rule = WIRE_TABLE(struct journal_rule, rule_fields);
static const struct wire_field rules_fields[] = {
        WIRE_OF_TEXT(struct usb_hands_off_vm, name, WIRE_NAME),
        WIRE_OF_LIST(struct usb_hands_off_vm, rules, n, rule),
};
static const struct wire_struct rules = WIRE_TABLE(struct usb_hands_off_vm, rules_fields);
static const struct wire_field hands_fields[] = {WIRE_OF_LIST(struct act_hands, list, n, rules)};
static const struct wire_struct hands = WIRE_TABLE(struct act_hands, hands_fields);

/* --- memory and processors --- */

static const struct wire_field pages_fields[] = {
        WIRE_OF_UNSIGNED(struct act_pages, bytes),
        WIRE_OF_UNSIGNED(struct act_pages, before),
        WIRE_OF_UNSIGNED(struct act_pages, count),
        WIRE_OF_BOOL(struct act_pages, taken),
};
static const struct wire_struct pages = WIRE_TABLE(struct act_pages, pages_fields);

static const struct wire_field place_fields[] = {
        WIRE_OF_ENUM(struct isolation_entry, kind, PLACE_WORKERS),
        WIRE_OF_TEXT(struct isolation_entry, name, WIRE_WORDS),
        WIRE_OF_STRUCT(struct isolation_entry, before, cpus),
        WIRE_OF_STRUCT(struct isolation_entry, was, cpus),
        WIRE_OF_STRUCT(struct isolation_entry, now, cpus),
};
static const struct wire_struct place = WIRE_TABLE(struct isolation_entry, place_fields);
static const struct wire_field places_fields[] = {WIRE_OF_LIST(struct isolation, list, n, place)};
static const struct wire_struct places = WIRE_TABLE(struct isolation, places_fields);

static const struct wire_field pin_fields[] = {
        WIRE_OF_SIGNED(struct act_pin, thread),
        WIRE_OF_STRUCT(struct act_pin, cpus, cpus),
};
static const struct wire_struct pin = WIRE_TABLE(struct act_pin, pin_fields);
static const struct wire_field pins_fields[] = {
        WIRE_OF_SIGNED(struct act_pins, process),
        WIRE_OF_LIST(struct act_pins, list, n, pin),
        WIRE_OF_STRUCT(struct act_pins, others, cpus),
};
static const struct wire_struct pins = WIRE_TABLE(struct act_pins, pins_fields);

/* --- networks --- */

static const struct wire_field link_fields[] = {
        WIRE_OF_ENUM(struct act_link, type, PROFILE_NETWORK_PRIVATE),
        WIRE_OF_TEXT(struct act_link, vm, WIRE_NAME),
        WIRE_OF_TEXT(struct act_link, card, WIRE_WORDS), /* may be empty */
        WIRE_OF_TEXT(struct act_link, tap, WIRE_NAME),
        WIRE_OF_MAYBE(struct act_link, link, WIRE_NAME),
        WIRE_OF_MAYBE(struct act_link, mac, WIRE_WORDS),
        WIRE_OF_TEXT(struct act_link, lock, WIRE_PATH),
        WIRE_OF_BOOL(struct act_link, own_bridge),
        WIRE_OF_UNSIGNED(struct act_link, vlan),
        WIRE_OF_UNSIGNED(struct act_link, queues),
};
static const struct wire_struct link_of_vm = WIRE_TABLE(struct act_link, link_fields);
static const struct wire_field queue_fields[] = {
        WIRE_OF_STRUCT(struct act_queue, link, link_of_vm),
        WIRE_OF_UNSIGNED(struct act_queue, queue),
};
static const struct wire_struct queue = WIRE_TABLE(struct act_queue, queue_fields);

static const struct wire_field names_fields[] = {
        {.kind = WIRE_STRV, .size = sizeof(struct strv)},
};
static const struct wire_struct names = WIRE_TABLE(struct strv, names_fields);

static const struct wire_field share_fields[] = {
        WIRE_OF_ENUM(struct act_share, kind, VM_SHARE_MEDIATED),
        WIRE_OF_STRUCT(struct act_share, parent, function),
        WIRE_OF_UNSIGNED(struct act_share, vf),
        WIRE_OF_UNSIGNED(struct act_share, vfs),
        WIRE_OF_BOOL(struct act_share, autoprobe),
        WIRE_OF_MAYBE(struct act_share, type, WIRE_NAME),
        WIRE_OF_MAYBE(struct act_share, uuid, WIRE_NAME),
        WIRE_OF_MAYBE(struct act_share, link, WIRE_NAME),
};
static const struct wire_struct share = WIRE_TABLE(struct act_share, share_fields);
static const struct wire_field vf_fields[] = {
        WIRE_OF_BYTES(struct netlink_vf, mac),
        WIRE_OF_UNSIGNED(struct netlink_vf, vlan),
        WIRE_OF_UNSIGNED(struct netlink_vf, qos),
};
static const struct wire_struct vf = WIRE_TABLE(struct netlink_vf, vf_fields);
static const struct wire_field part_fields[] = {
        WIRE_OF_STRUCT(struct act_part, share, share),
        WIRE_OF_STRUCT(struct act_part, address, vf),
        WIRE_OF_BOOL(struct act_part, tell),
        WIRE_OF_BOOL(struct act_part, remove),
};
static const struct wire_struct part = WIRE_TABLE(struct act_part, part_fields);

static const struct wire_field listen_fields[] = {
        WIRE_OF_BYTES(struct act_listen, host),
        WIRE_OF_UNSIGNED(struct act_listen, port),
        WIRE_OF_ENUM(struct act_listen, backlog, 1024),
};
static const struct wire_struct listen_at = WIRE_TABLE(struct act_listen, listen_fields);

static const struct wire_field nothing_fields[] = {WIRE_OF_BOOL(struct act_nothing, none)};
static const struct wire_struct nothing = WIRE_TABLE(struct act_nothing, nothing_fields);

const struct act_kind *act_kind(unsigned act)
{
	static const struct act_kind kinds[] = {
	        [ACT_CLAIM] = {&claim, do_claim},
	        [ACT_GIVE_BACK] = {&give_back, do_give_back},
	        [ACT_SURVIVED] = {&addr, do_survived},
	        [ACT_VIABLE] = {&group, do_viable},
	        [ACT_GROUP] = {&group, do_group},
	        [ACT_DISK] = {&disk, do_disk},
	        [ACT_IMAGE] = {&image, do_image},
	        [ACT_SECRET] = {&file, do_secret},
	        [ACT_LOOK] = {&file, do_look},
	        [ACT_INPUT_OPEN] = {&input, do_input_open},
	        [ACT_INPUT_GIVE] = {&inputs, do_input_give},
	        [ACT_CHORD] = {&chord, do_chord},
	        [ACT_GLASS_OPEN] = {&glass, do_glass_open},
	        [ACT_GLASS_GIVE] = {&glass, do_glass_give},
	        [ACT_GLASS_BACK] = {&glass, do_glass_back},
	        [ACT_INPUT_SHOWN] = {&monitor, do_input_shown},
	        [ACT_SHOW_INPUT] = {&monitor, do_show_input},
	        [ACT_PAGES_TAKE] = {&pages, do_pages_take},
	        [ACT_PAGES_BACK] = {&pages, do_pages_back},
	        [ACT_ISOLATE] = {&places, do_isolate},
	        [ACT_PIN] = {&pins, do_pin},
	        [ACT_USB_OPEN] = {&usb, do_usb_open},
	        [ACT_USB_BACK] = {&usb, do_usb_back},
	        [ACT_USB_TAKE] = {&usb, do_usb_take},
	        [ACT_HANDS_OFF] = {&hands, do_hands_off},
	        [ACT_LINK] = {&queue, do_link},
	        [ACT_VHOST] = {&nothing, do_vhost},
	        [ACT_LINK_REMOVE] = {&queue, do_link_remove},
	        [ACT_LINK_SWEEP] = {&names, do_link_sweep},
	        [ACT_SHARE_MAKE] = {&part, do_share_make},
	        [ACT_SHARE_ASK] = {&part, do_share_ask},
	        [ACT_SHARE_TELL] = {&part, do_share_tell},
	        [ACT_SHARE_BACK] = {&part, do_share_back},
	        [ACT_HAND] = {&hand, do_hand},
	        [ACT_HAND_BACK] = {&hand, do_hand_back},
	        [ACT_LISTEN] = {&listen_at, do_listen},
	        [ACT_CONSOLE] = {&file, do_console},
	        [ACT_IMAGE_WORK] = {&work, NULL},
	};

	return act < ARRAY_SIZE(kinds) ? &kinds[act] : NULL;
}
