"""Scanner: camera frames, keyboard wedge, serial port, pictures and PDF pages become codes; their meaning is core's.

Nothing heavy is imported here; `pictures`, `pdfs`, `camera`, `wedge` and `serial_port` are the doors.
"""
