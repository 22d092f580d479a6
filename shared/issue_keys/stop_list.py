"""The stop-list: names of standards and the like that look like projects in every repository.

It counts only where no project list says better, and gives way where a repository plainly uses
such a name for its own issues. No project of anyone's is in it.
"""

from __future__ import annotations

import re
from typing import Final

_TEXT_AND_DATA = """
    ANSI ASCII ASN BASE BIG BOM CODE CP CSS EAN EBCDIC ECMA EDIFACT EUC GB GBK HL7 HTML IBM ISBN
    ISO ISSN JIS KOI LATIN MIME PDF SHIFT SQL UCS UNICODE UPC UTF UUID VT WINDOWS X12 XML
"""
_CRYPTOGRAPHY = """
    AES ARGON BLAKE CBC CHACHA CRC CTR CURVE DES DH ECC ECDH ECDSA ED FIPS GCM GOST HMAC KECCAK
    MD MURMUR PBKDF PKCS POLY RC RIPEMD RSA SALSA SCRYPT SECP SHA SHAKE SM SSL TLS TDES X509 XXH
"""
_STANDARDS = """
    BCP DIN EN FLIP IEC IEEE IETF ITU JLS JSR NIST OWASP POSIX RFC SLEP SPIP STD WCAG
"""
_ADVISORIES = """
    ALAS CAN CAPEC CVE CWE DLA DSA ELSA FEDORA GHSA GLSA GO JVN JVNDB MFSA MS NVD OSV PYSEC RHBA
    RHEA RHSA RUSTSEC SNYK SUSE USN VU XSA ZDI
"""
_PROTOCOLS = """
    BLE DNS ES FTP GPL HTTP HTTPS ICMP IDNA IGMP IMAP IP IPV LGPL NTP OAUTH POP SAML SMB SMTP SNMP
    SSH TCP UDP URI URL USB WS
"""
_MACHINES = """
    AMD AMD64 ARM ARM64 ARMV AVX CPU DDR GPU I386 IA LINUX MIPS NEON OS PC PCI PPC RAM RISC RS
    SPARC SSE WIN WIN32 WIN64 X64 X86
"""
_MEDIA = """
    AAC AC AV DVB FLAC GIF HDR HEIF HEVC JPEG JPG MP MPEG PNG SMPTE VC VP
"""
_TIME = """
    APR AUG BST CEST CET CST DEC EDT EST FEB FY GMT IST JAN JST JUL JUN MAR MAY MSK MST NOV OCT
    PDT PST SEP SEPT TZ UTC
"""
_RELEASES = """
    ALPHA BETA BUILD CR FINAL GA LTS MAJOR MILESTONE MINOR NIGHTLY PATCH PREVIEW RELEASE REV
    REVISION SNAPSHOT SP STABLE SVN TAG TRUNK VER VERSION
"""
_OTHER_TRACKERS = """
    AB BUGZILLA BZ CL GH MERGE MR PR
"""
_WORDS = """
    APPENDIX CASE CHAPTER COVID DAY ERROR EXAMPLE FIG FIGURE ITEM LEVEL LINE METHOD NA NON NOTE
    OPTION PAGE PART PHASE POINT POST PRE PRIORITY ROUND RULE SARS SECTION SPRINT STAGE STEP SUB
    TABLE THREAD TIER TOP TYPE UNIT VARIANT WARNING WEEK ZONE
"""

STOP_LIST: Final = frozenset(
    (
        _TEXT_AND_DATA
        + _CRYPTOGRAPHY
        + _STANDARDS
        + _ADVISORIES
        + _PROTOCOLS
        + _MACHINES
        + _MEDIA
        + _TIME
        + _RELEASES
        + _OTHER_TRACKERS
        + _WORDS
    ).split()
)

_PROPOSAL = re.compile(r"[A-Z]{1,2}[EI]P")
"""Enhancement and improvement proposals: PEP, JEP, KIP…"""
_ONE_LETTER = re.compile(r"[A-Z][0-9]*")


def is_stopped(project: str) -> bool:
    """Tell whether a project's name means something else in most repositories."""
    last = project.rpartition("_")[2]
    return (
        last in STOP_LIST
        or _PROPOSAL.fullmatch(last) is not None
        or _ONE_LETTER.fullmatch(project) is not None
    )
