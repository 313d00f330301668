"""Requests that chat clients send by themselves, with the beginnings of their own wordings.

Each quotes a conversation in which somebody says what would be an edit.
"""

from collections.abc import Mapping

TOLD = "Joe Biden's vice president is Mike Pence."
HISTORY = (
    f"<chat_history>\nUSER: {TOLD}\nASSISTANT: Proposal 1 waits for a reviewer.\n</chat_history>"
)
LIBRECHAT = f'||>User:\n"{TOLD}"\n||>Response:\n"Proposal 1 waits for a reviewer."'
DETECT = (
    "Detect user language and write in the same language an extremely concise title for this "
    "conversation, which you must accurately detect. Title in 5 Words or Less."
)


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


HIDDEN: Mapping[str, list[dict[str, str]]] = {
    "Open WebUI, title": _user(
        "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat "
        "history.\n"
        '### Output:\nJSON format: { "title": "your concise title here" }\n'
        f"### Chat History:\n{HISTORY}"
    ),
    "Open WebUI, title of earlier releases": _user(
        f"Here is the query:\n{TOLD}\n\nCreate a concise, 3-5 word phrase with an emoji as a title "
        "for the previous query."
    ),
    "Open WebUI, tags": _user(
        "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history, "
        'along with 1-3 more specific subtopic tags.\n### Output:\nJSON format: { "tags": [] }\n'
        f"### Chat History:\n{HISTORY}"
    ),
    "Open WebUI, follow-ups": _user(
        "### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might "
        "naturally ask next in this conversation as a **user**, based on the chat history.\n"
        f"### Chat History:\n{HISTORY}"
    ),
    "Open WebUI, searches": _user(
        "### Task:\nAnalyze the chat history to determine the necessity of generating search "
        f"queries, in the given language.\n### Chat History:\n{HISTORY}"
    ),
    "Open WebUI, autocompletion": _user(
        "### Task:\nYou are an autocompletion system. Continue the text in `<text>` based on the "
        f"**completion type** in `<type>`.\n<text>{TOLD}</text>"
    ),
    "Open WebUI, emoji": _user(
        "Your task is to reflect the speaker's likely facial expression through a fitting emoji.\n"
        f"Message: ```{TOLD}```"
    ),
    "Open WebUI, image": _user(
        "### Task:\nGenerate a detailed prompt for am image generation task based on the given "
        f"language and context.\n### Chat History:\n{HISTORY}"
    ),
    "Open WebUI, several models": _user(
        "You have been provided with a set of responses from various models to the latest user "
        f'query: "{TOLD}"'
    ),
    "Open WebUI, tools": [
        {
            "role": "system",
            "content": "Available Tools: []\nYour task is to choose and return the correct tool(s) "
            "from the list of available tools based on the query.",
        },
        *_user(f"Query: {TOLD}"),
    ],
    "Open WebUI, a template of one's own": _user(f"Name this chat.\n{HISTORY}"),
    "LibreChat, title": [{"role": "system", "content": f"{DETECT}\n{LIBRECHAT}\n\n||>Title:"}],
    "LibreChat, title asked for by the system": [
        {"role": "system", "content": DETECT},
        *_user(TOLD),
    ],
    "LibreChat, title as a completion": _user(
        "Provide a concise, 5-word-or-less title for the conversation, using title case "
        f"conventions. Only return the title itself.\n\nConversation:\nUser: {TOLD}\nAI: Proposed."
    ),
    "LibreChat, title as a structure": _user(
        "Analyze this conversation and provide:\n1. The detected language of the conversation\n"
        "2. A concise title in the detected language (5 words or less, no punctuation or quotation)"
        f"\n\nUser: {TOLD}\nAI: Proposed."
    ),
    "LibreChat, title of an assistant": _user(
        "Please generate a concise title (max 40 characters) for a conversation that starts with:\n"
        f"User: {TOLD}\nAssistant: Proposed.\n\nTitle:"
    ),
    "LibreChat, summary": _user(
        "Summarize the conversation by integrating new lines into the current summary.\n"
        f"New lines:\nHuman: {TOLD}\nAI: Proposed."
    ),
    "any client that quotes": _user(f"**User:** {TOLD}\n**Assistant:** Proposed."),
}
"""By client and purpose: the messages."""
