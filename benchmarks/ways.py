"""How the measured profile's keys are reached: by a passphrase that costs next to nothing to check."""

from app.security.key_store import PASSPHRASE_VARIABLE, Ways
from app.security.wrapped_keys import Cost

#: What is measured is the program, not a passphrase's hashing (at its full cost some 0.3 s, once a start).
WAYS = Ways(environ={PASSPHRASE_VARIABLE: "measuring only"}, cost=Cost(memory_kib=64, time=1, lanes=1))
