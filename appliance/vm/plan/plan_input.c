/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboards and mice of this PC that the guest shares: QEMU takes them for the guest and gives them back when the keys of
 * grab-toggle= are held (QEMU: ui/input-linux.c).
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>
#include <linux/input-event-codes.h>

static const char *const toggles[] = {
        [PROFILE_TOGGLE_CTRL_CTRL] = "ctrl-ctrl",
        [PROFILE_TOGGLE_ALT_ALT] = "alt-alt",
        [PROFILE_TOGGLE_META_META] = "meta-meta",
        [PROFILE_TOGGLE_SCROLLLOCK] = "scrolllock",
        [PROFILE_TOGGLE_CTRL_SCROLLLOCK] = "ctrl-scrolllock",
};

static const struct input_node *node_of(const struct planning *p, const struct profile_input *input)
{
	return input_nodes_find(&p->host->input_nodes, input->device);
}

/* The keyboard whose keys switch the mice over too: QEMU would go round in circles with two of them. */
static const struct profile_input *leader(const struct planning *p)
{
	for (size_t i = 0; i < p->profile->n_inputs; i++) {
		const struct input_node *node = node_of(p, &p->profile->inputs[i]);

		if (node && node->keyboard)
			return &p->profile->inputs[i];
	}
	return NULL;
}

/* --- refusals --- */

static int refuse_absent(const struct profile_input *input, struct err *err)
{
	err_set(err, -ENODEV, _("input %s: %s is not there"), input->name, input->device);
	err_hint(err, _("see that it is plugged in; ls -l /dev/input/by-id /dev/input/by-path "
	                "shows the links of keyboards and mice"));
	return plan_refuse(err, CODE_INPUT_ABSENT);
}

static int check_kind(
        const struct profile_input *input, const struct input_node *node, struct err *err)
{
	if (node->keyboard || node->mouse)
		return 0;
	err_set(err, -EINVAL,
	        _("input %s: %s is neither a keyboard nor a mouse "
	          "(/sys/class/input/%s/capabilities)"),
	        input->name, input->device, node->input);
	err_hint(err, _("write the link that ends with -event-kbd or -event-mouse; other devices "
	                "are passed by [usb NAME]"));
	return plan_refuse(err, CODE_INPUT_KIND);
}

static int check_once(
        const struct planning *p, size_t index, const struct input_node *node, struct err *err)
{
	const struct profile_input *input = &p->profile->inputs[index];

	for (size_t i = 0; i < index; i++) {
		if (node_of(p, &p->profile->inputs[i]) != node)
			continue;
		err_set(err, -EEXIST, _("input %s: %s is input %s already (line %d)"), input->name,
		        input->device, p->profile->inputs[i].name, p->profile->inputs[i].line);
		err_hint(err, _("keep one of the two sections"));
		return plan_refuse(err, CODE_INPUT_KIND);
	}
	return 0;
}

static bool has_toggle(const struct input_node *node, enum profile_toggle toggle)
{
	bool ctrl = input_node_has_key(node, KEY_LEFTCTRL),
	     right = input_node_has_key(node, KEY_RIGHTCTRL),
	     lock = input_node_has_key(node, KEY_SCROLLLOCK);

	switch (toggle) {
	case PROFILE_TOGGLE_CTRL_CTRL:
		return ctrl && right;
	case PROFILE_TOGGLE_ALT_ALT:
		return input_node_has_key(node, KEY_LEFTALT) &&
		       input_node_has_key(node, KEY_RIGHTALT);
	case PROFILE_TOGGLE_META_META:
		return input_node_has_key(node, KEY_LEFTMETA) &&
		       input_node_has_key(node, KEY_RIGHTMETA);
	case PROFILE_TOGGLE_SCROLLLOCK:
		return lock;
	case PROFILE_TOGGLE_CTRL_SCROLLLOCK:
		return lock && (ctrl || right);
	}
	return false;
}

/* Whether a device by this name of sysfs is one that the profile shares. */
static bool is_shared(const struct planning *p, const char *sysname)
{
	for (size_t i = 0; i < p->profile->n_inputs; i++) {
		const struct input_node *node = node_of(p, &p->profile->inputs[i]);

		if (node && (streq(node->input, sysname) ||
		                    (node->usb && node->keyboard && streq(node->usb, sysname))))
			return true;
	}
	return false;
}

static bool has_other_keyboard(const struct planning *p)
{
	struct host_keyboard keyboard;
	size_t at = 0;

	while (host_keyboard(p->host, &at, &keyboard))
		if (keyboard.sure && !is_shared(p, keyboard.sysname))
			return true;
	return false;
}

