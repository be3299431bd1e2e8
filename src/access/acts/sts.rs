//! STS. GetCallerIdentity asks nothing of the gate: it needs no right and cannot be denied.
