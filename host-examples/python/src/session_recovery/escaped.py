"""Texts from the directory, made harmless for a log: a terminal would obey some characters."""


def escaped(text: str) -> str:
    """Escape what is not to be seen, and what hides or reorders the text around it."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)
