#!/usr/bin/env python3
"""gtk_recent.py FILE...: a program of GTK 3 that has opened these: it says so to the list of recent files, as file choosers do."""
import ctypes
import sys
import time
import urllib.parse

gtk = ctypes.CDLL("libgtk-3.so.0")
gtk.gtk_recent_manager_get_default.restype = ctypes.c_void_p
if not gtk.gtk_init_check(None, None):
    sys.exit("no screen")
manager = ctypes.c_void_p(gtk.gtk_recent_manager_get_default())
for path in sys.argv[1:]:
    gtk.gtk_recent_manager_add_item(manager, ("file://" + urllib.parse.quote(path)).encode())
end = time.monotonic() + 3  # it is written by an idle callback
while time.monotonic() < end:
    while gtk.gtk_events_pending():
        gtk.gtk_main_iteration()
    time.sleep(0.02)
