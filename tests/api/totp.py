"""A code of an authenticator app (RFC 6238), computed by another program than the one that checks it.

usage: totp.py KEY TIME   (base32, seconds since 1970)
"""

import base64
import hashlib
import hmac
import struct
import sys

key, time = sys.argv[1].replace(" ", ""), int(sys.argv[2])
digest = hmac.new(base64.b32decode(key), struct.pack(">Q", time // 30), hashlib.sha1).digest()
offset = digest[-1] & 15
number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
print(f"{number % 10**6:06d}")
