"""The commands that work on plain files: no haven needed, no Django. Plain files in, plain files out."""
