"""Who a record is about: NHS numbers and pseudonyms. Pure: keys and values come in as arguments."""
