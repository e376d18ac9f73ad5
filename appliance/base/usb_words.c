/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/usb_words.h"

#include "base/i18n.h"
#include "base/util.h"

static const struct {
	const char *word, *text;
} kinds[] = {
        {"gamepad", N_("game controller")},
        {"wheel", N_("wheel or joystick")},
        {"audio", N_("headset or sound")},
        {"camera", N_("camera")},
        {"storage", N_("storage")},
        {"keyboard", N_("keyboard")},
        {"mouse", N_("mouse")},
        {"phone", N_("phone or camera")},
        {"network", N_("network adapter")},
        {"bluetooth", N_("Bluetooth adapter")},
        {"printer", N_("printer")},
        {"smart-card", N_("smart card reader")},
        {"fingerprint", N_("fingerprint reader")},
        {"ups", N_("UPS")},
        {"security-key", N_("security key")},
        {"input", N_("input device")},
        {"hub", N_("hub")},
        {"other", N_("other")},
};

const char *usb_words_of_kind(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++) {
		if (streq(kind, kinds[i].word))
			return _(kinds[i].text);
	}
	return NULL;
}
