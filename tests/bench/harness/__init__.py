"""Measures veilgate beside nginx, aws-lc-rs and the original Lambda function, all in one run."""
