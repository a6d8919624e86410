"""Text that was encoded twice ("VenezolÃ¡n"), repaired only where it cannot be anything else."""

from __future__ import annotations

import re

# UTF-8's two-byte letters and three-byte punctuation, read as Windows-1252. A capital letter before a closing
# quotation mark ("IRMÃ”") decodes too, so one sign that no language writes must be there.
_SIGN = re.compile("[ÃÂ][\u00a0-\u00bf]|â€[\u0153\u2013\u2014\u02dc\u2122\u00a6\u201c\u201d\u2018\u2019\u009d¡¢£¤¥¦§]")
_OPENINGS = ("Ã", "Â", "â€")
_UNDEFINED_IN_CP1252 = "\x81\x8d\x8f\x90\x9d"


def repair(text: str) -> str:
    """The text, decoded once more when it bears a certain sign and all of it is valid UTF-8 read as Windows-1252."""
    if not any(opening in text for opening in _OPENINGS) or not _SIGN.search(text):
        return text
    try:
        return b"".join(map(_byte, text)).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _byte(character: str) -> bytes:
    return character.encode("latin-1" if character in _UNDEFINED_IN_CP1252 else "cp1252")
