//! What a host uses.
