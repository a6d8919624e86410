"""What had to be repaired or left out of one document, gathered as sentences that stay few."""

from __future__ import annotations

from collections import Counter

MOST = 25
"""Different sentences kept for one document."""


class Remarks:
    """Sentences in the order of their first appearance, each with how often it held."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._unlisted = 0

    def note(self, sentence: str) -> None:
        """Record a sentence, without its full stop."""
        if sentence in self._counts or len(self._counts) < MOST:
            self._counts[sentence] += 1
        else:
            self._unlisted += 1

    def sentences(self) -> tuple[str, ...]:
        """All of them, for `Document.problems`."""
        listed = [f"{text}." if count == 1 else f"{text} ({count} times)." for text, count in self._counts.items()]
        return (*listed, f"{self._unlisted} more problems are not listed.") if self._unlisted else tuple(listed)
