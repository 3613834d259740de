//! Random functions for the oracle.
