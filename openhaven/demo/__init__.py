"""The made-up population and the story told with it. Nobody in it lives, or has lived, anywhere."""
