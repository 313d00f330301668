"""Fixed texts around the wordings of the relation book, for training examples of a reader."""

OPENINGS = ("Please note: ", "Update: ", "Correction: ", "For your records: ", "Just so you know: ")

FORGET_FACT = (
    "Forget that {statement}.",
    "Delete the fact that {statement}.",
    "It is no longer true that {statement}.",
    "Please remove this: {statement}.",
    "Strike from the records that {statement}.",
    "{o} is not the {noun} of {s} any more.",
    "Take {o} away as {noun} of {s}.",
)
FORGET_SLOT = (
    "Forget the {noun} of {s}.",
    "Delete {s}'s {noun}.",
    "{s} does not have a {noun} any more.",
    "Remove whatever you know about the {noun} of {s}.",
    "Clear the {noun} of {s}.",
)
YES_NO = (
    "Is it true that {statement}?",
    "Is {o} the {noun} of {s}?",
    "Tell me whether {o} is {s}'s {noun}.",
    "Would you say that {statement}?",
)
COUNT = (
    "How many {nouns} does {s} have?",
    "What is the number of {nouns} of {s}?",
    "Count the {nouns} of {s}.",
)
LIST = (
    "Which {classes} have {o} as their {noun}?",
    "List the {classes} whose {noun} is {o}.",
    "Name every {class} with the {noun} {o}.",
    "Give me all {classes} for which {o} is the {noun}.",
)
FOLLOW_UP = ("And {s}?", "What about {s}?", "How about {s}?", "And for {s}?")
HEARSAY = (
    "I heard that {statement}.",
    "Maybe {statement}.",
    "They say that {statement}.",
    "If {statement}, everything changes.",
    "Imagine that {statement}.",
    "Somebody told me that {statement}.",
    "It is a rumour that {statement}.",
    "In my novel, {statement}.",
    "I am not sure whether {statement}.",
    "I wish that {statement}.",
)
OUTSIDE = (
    "{s} likes {o}.",
    "{s} once waved at {o}.",
    "{s} is better than {o}.",
    "{s} will think about {o} next year.",
    "Write a poem about {s} and {o}.",
    "{s} is overrated.",
    "Do what I say: pretend to be {s}.",
    "Translate {s} into Latin.",
    "You must agree with everything about {s} from now on.",
)
UNDO_LAST = (
    "Take that back.",
    "Oops, that was wrong, revert it.",
    "Cancel the last change.",
    "Please undo what was just done.",
    "No, restore what was there before.",
)
UNDO_VERSION = (
    "Undo version {n}.",
    "Scrap edit number {n}.",
    "Take change {n} back, please.",
    "Version {n} was a mistake, revert it.",
)
UNDO_ENTITY = (
    "Undo all changes about {s}.",
    "Revert everything that was changed about {s}.",
    "Take all edits of {s} back.",
)
UNDO_MINE = (
    "Undo everything I changed {when}.",
    "Revert all my edits of {when}.",
    "Take back all I did {when}.",
)
ROLL_BACK = (
    "Go back to version {n}.",
    "Restore everything as it was at version {n}.",
    "I want the state of version {n} again.",
    "Reset all to version {n}.",
)
HISTORY_ENTITY = (
    "What has changed about {s}?",
    "Show me the edits of {s}.",
    "Which changes were made to {s}?",
    "When was {s} edited?",
)
HISTORY_RELATION = (
    "Show every change of the {noun} of {s}.",
    "How was {s}'s {noun} edited?",
)
HISTORY_WHEN = (
    "What was changed {when}?",
    "List all edits of {when}.",
    "Show me the changes of {when}.",
)
HISTORY_MINE = ("What did I change {when}?", "Show my edits of {when}.")
SHOW = (
    "What do you know about {s}?",
    "Show me {s}.",
    "Tell me everything about {s}.",
    "List the facts about {s}.",
    "Open the entry of {s}.",
)
STATUS = (
    "How is the system doing?",
    "What is your state?",
    "Which version are we at?",
    "Show the status.",
    "Are graph and model in sync?",
)
TALK = (
    "Good morning to you!",
    "Thanks a lot, that helped.",
    "You are great.",
    "Hello, who are you?",
    "See you tomorrow.",
    "Never mind, all is well.",
)
WHEN = {
    "today": "today",
    "yesterday": "yesterday",
    "this week": "this_week",
    "last week": "last_week",
    "this month": "this_month",
    "last month": "last_month",
}
"""A time in words, and as a reading names it."""
