/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cppcheck reads no header of the system: what it would have to find in one, by the words of these headers. */
#define UINT64_C(n) n##UL
/* jansson.h */
#define json_array_foreach(array, index, value)                                                   \
	for (index = 0; index < json_array_size(array) && (value = json_array_get(array, index)); \
	        index++)
#define json_object_foreach(object, key, value)                    \
	for (key = json_object_iter_key(json_object_iter(object)); \
	        key && (value = json_object_get(object, key));     \
	        key = json_object_iter_key(json_object_iter_next(object, 0)))
