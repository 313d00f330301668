"""What the base model knows of the graph, and in which wordings: asked, kept, and looked up."""
