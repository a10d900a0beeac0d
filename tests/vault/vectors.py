#!/usr/bin/env python3
"""A second implementation of docs/VAULT.md, written from that page and sharing no code with Almoner.

    python3 tests/vault/vectors.py            checks the vectors that are committed
    python3 tests/vault/vectors.py --write    writes them; what is there is frozen, so only to add some

Needs the package `cryptography`.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).parent


def u16(number):
    return number.to_bytes(2, "big")


def u32(number):
    return number.to_bytes(4, "big")


def parts(*items):
    return b"".join(u32(len(item)) + item for item in items)


def hkdf(salt, material, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def hmac_sha256(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def identifier(byte):
    return base64.b32encode(bytes([byte]) * 16).decode().rstrip("=").lower()


def pad(text, least):
    bucket = max(64, least)
    while bucket < len(text) + 1:
        bucket *= 2
    return text + b"\x80" + bytes(bucket - len(text) - 1)


def seal(key, site, class_number, generation, slot, row, dossier, salt, text, least=None):
    """A sealed value; `least` is the shortest bucket of the slot, None for a key."""
    header = bytes([1, 1, class_number, 0]) + u32(generation)
    info = parts(site.encode(), header, u16(slot), row.encode(), dossier.encode())
    derived = hkdf(salt, key, info, 64)
    padded = text if least is None else pad(text, least)
    return header + salt + derived[32:] + AESGCM(derived[:32]).encrypt(bytes(12), padded, b"")


def public_of(private):
    key = X25519PrivateKey.from_private_bytes(private)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def labelled_extract(suite, salt, label, material):
    return hmac_sha256(salt or bytes(32), b"HPKE-v1" + suite + label + material)


def labelled_expand(suite, key, label, info, length):
    """RFC 9180, 4: LabeledExpand."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac_sha256(key, block + labelled + bytes([count]))
        out += block
    return out[:length]


KEM = b"KEM" + u16(0x0020)
HPKE = b"HPKE" + u16(0x0020) + u16(0x0001) + u16(0x0002)


def hpke_key_schedule(shared_secret, info, psk, psk_id):
    """RFC 9180, 5.1, mode_psk: key, nonce, exporter secret."""
    psk_id_hash = labelled_extract(HPKE, b"", b"psk_id_hash", psk_id)
    info_hash = labelled_extract(HPKE, b"", b"info_hash", info)
    context = b"\x01" + psk_id_hash + info_hash
    secret = labelled_extract(HPKE, shared_secret, b"secret", psk)
    return (
        labelled_expand(HPKE, secret, b"key", context, 32),
        labelled_expand(HPKE, secret, b"base_nonce", context, 12),
        labelled_expand(HPKE, secret, b"exp", context, 32),
    )


def hpke_shared_secret(diffie_hellman, enc, public):
    eae = labelled_extract(KEM, b"", b"eae_prk", diffie_hellman)
    return labelled_expand(KEM, eae, b"shared_secret", enc + public, 32)


def derive_key_pair(material):
    """RFC 9180, 7.1.3, for X25519."""
    return labelled_expand(KEM, labelled_extract(KEM, b"", b"dkp_prk", material), b"sk", b"", 32)


def seal_to(public, psk, site, class_number, generation, slot, row, dossier, drawn, text, least=None, bound=None):
    """A value of suite 2; `bound` is the public key of a key pair that is wrapped."""
    header = bytes([1, 2, class_number, 0]) + u32(generation)
    items = [site.encode(), header, u16(slot), row.encode(), dossier.encode()]
    info = parts(*items, *([bound] if bound else []))
    ephemeral = derive_key_pair(drawn)
    enc = public_of(ephemeral)
    shared = X25519PrivateKey.from_private_bytes(ephemeral).exchange(X25519PublicKey.from_public_bytes(public))
    secret = hpke_shared_secret(shared, enc, public)
    key, nonce, exporter = hpke_key_schedule(secret, info, psk, site.encode())
    commitment = labelled_expand(HPKE, exporter, b"sec", b"almoner commitment", 32)
    padded = text if least is None else pad(text, least)
    return header + enc + commitment + AESGCM(key).encrypt(nonce, padded, b"")


def wrap_pair(private, cohort_public, psk, site, class_number, cohort_key, dossier, drawn):
    public = public_of(private)
    version = int(cohort_key.rsplit("/", 1)[1])
    place = parts(b"almoner dossier key", site.encode(), cohort_key.encode(), dossier.encode())
    proof = hkdf(public, psk, place, 32)
    sealed = seal_to(
        cohort_public, psk, site, class_number, version, 1, cohort_key, dossier, drawn, private, bound=public
    )
    return public + proof + sealed