static bool has_other_mouse(const struct planning *p)
{
	for (size_t i = 0; i < p->host->input_nodes.n; i++) {
		const struct input_node *node = &p->host->input_nodes.list[i];

		if (node->mouse && !is_shared(p, node->input))
			return true;
	}
	return false;
}

static int check_way_back(const struct planning *p, const struct profile_input *input,
        const struct input_node *node, struct err *err)
{
	const char *toggle = toggles[input->toggle];

	if (node->keyboard && !has_toggle(node, input->toggle) && !has_other_keyboard(p)) {
		err_set(err, -EPERM,
		        _("input %s: %s is the only keyboard of this PC and has not the keys of "
		          "grab-toggle=%s (/sys/class/input/%s/capabilities/key): nothing would "
		          "give "
		          "it back"),
		        input->name, input->device, toggle, node->input);
		err_hint(err, _("choose other keys by grab-toggle=, such as scrolllock, or plug "
		                "in a second keyboard"));
		return plan_refuse(err, CODE_INPUT_ONLY);
	}
	if (node->keyboard || leader(p) || has_other_mouse(p))
		return 0;
	err_set(err, -EPERM,
	        _("input %s: %s is the only mouse of this PC, and no keyboard of the profile "
	          "switches it over: nothing would give it back"),
	        input->name, input->device);
	err_hint(err, _("add an [input NAME] with the keyboard"));
	return plan_refuse(err, CODE_INPUT_ONLY);
}

/* --- the plan --- */

static int plan_input(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_input *input = &p->profile->inputs[index];
	const struct input_node *node = node_of(p, input);
	const struct usb_device *d = node && node->usb ? usb_find(&p->host->usb, node->usb) : NULL;
	int r = node ? check_kind(input, node, err) : refuse_absent(input, err);

	r = r < 0 ? r : check_once(p, index, node, err);
	r = r < 0 ? r : check_way_back(p, input, node, err);
	if (r < 0)
		return r;
	*list_append(p->plan->inputs, p->plan->n_inputs) =
	        (struct vm_claim_input){.name = xstrdup(input->name),
	                .device = xstrdup(input->device),
	                .node = xstrdup(node->name),
	                .input = xstrdup(node->input),
	                .usb = xstrdup(node->usb),
	                .busnum = d ? d->busnum : 0,
	                .devnum = d ? d->devnum : 0};
	p->plan->shares_mouse |= node->mouse;
	return 0;
}

/* A test drive needs none, and whoever watches it keeps keyboard and mouse. */
int plan_inputs(const struct planning *p, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < p->profile->n_inputs && !p->options->test_drive && r == 0; i++)
		r = plan_input(p, i, err);
	return r;
}

/* --- the arguments --- */

/*
 * What the guest finds them as. Beside an emulated screen there is a keyboard already, and on Windows' controller no room for
 * a mouse beside the tablet: the mouse of the chipset (PS/2), which it always has, moves then.
 */
static void add_devices(const struct planning *p)
{
	struct strv *args = &p->plan->args;
	bool screen = p->plan->display_path;

	if (profile_is_windows(p->profile)) {
		if (screen)
			return;
		args_option(args, "-device", "usb-kbd,id=keyboard,bus=%s,port=1", VM_USB_BUS);
		if (p->plan->shares_mouse)
			args_option(
			        args, "-device", "usb-mouse,id=mouse,bus=%s,port=2", VM_USB_BUS);
		return;
	}
	if (!screen)
		args_option(args, "-device",
		        "virtio-keyboard-pci,id=keyboard,bus=pcie.0,addr=%02x.0%s", SLOT_KEYBOARD,
		        p->plan->shares_mouse ? ",multifunction=on" : "");
	if (p->plan->shares_mouse)
		args_option(args, "-device", "virtio-mouse-pci,id=mouse,bus=pcie.0,addr=%02x.1",
		        SLOT_KEYBOARD);
}

/*
 * QEMU opens the node by a plain open(), which knows nothing of descriptor sets: it opens the daemon's descriptor anew, and so
 * exactly the device that was checked.
 */
void args_inputs(const struct planning *p)
{
	const struct profile_input *all = leader(p);

	if (!p->plan->n_inputs)
		return;
	add_devices(p);
	for (size_t i = 0; i < p->plan->n_inputs; i++) {
		const struct profile_input *input = &p->profile->inputs[i];
		cleanup_free char *path = xasprintf("/dev/input/%s", p->plan->inputs[i].node);
		unsigned fd = plan_add_fd(p->plan, VM_FD_INPUT, i, path, true);

		args_option(&p->plan->args, "-object",
		        "input-linux,id=input-%zu,evdev=/proc/self/fd/%u,grab_all=%s,repeat=%s,"
		        "grab-toggle=%s",
		        i, fd, input == all ? "on" : "off", input->repeat ? "on" : "off",
		        toggles[input->toggle]);
	}
}
