"""Gives every package that the lock names with extras a second line without them.

pip up to 23 takes `name` and `name[extra]` for two requirements, and refuses the one that has no hashes. It also takes
the spelling of an extra in the lock and the one by which a package asks for it for two extras, and breaks.
"""

import re
import sys
from pathlib import Path

LOCK = Path(sys.argv[1])
SPELLINGS = {"lxml[html-clean]": "lxml[html_clean]"}
BLOCK = re.compile(r"^(?P<name>[a-z0-9._-]+)\[[^\]]+\](?P<pin>==.*?)(?=^[a-z0-9])", re.MULTILINE | re.DOTALL)


def twice(block: re.Match[str]) -> str:
    bare = "".join(line for line in block["pin"].splitlines(keepends=True) if not line.lstrip().startswith("#"))
    return f"{block[0]}{block['name']}{bare}"


text = BLOCK.sub(twice, LOCK.read_text(encoding="utf-8"))
for normalised, asked in SPELLINGS.items():
    text = text.replace(f"\n{normalised}==", f"\n{asked}==")
LOCK.write_text(text, encoding="utf-8")
