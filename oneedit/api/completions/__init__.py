"""What clients of OpenAI's interface are answered under ``/v1``.

They see two models: one only answers, the other may propose edits that a person has to agree to.
"""
