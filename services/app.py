"""The HTTP application: every service's API and pages on one address."""
