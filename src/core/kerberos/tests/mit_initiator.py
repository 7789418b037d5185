"""MIT's initiator (libgssapi_krb5) over stdin and stdout, with a ticket that is given to it.

argv: mechanism (krb5, krb5-mic, spnego, ntlm-first), flags, folder; stdin: a JSON line with the ticket, then
base64 lines of the acceptor's tokens; stdout: "time <now>", then "token <state> <base64>" lines.
"""
import base64, ctypes as c, json, os, struct, sys, time

mode, flags, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
print("time", int(time.time()), flush=True)
ticket = json.loads(sys.stdin.readline())

def data(b): return struct.pack(">I", len(b)) + b
def principal(kind, parts, realm):
    return struct.pack(">II", kind, len(parts)) + data(realm) + b"".join(data(p) for p in parts)
alice = principal(1, [b"alice"], b"HANZO.TEST")
key = bytes.fromhex(ticket["key"])
now = int(time.time())
def credential(server, etype, key, ticket):
    return (alice + server + struct.pack(">H", etype) + data(key)
            + struct.pack(">IIII", now - 60, now - 60, now + 3600, 0) + b"\0"
            + struct.pack(">I", 0) + struct.pack(">II", 0, 0) + data(ticket) + data(b""))
cache = (b"\x05\x04" + struct.pack(">H", 0) + alice
         + credential(principal(2, [b"krbtgt", b"HANZO.TEST"], b"HANZO.TEST"), ticket["etype"], key, bytes.fromhex(ticket["ticket"]))
         + credential(principal(3, [b"HTTP", b"hanzo.test"], b"HANZO.TEST"), ticket["etype"], key, bytes.fromhex(ticket["ticket"])))
open(folder + "/cc", "wb").write(cache)
open(folder + "/krb5.conf", "w").write("""[libdefaults]
default_realm = HANZO.TEST
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
[domain_realm]
hanzo.test = HANZO.TEST
[realms]
HANZO.TEST = {
 kdc = 127.0.0.1:1
}
""")
os.environ["KRB5_CONFIG"] = folder + "/krb5.conf"
os.environ["KRB5CCNAME"] = "FILE:" + folder + "/cc"

if mode == "ntlm-first":
    # The plugin of Debian's gss-ntlmssp: GSS_NTLM_PLUGIN is its path.
    open(folder + "/mech", "w").write("ntlm 1.3.6.1.4.1.311.2.2.10 %s\n" % os.environ["GSS_NTLM_PLUGIN"])
    open(folder + "/users", "w").write("HANZO:alice:password\n")
    os.environ["GSS_MECH_CONFIG"] = folder + "/mech"
    os.environ["NTLM_USER_FILE"] = folder + "/users"

class Buffer(c.Structure):
    _fields_ = [("length", c.c_size_t), ("value", c.c_void_p)]
class Oid(c.Structure):
    _fields_ = [("length", c.c_uint32), ("elements", c.c_void_p)]
keep = []
class OidSet(c.Structure):
    _fields_ = [("count", c.c_size_t), ("elements", c.POINTER(Oid))]
def buffer(b):
    keep.append(c.create_string_buffer(b, len(b)))
    return Buffer(len(b), c.addressof(keep[-1]))
def oid(hexa):
    b = buffer(bytes.fromhex(hexa))
    return Oid(b.length, b.value)
KRB5, SPNEGO = oid("2a864886f712010202"), oid("2b0601050502")
HOSTBASED = oid("2a864886f71201020104")
lib = c.CDLL("libgssapi_krb5.so.2")
minor = c.c_uint32()
def check(what, major):
    if major & 0xffff0000:
        texts = []
        for code, kind in ((major, 1), (minor.value, 2)):
            message, text, m = c.c_uint32(0), Buffer(), c.c_uint32()
            lib.gss_display_status(c.byref(m), c.c_uint32(code), kind, None, c.byref(message), c.byref(text))
            texts.append(c.string_at(text.value, text.length).decode())
        print("failed", what, texts, flush=True)
        sys.exit(1)
    return major
name = c.c_void_p()
target = buffer(b"HTTP@hanzo.test")
check("name", lib.gss_import_name(c.byref(minor), c.byref(target), c.byref(HOSTBASED), c.byref(name)))
cred = c.c_void_p()
if mode == "ntlm-first":
    mechs = OidSet(2, (Oid * 2)(oid("2b06010401823702020a"), KRB5))
    spnego = OidSet(1, c.pointer(SPNEGO))
    check("cred", lib.gss_acquire_cred(c.byref(minor), None, 0, c.byref(spnego), 1, c.byref(cred), None, None))
    check("mechs", lib.gss_set_neg_mechs(c.byref(minor), cred, c.byref(mechs)))
mechanism = KRB5 if mode.startswith("krb5") else SPNEGO
context, given = c.c_void_p(), Buffer(0, None)
while True:
    out = Buffer()
    major = check("init", lib.gss_init_sec_context(
        c.byref(minor), cred, c.byref(context), name, c.byref(mechanism), c.c_uint32(flags), 0, None,
        c.byref(given), None, c.byref(out), None, None))
    token = c.string_at(out.value, out.length) if out.length else b""
    print("token", "continue" if major & 1 else "complete", base64.b64encode(token).decode(), flush=True)
    if not major & 1 and not token:
        break
    if mode == "krb5-mic" and not major & 1:
        break
    line = sys.stdin.readline().strip()
    if not line:
        break
    given = buffer(base64.b64decode(line))
    if not major & 1:
        break
if mode == "krb5-mic":
    message, mic = buffer(b"the list"), Buffer()
    check("mic", lib.gss_get_mic(c.byref(minor), context, 0, c.byref(message), c.byref(mic)))
    print("token complete", base64.b64encode(c.string_at(mic.value, mic.length)).decode(), flush=True)
    given = buffer(base64.b64decode(sys.stdin.readline().strip()))
    major = check("verify", lib.gss_verify_mic(c.byref(minor), context, c.byref(message), c.byref(given), None))
    print("token", "complete" if major == 0 else "flags", "", flush=True)
