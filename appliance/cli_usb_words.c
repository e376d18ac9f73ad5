/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of JSON about USB devices, for people. */
#include "base/i18n.h"
#include "base/strv.h"
#include "base/usb_words.h"
#include "bus/text.h"
#include "cli_usb.h"

static const struct {
	const char *word, *text;
} connects[] = {
        {"hotplug", N_("a socket within reach")},
        {"hardwired", N_("wired inside the case")},
        {"not used", N_("leads nowhere")},
};

/* https://www.usb.org/defined-class-codes */
static const struct {
	const char *word, *text;
} classes[] = {
        {"01", N_("sound")},
        {"02", N_("communication")},
        {"03", N_("input (HID)")},
        {"06", N_("still pictures")},
        {"07", N_("printer")},
        {"08", N_("storage")},
        {"09", N_("hub")},
        {"0a", N_("communication data")},
        {"0b", N_("smart card")},
        {"0e", N_("video")},
        {"11", N_("alternate modes of USB-C")},
        {"e0", N_("wireless")},
        {"fe", N_("application")},
        {"ff", N_("its maker's own")},
};

static const struct {
	const char *word, *text;
} transfers[] = {
        {"in", N_("in")},
        {"out", N_("out")},
        {"control", N_("control")},
        {"isochronous", N_("isochronous")},
        {"bulk", N_("bulk")},
        {"interrupt", N_("interrupt")},
};

const char *usb_class_words(const char *class)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (starts_with(class, classes[i].word))
			return _(classes[i].text);
	}
	return NULL;
}

const char *usb_transfer_words(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(transfers); i++) {
		if (streq(word, transfers[i].word))
			return _(transfers[i].text);
	}
	return "-";
}

const char *usb_kind_words(const char *kind)
{
	const char *words = usb_words_of_kind(kind);

	return words ? words : "-";
}

const char *usb_connect_words(const char *connect)
{
	for (size_t i = 0; connect && i < ARRAY_SIZE(connects); i++) {
		if (streq(connect, connects[i].word))
			return _(connects[i].text);
	}
	return NULL;
}

char *usb_speed_words(const json_t *speed_mbps)
{
	double speed = json_number_value(speed_mbps);

	if (speed <= 0)
		return xstrdup("-");
	if (speed >= 1000)
		return xasprintf(_("%g Gbit/s"), speed / 1000);
	return xasprintf(_("%g Mbit/s"), speed);
}

char *usb_join_words(const json_t *array)
{
	cleanup_strv struct strv list = {0};
	cleanup_free char *text = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach (array, i, item) {
		if (json_is_string(item))
			strv_add(&list, json_string_value(item));
	}
	text = strv_join(&list, "; ");
	return text_harmless(text, false);
}