def series(first, length):
    return bytes((first + i) % 256 for i in range(length))


SITE, ROW, DOSSIER = identifier(1), identifier(2), identifier(3)
ROOT = series(0x20, 32)
COHORT_KEYS = {"personal/2029Q4/1": series(0x40, 32), "personal/2029Q4/2": series(0x60, 32)}
INDEX_KEY = series(0x80, 32)
SESSION_KEY = series(0xA0, 32)
AUDIT_SEED = series(0xC0, 32)
DATA_KEY = series(0xE0, 32)
LOG_KEY = series(0x33, 32)
LOG_PSK = series(0x93, 32)
DOSSIER_PAIR = series(0xD3, 32)


def keyring(form=1):
    """A small keyring of format 1 or 2, and the keyring's MAC."""
    audit_public = (
        Ed25519PrivateKey.from_private_bytes(AUDIT_SEED)
        .public_key()
        .public_bytes(Encoding.Raw, PublicFormat.Raw)
    )
    fingerprint = hkdf(b"almoner root key 1", ROOT, b"fingerprint", 16)
    generation = 7
    salts = iter(range(256))

    def entry(slot, class_number, name, key):
        return seal(ROOT, SITE, class_number, generation, slot, name, "", series(next(salts), 24), key)

    keys = [
        ("personal/2029Q4/1", "retiring", "2026-11-22", "2027-02-01"),
        ("personal/2029Q4/2", "active", "2027-01-15", ""),
    ]
    keys = [(*row, entry(0xFF01, 1, row[0], COHORT_KEYS[row[0]])) for row in keys]
    indexes = [("personal/2029Q4", entry(0xFF02, 1, "personal/2029Q4", INDEX_KEY))]
    services = [
        ("session", entry(0xFF03, 0, "session", SESSION_KEY)),
        ("audit", entry(0xFF03, 0, "audit", AUDIT_SEED)),
    ]
    classes = ["personal", "staff"]
    pairs = []
    if form == 2:
        services.append(("log-psk", entry(0xFF03, 0, "log-psk", LOG_PSK)))
        name = "log/2029Q4/1"
        pairs = [(name, "active", "2026-11-22", "", public_of(LOG_KEY), entry(0xFF04, 6, name, LOG_KEY))]
        classes = ["personal", "staff", "log"]
    destroyed = [("personal/2026Q4/1", "2027-01-04")]

    def listed(rows):
        fields = [[field if isinstance(field, bytes) else field.encode() for field in row] for row in rows]
        return parts(u32(len(rows))) + b"".join(parts(*row) for row in fields)

    canonical = (
        parts(
            b"almoner keyring",
            form.to_bytes(8, "big"),
            SITE.encode(),
            u32(generation),
            b"full",
        )
        + listed([(word,) for word in classes])
        + parts(fingerprint, audit_public)
        + listed(keys)
        + listed(indexes)
        + listed(services)
        + listed(destroyed)
        + (listed(pairs) if form == 2 else b"")
    )
    mac = hmac_sha256(hkdf(b"almoner root key 1", ROOT, b"keyring mac", 32), canonical)

    def b64(data):
        return base64.b64encode(data).decode()

    lines = [
        f"# A keyring of format {form} for tests, written by vectors.py. Its root key is public.",
        f"format = {form}",
        f'deployment = "{SITE}"',
        f"generation = {generation}",
        'scope = "full"',
        "classes = [" + ", ".join(f'"{word}"' for word in classes) + "]",
        f'root = "{fingerprint.hex()}"',
        f'audit_public = "{audit_public.hex()}"',
        f'mac = "{b64(mac)}"',
    ]
    for name, state, created, unreferenced, wrapped in keys:
        lines += ["", "[[key]]", f'name = "{name}"', f'state = "{state}"', f'created = "{created}"']
        if unreferenced:
            lines.append(f'unreferenced_since = "{unreferenced}"')
        lines.append(f'wrapped = "{b64(wrapped)}"')
    for name, state, created, _, public, wrapped in pairs:
        lines += ["", "[[pair]]", f'name = "{name}"', f'state = "{state}"', f'created = "{created}"']
        lines += [f'public = "{public.hex()}"', f'wrapped = "{b64(wrapped)}"']
    for heading, rows in (("index", indexes), ("service", services)):
        for name, wrapped in rows:
            lines += ["", f"[[{heading}]]", f'name = "{name}"', f'wrapped = "{b64(wrapped)}"']
    for name, day in destroyed:
        lines += ["", "[[destroyed]]", f'name = "{name}"', f'on = "{day}"']
    return "\n".join(lines) + "\n", fingerprint, mac, audit_public


