"""Web pages of our own making: an article, and the ways in which a page holds none."""

from __future__ import annotations

_STORY = """The United States Treasury on Tuesday removed two shipping companies from its list of sanctioned firms, a
step that officials in Caracas had asked for since the spring and that oil traders had begun to expect.

Venezuela's oil minister said that the decision would let four tankers leave the terminal at José before the end of
the month. She thanked the mediators, without naming them, and repeated that talks would go on in Doha.

A spokesman for the State Department told reporters that the measure could be withdrawn at any time. He said that
Washington expected the release of the six prisoners whose names had been handed over in September.

Analysts were cautious about what the step is worth. Most of the crude is sold at a discount, they said, and the
companies that were freed own less than a tenth of the fleet that carries it to refineries in Asia.

In the port the news was met with patience. A pilot who has worked there for thirty years said that he had seen
sanctions come and go, and that the harbour needed dredging more than it needed another statement.
"""
PARAGRAPHS = tuple(" ".join(paragraph.split()) for paragraph in _STORY.split("\n\n"))
TITLE = "US eases sanctions on Venezuela's oil shipping"
TEXT = "\n".join(PARAGRAPHS)


def article(*, head: str = "", title: str = TITLE, paragraphs: tuple[str, ...] = PARAGRAPHS, foot: str = "") -> bytes:
    """A news article with the usual things around it."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    links = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("World", "Business", "Sport", "Culture"))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{title} | The Courier</title>{head}</head>
<body><header><nav><ul>{links}</ul></nav></header>
<main><article><h1>{title}</h1>{body}</article></main>
<aside><h2>Read next</h2><ul>{links}</ul></aside>{foot}
<footer>© The Courier. All rights reserved.</footer></body></html>""".encode()


def paywall() -> bytes:
    """Two paragraphs, and then the offer."""
    offer = "<div class='offer'><h2>Subscribe to continue reading</h2><p>From one dollar a week.</p></div>"
    return article(paragraphs=PARAGRAPHS[:2], foot=offer)


def consent() -> bytes:
    """What is shown before anything else."""
    return b"""<!doctype html><html><head><title>Courier</title></head><body><div><h1>We value your privacy</h1>
<p>We and our partners store and access information on a device.</p><button>Accept</button></div></body></html>"""


def bot_wall() -> bytes:
    """A check for robots."""
    return b"""<!doctype html><html><head><title>One moment</title></head><body><h1>Verifying you are human</h1>
<p>This may take a few seconds.</p><script src="/check.js"></script></body></html>"""


def listing() -> bytes:
    """The front of a section: headlines and teasers, no article."""
    names = ("Oil", "Peru", "Chess", "Ports", "Rain", "Banks", "Trains", "Opera", "Coffee", "Rivers", "Stamps", "Wheat")
    items = "".join(
        f"<article><h3><a href='/{n}'>{n}: US eases sanctions on ships</a></h3><p>What it means for {n}.</p></article>"
        for n in names
    )
    head = "<head><title>World | Courier</title></head>"
    return f"<!doctype html><html>{head}<body><main><h1>World</h1>{items}</main></body></html>".encode()
