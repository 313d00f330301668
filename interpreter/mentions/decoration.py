"""What is written around sentences without being language: bullets, smileys, footnotes, markup."""

import re

_ROLES = re.compile(
    r"\s*(?:\[?\d{1,2}:\d{2}(?::\d{2})?\]?\s*\w[\w ]{0,30}[:>]|<\w{1,20}>|\w{1,20}>)\s"
)
_BULLET = re.compile(
    r"(?m)^[ \t]*(?:[-*•+–—>#]+|\(?(?:\d{1,3}|[a-z])[.)]|\((?:\d{1,3}|[a-z])\))[ \t]+(?=\S)"
)
_EMPHASIS = re.compile(r"(\*\*|__|~~)(?=\S)|(?<=\S)(\*\*|__|~~)")
_SMILEY = re.compile(
    r"(?:(?<=\s)|^)(?:[:;8=][-o*']?[)(\]\[dDpP/\\|*3]|<3|\^_?\^|xD|XD)(?=[\s.!?,]|$)"
)
_FOOTNOTE = re.compile(
    r"\s*\[(?:\d{1,3}|[a-z]|citation[^\]\[]{0,60}|source[^\]\[]{0,60}|ref[^\]\[]{0,60})\]"
)
_REFERENCE = re.compile(r"<ref[^<>]{0,80}>[^<>]{0,120}</ref>")
_HASHTAG = re.compile(r"(?:(?<=\s)|^)#[^\W\d]\w{0,40}")
_ADDRESS = re.compile(r"(?:\(\s*(?:see|source:?|via|cf\.)?\s*)?https?://[^\s()<>]{1,300}\)?")
_ASIDE = re.compile(
    r"\s*\(\s*(?:source|src|see|cf|pp?|ibid|via|verified|checked|confirmed|official|all )"
    r"\b[^()]{0,80}\)",
    re.IGNORECASE,
)


_SIGNATURE = re.compile(r"\n\s*--?\s*[A-Z]\w{0,20}\.?$")
_SIGNED = re.compile(
    r"(?i:(\b(?:regards|cheers|thanks|wishes|sincerely|faithfully|yours|love),?))"
    r"\n\s*[A-Z]\w{0,20}\.?$"
)


def is_chat_log(text: str) -> bool:
    """Tell whether a message begins like a line of a recorded chat: what somebody else said."""
    return bool(_ROLES.match(f"{text} "))


def without_decoration(text: str) -> str:
    """Return a message without bullets, emphasis, smileys, footnotes, hashtags and references.

    >>> without_decoration("1. **Fact:** Bonn is in Germany [2] :-) #cities")
    'Fact: Bonn is in Germany'
    """
    text = _SIGNED.sub(r"\1", _SIGNATURE.sub("", text.strip()))
    text = _BULLET.sub("", text)
    for signs in (_REFERENCE, _EMPHASIS, _ASIDE, _FOOTNOTE, _ADDRESS, _HASHTAG, _SMILEY):
        text = signs.sub("", text)
    return text.strip()
