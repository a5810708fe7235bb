"""補助金: rules, per-visit subsidy, base and start-up grants."""
