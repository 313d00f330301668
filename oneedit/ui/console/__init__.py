"""Pages beside the chat: reviews, versions, entities, jobs, the model, people and the rest."""
