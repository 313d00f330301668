"""Models that judge how abusive a text is: a chat model, or a local text classifier.

Both implement :class:`controller.screening.toxicity.ToxicityModel`. What they say is a signal; the
policy decides. Only ``classifier`` loads torch.
"""
