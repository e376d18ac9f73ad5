"""A PC's USB devices, kept by umockdev in a process of its own: its library must be there before the program is.

Started under umockdev-wrapper it tells its folder, and takes lines of ["plug", path, description] and ["unplug", path].
"""

from __future__ import annotations

import ctypes
import json
import sys


def main() -> None:
    lib = ctypes.CDLL("libumockdev.so.0")
    lib.umockdev_testbed_new.restype = ctypes.c_void_p
    lib.umockdev_testbed_get_root_dir.restype = ctypes.c_char_p
    bed = ctypes.c_void_p(lib.umockdev_testbed_new())
    print(lib.umockdev_testbed_get_root_dir(bed).decode(), flush=True)
    for line in sys.stdin:
        act, path, *text = json.loads(line)
        if act == "plug":
            assert lib.umockdev_testbed_add_from_string(bed, text[0].encode(), None)
            lib.umockdev_testbed_uevent(bed, path.encode(), b"add")
        else:
            lib.umockdev_testbed_uevent(bed, path.encode(), b"remove")
            lib.umockdev_testbed_remove_device(bed, path.encode())
            # The kernel tells when the folder is gone; here it may have been read before that: told once more.
            lib.umockdev_testbed_uevent(bed, path.rpartition("/")[0].encode(), b"change")
        print("done", flush=True)
    ctypes.CDLL("libgobject-2.0.so.0").g_object_unref(bed)


if __name__ == "__main__":
    main()
