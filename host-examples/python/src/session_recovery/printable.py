"""Texts from the directory, made harmless: a terminal obeys some characters, and hides others."""

_OBEYED_OR_HIDDEN = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x61C, 0x61C),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)


def printable(text: str) -> str:
    """Escape what a terminal would obey, or what hides or reorders what is around it."""
    return "".join(_shown(character) for character in text)


def printable_lines(text: str) -> str:
    """Make each line of a text printable."""
    return "".join(f"{printable(line)}\n" for line in text.split("\n"))


def _shown(character: str) -> str:
    code = ord(character)
    if any(first <= code <= last for first, last in _OBEYED_OR_HIDDEN):
        return f"\\u{{{code:x}}}"
    return character