def sheet_lines():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    lines = []
    for number in range(1, 5):
        data = ROOT[8 * (number - 1) : 8 * number]
        check = hashlib.sha256(bytes([number]) + data).digest()[:2]
        bits = int.from_bytes(data + check, "big")
        letters = "".join(alphabet[bits >> (5 * (15 - i)) & 31] for i in range(16))
        lines.append(f"{number}  " + "-".join(letters[i : i + 4] for i in range(0, 16, 4)))
    return lines


def vectors():
    text, fingerprint, mac, audit_public = keyring()
    values = []
    for slot, least, salt, plain in [
        (22, 64, series(0x10, 24), "ada@example.org"),
        (20, 64, series(0x30, 24), ""),
        (30, 128, series(0x50, 24), "Größere Wörter, 日本語 und 🦀. " * 5),
    ]:
        sealed = seal(DATA_KEY, SITE, 1, 7, slot, ROW, DOSSIER, salt, plain.encode(), least)
        values.append(
            {
                "slot": slot,
                "generation": 7,
                "salt": salt.hex(),
                "text": plain,
                "sealed": sealed.hex(),
            }
        )
    wrapped = []
    for position, (name, key) in enumerate(COHORT_KEYS.items(), 1):
        salt = series(0x70 + position, 24)
        sealed = seal(key, SITE, 1, position, 1, name, DOSSIER, salt, DATA_KEY)
        wrapped.append({"cohort_key": name, "salt": salt.hex(), "sealed": sealed.hex()})
    drawn = series(0x43, 32)
    line = "192.0.2.7 GET /staff/applications"
    place = (60, ROW, DOSSIER)
    pair_value = seal_to(
        public_of(DOSSIER_PAIR), LOG_PSK, SITE, 6, 7, *place, drawn, line.encode(), 64
    )
    pair_wrapped = wrap_pair(
        DOSSIER_PAIR, public_of(LOG_KEY), LOG_PSK, SITE, 6, "log/2029Q4/1", DOSSIER, series(0x63, 32)
    )
    message = b"head 42"
    signed = parts(b"almoner audit head", SITE.encode(), message)
    document = {
        "format": 1,
        "site": SITE,
        "row": ROW,
        "dossier": DOSSIER,
        "root_key": ROOT.hex(),
        "root_fingerprint": fingerprint.hex(),
        "keyring_mac": mac.hex(),
        "recovery_sheet": sheet_lines(),
        "cohort_keys": {name: key.hex() for name, key in COHORT_KEYS.items()},
        "index_key": INDEX_KEY.hex(),
        "data_key": DATA_KEY.hex(),
        "values": values,
        "wrapped_data_keys": wrapped,
        "pair": {
            "class": 6,
            "cohort_key": "log/2029Q4/1",
            "cohort_private": LOG_KEY.hex(),
            "cohort_public": public_of(LOG_KEY).hex(),
            "psk": LOG_PSK.hex(),
            "private": DOSSIER_PAIR.hex(),
            "public": public_of(DOSSIER_PAIR).hex(),
            "wrapped": pair_wrapped.hex(),
            "wrapped_drawn": series(0x63, 32).hex(),
            "slot": 60,
            "generation": 7,
            "drawn": drawn.hex(),
            "text": line,
            "sealed": pair_value.hex(),
        },
        "blind_index": {
            "kind": 1,
            "value": " Ada@BÜCHER.example ",
            "normalised": "ada@xn--bcher-kva.example",
            "index": hmac_sha256(
                INDEX_KEY, parts(SITE.encode(), u16(1), b"ada@xn--bcher-kva.example")
            ).hex(),
        },
        "mac": {
            "purpose": "session",
            "key": SESSION_KEY.hex(),
            "parts": ["ab", "c"],
            "tag": hmac_sha256(SESSION_KEY, parts(SITE.encode(), b"ab", b"c")).hex(),
        },
        "audit": {
            "seed": AUDIT_SEED.hex(),
            "public": audit_public.hex(),
            "message": message.decode(),
            "signature": Ed25519PrivateKey.from_private_bytes(AUDIT_SEED).sign(signed).hex(),
        },
    }
    return {
        "vectors.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "keyring.toml": text,
        "keyring-2.toml": keyring(2)[0],
        "root.key": "almoner-root-key-1:" + base64.b64encode(ROOT).decode() + "\n",
    }


def main():
    wrong = []
    for name, content in vectors().items():
        path = HERE / name
        if "--write" in sys.argv:
            path.write_text(content, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != content:
            wrong.append(name)
    if wrong:
        sys.exit("these files are not what docs/VAULT.md says: " + ", ".join(wrong))
    print("written" if "--write" in sys.argv else "all vectors agree")


if __name__ == "__main__":
    main()
