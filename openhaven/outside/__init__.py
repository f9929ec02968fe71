"""The narrow doors to the outside. Each opens to one kind of service, and each has a real one that ships for tests."""
