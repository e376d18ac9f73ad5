/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a USB device is, for people: the word of JSON ("gamepad", host/usb_kind.c) in the reader's language. */
#ifndef BASE_USB_WORDS_H
#define BASE_USB_WORDS_H

/* "game controller"; NULL: no such word, or @kind is NULL. */
const char *usb_words_of_kind(const char *kind);

#endif
