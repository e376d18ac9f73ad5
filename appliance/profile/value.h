/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of values in a profile: text to field and back. key_set() and key_format() of keys.h are here. */
#ifndef PROFILE_VALUE_H
#define PROFILE_VALUE_H

#include "profile/keys.h"

bool value_is_string(const struct key *key); /* the field is a char * that the object owns */
void value_clear_id(const struct key *key, void *object);

#endif
