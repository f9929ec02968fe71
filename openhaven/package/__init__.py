"""What leaves: certificate, signed manifest, metadata, sealed data. Verify and open need only files."""
