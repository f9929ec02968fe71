"""Who works with a haven through its pages, and what they prepare there before it is a record."""
