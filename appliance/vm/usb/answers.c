/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/answers.h"

#include "vm/usb/impl.h"

/* A bucket: each answer moves the time at which it is full again. */
bool usb_answer_waits(struct usb_answer *answer, uint64_t now)
{
	uint64_t full = answer->full_us > now ? answer->full_us : now;

	if (answer->last && full - now >= (uint64_t)USB_ANSWERS_AT_ONCE * USB_ANSWERS_USEC)
		return true;
	answer->full_us = full + USB_ANSWERS_USEC;
	return false;
}

void usb_answer_keep(struct usb_answer *answer, json_t *json)
{
	json_decref(answer->last);
	answer->last = json_incref(json);
}

void usb_answer_finish(struct usb_answer *answer)
{
	json_decref(answer->last);
	*answer = (struct usb_answer){0};
}

json_t *vms_usb_answer(struct vms *vms, enum vms_usb_question question)
{
	struct usb_answer *answer = &vms->usb.answers[question];
	json_t *json = NULL;

	if (usb_answer_waits(answer, usb_now(vms)))
		return json_incref(answer->last);
	switch (question) {
	case VMS_USB_LIST:
		json = vms_usb_json(vms);
		break;
	case VMS_USB_PORTS:
		json = vms_usb_ports_json(vms);
		break;
	case VMS_USB_WHY:
		json = vms_usb_why_json(vms);
		break;
	case VMS_USB_QUESTIONS:
		break;
	}
	usb_answer_keep(answer, json);
	return json;
}
