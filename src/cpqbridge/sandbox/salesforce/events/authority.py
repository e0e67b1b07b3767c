"""The authority that signs the certificate of the Pub/Sub API on this machine.

Its key is public, as are all credentials of the sandbox. Its certificate is good for no host name but `localhost`, so
that who trusts it for the sandbox trusts no other host with it.
"""

from __future__ import annotations

from typing import Final

CA_CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIBATAKBggqhkjOPQQDAjAcMRowGAYDVQQDDBFjcHFicmlk
Z2Ugc2FuZGJveDAgFw0yMDAxMDEwMDAwMDBaGA8yMTAwMDEwMTAwMDAwMFowHDEa
MBgGA1UEAwwRY3BxYnJpZGdlIHNhbmRib3gwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAAQdFBjCBrhPP8hxPUqGyZWvdjXRkeF2hhfaatAu91a/TTs17vGTFyKRhC4K
/yp+DsQaxPwmiFEV9FN6DGv9Ufi7o2IwYDASBgNVHRMBAf8ECDAGAQH/AgEAMA4G
A1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUMCQxUFBlZlJAf2baSUagnD2ygm4wGwYD
VR0eAQH/BBEwD6ANMAuCCWxvY2FsaG9zdDAKBggqhkjOPQQDAgNHADBEAiByhVwI
Ryk8jCLhGLsRKdlnKEt9aszU/mb4bnnQGTsnwwIgdrf5jVPMGNvDNjkz6vgFXJYR
VxdN63KntSBZsFUByx0=
-----END CERTIFICATE-----
"""
"""Certificate, PEM; valid until 2100."""

CA_KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDZ4wx3r7cgwZIFSw
uf1HY+YNJgj0y2V7k9R8Flvkse+hRANCAAQdFBjCBrhPP8hxPUqGyZWvdjXRkeF2
hhfaatAu91a/TTs17vGTFyKRhC4K/yp+DsQaxPwmiFEV9FN6DGv9Ufi7
-----END PRIVATE KEY-----
"""
"""Private key, PEM."""
