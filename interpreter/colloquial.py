"""Colloquial wordings, read in addition to those of the relation book.

Wordings of relations that a book does not have are ignored.
"""

STATEMENTS = {
    "author": ("{o} wrote {s}", "{s} was authored by {o}"),
    "award_received": ("{s} won {o}", "{s} received {o}", "{s} was awarded {o}"),
    "capital": ("{s} has {o} as its capital",),
    "child": ("{s} is the parent of {o}",),
    "continent": ("{s} is in {o}", "{s} is located in {o}", "{s} lies in {o}"),
    "country": ("{s} is in {o}", "{s} is located in {o}", "{s} lies in {o}"),
    "country_of_citizenship": ("{s} has the citizenship of {o}",),
    "date_of_birth": ("{s} was born {o}",),
    "date_of_death": ("{s} died {o}",),
    "discoverer_or_inventor": ("{o} discovered {s}", "{o} invented {s}",
                               "{s} was discovered by {o}", "{s} was invented by {o}"),
    "doctoral_advisor": ("{o} supervised {s}", "{o} advised {s}"),
    "educated_at": ("{s} graduated from {o}", "{s} attended {o}", "{s} went to {o}"),
    "employer": ("{s} works for {o}", "{s} works at {o}", "{s} is employed by {o}",
                 "{s} is employed at {o}", "{s} worked at {o}"),
    "father": ("{o} fathered {s}",),
    "field_of_work": ("{s} works in the field of {o}",),
    "head_of_government": ("{o} leads the government of {s}", "{o} governs {s}"),
    "headquarters_location": ("{s} is headquartered in {o}",),
    "inception": ("{s} was established in {o}", "{s} dates from {o}"),
    "located_in": ("{s} is in {o}", "{s} is located in {o}", "{s} lies in {o}"),
    "located_next_to_body_of_water": ("{s} lies on {o}",),
    "member_of_political_party": ("{s} is a member of {o}", "{s} joined {o}"),
    "mother": ("{o} gave birth to {s}",),
    "place_of_burial": ("{s} is buried in {o}",),
    "position_held": ("{s} served as {o}",),
    "shares_border_with": ("{s} borders {o}",),
    "spouse": ("{s} is married to {o}", "{s} and {o} are married", "{s} wed {o}"),
}  # fmt: skip

QUESTIONS = {
    "author": ("Who is {s} by?",),
    "currency": ("What do people pay with in {s}?",),
    "discoverer_or_inventor": ("Who discovered {s}?", "Who invented {s}?"),
    "educated_at": ("Where did {s} go to university?", "Where did {s} graduate from?"),
    "employer": ("Who did {s} work for?",),
    "headquarters_location": ("Where is {s} based?", "Where is {s} headquartered?"),
    "inception": ("When was {s} founded?", "In which year was {s} established?"),
    "member_of_political_party": ("What party does {s} belong to?",),
    "official_language": ("What language is spoken in {s}?",),
    "country": ("What country is {s} in?", "Which country is {s} in?"),
    "located_in": ("What state is {s} in?", "Which state is {s} in?"),
    "continent": ("What continent is {s} on?", "Which continent is {s} in?"),
    "spouse": ("Who is {s} married to?", "Who is married to {s}?"),
}

PHRASE_STATEMENTS = (
    "{np} is {o}",
    "{o} is {np}",
    "{np} became {o}",
    "{o} became {np}",
    "{np} = {o}",
    "{np}: {o}",
    "set {np} to {o}",
    "change {np} to {o}",
    "update {np} to {o}",
    "correct {np} to {o}",
    "make {o} {np}",
)
"""Statements with a noun phrase that names the subject and the relation."""

PHRASE_QUESTIONS = (
    *(f"{word} is {{np}}" for word in ("who", "what", "which", "where", "when", "whom", "how")),
    *(f"{word} {{np}} is" for word in ("who", "what", "which", "where", "when", "how")),
    *(f"{word} is the name of {{np}}" for word in ("what", "which")),
    *(f"{word} exactly is {{np}}" for word in ("who", "what", "where", "when")),
    *(f"{word}'s {{np}}" for word in ("who", "what", "where", "when")),
    *(f"{verb} {{np}}" for verb in ("name", "give", "give me", "show me", "tell me", "say")),
    "{np}",
)
"""Questions with a noun phrase that names the subject and the relations."""
